"""Predictions for records, by the one evaluator of energy tables: the `ergon predict` command."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas

from ergon.report.inputs import Document
from ergon.report.rows import axes_of, columns_of
from ergon.report.text import PREFIXES, scaled
from ergon.results import Results

POINTS_MAX = 400
"""Different points that are asked for, a process each; of more, every n-th."""

NUMBER = r"(-?[\d.]+(?:e[+-]?\d+)?) ([pnumkMGT]?)J"
ENERGY = re.compile(rf"^energy  {NUMBER}", re.MULTILINE)
INTERVAL = re.compile(rf"90 % interval {NUMBER} to {NUMBER}")
POWERS = {prefix: power for power, prefix in PREFIXES.items()}


@dataclass
class Said:
    """Of records the columns predicted, low, high (J per launch) and says (text); and how."""

    frame: pandas.DataFrame
    note: str


def predict_records(results: Results, index: pandas.Index, table: Document) -> Said:
    """What the table says of these records; NaN of those that it has no row for."""
    empty = pandas.DataFrame(columns=["predicted", "low", "high", "says"], index=index[:0])
    ergon = find_ergon()
    if ergon is None:
        return Said(empty, "")
    keyed = {key_of(row["key"]) for row in table.data["rows"]}
    commands = {
        row: arguments(results, row)
        for row in index
        if record_key(results.records.loc[row]) in keyed
    }
    distinct = list(dict.fromkeys(commands.values()))
    step = max(1, -(-len(distinct) // POINTS_MAX))
    answers = {each: ask(ergon, table.path, each) for each in distinct[::step]}
    lines = {row: answers[each] for row, each in commands.items() if answers.get(each)}
    if not lines:
        return Said(empty, "")
    frame = pandas.DataFrame.from_dict(lines, orient="index", columns=list(empty.columns))
    taken = f"Of {len(distinct)} points every {step}th is asked for. " if step > 1 else ""
    return Said(frame, taken + "Predictions are those of ergon predict, of four digits.")


def find_ergon() -> str | None:
    """The ergon that predicts: $ERGON, else that on PATH."""
    return os.environ.get("ERGON") or shutil.which("ergon")


def key_of(key: dict[str, Any]) -> tuple[Any, ...]:
    """What a row of a table is for, to hold against record_key()."""
    dtypes = tuple(key["dtypes"][part] for part in ("a", "b", "accumulate", "out"))
    names = ("device", "boundary", "kernel", "threads", "fill", "cold", "weights")
    return (*(key[name] for name in names), dtypes)


def record_key(record: pandas.Series) -> tuple[Any, ...]:
    dtypes = tuple(record[f"dtype_{part}"] for part in ("a", "b", "accumulate", "out"))
    kernel = f"{record['primitive']}/{record['kernel']}"
    plain = (record["device"], record["boundary"], kernel, int(record["threads"]), record["fill"])
    return (*plain, bool(record["cold"]), record["weights"], dtypes)


def arguments(results: Results, row: Any) -> tuple[str, ...]:
    """Of `ergon predict`, for the point of a record."""
    record = results.records.loc[row]
    given = ["--kernel", f"{record['primitive']}/{record['kernel']}"]
    given += ["--shape", _pairs(record, axes_of(results))]
    if options := _pairs(record, columns_of(results, "value of this option")):
        given += ["--options", options]
    dtypes = ",".join(record[f"dtype_{part}"] for part in ("a", "b", "accumulate", "out"))
    cold = "yes" if record["cold"] else "no"
    for name, value in (
        ("device", record["device"]),
        ("boundary", record["boundary"]),
        ("dtypes", dtypes),
        ("threads", record["threads"]),
        ("fill", record["fill"]),
        ("cold", cold),
        ("weights", record["weights"]),
    ):
        given += [f"--{name}", str(value)]
    return tuple(given)


def ask(ergon: str, table: Path, given: Sequence[str]) -> tuple[float, float, float, str] | None:
    """(J, low, high, text) of one launch; None where ergon refuses it."""
    done = subprocess.run(
        [ergon, "predict", str(table), *given], capture_output=True, text=True, check=False
    )
    energy = ENERGY.search(done.stdout)
    if done.returncode != 0 or energy is None:
        return None
    value = _joules(*energy.groups())
    low = high = float("nan")
    if interval := INTERVAL.search(done.stdout):
        low, high = _joules(*interval.groups()[:2]), _joules(*interval.groups()[2:])
    says = f"predicted {scaled(value, 'J')}"
    if low == low:
        says += f", 90 % interval {scaled(low, 'J')} to {scaled(high, 'J')}"
    if "extrapolated" in done.stdout:
        says += "<br>extrapolated"
    return value, low, high, says


def _joules(number: str, prefix: str) -> float:
    return float(number) * 10.0 ** POWERS[prefix]


def _pairs(record: pandas.Series, columns: list[str]) -> str:
    there = [name for name in columns if not pandas.isna(record[name]) and record[name] != ""]
    return ",".join(f"{name}={record[name]}" for name in there)
