"""The energy roofline, J/FLOP against FLOPs per byte, and its twin of time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy
import pandas
import plotly.graph_objects as go

from ergon.report.inputs import Document
from ergon.report.picture import (
    LOOKS,
    Picture,
    colour_of,
    look_of,
    marked,
    new_figure,
    plain,
    rounded,
    short,
    sources_text,
    span_axis,
    symbol_of,
)

ENDING = re.compile("(" + "|".join(sorted(LOOKS.values(), key=len, reverse=True)) + ")$")
"""Of a symbol, what says of its joules: times have none."""

ENERGY_NOTE = (
    "A point is a record: gross energy per launch over its FLOPs; bars are 95 % intervals, and one "
    "without a lower end reaches zero. Kernels that do no FLOPs (copies, embeddings, the idle "
    "probe) have no place here. "
)
CEILING_NOTE = (
    "Lines are what the probes of an energy table leave of it at best: J/FLOP of fma plus J/byte "
    "of copies in a cache level over the intensity; static power is not in them."
)


def energy_roofline(rows: pandas.DataFrame, tables: list[Document]) -> list[Picture]:
    """J/FLOP against intensity, one picture; none where no record has both joules and FLOPs."""
    shown = rows[(rows["energy"] > 0) & (rows["flops"] > 0) & (rows["bytes"] > 0)]
    if shown.empty:
        return []
    sources = sorted(shown["source"].unique())
    figure = new_figure("Energy roofline", sources, height=540)
    intensity = shown["flops"] / shown["bytes"]
    per_flop = 1e12 * shown["energy"] / shown["flops"]
    half = 1e12 * shown["half"] / shown["flops"]
    for name, part, look in kernels(shown):
        figure.add_scatter(
            x=rounded(intensity[part.index]),
            y=rounded(per_flop[part.index]),
            error_y=error_bar(half[part.index], look["color"]),
            meta={"rows": [int(row) for row in part.index], "hover": "record"},
            **scatter(name, look),
        )
    ceilings = [line for table in tables for line in table_ceilings(table, sources, intensity)]
    for line in ceilings:
        figure.add_trace(line)
    figure.update_xaxes(
        title_text="arithmetic intensity, FLOP/byte", **span_axis(intensity, powers_of_two=True)
    )
    figure.update_yaxes(title_text=marked("gross pJ/FLOP", sources), **span_axis(per_flop))
    note = ENERGY_NOTE + (CEILING_NOTE if ceilings else "")
    return [Picture("Energy roofline", "energy-roofline", "Energy roofline", figure, note)]


def time_roofline(rows: pandas.DataFrame) -> list[Picture]:
    """GFLOP/s against intensity: what there is where nothing was metered."""
    shown = rows[(rows["time"] > 0) & (rows["flops"] > 0) & (rows["bytes"] > 0)]
    if shown.empty:
        return []
    figure = new_figure("Speed against intensity", [], height=480)
    intensity = shown["flops"] / shown["bytes"]
    speed = 1e-9 * shown["flops"] / shown["time"]
    for name, part, look in kernels(shown):
        figure.add_scatter(
            x=rounded(intensity[part.index]),
            y=rounded(speed[part.index]),
            meta={"rows": [int(row) for row in part.index], "hover": "record"},
            **scatter(name, {**look, "symbol": ENDING.sub("", look["symbol"])}),
        )
    figure.update_xaxes(
        title_text="arithmetic intensity, FLOP/byte", **span_axis(intensity, powers_of_two=True)
    )
    figure.update_yaxes(title_text="speed, GFLOP/s", **span_axis(speed))
    note = "A point is a record: its FLOPs over the median time of a launch. Times are measured."
    return [Picture("Speed", "speed", "Speed against intensity", figure, note)]


def kernels(rows: pandas.DataFrame) -> Iterator[tuple[str, pandas.DataFrame, dict[str, Any]]]:
    """Records of one kernel and source: their legend, rows and look (colour: primitive)."""
    colours = colour_of(rows["primitive"])
    several = rows["source"].nunique() > 1
    for names, part in rows.groupby(["primitive", "kernel", "source"]):
        primitive, kernel, source = map(str, names)
        siblings = list(rows.loc[rows["primitive"] == primitive, "kernel"].unique())
        look = {"color": colours[primitive], "symbol": symbol_of(siblings, source, kernel)}
        yield (f"{kernel} ({source})" if several else kernel), part, look


def scatter(name: str, look: dict[str, Any]) -> dict[str, Any]:
    """What all scatters of records have in common."""
    return {
        "mode": "markers",
        "name": short(name),
        "marker": {**look_of(look["symbol"], look["color"]), "size": 8},
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def error_bar(half: pandas.Series, colour: str) -> dict[str, Any]:
    """95 % interval of each point; none where it is not known."""
    return {
        "type": "data",
        "array": rounded(half),
        "color": colour,
        "thickness": 1,
        "width": 2,
        "visible": bool(half.notna().any()),
    }


def table_ceilings(
    table: Document, sources: list[str], intensity: pandas.Series
) -> Iterator[go.Scatter]:
    """pJ/FLOP of fma + pJ/byte of a level / intensity, for the devices of a table.

    None where the joules of the table are of another source than those of the records.
    """
    if table.data["source"] not in sources:
        return
    reach = numpy.geomspace(float(intensity.min()), float(intensity.max()), 60)
    dashes = {"L1": "dot", "L2": "dash", "L3": "dashdot", "memory": "solid"}
    for device in table.data["devices"]:
        entries = [(entry, entry["coefficient"]) for entry in device["entries"]]
        flop = [value for entry, value in entries if value["terms"] == ["flop"] and entry["kernel"]]
        for entry, byte in entries:
            if byte["terms"] != ["byte"] or not entry["level"] or len(flop) != 1:
                continue
            place = f"{device['device']}: {entry['level']}"
            yield go.Scatter(
                x=rounded(reach),
                y=rounded(flop[0]["value"] + byte["value"] / reach),
                mode="lines",
                name=f"{short(place)} ({sources_text([table.data['source']])})",
                line={"color": "#52606d", "width": 1.2, "dash": dashes.get(entry["level"], "dash")},
                hovertemplate=plain(place)
                + f"<br>{byte['value']:.3g} pJ/byte, {flop[0]['value']:.3g} pJ/FLOP"
                + "<br>%{y:.3g} pJ/FLOP at %{x:.3g} FLOP/byte<extra></extra>",
            )
