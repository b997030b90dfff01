#!/usr/bin/env python3
"""ranks.py ERGON: sweeps that several ranks measure, under a real mpirun on this machine, with the
simulated meter. Exit code 77: there is no mpirun here, or ERGON was built without MPI."""

import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
WATTS = 50  # of the simulated meter

SWEEP = """\
name: ranks
protocol: {preset: quick, half_width_max: 1, window_min_s: WINDOW, window_updates_min: 1,
           windows_min: 2, windows_max: 2, settle_max_s: 0, settle_min_s: 0, idle_s: 0.02,
           block_max_s: 0.2, time_samples_min: 3, time_max_s: 0.01, point_max_s: 5, sentinels: 1}
meters: [{simulated: {watts: 50, update_period_s: 0.001}}]
groups:
  - kernels: gemm/reference
    axes: {m: {range: [1, ROWS], step: 1}, n: {range: [1, 5], step: 1}, k: 8}
    threads: 1
"""

ENVIRONMENT = {
    **os.environ,
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMP_WAIT_POLICY": "passive",
    # OpenMPI 4.1 never frees what it allocated in plugins that it has unloaded by its end: under a
    # sanitized ergon such leaks have no name that they could be told from ours by.
    "ASAN_OPTIONS": "detect_leaks=0",
}


class Failure(Exception):
    pass


def expect(holds, what):
    if not holds:
        raise Failure(what)


def mpirun(count):
    return ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", count]


class Ranks:
    """Runs of one sweep, each started by `launch(count)`, words that stand before the program's."""

    def __init__(self, ergon, folder, launch=mpirun, window=0.01, rows=8):
        self.ergon, self.folder, self.launch = ergon, folder, launch
        self.sweep = folder / "ranks.yaml"
        self.sweep.write_text(SWEEP.replace("WINDOW", str(window)).replace("ROWS", str(rows)))
        self.count = 5 * rows  # of points

    def words(self, count, output, *more):
        return [str(word) for word in [
            *self.launch(count), self.ergon, "run", self.sweep, "-o", self.folder / output, *more]]

    def run(self, count, output, *more):
        return subprocess.run(self.words(count, output, *more), capture_output=True, text=True,
                              timeout=120, env=ENVIRONMENT)

    def start(self, count, output, *more):
        return subprocess.Popen(self.words(count, output, *more), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)

    def succeed(self, count, output, *more):
        done = self.run(count, output, *more)
        expect(done.returncode == 0, f"{done.args} ended with {done.returncode}:\n"
                                     f"{done.stdout}{done.stderr}")
        return done.stdout

    def rows(self, output, what):
        said = subprocess.run([self.ergon, "export", self.folder / output, "--what", what],
                              capture_output=True, text=True, env=ENVIRONMENT)
        expect(said.returncode == 0, f"export: {said.stderr}")
        return list(csv.DictReader(io.StringIO(said.stdout)))

    def points(self, output):
        return [row for row in self.rows(output, "records") if row["sentinel"] == "false"]

    def expect_every_point_once(self, output):
        points = self.points(output)
        for row in points:
            expect(row["run_status"] == "ok", f"a point did not run: {row['reason']}")
        ids = {row["point_id"] for row in points}
        expect(len(ids) == self.count, f"{len(ids)} points, not {self.count}")
        # Blocks whose idle power changed are measured twice, by the same run.
        for point in ids:
            runs = {row["run"] for row in points if row["point_id"] == point}
            expect(len(runs) == 1, f"{point} was measured by runs {runs}")
        return points


def seconds_of(rows):
    return sum(int(row["end_ns"]) - int(row["begin_ns"]) for row in rows) * 1e-9


def expect_watts(joules, seconds, watts):
    """The truth of the simulated meter: twice as much where a counter is counted twice."""
    expect(abs(joules / seconds - watts) < 0.05 * watts, f"{joules / seconds} W, not {watts} W")


def node_of(run):
    return json.loads(run["provenance"])["ranks"]["node"]


def expect_turns(ranks, output):
    """No two ranks of one node measured, points or idle stretches, at the same time."""
    records = ranks.rows(output, "records")
    nodes = [node_of(run) for run in ranks.rows(output, "runs")]
    windows = ranks.rows(output, "windows")
    stretches = [(int(row["begin_ns"]), int(row["end_ns"]), int(records[int(row["record"])]["run"]))
                 for row in windows]
    stretches += [(int(row["begin_ns"]), int(row["end_ns"]), int(row["run"]))
                  for row in ranks.rows(output, "idle")]
    for node in set(nodes):
        own = sorted(each for each in stretches if nodes[each[2]] == node)
        for (_, end, run), (begin, _, other) in zip(own, own[1:]):
            expect(run == other or begin >= end, f"runs {run} and {other} measured at once")
    joules = sum(float(row["gross_j"]) for row in ranks.rows(output, "energy"))
    expect_watts(joules, seconds_of(windows), WATTS)


def take_turns(ranks):
    ranks.succeed(3, "turns.h5", "--mpi", "independent")
    ranks.expect_every_point_once("turns.h5")
    said = ranks.succeed(2, "turns.h5", "--mpi", "independent", "--resume")
    expect(f"{ranks.count} measured before" in said, said)
    runs = {row["run"] for row in ranks.rows("turns.h5", "records")}
    expect(runs == {"0", "1", "2"}, f"runs {runs} had a turn, not all three")
    expect_turns(ranks, "turns.h5")


def expect_loaded(ranks, output, count, nodes):
    """Energy is the sum over nodes, each counted once; launches are of all ranks."""
    for row in ranks.expect_every_point_once(output):
        expect((row["ranks"], row["nodes"]) == (str(count), str(nodes)), f"{row}")
        expect(float(row["time_of_ranks_s"]) <= float(row["time_median_s"]) * 1.0001,
               "the mean of the ranks is above the slowest")
    windows = ranks.rows(output, "windows")
    channels = ranks.rows(output, "channels")
    sums = [row for row in ranks.rows(output, "energy")
            if channels[int(row["channel"])]["name"] == "nodes/all"]
    expect(len(sums) == len(windows), f"{len(sums)} sums of {len(windows)} windows")
    parts = ranks.rows(output, "node_windows")
    expect(len(parts) == nodes * len(windows), f"{len(parts)} parts of {len(windows)} windows")
    expect_watts(sum(float(row["gross_j"]) for row in parts), seconds_of(parts), WATTS)
    # On a machine that others use too, a node may be kept waiting for as long as a window.
    valid = [i for i, window in enumerate(windows) if window["invalid"] == "0"]
    expect(2 * len(valid) > len(windows), f"{len(valid)} of {len(windows)} windows count")
    expect_watts(sum(float(sums[i]["gross_j"]) for i in valid),
                 seconds_of([windows[i] for i in valid]), nodes * WATTS)
    for i in valid:
        window = windows[i]
        own = [part for part in parts if int(part["window"]) == i]
        expect({int(part["node"]) for part in own} == set(range(nodes)), f"nodes of window {i}")
        expect(sum(int(part["ranks"]) for part in own) == count, "not all ranks are on a node")
        launches = sum(float(part["launches"]) for part in own)
        expect(abs(launches - float(window["launches"])) < 1e-6 * launches, "launches do not add up")
        within = sum(float(part["gross_j"]) - float(part["cut_j"]) for part in own)
        expect(abs(within - float(sums[i]["gross_j"])) < 1e-9, "joules do not add up")
        for part in own:
            expect(int(part["begin_ns"]) <= int(window["begin_ns"]) and
                   int(window["end_ns"]) <= int(part["end_ns"]), "a window is beyond a node's own")
            expect(float(part["barrier_wait_s"]) >= 0 and int(part["clock_bound_ns"]) >= 0,
                   f"{part}")


def load_a_node(ranks):
    for count in [2, 4]:
        ranks.succeed(count, f"loaded-{count}.h5", "--mpi", "loaded")
        expect_loaded(ranks, f"loaded-{count}.h5", count, 1)
        said = ranks.succeed(count, f"loaded-{count}.h5", "--mpi", "loaded", "--resume")
        expect(f"{ranks.count} measured before" in said, said)
    stale = ranks.run(1, "loaded-2.h5", "--mpi", "independent", "--resume")
    expect("run by 2 ranks at once" in stale.stderr, f"{stale.stdout}{stale.stderr}")


def share_nodes(ranks):
    said = ranks.succeed(2, "share.h5", "--mpi", "independent", "--share")
    expect("unmeasured" in said, said)
    for row in ranks.expect_every_point_once("share.h5"):
        expect(row["energy_status"] == "unmeasured", row["energy_status"])
        expect("2 ranks share the node" in row["reason"], row["reason"])
    scopes = [row["provenance"] for row in ranks.rows("share.h5", "runs")]
    expect(all('"energy_scope":"shared"' in each for each in scopes), scopes)


def ranks_of(output):
    """Process ids of the ranks that write this output, the lowest first."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[1:2] == [b"run"] and str(output).encode() in words:
            found.append(int(entry.name))
    return sorted(found)


def wait_for_journal(ranks, output, bytes_min):
    journal = ranks.folder / (output + ".journal")
    end = time.monotonic() + 60
    while not journal.exists() or journal.stat().st_size < bytes_min:
        expect(time.monotonic() < end, "nothing was measured within 60 s")
        time.sleep(0.01)


def resume(ranks, count, output, *mode):
    ranks.succeed(count, output, *mode, "--resume")
    ranks.expect_every_point_once(output)
    expect(not (ranks.folder / (output + ".journal")).exists(), "the journal is left")


def lose_a_rank(ranks, count, output, *mode, line="exited on signal 9", by=signal.SIGKILL):
    """What is on rank 0's disk when a rank dies is there after --resume, measured by that run."""
    running = ranks.start(count, output, *mode)
    wait_for_journal(ranks, output, 20_000 * (count + 1))
    processes = ranks_of(ranks.folder / output)
    expect(len(processes) == count, f"{processes}")
    os.kill(processes[-1], by)
    out, error = running.communicate(timeout=120)
    expect(running.returncode != 0, f"{out}{error}")
    expect(line in error, f"no '{line}' in: {error}")
    written = (ranks.folder / output).exists()
    expect(written != (ranks.folder / (output + ".journal")).exists(),
           "neither a whole result file nor a journal is left")
    resume(ranks, count, output, *mode)
    earlier = [row for row in ranks.points(output) if int(row["run"]) == 0]
    expect(earlier, "nothing was kept of the run that died")
    return earlier


def end_on_a_signal(ranks, count, output, *mode):
    """A signal to rank 0 ends all ranks between points, and the file is written."""
    running = ranks.start(count, output, *mode)
    wait_for_journal(ranks, output, 20_000 * (count + 1))
    os.kill(ranks_of(ranks.folder / output)[0], signal.SIGUSR1)
    out, error = running.communicate(timeout=60)
    expect("interrupted; what is measured is kept" in out, f"{out}{error}")
    expect((ranks.folder / output).exists(), "no file was written")
    expect(len(ranks.points(output)) < ranks.count, "it did not end early")
    resume(ranks, count, output, *mode)


def refuse_a_wrong_world(ranks):
    """As a program of another MPI sees it: mpirun says four, MPI is one."""
    words = ranks.words(1, "wrong.h5", "--mpi", "independent")[len(ranks.launch(1)):]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60,
                          env={**ENVIRONMENT, "SLURM_NTASKS": "4"})
    expect(done.returncode == 2, f"{done.returncode}: {done.stderr}")
    expect("MPI sees 1 rank where 4 were started (SLURM_NTASKS)" in done.stderr, done.stderr)


def end_on_an_error(ranks):
    """What rank 0 cannot go on after ends the others too, with its line."""
    (ranks.folder / "there.h5").write_text("precious")
    done = ranks.run(2, "there.h5", "--mpi", "independent")
    expect(done.returncode == 2, f"{done.returncode}: {done.stderr}")
    expect("there.h5 exists; expected a new file" in done.stderr, done.stderr)


def main():
    ergon = Path(sys.argv[1]).resolve()
    if shutil.which("mpirun") is None:
        print("skipped: no mpirun; apt-get install openmpi-bin")
        return SKIPPED
    with tempfile.TemporaryDirectory(prefix="ergon-ranks-") as folder:
        ranks = Ranks(ergon, Path(folder))
        first = ranks.run(1, "one.h5", "--mpi", "independent")
        if "built without MPI" in first.stderr:
            print("skipped: this ergon was built without MPI")
            return SKIPPED
        try:
            for test in [take_turns, share_nodes, load_a_node, refuse_a_wrong_world, end_on_an_error]:
                print(test.__name__, flush=True)
                test(ranks)
            for mode in ["independent", "loaded"]:
                print("lose_a_rank, end_on_a_signal:", mode, flush=True)
                lose_a_rank(ranks, 3, f"lost-{mode}.h5", "--mpi", mode)
                end_on_a_signal(ranks, 2, f"ended-{mode}.h5", "--mpi", mode)
        except Failure as failure:
            print(f"ranks.py: {failure}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
