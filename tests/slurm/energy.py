#!/usr/bin/env python3
"""energy.py ERGON: a campaign on a cluster with accounting, whose nodes have a Cray's counters that
count 150 W, made. What ergon read of them over a step of ten seconds and more, and what Slurm's
accounting has of that step (ConsumedEnergy), must agree within 2 %. A step lasts longer than ergon
has its meters open, by moments in an optimised build and by seconds in a sanitized one: ergon's
mean power stands for those. Exit code 77: no cluster here."""

import csv
import io
import sys
import tempfile
from pathlib import Path

from campaigns import SITE, Campaign, cluster, expect, run, say, try_on_cluster

# Two windows of four seconds a point, between stretches of idleness; one point a shard.
SWEEP = """\
name: energy
protocol: {preset: quick, half_width_max: 1, window_min_s: 4, windows_min: 2, windows_max: 2,
           settle_max_s: 0, settle_min_s: 0, idle_s: 1, block_max_s: 60, time_samples_min: 2,
           time_max_s: 0.1, point_max_s: 30, sentinels: 0}
meters: [cray_pm]
groups:
  - kernels: gemm/reference
    axes: {m: [16, 24], n: 16, k: 16}
    threads: 1
"""
WATTS = 150

# Stands for ergon in the step, and writes down how long that was.
TIMED = """\
#!/bin/bash
begin=$EPOCHREALTIME
{ergon} "$@"
code=$?
echo "$begin $EPOCHREALTIME" >{folder}/step-$SLURM_ARRAY_TASK_ID
exit $code
"""


def runs_of(campaign):
    """(joules that ergon counted, seconds, joules that Slurm counted) of each run."""
    def table(what):
        said = run([campaign.ergon, "export", campaign.folder / "result.h5", "--what", what])
        expect(said.returncode == 0, f"ergon export: {said.stderr}")
        return list(csv.DictReader(io.StringIO(said.stdout)))

    channels = table("channels")
    for number, each in enumerate(table("runs")):
        own = [c for c in channels if int(c["run"]) == number and c["domain"] == "node"]
        expect(len(own) == 1, f"run {number} has {len(own)} channels of its node")
        yield float(own[0]["energy_j"]), float(own[0]["energy_span_s"]), each["slurm_energy_j"]


def try_energy(ergon):
    with tempfile.TemporaryDirectory(prefix="ergon-energy-") as name:
        folder = Path(name)
        timed = folder / "ergon"
        timed.write_text(TIMED.format(ergon=ergon, folder=folder))
        timed.chmod(0o755)
        campaign = Campaign(ergon, folder, SWEEP, SITE.format(minutes=5) + f"program: {timed}\n")
        with cluster.Cluster(folder / "cluster", nodes=2, counters=True):
            done = campaign.submit("--shards", 2)
            expect(done.returncode == 0, f"submit: {done.stdout}{done.stderr}")
            campaign.wait_until_drained(120)
            say(campaign.succeed("collect").strip())
            runs = list(runs_of(campaign))
            expect(len(runs) == 2, f"{len(runs)} runs, not 2")
            for number, (own, seconds, slurm) in enumerate(runs):
                begin, end = map(float, (folder / f"step-{number}").read_text().split())
                step = end - begin
                expect(slurm not in ("", "nan"), "Slurm's accounting has no energy of a run")
                say(f"ergon {own:.0f} J in {seconds:.2f} s of a step of {step:.2f} s; "
                    f"Slurm {float(slurm):.0f} J; ratio {own / float(slurm):.4f}, "
                    f"over the step {own / seconds * step / float(slurm):.4f}")
                expect(seconds >= 10, f"the step took {seconds} s only")
                # The first reading may be as old as an update, a tenth of a second.
                expect(abs(own / WATTS - seconds) < 0.11, "ergon's power is not the counters'")
                expect(abs(own / seconds * step / float(slurm) - 1) <= 0.02,
                       "the two disagree by more than 2 %")


if __name__ == "__main__":
    sys.exit(try_on_cluster(lambda: try_energy(Path(sys.argv[1]).resolve()),
                            accounting=True))
