"""What the tests of campaigns on a real cluster share: a sweep, the program, and what must hold."""

import csv
import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "slurm"))
import cluster  # noqa: E402

SKIPPED = 77
# The job behind the array waits as long as tasks of it are held.
HELD = ["launch failed requeued held", "Dependency"]

# Points of a tenth of a second, by a simulated meter.
SWEEP = """\
name: {name}
protocol: {{preset: quick, half_width_max: 1, window_min_s: {window}, window_updates_min: 1,
           windows_min: 2, windows_max: 2, settle_max_s: 0, settle_min_s: 0, idle_s: 0.02,
           block_max_s: 5, time_samples_min: 2, time_max_s: 0.01, point_max_s: 2, sentinels: 1}}
meters: [{{simulated: {{update_period_s: 0.001}}}}]
groups:
  - kernels: gemm/reference
    axes: {{m: {{range: [1, {m}], step: 1}}, n: {{range: [1, {n}], step: 1}}, k: 8}}
    threads: 1
"""

SITE = """\
scheduler: slurm
partition: main
exclusive: yes
minutes: {minutes}
minutes_per_shard: 1
"""


class Failure(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failure(what)


def run(words, environment=None, timeout=240):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True,
                          timeout=timeout, env={**os.environ, **(environment or {})})


def try_on_cluster(test, accounting=False):
    """The exit code of a script: of `test()`, or that it was skipped, and why."""
    why = cluster.why_not(accounting)
    if why:
        print(f"skipped: no Slurm cluster can be started here: {why}")
        return SKIPPED
    try:
        test()
    except Failure as failure:
        print(f"{Path(sys.argv[0]).name}: {failure}", file=sys.stderr)
        return 1
    return 0


def say(text, begin=time.monotonic()):
    print(f"{time.monotonic() - begin:6.1f} s  {text}", flush=True)


class Campaign:
    def __init__(self, ergon, folder, sweep, site):
        self.ergon, self.folder = ergon, folder / "campaign"
        self.sweep, self.site = folder / "sweep.yaml", folder / "site.yaml"
        self.sweep.write_text(sweep)
        self.site.write_text(site)

    def submit(self, *more, environment=None):
        return run([self.ergon, "submit", self.sweep, "--site", self.site, "-o", self.folder, *more],
                   environment)

    def command(self, name, *more):
        return run([self.ergon, name, self.folder, *more])

    def succeed(self, name, *more):
        done = self.command(name, *more)
        expect(done.returncode == 0,
               f"ergon {name} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def journal(self, entry):
        lines = (self.folder / "journal.jsonl").read_text().splitlines()
        return [each for each in map(json.loads, lines) if each["entry"] == entry]

    def jobs(self):
        """Numbers of the jobs that Slurm was given, by tag, whatever became of them."""
        names = {each["tag"] for each in self.journal("job")}
        said = run(["squeue", "-h", "--states=all", "--name=" + ",".join(names), "-o", "%j %F"])
        jobs = {}
        for line in said.stdout.splitlines():
            tag, number = line.split()
            jobs.setdefault(tag, set()).add(number)
        return jobs

    def attempts(self):
        attempts = {}
        for file in (self.folder / "shards").glob("*.json"):
            try:
                attempts[file.stem] = json.loads(file.read_text())
            except json.JSONDecodeError:
                continue  # one that was claimed this moment
        return attempts

    def queue(self):
        """Tasks of the campaign that have not ended, as (task, state, node, tag, reason)."""
        names = {each["tag"] for each in self.journal("job")}
        said = run(["squeue", "-h", "-r", "--name=" + ",".join(names), "-o", "%i|%T|%N|%j|%r"])
        return [line.split("|") for line in said.stdout.splitlines()]

    def wait_until_drained(self, seconds):
        """Until no task is left but those that Slurm holds for good after a failed launch."""
        end = time.monotonic() + seconds
        while any(why not in HELD for *_, why in self.queue()):
            expect(time.monotonic() < end, f"tasks are left after {seconds} s: {self.queue()}")
            time.sleep(0.5)

    def records(self, file):
        said = run([self.ergon, "export", self.folder / file, "--what", "records"])
        expect(said.returncode == 0, f"ergon export: {said.stderr}")
        return list(csv.DictReader(io.StringIO(said.stdout)))

    def expect_every_point_once(self, points):
        """In the merged result: each point, measured by one run."""
        runs = {}
        for record in self.records("result.h5"):
            if record["sentinel"] == "true":
                continue
            expect(record["run_status"] == "ok", f"a point did not run: {record['reason']}")
            runs.setdefault(record["point_id"], set()).add(record["run"])
        expect(len(runs) == points, f"{len(runs)} points in the result, not {points}")
        twice = [point for point, of in runs.items() if len(of) != 1]
        expect(not twice, f"{len(twice)} points of several runs in the result")

    def expect_no_job_twice(self):
        for tag, numbers in self.jobs().items():
            expect(len(numbers) == 1, f"{tag} was submitted as {sorted(numbers)}")
