#!/usr/bin/env python3
"""faults.py ERGON [--seeds N] [--seed S]: a campaign of 400 points on a real cluster of four nodes
that meets every accident: `ergon submit` killed before and after sbatch, a node that dies, a
controller that is killed and restarted, a task that hangs at a point past its time limit, a task
that is cancelled. After `ergon resume` every point must be in the merged result once, executions
beyond that on record, and no job submitted twice. Exit code 77: no cluster can be started here."""

import argparse
import random
import signal
import os
import sys
import tempfile
import time
from pathlib import Path

from campaigns import SITE, SWEEP, Campaign, cluster, expect, run, say, try_on_cluster

POINTS, SHARDS = 400, 20

# Stands before sbatch on PATH: ends whoever called it, at the instant that is asked for.
KILLING_SBATCH = """\
#!/bin/bash
[ "$KILL" = before ] && { kill -KILL $PPID; exit 1; }
PATH=${PATH#*:} sbatch "$@" >/dev/null
kill -KILL $PPID
"""


def submit_through_kills(campaign, folder):
    tools = folder / "tools"
    tools.mkdir()
    (tools / "sbatch").write_text(KILLING_SBATCH)
    (tools / "sbatch").chmod(0o755)
    for when in ["before", "after"]:
        killed = campaign.submit("--shards", SHARDS, environment={
            "PATH": f"{tools}:{os.environ['PATH']}", "KILL": when})
        expect(killed.returncode == -signal.SIGKILL, f"submit was not killed: {killed}")
        say(f"submit killed {when} sbatch")
    done = campaign.submit("--shards", SHARDS)
    expect(done.returncode == 0, f"submit: {done.stdout}{done.stderr}")
    again = campaign.submit("--shards", SHARDS)
    expect(again.returncode == 0, f"submit again: {again.stdout}{again.stderr}")
    campaign.expect_no_job_twice()
    arrays = [job for job in campaign.jobs() if job.endswith("-a0")]
    expect(len(arrays) == 1, f"arrays: {arrays}")


def wait_for(what, seconds=60):
    end = time.monotonic() + seconds
    while True:
        found = what()
        if found:
            return found
        expect(time.monotonic() < end, f"{what.__name__} did not happen within {seconds} s")
        time.sleep(0.05)


def tag_of(campaign):
    return campaign.journal("job")[0]["tag"].encode()


def shard_processes(campaign):
    """Processes of `ergon shard` of this campaign, by the index of their task."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if len(words) > 2 and words[1:2] == [b"shard"] and tag_of(campaign) in words:
            found[int(words[words.index(b"--task") + 1])] = int(entry.name)
    return found


def hang_a_point(campaign, rng):
    """Stops a program while it is at a point: it neither ends nor heeds a signal."""

    def a_task_at_a_point():
        at = [each for each in campaign.attempts().values()
              if each.get("state") == "running" and each.get("visit")]
        processes = shard_processes(campaign)
        return [(task, pid) for task, pid in processes.items()
                if any(each["job"].endswith(f"_{task}") for each in at)]

    task, pid = rng.choice(wait_for(a_task_at_a_point))
    os.kill(pid, signal.SIGSTOP)
    say(f"task {task} hangs at a point")
    return task


def kill_a_node(campaign, slurm, rng, spared):
    def busy_nodes():
        return [(task, node) for task, state, node, tag, why in campaign.queue()
                if state == "RUNNING" and node in slurm.nodes and not task.endswith(f"_{spared}")]

    task, node = rng.choice(wait_for(busy_nodes))
    slurm.kill_node(node)
    say(f"node {node} died with task {task}")
    return node


def cancel_a_task(campaign, rng, spared):
    def running():
        return [task for task, state, node, tag, why in campaign.queue()
                if state == "RUNNING" and "_" in task and not task.endswith(f"_{spared}")]

    task = rng.choice(wait_for(running))
    run(["scancel", task])
    say(f"task {task} cancelled")


def accidents(campaign, slurm, rng):
    hung = hang_a_point(campaign, rng)
    time.sleep(rng.uniform(0, 3))
    steps = ["node", "controller", "cancel"]
    rng.shuffle(steps)
    for step in steps:
        if step == "node":
            node = kill_a_node(campaign, slurm, rng, hung)
        elif step == "controller":
            slurm.kill_controller()
            say("slurmctld died")
            time.sleep(rng.uniform(0, 2))
            slurm.start_controller()
            say("slurmctld is back")
        else:
            cancel_a_task(campaign, rng, hung)
        time.sleep(rng.uniform(0, 2))
    slurm.start_node(node)
    time.sleep(1)
    slurm.resume_nodes()


def one_seed(ergon, seed):
    rng = random.Random(seed)
    say(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="ergon-faults-") as name:
        folder = Path(name)
        sweep = SWEEP.format(name="faults", window=0.05, m=20, n=20)
        campaign = Campaign(ergon, folder, sweep, SITE.format(minutes=1))
        with cluster.Cluster(folder / "cluster") as slurm:
            submit_through_kills(campaign, folder)
            accidents(campaign, slurm, rng)
            rounds = 0
            while True:
                campaign.wait_until_drained(200)
                partly = campaign.command("collect")
                say(partly.stdout.splitlines()[0])
                if partly.returncode == 0:
                    break
                rounds += 1
                expect(rounds <= 3, f"points are missing after {rounds} rounds: {partly.stdout}")
                say(campaign.succeed("resume").splitlines()[0])
            campaign.expect_every_point_once(POINTS)
            campaign.expect_no_job_twice()
            twice = campaign.folder / "duplicates.h5"
            count = len(campaign.records("duplicates.h5")) if twice.exists() else 0
            say(f"every point once; {count} executions beyond that on record")
            expect("lost" not in campaign.succeed("status"), "status says that points are lost")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("ergon", type=Path)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()

    def every_seed():
        for seed in range(given.seed, given.seed + given.seeds):
            one_seed(given.ergon.resolve(), seed)

    return try_on_cluster(every_seed)


if __name__ == "__main__":
    sys.exit(main())
