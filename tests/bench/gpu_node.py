"""bench/gpu_node.sh without a GPU: stages, limits, what a second run goes on with, and the bounds
on what comes back from a loan.

    python3 tests/bench/gpu_node.py BUILD FOLDER [FAKE_NVML]
"""

import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "bench", "gpu_node.sh")
GPU_STAGES = ["ceilings", "timing", "energy", "characterise", "sanitizer", "energy_more"]


class Node:
    """A folder of results, and runs of the script into it."""

    def __init__(self, build, folder, nvml):
        self.build, self.folder, self.nvml = build, folder, nvml
        self.dry = ["--dry-run"]
        shutil.rmtree(folder, ignore_errors=True)

    def run(self, *arguments, seconds=570, code=0):
        environment = dict(os.environ, OUT=self.folder, ERGON_NODE_SECONDS=str(seconds),
                           OMP_WAIT_POLICY="passive")
        if self.nvml:
            environment["ERGON_NVML_LIBRARY"] = self.nvml
        done = subprocess.run(["bash", SCRIPT, *self.dry, "--build", self.build, *arguments],
                              env=environment, text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=280)
        print(done.stdout)
        assert done.returncode == code, f"exit code {done.returncode}, expected {code}"
        return done.stdout

    def read(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return file.read()

    def state(self):
        lines = [line.split(" ", 3) for line in self.read("state.txt").splitlines()]
        assert len({line[0] for line in lines}) == len(lines), "a stage stands twice"
        return {line[0]: (line[1], line[3]) for line in lines}

    def expect_small(self):
        found = [os.path.join(at, name) for at, _, names in os.walk(self.folder) for name in names]
        assert 1 <= len(found) <= 8, found
        for file in found:
            name = os.path.relpath(file, self.folder)
            assert re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+){0,2}", name), name
            assert os.path.getsize(file) <= 16 << 20, name


def all_stages_without_a_gpu(node):
    node.run("--limit", "correctness=40")
    state = node.state()
    for stage in ["environment", "start", "predictions"]:
        assert state[stage][0] == "done", (stage, state[stage])
    assert state["correctness"][0] == "done", state["correctness"]
    assert "model" in state["correctness"][1], "what the model did looks like a GPU's"
    for stage in GPU_STAGES:
        assert state[stage][0] == "skipped" and state[stage][1], (stage, state[stage])
    report = node.read("report.md")
    assert "functional model" in report and "right  copy_async" in report
    assert "0 measured, 0 inside" in report, "something was measured without a GPU"
    assert '"model": true' in node.read("check.json")
    node.expect_small()


def a_second_run_goes_on(node, earlier):
    before = earlier.state()["correctness"]
    text = node.run("--from", earlier.folder)
    assert not re.search(r"^correctness", text, re.M), "what was done was done again"
    assert re.search(r"^predictions +done", text, re.M)
    assert node.state()["correctness"] == before
    report = node.read("report.md")
    for section in ["environment", "start", "correctness", "predictions"]:
        assert len(re.findall(rf"^## {section}$", report, re.M)) == 1, section
    node.expect_small()
    node.run("environment")
    assert node.state()["correctness"] == before


# Stand-ins for programs that measure, and take longer than they may. What they write is no result.
SLOW_ERGON = """#!/usr/bin/env bash
case "$1" in
  run) [ -f "$4" ] && { echo "went on"; exit 0; }
       trap 'echo written at the end > "$4"; exit 1' TERM
       for i in $(seq 600); do sleep 0.1; done ;;
  export) exit 1 ;;
esac
"""
SLOW_CHECK = """#!/usr/bin/env bash
[[ "$*" == *places* ]] && exit 0
sleep 60
"""


def stages_end_at_their_limits(node):
    programs = os.path.join(node.folder + "-build", "bench")
    os.makedirs(programs, exist_ok=True)
    for name, text in {"ergon": SLOW_ERGON, "ergon_gpu_check": SLOW_CHECK}.items():
        with open(os.path.join(programs, name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(os.path.join(programs, name), 0o755)
    node.build, node.dry = os.path.dirname(programs), []
    node.run("--limit", "correctness=1", "--limit", "ceilings=2", "start", "correctness",
             "ceilings")
    for stage, seconds in {"correctness": 1, "ceilings": 2}.items():
        status, why = node.state()[stage]
        assert status == "partly" and f"limit of {seconds} s" in why, (stage, status, why)
    # The program was told to end, and what it wrote then is there; the next run goes on with it.
    assert node.read("energy.h5") == "written at the end\n"
    node.run("ceilings")
    assert node.state()["ceilings"][0] == "done"
    assert "went on" in node.read("log.txt")
    node.run("energy", seconds=30)
    status, why = node.state()["energy"]
    assert status == "left" and "needs 40" in why, (status, why)
    node.run("predictions", code=1)
    assert node.state()["predictions"][0] == "failed"
    node.expect_small()


def wrong_words_are_refused(node):
    text = node.run("corectness", code=2)
    assert "unknown stage corectness; known: environment start" in text
    assert "unknown option" in node.run("--dryrun", code=2)


def predictions_are_judged(folder):
    """Records of a made file: one inside its band, one below, the joules of an estimate not at all."""
    header = ("primitive,kernel,m,n,dtype_a,fill,cold,flops,bytes_read,bytes_written,run_status,"
              "check_status,energy_status,time_median_s,gross_j_per_launch,power_w")
    rows = [
        "copy,cuda_simt,,,f32,uniform,true,0,2e9,2e9,ok,passed,measured,1e-3,0.44,600",
        "copy,cuda_simt,,,f32,uniform,false,0,2e9,2e9,ok,passed,measured,1e-4,0.01,600",
        'gemm,cublaslt,8192,8192,bf16,normal,false,1.1e12,3e8,1e8,ok,"a,b",estimated,2e-3,1,600',
    ]
    idle = "run,begin_ns,end_ns,invalid\n0,0,2000000000,0\n"
    energy = ("idle,channel,channel_name,domain,source,raw_begin,raw_end,gross_j\n"
              "0,0,nvml/gpu-0,gpu,measured,0,0,180\n0,1,nvml/gpu-0/power,gpu,measured,0,0,999\n")
    files = {"records.csv": header + "\n" + "\n".join(rows) + "\n", "idle.csv": idle,
             "idle_energy.csv": energy}
    os.makedirs(folder, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    text = subprocess.run(
        ["awk", "-f", os.path.join(ROOT, "bench/gpu_predictions.awk"),
         *(os.path.join(folder, name) for name in files),
         os.path.join(ROOT, "bench/gpu_predictions.txt")],
        text=True, check=True, stdout=subprocess.PIPE).stdout
    print(text)
    expected = {"copy-rate": r"4000 .* inside", "copy-energy": r"110 .* inside",
                "gemm-bf16-library": r"550 .* BELOW", "gemm-bf16-energy": r"- .* not measured",
                "idle-power": r"90 .* inside", "fma-rate": r"- .* not measured"}
    for name, pattern in expected.items():
        assert re.search(rf"^{name} .* {pattern}", text, re.M), (name, pattern)
    assert "4 measured, 3 inside" in text


def main():
    build, folder = (os.path.abspath(argument) for argument in sys.argv[1:3])
    nvml = sys.argv[3] if len(sys.argv) > 3 else None
    if shutil.which("timeout") is None or shutil.which("awk") is None:
        print("skipped: no timeout or awk on this machine")
        return 77
    predictions_are_judged(os.path.join(folder, "made"))
    first = Node(build, os.path.join(folder, "first"), nvml)
    all_stages_without_a_gpu(first)
    a_second_run_goes_on(Node(build, os.path.join(folder, "second"), nvml), first)
    stages_end_at_their_limits(Node(build, os.path.join(folder, "limits"), nvml))
    wrong_words_are_refused(Node(build, os.path.join(folder, "words"), nvml))
    print("passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
