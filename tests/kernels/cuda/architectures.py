#!/usr/bin/env python3
"""Every CUDA kernel, compiled for GPU architectures and looked at without a GPU.

    python3 tests/kernels/cuda/architectures.py [all | NUMBER ...] [--files GLOB]

Fails on spills, stack frames, notices of ptxas that the compiler serialised something (C75xx),
warnings, more registers or static shared memory than a multiprocessor has for the blocks that a
kernel's launch bounds promise, and on instructions that are not as claims.py claims. Dynamic shared
memory, which binding a kernel to a problem decides, is held by model/registry_test.cpp. Exit status
77 where there is no nvcc.
"""

import argparse
import concurrent.futures
import fnmatch
import pathlib
import re
import shutil
import sys
import time

import claims
import nvcc
import opcodes
import planted

ROOT = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent

# What launches the kernels of another file: those of gemm.
WITHOUT_KERNELS = ("batched_gemm/cuda_mma.cu", "batched_gemm/cuda_simt.cu")


def kernel_files():
    """softmax/cuda_simt.cu, ...: of the lines of kernels/CMakeLists.txt."""
    lines = (ROOT / "kernels/CMakeLists.txt").read_text()
    return re.findall(r"^ *ergon_plug_cuda\((\S+\.cu)\)", lines, re.M)


def learn(sources, architecture):
    compiled = sources.compile_file(HERE / "instructions.cu", architecture)
    if not compiled.entries:
        raise ValueError(f"sm_{architecture}: {compiled.complaints}")
    return opcodes.Opcodes({entry.name: entry.instructions for entry in compiled.entries})


def look_at(sources, file, architecture, known):
    """(file, architecture, what is wrong, kernels, seconds)."""
    begin = time.monotonic()
    compiled = sources.compile_file(ROOT / "kernels" / file, architecture)
    complaints = list(compiled.complaints)
    if compiled.entries:
        complaints += claims.broken(file, compiled.entries, architecture, known)
    elif not complaints and file not in WITHOUT_KERNELS:
        complaints.append("has no kernel")
    return file, architecture, complaints, compiled.entries, time.monotonic() - begin


def print_summary(file, architecture, entries, seconds):
    registers = max((entry.registers for entry in entries), default=0)
    kernels = f"{len(entries)} kernel{'s' if len(entries) != 1 else ''}"
    what = f"{kernels}, at most {registers} registers, {seconds:.1f} s"
    print(f"sm_{architecture} {file}: {what}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("architectures", nargs="*", default=["90"])
    parser.add_argument("--files", default="*", help="a pattern of softmax/cuda_simt.cu")
    arguments = parser.parse_args()
    if not shutil.which("nvcc"):
        print("skipped: no nvcc here (NVIDIA's CUDA toolkit)")
        return 77
    known = nvcc.architectures()
    asked = known if "all" in arguments.architectures else list(map(int, arguments.architectures))
    if unknown := set(asked) - set(known):
        print(f"this nvcc knows no sm_{sorted(unknown)}; it knows {known}")
        return 2
    files = fnmatch.filter(kernel_files(), arguments.files)
    if not files:
        print(f"kernels/CMakeLists.txt has no CUDA kernel like {arguments.files}")
        return 2
    failures = 0
    sources = nvcc.Sources(ROOT)
    with concurrent.futures.ThreadPoolExecutor(max_workers=2) as pool:
        table = dict(zip(asked, pool.map(lambda each: learn(sources, each), asked)))
        failures += planted.check(sources, asked[-1], table[asked[-1]])
        sample = ROOT / "kernels/gelu/cuda_simt.cu"
        strays = pool.map(lambda each: nvcc.strays(sample, each, ROOT), asked)
        for each, stray in zip(asked, strays):
            if stray:
                print(f"FAILED sm_{each}: has PTX of its own; nvcc.py's FAMILIES lack it")
                failures += 1
        jobs = [(file, each) for file in files for each in asked]
        for result in pool.map(lambda job: look_at(sources, *job, table[job[1]]), jobs):
            file, architecture, complaints, entries, seconds = result
            print_summary(file, architecture, entries, seconds)
            for complaint in complaints:
                print(f"FAILED sm_{architecture} kernels/{file}: {complaint}", flush=True)
            failures += len(complaints)
    print(f"{len(jobs)} compilations of {len(files)} files, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
