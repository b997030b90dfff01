"""What `ergon compare` found: ratios of shapes and their geometric means, with verdicts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import plotly.graph_objects as go

from ergon.report.inputs import Document
from ergon.report.picture import (
    Picture,
    marked,
    new_figure,
    plain,
    rounded,
    short,
    span_axis,
)

COLOURS = {
    "lower": "#009E73",
    "higher": "#D55E00",
    "within gain": "#E69F00",
    "same": "#52606d",
}
METRICS = {
    "energy": "energy",
    "time": "time",
    "power": "mean power",
    "edp": "energy-delay product",
}
NOTE = (
    "Ratios of {second} over {first}. Diamonds are geometric means, dots are shapes; bars hold all "
    "their truths together in 95 % of comparisons. Colours are verdicts: same, lower, higher, or "
    "within gain: real or not, the sensors cannot tell. "
)


def comparisons(document: Document) -> list[Picture]:
    """A picture for each pair of sides and each metric, of those that anything is compared by."""
    sides = {side["letter"]: side for side in document.data["sides"]}
    pictures = []
    for number, pair in enumerate(document.data["pairs"]):
        ends = (sides[pair["first"]], sides[pair["second"]])
        for metric in METRICS:
            name = f"comparison-{document.path.stem}-{number}-{metric}"
            picture = _picture(pair, ends, metric, name)
            if picture is not None:
                pictures.append(picture)
    return pictures


def _picture(
    pair: dict[str, Any], ends: tuple[dict[str, Any], dict[str, Any]], metric: str, name: str
) -> Picture | None:
    means = _compared(pair["means"], metric)
    shapes = _compared(pair["shapes"], metric)
    if not means and not shapes:
        return None
    first, second = _names(ends)
    sources = [] if metric == "time" else sorted({side["source"] for side in ends})
    lines = [mean["name"] for mean in means]
    lines += sorted({shape["primitive"] for shape in shapes} - set(lines))
    title = f"{METRICS[metric].capitalize()} of {second} against {first}"
    figure = new_figure(title, sources, height=220 + 64 * len(lines))
    for verdict, colour in COLOURS.items():
        _points(figure, shapes, metric, verdict, (lines, colour))
        _means(figure, means, metric, verdict, (lines, colour))
    figure.add_vline(x=1, line={"color": "#52606d", "width": 1, "dash": "dot"})
    label = f"{METRICS[metric]}, times that of {short(first)}"
    ratios = [each[metric][end] for each in means + shapes for end in ("low", "high")]
    figure.update_xaxes(title_text=marked(label, sources), **span_axis([*ratios, 1.0]))
    ticks = {"tickvals": list(range(len(lines))), "ticktext": [plain(line) for line in lines]}
    figure.update_yaxes(autorange="reversed", **ticks)
    return Picture(
        "Comparisons",
        name,
        title,
        figure,
        _note(pair, (first, second), len(pair["shapes"]) - len(shapes)),
        choice=f"{second} against {first}: {METRICS[metric]}",
        filtered=False,
    )


def _names(ends: tuple[dict[str, Any], dict[str, Any]]) -> tuple[str, str]:
    first, second = (Path(str(side["name"])).name for side in ends)
    if first == second:
        return f"{first} ({ends[0]['letter']})", f"{second} ({ends[1]['letter']})"
    return first, second


def _compared(each: list[dict[str, Any]], metric: str) -> list[dict[str, Any]]:
    return [one for one in each if one.get(metric, {}).get("ratio") is not None]


def _note(pair: dict[str, Any], names: tuple[str, str], not_compared: int) -> str:
    text = NOTE.format(first=names[0], second=names[1])
    if not_compared:
        text += f"{not_compared} shapes are not comparable. "
    if pair.get("notes"):
        text += "Taken for granted: " + "; ".join(pair["notes"]) + ". "
    if pair.get("changes"):
        changed = ", ".join(change["name"] for change in pair["changes"])
        text += f"What differs between the sides and may explain it: {changed}."
    return text


def _bar(each: list[dict[str, Any]], metric: str, colour: str, width: int) -> dict[str, Any]:
    return {
        "type": "data",
        "symmetric": False,
        "array": rounded(_gap(one[metric], "high") for one in each),
        "arrayminus": rounded(_gap(one[metric], "low") for one in each),
        "color": colour,
        "thickness": width,
        "width": 3,
    }


def _gap(contrast: dict[str, Any], end: str) -> float:
    return float("nan") if contrast[end] is None else abs(contrast[end] - contrast["ratio"])


def _says(name: str, contrast: dict[str, Any]) -> str:
    text = f"<b>{plain(name)}</b><br>{contrast['ratio']:.4g} times"
    if contrast["low"] is not None:
        text += f", interval {contrast['low']:.4g} to {contrast['high']:.4g}"
    return f"{text}<br>{plain(contrast['verdict'])}"


def _points(
    figure: go.Figure,
    shapes: list[dict[str, Any]],
    metric: str,
    verdict: str,
    look: tuple[list[str], str],
) -> None:
    lines, colour = look
    places = _places(shapes, lines)
    own = [(one, at) for one, at in zip(shapes, places) if one[metric]["verdict"] == verdict]
    if not own:
        return
    figure.add_scatter(
        x=rounded(one[metric]["ratio"] for one, _ in own),
        y=rounded(at for _, at in own),
        error_x=_bar([one for one, _ in own], metric, colour, 1),
        mode="markers",
        name=f"{verdict}: shapes",
        marker={"size": 6, "color": colour, "opacity": 0.7},
        hovertext=[_says(f"{one['kernel']} {one['shape']}", one[metric]) for one, _ in own],
        hovertemplate="%{hovertext}<extra></extra>",
        legendgroup=verdict,
    )


def _places(shapes: list[dict[str, Any]], lines: list[str]) -> list[float]:
    """Shapes of a primitive one below the other, under its mean."""
    count = dict.fromkeys(lines, 0)
    for shape in shapes:
        count[shape["primitive"]] += 1
    places, seen = [], dict.fromkeys(lines, 0)
    for shape in shapes:
        name = shape["primitive"]
        seen[name] += 1
        places.append(lines.index(name) + 0.12 + 0.6 * seen[name] / (count[name] + 1))
    return places


def _means(
    figure: go.Figure,
    means: list[dict[str, Any]],
    metric: str,
    verdict: str,
    look: tuple[list[str], str],
) -> None:
    lines, colour = look
    own = [one for one in means if one[metric]["verdict"] == verdict]
    if not own:
        return
    figure.add_scatter(
        x=rounded(one[metric]["ratio"] for one in own),
        y=[lines.index(one["name"]) for one in own],
        error_x=_bar(own, metric, colour, 2),
        mode="markers",
        name=f"{verdict}: means",
        marker={"symbol": "diamond", "size": 12, "color": colour},
        hovertext=[
            _says(f"{one['name']}, {one[metric]['shapes']} shapes", one[metric]) for one in own
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        legendgroup=verdict,
    )
