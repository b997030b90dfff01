"""Numbers with units, as ergon's other outputs write them."""

from __future__ import annotations

import math

PREFIXES = {-12: "p", -9: "n", -6: "u", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T"}


def scaled(value: float | None, unit: str) -> str:
    """Four digits and an SI prefix: "13.9 mJ"; "not known" for what is not finite."""
    if value is None or not math.isfinite(value):
        return "not known"
    if value == 0:
        return f"0 {unit}"
    exponent = 3 * math.floor(math.log10(abs(value)) / 3)
    exponent = min(max(exponent, min(PREFIXES)), max(PREFIXES))
    return f"{value / 10.0**exponent:.4g} {PREFIXES[exponent]}{unit}"
