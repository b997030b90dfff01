"""What compiled kernels are claimed to contain, and not to contain.

A claim holds for every kernel of a file whose Launchable's name it matches, on the architectures
from `since` on; a kernel that no architecture's code is made for is empty, and claims nothing.
`somewhere` need be in one of them at least.
"""

import dataclasses
import fnmatch
import re


@dataclasses.dataclass(frozen=True)
class Claim:
    file: str  # gemm/cuda_*.cu
    kernel: str = ""  # a regular expression, found anywhere in "MmaTile<Bf16, 128>"
    since: int = 75
    every: tuple = ()
    somewhere: tuple = ()
    none: tuple = ()


# f64 costs 2 to 64 times f32 and none of ours computes in it: a literal without its f would.
# Local memory is where registers spill to and arrays indexed at run time lie.
CLAIMS = [
    Claim("*.cu", none=("LDL", "STL", "DFMA", "DADD", "DMUL")),
    Claim("*/cuda_simt.cu", since=80, none=("HMMA",)),
    Claim("gemm/cuda_simt.cu", kernel="Register", every=("FFMA",), somewhere=("LDG_128",)),
    Claim("gemm/cuda_simt.cu", kernel="Async", since=80, every=("FFMA", "LDGSTS")),
    Claim("attention/cuda_simt.cu", every=("FFMA",), somewhere=("LDG_128",)),
    Claim("fma/cuda_simt.cu", every=("FFMA",)),
    Claim("mma/cuda_mma.cu", since=80, every=("HMMA",)),
]

CLAIMS += [
    Claim(f"{multiplies}/cuda_mma.cu", since=80, somewhere=("LDSM", "LDGSTS"))
    for multiplies in ("attention", "gemm")
]
CLAIMS += [
    # Second stages, which add what several blocks made of a sum, have other names.
    Claim(f"{multiplies}/cuda_mma.cu", kernel="^Mma", since=80, every=("HMMA", "LDSM", "LDGSTS"))
    for multiplies in ("attention", "gemm")
]

# What moves memory does so in 16 bytes, somewhere: rows of odd lengths have smaller pieces.
CLAIMS += [
    Claim(f"{moves}/cuda_simt.cu", somewhere=("LDG_128",))
    for moves in (
        *("copy", "embedding", "gelu", "layernorm", "merge_heads", "relu", "residual_add"),
        *("rmsnorm", "silu", "softmax", "split_heads", "swiglu", "tanh"),
    )
]


def broken(file, entries, architecture, opcodes, claims=None):
    """What is not as claimed, of the nvcc.Entry of a file."""
    for claim in CLAIMS if claims is None else claims:
        if architecture < claim.since or not fnmatch.fnmatch(file, claim.file):
            continue
        matched = [entry for entry in entries if re.search(claim.kernel, entry.name)]
        if not matched:
            yield f"no kernel matches {claim.kernel!r}, of which something is claimed"
        counts = lambda entry, name: opcodes.count(name, entry.instructions)
        for entry in matched:
            for name in claim.every:
                if not counts(entry, name):
                    yield f"{entry.name} has no {name}, as is claimed"
            for name in claim.none:
                if counts(entry, name):
                    yield f"{entry.name} has {counts(entry, name)} of {name}; none is claimed"
        for name in claim.somewhere:
            if matched and not any(counts(entry, name) for entry in matched):
                yield f"no kernel has {name}, as is claimed"
