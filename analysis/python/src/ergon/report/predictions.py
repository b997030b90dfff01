"""Predictions for records by an energy table, from the one evaluator that there is: the package's
own, or in a package without it that of the command `ergon predict`."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas

from ergon.error import Error
from ergon.report.inputs import Document
from ergon.report.rows import axes_of, columns_of
from ergon.report.text import PREFIXES, scaled
from ergon.results import Results

POINTS_MAX = 400
"""Different points that `ergon predict` is asked for, a process each; of more, every n-th."""

PARTS = ("a", "b", "accumulate", "out")
NUMBER = r"(-?[\d.]+(?:e[+-]?\d+)?) ([pnumkMGT]?)J"
ENERGY = re.compile(rf"^energy  {NUMBER}", re.MULTILINE)
INTERVAL = re.compile(rf"90 % interval {NUMBER} to {NUMBER}")
POWERS = {prefix: power for power, prefix in PREFIXES.items()}

Answer = tuple[float, float, float, bool]
"""J, both ends of the 90 % interval (NaN without one), and whether that is extrapolated."""


@dataclass(frozen=True)
class Point:
    """What a table is asked: fields of its row, axes and options of a launch."""

    fields: tuple[tuple[str, Any], ...]
    axes: tuple[tuple[str, int], ...]
    options: tuple[tuple[str, str], ...]


@dataclass
class Said:
    """Of records the columns predicted, low, high (J per launch) and says (text); and how."""

    frame: pandas.DataFrame
    note: str


def predict_records(results: Results, index: pandas.Index, table: Document) -> Said:
    """What the table says of these records; those that it has no row for are left out."""
    rows = {row_fields(row["key"]) for row in table.data["rows"]}
    axes, options = axes_of(results), columns_of(results, "value of this option")
    records = results.records.loc[index]
    points = {row: point_of(record, axes, options) for row, record in records.iterrows()}
    points = {row: point for row, point in points.items() if point.fields in rows}
    ask, note = asker(table.path, len(set(points.values())))
    answers = {point: ask(point) for point in dict.fromkeys(points.values())}
    lines = {row: line(answer) for row, each in points.items() if (answer := answers[each])}
    columns = ["predicted", "low", "high", "says"]
    return Said(pandas.DataFrame.from_dict(lines, orient="index", columns=columns), note)


def row_fields(key: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    """What a row of a table is for."""
    names = ("kernel", "device", "boundary", "threads", "fill", "cold", "weights")
    return (*((name, key[name]) for name in names), ("dtypes", _dtypes(key["dtypes"])))


def point_of(record: pandas.Series, axes: Sequence[str], options: Sequence[str]) -> Point:
    """The point of a record."""
    key = {
        **{name: record[name] for name in ("device", "boundary", "fill", "weights")},
        "kernel": f"{record['primitive']}/{record['kernel']}",
        "threads": int(record["threads"]),
        "cold": bool(record["cold"]),
        "dtypes": {part: record[f"dtype_{part}"] for part in PARTS},
    }
    extents = [(axis, int(record[axis])) for axis in axes if not pandas.isna(record[axis])]
    choices = [(name, str(record[name])) for name in options if record[name] != ""]
    return Point(row_fields(key), tuple(extents), tuple(choices))


def _dtypes(parts: dict[str, str]) -> str:
    return ",".join(parts[part] for part in PARTS)


def line(answer: Answer) -> tuple[float, float, float, str]:
    """A row of Said: the numbers, and what the pointer shows of them."""
    value, low, high, extrapolated = answer
    says = f"predicted {scaled(value, 'J')}"
    if math.isfinite(low):
        says += f", 90 % interval {scaled(low, 'J')} to {scaled(high, 'J')}"
    return value, low, high, says + ("<br>extrapolated" if extrapolated else "")


def asker(table: Path, points: int) -> tuple[Callable[[Point], Answer | None], str]:
    """What answers points of a table, and a note on how."""
    try:
        from ergon import EnergyTable
    except ImportError:
        return _command_asker(table, points)
    loaded = EnergyTable.load(table)

    def ask(point: Point) -> Answer | None:
        try:
            row = loaded.row(**dict(point.fields))
            told = row.predict(options=dict(point.options), **dict(point.axes))
        except Error:  # a problem or an option that this build does not know
            return None
        return told.energy_j, told.low_j, told.high_j, told.extrapolated

    return ask, ""


def _command_asker(table: Path, points: int) -> tuple[Callable[[Point], Answer | None], str]:
    ergon = os.environ.get("ERGON") or shutil.which("ergon")
    if ergon is None:
        return lambda point: None, ""
    step = max(1, -(-points // POINTS_MAX))
    asked = iter(range(points))
    note = f"Of {points} points every {step}th was asked for. " if step > 1 else ""

    def ask(point: Point) -> Answer | None:
        return None if next(asked) % step else _told([ergon, "predict", str(table)], point)

    return ask, note + "Predictions are those of ergon predict, of four digits."


def _told(command: list[str], point: Point) -> Answer | None:
    for name, value in point.fields:
        text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
        command = [*command, f"--{name}", text]
    command += ["--shape", ",".join(f"{name}={extent}" for name, extent in point.axes)]
    if point.options:
        command += ["--options", ",".join(f"{name}={value}" for name, value in point.options)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    energy, interval = ENERGY.search(done.stdout), INTERVAL.search(done.stdout)
    if done.returncode != 0 or energy is None:
        return None
    low = high = math.nan
    if interval:
        low, high = _joules(*interval.groups()[:2]), _joules(*interval.groups()[2:])
    return _joules(*energy.groups()), low, high, "extrapolated" in done.stdout


def _joules(number: str, prefix: str) -> float:
    return float(number) * 10.0 ** POWERS[prefix]
