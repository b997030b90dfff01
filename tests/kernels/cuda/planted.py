"""The checks find the faults that planted.cu has, and false claims."""

import pathlib

import claims
import nvcc
from claims import Claim

# A claim, and what must be said of it; None where it is true.
CLAIMS = [
    (Claim("*", "^multiplies", every=("FFMA", "LDG_32"), none=("HMMA", "LDL")), None),
    (Claim("*", "^multiplies", every=("HMMA_BF16",)), "has no HMMA_BF16, as is claimed"),
    (Claim("*", "^multiplies", somewhere=("LDGSTS",)), "no kernel has LDGSTS"),
    (Claim("*", "^multiplies", somewhere=("LDG_128",)), "no kernel has LDG_128"),
    (Claim("*", "^multiplies", none=("FFMA",)), "has 1 of FFMA; none is claimed"),
    (Claim("*", "^indexes", none=("LDL",)), "of LDL; none is claimed"),
    (Claim("*", "^spills", none=("STL",)), "of STL; none is claimed"),
    (Claim("*", "^computes_in_double", none=("DMUL",)), "has 1 of DMUL; none is claimed"),
    (Claim("*", "^no_such_kernel", none=("DMUL",)), "no kernel matches"),
]
COMPLAINTS = ["spills", "indexes"]


def check(sources, architecture, known):
    """How many faults are not found, or wrongly."""
    source = pathlib.Path(__file__).resolve().parent / "planted.cu"
    compiled = sources.compile_file(source, architecture)
    failures = []
    for name in COMPLAINTS:
        if not any(complaint.startswith(name) for complaint in compiled.complaints):
            failures.append(f"nothing is said of the kernel that {name}: {compiled.complaints}")
    if not all(complaint.startswith(tuple(COMPLAINTS)) for complaint in compiled.complaints):
        failures.append(f"more is said than that {COMPLAINTS}: {compiled.complaints}")
    for claim, expected in CLAIMS:
        said = list(claims.broken("planted.cu", compiled.entries, architecture, known, [claim]))
        right = len(said) == 1 and expected in said[0] if expected else not said
        if not right:
            failures.append(f"of {claim} is said {said}, not {expected}")
    spilling = nvcc.Entry("greedy", 128, 65536, 512, 2, [])
    if len(list(nvcc.over_budget(spilling))) != 2:
        failures.append("a kernel over the budget of registers and of shared memory passes")
    for failure in failures:
        print(f"FAILED planted.cu: {failure}", flush=True)
    return len(failures)
