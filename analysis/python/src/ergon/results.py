"""Result files of `ergon run` as DataFrames."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import h5py
import pandas

from ergon.error import Error

SCHEMA_MAJOR = 1
"""The result files that this package reads: of this major version, any minor one."""


class Results:
    """What `ergon run` wrote, over one file or several, a DataFrame for each group of the file.

    Frames have the file's column names. A column whose file names a value for "missing" is of
    dtype Int64 with NA there; all others are as stored, text as str. Of several files, rows stand
    one file behind the other, the column `file` (int64) counts them, and columns that name rows
    of another group (`run`, `record`, `channel`, ...) are moved so that they name rows of that
    frame here.

    Every frame's `attrs` has:

    - `group`, `description`: what it is of;
    - `units`: column -> unit ("J", "s", "W", ...; "" for counts, names and shares);
    - `descriptions`: column -> what it says;
    - `source`: as `Results.source`. Rows say their own in `energy_status` or `source`.
    """

    paths: tuple[Path, ...]
    """The files, in the order of the column `file`."""
    sources: tuple[str, ...]
    """Where joules of the records come from, without repetition: some of "measured", "estimated",
    "simulated" and "imported"; empty where nothing was metered."""

    def __init__(self, paths: tuple[Path, ...], frames: dict[str, pandas.DataFrame]) -> None:
        self.paths = paths
        self._frames = frames
        self.sources = _sources(frames)
        for frame in frames.values():
            frame.attrs["source"] = self.source

    @property
    def source(self) -> str:
        """The only one of `sources`; "unmeasured" without one; of several "mixed: " and all."""
        if len(self.sources) > 1:
            return "mixed: " + ", ".join(self.sources)
        return self.sources[0] if self.sources else "unmeasured"

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups: "records", "windows", "energy", ..."""
        return tuple(self._frames)

    def __getitem__(self, group: str) -> pandas.DataFrame:
        """The frame of a group. Raises Error for a group that the files do not have."""
        if group not in self._frames:
            files = ", ".join(str(path) for path in self.paths)
            known = ", ".join(self._frames)
            raise Error(f"{files}: no group {group!r}; there are: {known}")
        return self._frames[group]

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    @property
    def records(self) -> pandas.DataFrame:
        """A row per point and run: status, work, time and joules per launch."""
        return self["records"]

    @property
    def runs(self) -> pandas.DataFrame:
        """A row per execution of `ergon run`, with its provenance as JSON."""
        return self["runs"]

    @property
    def channels(self) -> pandas.DataFrame:
        """A row per channel of a run: domain, unit per count, source, gain."""
        return self["channels"]

    @property
    def windows(self) -> pandas.DataFrame:
        """A row per window: stretches of launches between two meter edges."""
        return self["windows"]

    @property
    def energy(self) -> pandas.DataFrame:
        """A row per window and channel: joules, uncertainties, highest power."""
        return self["energy"]

    def __repr__(self) -> str:
        files = ", ".join(str(path) for path in self.paths)
        return f"<ergon.Results {files}: {len(self.records)} records, {self.source}>"


def open_results(*paths: str | os.PathLike[str]) -> Results:
    """Reads one result file, or several as one; they are closed again.

    Raises Error where a file is not there, is no result file of ergon's, is truncated, or is of
    another major version of the schema.
    """
    if not paths:
        raise Error("open_results: no file named")
    files = tuple(Path(path) for path in paths)
    return Results(files, _joined([_read(path) for path in files]))


def _read(path: Path) -> dict[str, pandas.DataFrame]:
    if not path.is_file():
        raise Error(f"{path}: no such file")
    try:
        with h5py.File(path, "r") as file:
            _expect_schema(file, path)
            return {
                name: _frame(name, group)
                for name, group in file.items()
                if isinstance(group, h5py.Group) and name != "schema"
            }
    except OSError as error:
        raise Error(f"{path}: {error}") from error


def _expect_schema(file: h5py.File, path: Path) -> None:
    if "schema" not in file or "major" not in file["schema"].attrs:
        raise Error(
            f"{path}: HDF5, but not ergon's: it has no /schema; "
            "expected a result file of `ergon run`"
        )
    major = int(file["schema"].attrs["major"])
    if major != SCHEMA_MAJOR:
        raise Error(
            f"{path}: schema {major}; this package reads schema {SCHEMA_MAJOR}; "
            "read it with the one that belongs to the ergon that wrote it"
        )


def _frame(name: str, group: h5py.Group) -> pandas.DataFrame:
    columns = {column: data for column, data in group.items() if isinstance(data, h5py.Dataset)}
    frame = pandas.DataFrame({column: _column(data) for column, data in columns.items()})
    frame.attrs = {
        "group": name,
        "description": str(group.attrs.get("description", "")),
        "units": {column: str(data.attrs.get("unit", "")) for column, data in columns.items()},
        "descriptions": {
            column: str(data.attrs.get("description", "")) for column, data in columns.items()
        },
    }
    return frame


def _column(data: h5py.Dataset) -> pandas.Series:
    if data.dtype.kind in "SO":
        return pandas.Series(data.asstr("utf-8")[:], dtype="str")
    values = pandas.Series(data[:])
    if "missing" not in data.attrs:
        return values
    return values.astype("Int64").mask(values == int(data.attrs["missing"]))


def _joined(files: list[dict[str, pandas.DataFrame]]) -> dict[str, pandas.DataFrame]:
    """Frames of all files one behind the other; a file of an older schema has fewer groups."""
    names = list(dict.fromkeys(name for file in files for name in file))
    rows_before = dict.fromkeys(names, 0)
    parts: dict[str, list[pandas.DataFrame]] = {name: [] for name in names}
    for number, file in enumerate(files):
        for name, frame in file.items():
            parts[name].append(_moved(frame, rows_before).assign(file=number))
        for name, frame in file.items():
            rows_before[name] += len(frame)
    return {name: _stacked(frames) for name, frames in parts.items()}


def _moved(frame: pandas.DataFrame, rows_before: dict[str, int]) -> pandas.DataFrame:
    frame = frame.copy()
    for column, description in frame.attrs["descriptions"].items():
        target = re.match(r"row of /(\w+)", description)
        if target:
            frame[column] += rows_before.get(target.group(1), 0)
    return frame


def _stacked(frames: list[pandas.DataFrame]) -> pandas.DataFrame:
    attrs = dict(frames[0].attrs)
    for name in ("units", "descriptions"):
        attrs[name] = {
            column: text for frame in reversed(frames) for column, text in frame.attrs[name].items()
        }
    attrs["units"]["file"] = ""
    attrs["descriptions"]["file"] = "which of the files that were opened, from 0"
    stacked = frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)
    stacked.attrs = attrs
    return stacked


def _sources(frames: dict[str, pandas.DataFrame]) -> tuple[str, ...]:
    """Of the channels that records report."""
    primary = frames["runs"]["primary_channel"].dropna().unique()
    return tuple(sorted(frames["channels"]["source"].iloc[list(primary)].unique()))
