#!/usr/bin/env python3
"""sites.py ERGON SITE...: `ergon submit --dry-run` with every example site on a real cluster that
claims to have their partitions, features, GPUs and cores. sbatch --test-only must take every script,
and core-hours must be printed. Exit code 77: no cluster here."""

import os
import stat
import sys
import tempfile
from pathlib import Path

from campaigns import SWEEP, cluster, expect, run, say, try_on_cluster

NODE = "CoresPerSocket=128 RealMemory=1000 Feature=mc,h200,nvlink Gres=gpu:h200:1"
MORE = """\
GresTypes=gpu
NodeName=gpu[013,020-023] NodeAddr=127.0.0.1 Port=9 State=DOWN
PartitionName=standard Nodes=n[1-2] MaxTime=UNLIMITED State=UP
PartitionName=normal Nodes=n[1-2] MaxTime=UNLIMITED State=UP
PartitionName=gpu Nodes=n[1-2] MaxTime=UNLIMITED State=UP
"""


def take(ergon, site, folder):
    done = run([ergon, "submit", folder / "sweep.yaml", "--site", site, "-o", folder / "campaign",
                "--dry-run"])
    expect(done.returncode == 0, f"{site}: {done.stdout}{done.stderr}")
    expect("core-hours: " in done.stdout, f"{site}: no core-hours")
    said = [line for line in done.stdout.splitlines() if " says: " in line]
    expect(len(said) == 2, f"{site}: {done.stdout}")
    for line in said:
        expect("says: refused" not in line, f"{site}: {line}")
        say(f"{site.name}: {line}")


def try_sites(ergon, sites):
    with tempfile.TemporaryDirectory(prefix="ergon-sites-") as name:
        folder = Path(name)
        (folder / "sweep.yaml").write_text(SWEEP.format(name="sites", window=0.01, m=10, n=10))
        plain = folder / "plain.yaml"
        plain.write_text("scheduler: slurm\npartition: main\ncpus_per_task: 2\nminutes: 5\n")
        os.mknod(folder / "nvidia0", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        gres = f"Name=gpu Type=h200 File={folder}/nvidia0\n"
        with cluster.Cluster(folder / "cluster", nodes=2, node=NODE, more=MORE, gres=gres):
            for site in [plain, *sites]:
                take(ergon, site, folder)


if __name__ == "__main__":
    sys.exit(try_on_cluster(lambda: try_sites(
        Path(sys.argv[1]).resolve(), [Path(site) for site in sys.argv[2:]])))
