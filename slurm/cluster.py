#!/usr/bin/env python3
"""A real Slurm cluster on this machine, to try ergon's campaigns on and to test them.

    python3 slurm/cluster.py [NODES]    starts one and a shell in it; leaving the shell stops it
                             [--counters]  with accounting, and on each node a Cray's energy
                                           counters, made: they count 150 W

Each node has process, host name and mount namespaces of its own, and so its own host name,
/etc/hosts and /dev/shm, and one kill ends everything on it. Every listener is on 127.0.0.1, nothing
is installed or left behind, and no systemd is needed. Needs root, unshare and the packages
slurm-wlm, slurm-client and munge.
"""

import argparse
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made_counters import MadeCounters

ACCOUNTING_PROGRAMS = ["slurmdbd", "mariadbd", "mariadb-install-db"]
NAMESPACES = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc",
              "--propagation", "private"]
PROGRAMS = ["slurmctld", "slurmd", "munged", "sbatch", "squeue", "scontrol", "unshare", "setpriv"]


def why_not(accounting=False):
    """Why no cluster can be started here; empty where one can."""
    if os.geteuid() != 0:
        return "not root"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    for program in PROGRAMS:
        if shutil.which(program) is None:
            return f"no {program}; apt-get install slurm-wlm slurm-client munge"
    for program in ACCOUNTING_PROGRAMS if accounting else []:
        if shutil.which(program) is None:
            return (f"no {program}; apt-get install slurmdbd slurm-wlm-mysql-plugin "
                    "mariadb-server")
    made = subprocess.run([*NAMESPACES, "bash", "-c", "hostname n1 && mount -t tmpfs shm /dev/shm"],
                          capture_output=True, text=True)
    return "" if made.returncode == 0 else "no namespaces of a node's own: " + made.stderr.strip()


def free_ports(count):
    """The first of so many neighbouring TCP ports that nobody listens on."""
    for first in range(17000 + os.getpid() % 1000 * 16, 64000, 16):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise RuntimeError("no free ports")


# A requeued job waits for credentials to expire: 8 s with this, two minutes without.
CONFIGURATION = """\
ClusterName=ergon
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
TmpFS={folder}/tmp/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SchedulerParameters=sched_interval=1,bf_interval=1,sched_min_interval=0,batch_sched_delay=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PlugStackConfig={folder}/plugstack.conf
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=5
KillWait=3
BatchStartTimeout=10
MessageTimeout=20
MinJobAge=86400
MaxArraySize={array_max}
MaxJobCount=50000
"""

NO_ACCOUNTING = """\
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
"""

# Energy of a step, by the counters below.
ACCOUNTING = """\
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={port}
AccountingStoragePass={folder}/munge/socket
JobAcctGatherType=jobacct_gather/linux
AcctGatherEnergyType=acct_gather_energy/pm_counters
AcctGatherNodeFreq=1
JobAcctGatherFrequency=energy=1
"""

DATABASE = """\
DbdHost={host}
DbdAddr=127.0.0.1
DbdPort={port}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
StorageType=accounting_storage/mysql
StorageUser=root
StorageLoc=slurm
LogFile={folder}/log/slurmdbd.log
PidFile={folder}/slurmdbd.pid
"""

# What becomes a node: mounts of its own, then the daemon, which a signal ends in good order.
NODE = """\
hostname "$NODE" && mount --bind "$FOLDER/hosts" /etc/hosts && mount -t tmpfs shm /dev/shm &&
  if [ -n "$COUNTERS" ]; then
    mkdir -p "$FOLDER/sys/$NODE" && mount --rbind /sys "$FOLDER/sys/$NODE" &&
      mount -t tmpfs sys /sys &&
      for entry in "$FOLDER/sys/$NODE"/*; do
        mkdir "/sys/${entry##*/}" && mount --rbind "$entry" "/sys/${entry##*/}" || exit 1
      done && mkdir -p /sys/cray/pm_counters && mount --bind "$COUNTERS" /sys/cray/pm_counters
  fi && exec slurmd -D -f "$FOLDER/slurm.conf" -N "$NODE"
"""


class Cluster:
    def __init__(self, folder, nodes=4, array_max=20001, counters=False,
                 node="CoresPerSocket=2 RealMemory=1000", more="", gres=""):
        """`node` describes each; `more` and `gres` are lines of slurm.conf and gres.conf."""
        self.folder, self.count, self.array_max = Path(folder), nodes, array_max
        self.node, self.more, self.gres = node, more, gres
        self.nodes, self.munge, self.controller = {}, None, None
        self.database, self.accounting = None, None
        self.counters = MadeCounters(self.folder / "counters", self.names()) if counters else None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def names(self):
        return [f"n{i}" for i in range(1, self.count + 1)]

    def start(self):
        for part in ["munge", "state", "log", "spool", "tmp"]:
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        for part in [self.folder, self.folder / "munge"]:
            part.chmod(0o755)
        self.configure()
        key = self.folder / "munge/key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        munge = self.folder / "munge"
        self.munge = self.daemon(
            "munged", ["munged", "--foreground", "--force", f"--key-file={munge}/key",
                       f"--socket={munge}/socket", f"--pid-file={munge}/pid",
                       f"--log-file={munge}/log", f"--seed-file={munge}/seed"])
        self.wait("munged", lambda: (munge / "socket").is_socket())
        if self.counters:
            self.counters.start()
            self.start_accounting()
        self.start_controller()
        for name in self.names():
            self.start_node(name)
        self.wait("the nodes", lambda: len(self.idle()) == self.count)

    def configure(self):
        port, host = free_ports(self.count + 2), socket.gethostname()
        names = {"host": host, "folder": self.folder, "array_max": self.array_max}
        text = CONFIGURATION.format(port=port, **names)
        dbd = port + self.count + 1
        text += ACCOUNTING.format(port=dbd, **names) if self.counters else NO_ACCOUNTING
        (self.folder / "slurmdbd.conf").write_text(DATABASE.format(port=dbd, **names))
        (self.folder / "slurmdbd.conf").chmod(0o600)
        for i, name in enumerate(self.names()):
            text += (f"NodeName={name} NodeHostname={name} NodeAddr=127.0.0.1 Port={port + 1 + i} "
                     f"Sockets=1 ThreadsPerCore=1 {self.node}\n")
        text += (f"PartitionName=main Nodes={','.join(self.names())} Default=YES DefaultTime=5 "
                 "MaxTime=60 State=UP\n" + self.more)
        (self.folder / "slurm.conf").write_text(text)
        (self.folder / "plugstack.conf").write_text("")
        (self.folder / "gres.conf").write_text(self.gres)
        (self.folder / "cgroup.conf").write_text("ConstrainCores=no\n")
        (self.folder / "hosts").write_text(
            f"127.0.0.1 localhost {host}\n" + "".join(f"127.0.0.1 {n}\n" for n in self.names()))
        os.environ["SLURM_CONF"] = str(self.folder / "slurm.conf")

    def start_accounting(self):
        data, socket_file = self.folder / "db", self.folder / "db.sock"
        subprocess.run(["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}",
                        "--auth-root-authentication-method=normal", "--skip-test-db"],
                       check=True, capture_output=True)
        self.database = self.daemon(
            "mariadbd", ["mariadbd", "--no-defaults", "--user=root", f"--datadir={data}",
                         f"--socket={socket_file}", "--skip-networking"])
        self.wait("mariadbd", socket_file.is_socket)
        self.accounting = self.daemon("slurmdbd", ["slurmdbd", "-D"],
                                      {"MYSQL_UNIX_PORT": str(socket_file),
                                       "SLURM_CONF": str(self.folder / "slurm.conf")})
        self.wait("slurmdbd", lambda: subprocess.run(
            ["sacctmgr", "--noheader", "list", "cluster"], capture_output=True).returncode == 0)

    def daemon(self, name, words, environment=None):
        """Starts one that dies with this process."""
        log = open(self.folder / f"log/{name}.out", "ab")
        return subprocess.Popen(["setpriv", "--pdeathsig", "KILL"] + words, stdout=log, stderr=log,
                                stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})

    def wait(self, what, is_there, seconds=60):
        end = time.monotonic() + seconds
        while not is_there():
            if time.monotonic() > end:
                log = (self.folder / "log/slurmctld.log")
                tail = log.read_text()[-2000:] if log.exists() else ""
                raise RuntimeError(f"{what} did not come within {seconds} s\n{tail}")
            time.sleep(0.05)

    def idle(self):
        said = subprocess.run(["sinfo", "-h", "-N", "-t", "idle", "-o", "%N"], capture_output=True,
                              text=True)
        return set(said.stdout.split())  # of each partition once

    def start_controller(self):
        self.controller = self.daemon(
            "slurmctld", ["slurmctld", "-D", "-f", str(self.folder / "slurm.conf")])
        self.wait("slurmctld", lambda: subprocess.run(
            ["scontrol", "ping"], capture_output=True, text=True).stdout.find("is UP") >= 0)

    def kill_controller(self):
        self.controller.kill()
        self.controller.wait()

    def resume_nodes(self):
        """As an administrator does: a controller that came back with an earlier state starts tasks
        again where they still run, and drains those nodes for a duplicate job."""
        drained = subprocess.run(["sinfo", "-h", "-N", "-t", "drain", "-o", "%N"],
                                 capture_output=True, text=True).stdout.split()
        for name in drained:
            subprocess.run(["scontrol", "update", f"NodeName={name}", "State=RESUME"],
                           capture_output=True)

    def start_node(self, name):
        (self.folder / "spool" / name).mkdir(exist_ok=True)
        (self.folder / "tmp" / name).mkdir(exist_ok=True)
        self.nodes[name] = self.daemon(
            f"slurmd-{name}",
            [*NAMESPACES, "bash", "-c", NODE],
            {"NODE": name, "FOLDER": str(self.folder),
             "COUNTERS": str(self.counters.folders[name]) if self.counters else ""})

    def kill_node(self, name):
        """As a power cut: everything on it is gone."""
        node = self.nodes.pop(name)
        node.kill()
        node.wait()

    def stop(self):
        for node in self.nodes.values():
            node.kill()
        daemons = [self.controller, self.accounting, self.database, self.munge]
        for daemon in daemons:
            if daemon is not None:
                daemon.terminate()
        for process in [*self.nodes.values(), *daemons]:
            if process is not None:
                process.wait()
        if self.counters:
            self.counters.stop()
        self.nodes = {}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nodes", type=int, nargs="?", default=4)
    parser.add_argument("--counters", action="store_true")
    given = parser.parse_args()
    why = why_not(accounting=given.counters)
    if why:
        print(f"no cluster here: {why}", file=sys.stderr)
        return 2
    count = given.nodes
    with tempfile.TemporaryDirectory(prefix="ergon-cluster-") as folder:
        with Cluster(folder, count, counters=given.counters):
            print(f"{count} nodes; SLURM_CONF={folder}/slurm.conf; leave the shell to stop them")
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            return subprocess.run([os.environ.get("SHELL", "bash")]).returncode


if __name__ == "__main__":
    sys.exit(main())
