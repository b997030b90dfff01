#!/usr/bin/env python3
"""sites.py ERGON SITE...: `ergon submit --dry-run` with every example site on a real cluster that has
their partitions. sbatch --test-only must find nothing wrong with any script but what the example's
machine has and this one lacks, and core-hours must be printed. Exit code 77: no cluster here."""

import sys
import tempfile
from pathlib import Path

from campaigns import SKIPPED, SWEEP, Failure, cluster, expect, run, say

# What a made cluster lacks; everything else that sbatch says of a script is the script's fault.
LACKING = ["invalid partition", "Invalid feature", "Invalid account", "Invalid generic resource",
           "node configuration is not available", "Invalid node name"]


def main():
    why = cluster.why_not()
    if why:
        print(f"skipped: no Slurm cluster can be started here: {why}")
        return SKIPPED
    ergon, sites = Path(sys.argv[1]).resolve(), [Path(site) for site in sys.argv[2:]]
    try:
        with tempfile.TemporaryDirectory(prefix="ergon-sites-") as name:
            folder = Path(name)
            sweep = folder / "sweep.yaml"
            sweep.write_text(SWEEP.format(name="sites", window=0.01, m=10, n=10))
            plain = folder / "plain.yaml"
            plain.write_text("scheduler: slurm\npartition: main\ncpus_per_task: 2\nminutes: 5\n")
            with cluster.Cluster(folder / "cluster"):
                for site in [plain, *sites]:
                    done = run([ergon, "submit", sweep, "--site", site, "-o", folder / "campaign",
                                "--dry-run"])
                    expect(done.returncode == 0, f"{site}: {done.stdout}{done.stderr}")
                    expect("core-hours: " in done.stdout, f"{site}: no core-hours")
                    said = [line for line in done.stdout.splitlines() if " says: " in line]
                    expect(len(said) == 2, f"{site}: {done.stdout}")
                    for line in said:
                        refused = "says: refused" in line
                        known = any(lack in line for lack in LACKING)
                        expect(not refused or (site != plain and known), f"{site}: {line}")
                        say(f"{site.name}: {line}")
    except Failure as failure:
        print(f"sites.py: {failure}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
