"""Energy of each primitive over each of its axes; time where there are no joules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas
from plotly.subplots import make_subplots

from ergon.report.picture import (
    Picture,
    colour_of,
    marked,
    plain,
    rounded,
    span_axis,
    style,
    symbol_of,
)
from ergon.report.roofline import error_bar, scatter
from ergon.report.rows import axes_of, known
from ergon.results import Results

COLUMNS_MAX = 3
NOTE = (
    "A point is a record; a line joins records of one run that differ in this axis alone. Bars are "
    "95 % intervals of the mean over windows; one without a lower end reaches zero."
)


def over_axes(results: Results, rows: pandas.DataFrame) -> list[Picture]:
    """A picture a primitive, with a panel an axis that has several values."""
    return [
        picture
        for primitive, part in rows.groupby("primitive")
        for picture in _primitive(results, str(primitive), part)
    ]


def _primitive(results: Results, primitive: str, part: pandas.DataFrame) -> Iterator[Picture]:
    metered = bool((part["energy"] > 0).any())
    quantity = "energy" if metered else "time"
    part = part[part[quantity] > 0]
    extents = pandas.DataFrame(
        {axis: known(results.records.loc[part.index, axis]) for axis in axes_of(results)},
        index=part.index,
    ).dropna(axis="columns", how="all")
    varied = [axis for axis in extents if extents[axis].nunique() > 1] or list(extents)[:1]
    if part.empty or not varied:
        return
    columns = min(len(varied), COLUMNS_MAX)
    lines = -(-len(varied) // columns)
    figure = make_subplots(
        rows=lines,
        cols=columns,
        shared_yaxes=True,
        horizontal_spacing=0.03,
        vertical_spacing=0.24 / lines if lines > 1 else 0.1,
    )
    sources = sorted(part["source"].unique()) if metered else []
    title = f"{quantity.capitalize()} of {primitive} over its axes"
    style(figure, title, sources, height=150 + 290 * lines)
    for number, axis in enumerate(map(str, varied)):
        place = {"row": number // columns + 1, "col": number % columns + 1}
        for trace in _traces(part, extents, axis, quantity, legend=number == 0):
            figure.add_scatter(**trace, **place)
        figure.update_xaxes(
            title_text=plain(axis), **span_axis(extents[axis], powers_of_two=True), **place
        )
    label = marked("gross energy per launch", sources) if metered else "median time per launch"
    unit = "J" if metered else "s"
    figure.update_yaxes(**span_axis(part[quantity], unit))
    figure.update_yaxes(title_text=f"{label}, {unit}", col=1)
    yield Picture("Over the axes", f"axes-{primitive}", title, figure, NOTE, choice=primitive)


def _traces(
    part: pandas.DataFrame, extents: pandas.DataFrame, axis: str, quantity: str, legend: bool
) -> Iterator[dict[str, Any]]:
    """For each kernel its points, in lines of records that differ in this axis alone."""
    colours = colour_of(part["kernel"])
    others = [name for name in extents if name != axis]
    fixed = pandas.concat(
        [part[["run", "dtype", "options", "threads", "state"]], extents[others]], axis=1
    )
    metered = quantity == "energy"
    several = metered and part["source"].nunique() > 1
    for names, own in part.groupby(["kernel", "source"]):
        kernel, source = map(str, names)
        groups = fixed.loc[own.index].groupby(list(fixed.columns), dropna=False, sort=False)
        keyed = pandas.DataFrame({"line": groups.ngroup(), "extent": extents[axis]}).dropna()
        order = _with_gaps(keyed.sort_values(["line", "extent"], kind="stable")["line"])
        there = pandas.Index(order)
        half = own["half"] if metered else own["half"] * float("nan")
        trace = scatter(
            f"{kernel} ({source})" if several else kernel,
            {
                "color": colours[kernel],
                "symbol": symbol_of(list(colours), source if metered else "measured", kernel),
            },
        )
        trace["mode"] = "lines+markers"
        trace["line"] = {"width": 1, "color": colours[kernel]}
        yield {
            **trace,
            "x": rounded(extents[axis].reindex(there)),
            "y": rounded(own[quantity].reindex(there)),
            "error_y": error_bar(half.reindex(there), colours[kernel]),
            "meta": {"rows": order, "hover": "record"},
            "legendgroup": f"{kernel} {source}",
            "showlegend": legend,
        }


def _with_gaps(line: pandas.Series) -> list[int]:
    """The index, and -1 where a line ends and the next begins."""
    order: list[int] = []
    last = None
    for row, number in zip(line.index.to_list(), line, strict=True):
        if last is not None and number != last:
            order.append(-1)
        order.append(row)
        last = number
    return order
