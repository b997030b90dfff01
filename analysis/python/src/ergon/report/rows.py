"""Records as the pictures want them: a row each, with names in words and numbers per launch."""

from __future__ import annotations

import numpy
import pandas

from ergon.results import Results

ROWS_MAX = 12000
"""Records that a page draws; of more, every n-th of each kernel is drawn, and the page says so."""

FACETS = {
    "primitive": "Primitive",
    "kernel": "Kernel",
    "dtype": "Dtype",
    "device": "Device",
    "source": "Joules are",
    "threads": "Threads",
    "file": "File",
}
"""What a reader may filter by: column of the rows -> what the page calls it."""

KEPT = {
    "gross_j_per_launch": "energy",
    "gross_half_width_j_per_launch": "half",
    "net_j_per_launch": "net",
    "power_w": "power",
    "time_median_s": "time",
    "time_p10_s": "time_low",
    "time_p90_s": "time_high",
    "flops": "flops",
    "windows_valid": "windows",
}


def columns_of(results: Results, description: str) -> list[str]:
    """Columns of the records that a file describes by these words: its axes, its options."""
    said = results.records.attrs["descriptions"]
    return [name for name, text in said.items() if text.startswith(description)]


def axes_of(results: Results) -> list[str]:
    """Names of the axes that any record has."""
    return columns_of(results, "extent of this axis")


def make_rows(results: Results) -> pandas.DataFrame:
    """A row per record, the index being the row of `results.records`.

    Columns: those of FACETS as text; shape and options as "m=1, n=2"; energy, half, net (J per
    launch, half of the 95 % interval), power (W), time (s per launch), flops, bytes; status and
    reason.
    """
    records = results.records
    rows = pandas.DataFrame(index=records.index)
    for old, new in KEPT.items():
        rows[new] = pandas.to_numeric(records[old], errors="coerce").astype(float)
    rows["bytes"] = (records["bytes_read"] + records["bytes_written"]).astype(float)
    rows["primitive"] = records["primitive"]
    rows["kernel"] = records["primitive"] + "/" + records["kernel"]
    rows["dtype"] = _dtypes(records)
    rows["device"] = records["device"].where(records["device"] != "", "device not named")
    rows["source"] = sources_of(results)
    rows["threads"] = records["threads"].astype(str)
    names = _file_names(results)
    rows["file"] = [names[file] for file in records["file"]]
    rows["run"] = records["run"]
    rows["shape"] = _pairs(records, axes_of(results))
    rows["options"] = _pairs(records, columns_of(results, "value of this option"))
    rows["state"] = _state(records)
    rows["status"] = records["run_status"]
    rows["energy_status"] = records["energy_status"]
    rows["reason"] = records["reason"]
    return rows


def drawn(rows: pandas.DataFrame, limit: int = ROWS_MAX) -> pandas.DataFrame:
    """Those that ran, thinned evenly to about `limit`."""
    ran = rows[rows["status"] == "ok"]
    if len(ran) <= limit:
        return ran
    step = -(-len(ran) // limit)
    return ran[ran.groupby("kernel").cumcount() % step == 0]


def sources_of(results: Results) -> pandas.Series:
    """Where the joules of each record come from; "unmeasured" where it has none."""
    channels = results.channels["source"]
    primary = results.runs["primary_channel"]
    of_run = ["unmeasured" if pandas.isna(row) else channels.iloc[int(row)] for row in primary]
    records = results.records
    source = records["run"].map(dict(enumerate(of_run)))
    return source.where(records["gross_j_per_launch"].notna(), "unmeasured")


def _dtypes(records: pandas.DataFrame) -> list[str]:
    columns = [records[f"dtype_{part}"] for part in ("a", "b", "accumulate", "out")]
    return [each[0] if len(set(each)) == 1 else ",".join(each) for each in zip(*columns)]


def _file_names(results: Results) -> list[str]:
    """The files' names; of two with one name, as much of the path as tells them apart."""
    names = [path.name for path in results.paths]
    return [
        name if names.count(name) == 1 else str(path)
        for name, path in zip(names, results.paths, strict=True)
    ]


def _pairs(records: pandas.DataFrame, columns: list[str]) -> list[str]:
    texts = [""] * len(records)
    for column in columns:
        values = records[column]
        for row, (value, there) in enumerate(zip(values, values.notna() & (values != ""))):
            if there:
                texts[row] += f"{', ' if texts[row] else ''}{column}={value}"
    return texts


def _state(records: pandas.DataFrame) -> list[str]:
    """What of a point's conditions is not the usual."""
    said = zip(records["fill"], records["cold"], records["weights"], records["sentinel"])
    return [
        ", ".join(
            [fill]
            + ["cold"] * bool(cold)
            + [f"weights {weights}"] * (weights != "plain")
            + ["sentinel"] * bool(sentinel)
        )
        for fill, cold, weights, sentinel in said
    ]


def known(values: pandas.Series) -> numpy.ndarray:
    """As floats, where NA becomes NaN."""
    return numpy.asarray(pandas.to_numeric(values, errors="coerce"), dtype=float)
