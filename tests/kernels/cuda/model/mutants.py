#!/usr/bin/env python3
"""Takes every barrier, wait and commit out of the CUDA kernels, one at a time, and asks whether
their tests on the functional model see it.

    python3 tests/kernels/cuda/model/mutants.py FOLDER [PART-OF-A-FILE-NAME ...]

FOLDER becomes a worktree of HEAD with a sanitized build of its own (git worktree remove FOLDER
ends it). By hand, as every mutant is a build: some 25 minutes on 2 cores. Exit status 1 where one
was missed.
"""

import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[4]
ORDER = re.compile(r"(?:block_barrier|warp_barrier|commit_copies)\(\);|wait_copies<([^;]*)>\(\);")
# Kernels whose tests reach what other files than their own say.
USED_BY = {
    "attention/cuda_split.inl.h": ["attention_cuda_simt", "attention_cuda_mma"],
    "cuda/group.h": ["softmax_cuda_simt", "layernorm_cuda_simt"],
    "gemm/cuda_mma_copies.inl.h": ["gemm_cuda_mma"],
    "gemm/cuda_simt_async.inl.h": ["gemm_cuda_simt"],
    "gemm/cuda_simt_registers.inl.h": ["gemm_cuda_simt"],
    "norm/cuda_rows.h": ["rmsnorm_cuda_simt"],
}


def tests_of(file):
    """attention/cuda_mma.inl.h is seen by attention_cuda_mma."""
    return USED_BY.get(file, [file.split(".")[0].replace("/", "_")])


def sources(folder):
    kernels = folder / "kernels"
    for path in sorted(kernels.glob("*/*")):
        file = str(path.relative_to(kernels))
        if path.suffix in (".cu", ".h") and file not in ("cuda/hardware.inl.h", "cuda/lanes.h"):
            yield file, path


def mutants(text):
    """(line, what, the text without it)."""
    for found in ORDER.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        around = text[: found.start()], text[found.end() :]
        yield line, f"without {found[0]}", "{}".join(around)
        if found[1]:
            yield line, f"{found[0]} one weaker", f"wait_copies<{found[1]} + 1>();".join(around)


def run(folder, *command):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def look_at(folder, file):
    """Empty where the tests see something wrong, else why not."""
    built = run(folder, "cmake", "--build", "build/dev", "--target", "ergon_cuda_model_test")
    if built.returncode:
        return "does not build: " + built.stdout[-400:]
    kernels = ":".join(f"Registry/*Right*/{kernel}" for kernel in tests_of(file))
    program = "build/dev/tests/ergon_cuda_model_test"
    tested = run(folder, "env", "ERGON_MODEL_SEEDS=1", program, "--gtest_filter=" + kernels)
    return "" if tested.returncode else "missed"


def main():
    if len(sys.argv) < 2:
        print(__doc__)
        return 2
    folder = pathlib.Path(sys.argv[1]).resolve()
    if not folder.exists():
        subprocess.run(["git", "worktree", "add", "--detach", folder], cwd=ROOT, check=True)
        subprocess.run(["cmake", "--preset", "dev", "-DERGON_CUDA=OFF"], cwd=folder, check=True)
    seen, not_seen = 0, 0
    for file, path in sources(folder):
        if len(sys.argv) > 2 and not any(part in file for part in sys.argv[2:]):
            continue
        text = path.read_text()
        for line, what, mutant in mutants(text):
            begin = time.monotonic()
            path.write_text(mutant)
            try:
                why = look_at(folder, file)
            finally:
                path.write_text(text)
            seconds = time.monotonic() - begin
            print(f"{file}:{line}: {what}: {why or 'seen'}, {seconds:.0f} s", flush=True)
            seen, not_seen = seen + (not why), not_seen + bool(why)
    print(f"{seen} mutants seen, {not_seen} not")
    return 1 if not_seen else 0


if __name__ == "__main__":
    sys.exit(main())
