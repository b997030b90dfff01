"""A picture of the page, and what all pictures have in common: colours, axes, the mark of a source.

A trace that can be filtered has `meta["rows"]`: of each of its points the row of the records, or -1
for a gap or a point that no filter removes. The page masks x, y, error bars and text by it.
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import plotly.graph_objects as go

# Okabe and Ito's colours, which readers of every kind of colour vision tell apart.
# Behind them, for many names, shades that differ from those in lightness.
COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7A5195", "#5F6B2F"),
    *("#5B2A1B", "#F2B8A0", "#8FD3C1", "#4A4E57", "#B7A9E0", "#C2C94A", "#12395B", "#B5B8BE"),
)
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star", "hexagon", "pentagon")
INK, GRID, GREY, ALARM, AMBER = "#1f2933", "#e4e7eb", "#8a94a0", "#B3261E", "#8a5a00"
DIGITS = 6
"""Significant digits of the numbers in a page."""


@dataclass
class Picture:
    """One figure of the page."""

    section: str  # heading that it stands under
    name: str  # unique; of its image file
    title: str  # plain text
    figure: go.Figure
    note: str = ""  # how to read it: plain text
    choice: str = ""  # where a section has several: what the reader chooses it by; else all shown
    filtered: bool = True  # whether the page's filters reach it


def plain(text: object) -> str:
    """Text of a file for a figure: plotly would take <b>, <a> and their like for markup."""
    return html.escape(str(text), quote=False)


def short(text: object, length: int = 48) -> str:
    """The same for titles and legends, which long names would push aside."""
    words = str(text)
    return plain(words if len(words) <= length else f"{words[: length - 1]}\u2026")


def sources_text(sources: Iterable[str]) -> str:
    """ "estimated", "estimated, measured and simulated"; empty for none."""
    *others, last = sorted(set(sources)) or [""]
    return f"{', '.join(others)} and {last}" if others else last


def marked(label: str, sources: Iterable[str]) -> str:
    """The label of joules or watts, with where they come from: "energy (estimated)"."""
    text = sources_text(sources)
    return f"{label} ({text})" if text else label


def rounded(values: Iterable[Any]) -> list[float | None]:
    """Numbers for the page, of DIGITS significant digits; None where there is none."""
    array = numpy.asarray(list(values), dtype=float)
    return [float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None for value in array]


def colour_of(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name, the same wherever the names are the same."""
    return {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(sorted(set(names)))}


# Endings of symbols; plotly knows the first two, and look_of() makes the third.
LOOKS = {"estimated": "-open", "simulated": "-open-dot", "imported": "-pale"}
LOOKS_SAID = {
    "estimated": "open where estimated",
    "simulated": "open with a dot where simulated",
    "imported": "pale where imported",
}


def symbol_of(names: Sequence[str], source: str, name: str) -> str:
    """A symbol for each name, filled where joules were measured; LOOKS of other sources."""
    symbol = SYMBOLS[sorted(set(names)).index(name) % len(SYMBOLS)]
    return symbol + LOOKS.get(source, "")


def look_of(symbol: str, colour: str) -> dict[str, Any]:
    """A marker of symbol_of(), which may be pale."""
    line = {"width": 1.4, "color": colour}
    if not symbol.endswith("-pale"):
        return {"symbol": symbol, "color": colour, "line": line}
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    pale = f"rgba({red},{green},{blue},0.25)"
    return {"symbol": symbol.removesuffix("-pale"), "color": pale, "line": line}


def new_figure(title: str, sources: Iterable[str], height: int = 460) -> go.Figure:
    """An empty figure in the page's style, whose title and corner say what its joules are."""
    figure = go.Figure()
    style(figure, title, sources, height)
    return figure


def style(figure: go.Figure, title: str, sources: Iterable[str], height: int) -> None:
    """Gives a figure the page's style, the title, and the mark of its sources."""
    figure.update_layout(
        template="none",
        title={
            "text": marked(short(title, 100), sources),
            "x": 0.0,
            "xanchor": "left",
            "xref": "paper",
            "y": 1.0,
            "yanchor": "bottom",
            "yref": "paper",
            "pad": {"b": 34},
            "font": {"size": 16, "color": INK},
        },
        height=height,
        margin={"l": 84, "r": 24, "t": 84, "b": 64},
        font={"family": "system-ui, -apple-system, 'Segoe UI', sans-serif", "color": INK},
        paper_bgcolor="white",
        plot_bgcolor="white",
        hovermode="closest",
        hoverlabel={"align": "left", "bgcolor": "white", "font": {"color": INK, "size": 13}},
        legend={"font": {"size": 12}, "tracegroupgap": 6, "itemsizing": "constant"},
    )
    figure.update_xaxes(**AXIS)
    figure.update_yaxes(**AXIS)
    badge(figure, sources)


AXIS: dict[str, Any] = {
    "gridcolor": GRID,
    "zeroline": False,
    "linecolor": GREY,
    "showline": True,
    "ticks": "outside",
    "tickcolor": GREY,
    "automargin": True,
    "title": {"standoff": 12},
}


def span_axis(
    values: Iterable[float | None], unit: str = "", powers_of_two: bool = False
) -> dict[str, Any]:
    """An axis whose ticks suit what the values span, logarithmic from a factor of 4 on; "10mJ" with
    a unit. Ticks are at 1, 2, 5, 10, or at powers of two, as shapes are; or at powers of ten."""
    found = [value for value in values if value is not None and value > 0]
    decades = math.log10(max(found) / min(found)) if found else 0.0
    axis: dict[str, Any] = {"type": "linear" if decades < 0.6 else "log", "exponentformat": "SI"}
    if 0.6 <= decades < 2.5:
        first, last = (math.floor(math.log10(end(found))) for end in (min, max))
        tens = [10.0**power for power in range(first - 1, last + 2)]
        if powers_of_two:
            axis |= {"dtick": math.log10(2), "tickformat": ".4~r"}
        else:
            axis["tickvals"] = [digit * ten for ten in tens for digit in (1, 2, 5)]
            axis["tickformat"] = ".3~s" if unit or max(found) >= 1000 else ".4~r"
    elif decades >= 2.5:
        axis["dtick"] = math.ceil(decades / 10)
    return {**axis, "ticksuffix": unit, "minexponent": 1} if unit else axis


BADGES = {
    "estimated": "estimated by a power model, not measured",
    "simulated": "simulated, not measured",
    "imported": "imported: measured by others",
}


def badge(figure: go.Figure, sources: Iterable[str]) -> None:
    """Says in the corner, so that an image has it too, what joules are that were not measured."""
    texts = [BADGES[source] for source in sorted(set(sources)) if source in BADGES]
    if not texts:
        return
    figure.add_annotation(
        text="; ".join(texts),
        xref="paper",
        yref="paper",
        x=0.0,
        y=1.0,
        xanchor="left",
        yanchor="bottom",
        yshift=8,
        showarrow=False,
        font={"size": 12, "color": AMBER},
        bgcolor="#fff4d6",
        bordercolor="#e0b95c",
        borderpad=3,
    )
