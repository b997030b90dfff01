#!/usr/bin/env python3
"""mpi.py ERGON: ranks on the nodes of a real cluster of two, in both MPI modes, under srun and
under mpirun. The simulated meter's power is known, so a counter that is counted twice shows. A rank
that is killed must end the job with a clear line and lose no record that was committed. Exit code
77: no cluster can be started here, or ERGON was built without MPI."""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from campaigns import SKIPPED, Failure, cluster, say

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import ranks as mpi  # noqa: E402

NODES, ROWS = 2, 4
WINDOW = 0.1  # s; ranks of this cluster keep each other waiting, as those of a real one do not
# As far as this machine goes, a node has CPUs of its own: n1 the first one, n2 the second.
ON_OWN_CPU = ["bash", "-c", 'exec taskset -c $(((${HOSTNAME#n} - 1) % $(nproc --all))) "$@"', "-"]


# Ranks of a node, by blocks of them.
def srun(count):
    return ["srun", "--mpi=pmix", "--overcommit", f"--nodes={NODES}",
            f"--ntasks={count}", "--distribution=block", *ON_OWN_CPU]


def mpirun(count):
    return ["salloc", "-Q", f"--nodes={NODES}", f"--ntasks={count}", "--overcommit",
            "mpirun", "--oversubscribe", "--map-by", f"ppr:{count // NODES}:node",
            "--bind-to", "none", *ON_OWN_CPU]


def measure(runs, name, count):
    output = f"{name}-{count}.h5"
    runs.succeed(count, f"independent-{output}", "--mpi", "independent")
    runs.expect_every_point_once(f"independent-{output}")
    nodes = [mpi.node_of(run) for run in runs.rows(f"independent-{output}", "runs")]
    mpi.expect(sorted(nodes) == sorted(i * NODES // count for i in range(count)), f"{nodes}")
    mpi.expect_turns(runs, f"independent-{output}")
    say(f"{name}: {count} ranks each with points of their own")
    runs.succeed(count, f"loaded-{output}", "--mpi", "loaded")
    mpi.expect_loaded(runs, f"loaded-{output}", count, NODES)
    say(f"{name}: {count} ranks at the same point")


def lose(runs, name, mode, line, by=signal.SIGKILL):
    kept = mpi.lose_a_rank(runs, 4, f"{by.name}-{name}-{mode}.h5", "--mpi", mode, line=line, by=by)
    say(f"{name}: a rank of four got {by.name}, {mode}; {len(kept)} points of {runs.count} were kept")


def run_all(ergon, folder):
    launchers = [("srun", srun, "Killed"), ("mpirun", mpirun, "exited on signal 9")]
    for name, launch, line in launchers:
        runs = mpi.Ranks(ergon, folder, launch, WINDOW, ROWS)
        for count in [2, 4]:
            measure(runs, name, count)
        for mode in ["independent", "loaded"]:
            lose(runs, name, mode, line)
    # Of a rank that hangs no launcher tells: rank 0 finds out by itself.
    lose(mpi.Ranks(ergon, folder, srun, WINDOW, ROWS), "srun", "independent",
         "has not been heard of for 30 s", by=signal.SIGSTOP)


def main():
    ergon = Path(sys.argv[1]).resolve()
    why = cluster.why_not()
    if not why and shutil.which("mpirun") is None:
        why = "no mpirun; apt-get install openmpi-bin"
    if why:
        print(f"skipped: no cluster can be started here: {why}")
        return SKIPPED
    mpi.ENVIRONMENT["PATH"] = os.environ["PATH"]
    with tempfile.TemporaryDirectory(prefix="ergon-mpi-") as name:
        folder = Path(name)
        # OpenMPI's folders are named for host, user and job: those of another cluster of nodes n1
        # and n2 on this machine must not be taken for ours.
        (folder / "tmp").mkdir()
        mpi.ENVIRONMENT["TMPDIR"] = str(folder / "tmp")
        first = mpi.Ranks(ergon, folder, lambda count: []).run(1, "one.h5", "--mpi", "independent")
        if "built without MPI" in first.stderr:
            print("skipped: this ergon was built without MPI")
            return SKIPPED
        with cluster.Cluster(folder / "cluster", NODES):
            mpi.ENVIRONMENT["SLURM_CONF"] = os.environ["SLURM_CONF"]
            try:
                run_all(ergon, folder)
            except (Failure, mpi.Failure) as failure:
                print(f"mpi.py: {failure}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
