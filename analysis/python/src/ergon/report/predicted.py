"""Measured against predicted: each record, and what an energy table says of its point."""

from __future__ import annotations

from collections.abc import Iterator

import pandas

from ergon.report.inputs import Document
from ergon.report.picture import Picture, marked, new_figure, plain, rounded, span_axis
from ergon.report.predictions import predict_records
from ergon.report.roofline import kernels, scatter
from ergon.results import Results

NOTE = (
    "A point is a record whose conditions (device, boundary, kernel, dtypes, threads, fill, cold, "
    "weights) the table has; bars are the table's 90 % intervals. On the dotted line the two are "
    "equal. Records that the table was fitted to are no test of it. "
)


def predicted(
    results: Results, rows: pandas.DataFrame, tables: list[Document]
) -> Iterator[Picture]:
    """A picture for each table that has rows for records with joules of its own source."""
    for number, table in enumerate(tables):
        source = str(table.data["source"])
        own = rows[(rows["source"] == source) & (rows["energy"] > 0)]
        said = predict_records(results, own.index, table)
        both = own.join(said.frame.dropna(subset=["predicted"]), how="inner")
        if both.empty:
            continue
        yield _picture(both, table, source, f"predicted-{number}", said.note)


def _picture(both: pandas.DataFrame, table: Document, source: str, name: str, more: str) -> Picture:
    kind = str(table.data["energy"])
    title = f"Predicted by {table.path.name} against the records"
    figure = new_figure(title, [source], height=560)
    actual = both["net" if kind == "net" else "energy"]
    for kernel, part, look in kernels(both):
        value = both.loc[part.index, "predicted"]
        figure.add_scatter(
            x=rounded(actual[part.index]),
            y=rounded(value),
            error_y={
                "type": "data",
                "symmetric": False,
                "array": rounded(both.loc[part.index, "high"] - value),
                "arrayminus": rounded(value - both.loc[part.index, "low"]),
                "color": look["color"],
                "thickness": 1,
                "width": 2,
            },
            meta={"rows": [int(row) for row in part.index], "hover": "record"},
            customdata=both.loc[part.index, "says"].tolist(),
            **scatter(kernel, look),
        )
    all_joules = [*actual, *both["predicted"]]
    ends = [float(min(all_joules)), float(max(all_joules))]
    figure.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        name="equal",
        hoverinfo="skip",
        line={"color": "#52606d", "dash": "dot", "width": 1},
    )
    axis = span_axis(all_joules, "J")
    label = marked(f"{kind} energy per launch", [source])
    figure.update_xaxes(title_text=f"{label} of the record, J", **axis)
    figure.update_yaxes(title_text=f"predicted {label}, J", **axis)
    error = (both["predicted"] / actual - 1).abs()
    note = (
        f"{NOTE}{len(both)} records; the median of |predicted / record - 1| is "
        f"{100 * error.median():.3g} %. {more}"
    )
    return Picture(
        "Measured against predicted", name, title, figure, note, choice=plain(table.path.name)
    )
