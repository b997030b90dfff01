"""Devices side by side: joules of the problems that they have in common."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy
import pandas
import plotly.graph_objects as go

from ergon.report.picture import (
    Picture,
    colour_of,
    marked,
    new_figure,
    plain,
    rounded,
    short,
    span_axis,
)

# Student's t, 97.5 %, by degrees of freedom; 1.96 beyond.
STUDENT = (12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
SAME = ["primitive", "dtype", "shape", "options", "state"]
NOTE = (
    "Of each problem that two devices have in common, joules per launch over those of {base}, each "
    "device with the kernel and threads of least energy. Dots are problems; diamonds are geometric "
    "means over them, with the 95 % interval of such a mean (problems taken for a sample), "
    "whatever the filters show. The gain of sensors (often 5 %, of unknown sign) is in no bar: "
    "differences that it could explain are no differences."
)


def generations(rows: pandas.DataFrame) -> list[Picture]:
    """A picture for each source of joules that two devices or more have; sources never mix."""
    metered = rows[(rows["energy"] > 0) & ~rows["state"].str.contains("sentinel")]
    return [
        picture
        for source, part in metered.groupby("source")
        for picture in _of_source(str(source), part)
    ]


def geometric_mean(ratios: numpy.ndarray) -> tuple[float, float, float]:
    """Mean of ratios and the half-widths of its 95 % interval down and up; NaN for one ratio."""
    logs = numpy.log(ratios)
    mean, count = float(logs.mean()), len(logs)
    if count < 2:
        return math.exp(mean), math.nan, math.nan
    student = STUDENT[count - 2] if count - 2 < len(STUDENT) else 1.96
    half = student * float(logs.std(ddof=1)) / math.sqrt(count)
    value = math.exp(mean)
    return value, value - math.exp(mean - half), math.exp(mean + half) - value


def _of_source(source: str, part: pandas.DataFrame) -> Iterator[Picture]:
    devices = list(dict.fromkeys(part["device"]))
    if len(devices) < 2:
        return
    base = devices[0]
    best = part.loc[part.groupby([*SAME, "device"])["energy"].idxmin()]
    energy = best.pivot(index=SAME, columns="device", values="energy")
    row = best.assign(row=best.index).pivot(index=SAME, columns="device", values="row")
    title = f"Energy against {base}"
    figure = new_figure(title, [source], height=500)
    colours = colour_of(devices)
    primitives = sorted(part["primitive"].unique())
    reached: list[float] = []
    others = devices[1:]
    for number, device in enumerate(others):
        shared = energy[[base, device]].dropna()
        if shared.empty:
            continue
        ratios = shared[device] / shared[base]
        reached += list(ratios)
        offset = 0.7 * ((number + 0.5) / len(others) - 0.5)
        places = [primitives.index(name) + offset for name in ratios.index.get_level_values(0)]
        figure.add_scatter(
            x=rounded(places),
            y=rounded(ratios),
            mode="markers",
            name=f"{short(device, 36)}: problems",
            marker={"size": 6, "color": colours[device], "opacity": 0.45},
            meta={"rows": [int(row.loc[key, device]) for key in shared.index], "hover": "record"},
            customdata=[f"{ratio:.4g} times {plain(base)}" for ratio in ratios],
            hovertemplate="%{hovertext}<extra></extra>",
            legendgroup=device,
        )
        _means(figure, (device, base), ratios, (primitives, offset), colours[device])
    if not reached:
        return
    figure.add_hline(y=1, line={"color": "#52606d", "width": 1, "dash": "dot"})
    figure.update_xaxes(tickvals=list(range(len(primitives))), ticktext=[*map(plain, primitives)])
    label = marked("energy", [source]) + f", times that of {short(base)}"
    figure.update_yaxes(title_text=label, **span_axis([*reached, 1.0]))
    note = NOTE.format(base=base)
    yield Picture("Generations", f"generations-{source}", title, figure, note)


def _means(
    figure: go.Figure,
    pair: tuple[str, str],
    ratios: pandas.Series,
    place: tuple[list[str], float],
    colour: str,
) -> None:
    device, base = pair
    primitives, offset = place
    groups = [(str(name), part.to_numpy()) for name, part in ratios.groupby(level=0)]
    means = [geometric_mean(part) for _, part in groups]
    figure.add_scatter(
        x=[primitives.index(name) + offset for name, _ in groups],
        y=rounded(mean for mean, _, _ in means),
        error_y={
            "type": "data",
            "symmetric": False,
            "array": rounded(up for _, _, up in means),
            "arrayminus": rounded(down for _, down, _ in means),
            "color": colour,
            "thickness": 2,
            "width": 5,
        },
        mode="markers",
        name=f"{short(device, 36)}: geometric mean",
        marker={"symbol": "diamond", "size": 12, "color": colour},
        hovertext=[
            f"<b>{plain(name)}</b>, {len(part)} problems<br>{mean:.4g} times {plain(base)}"
            + ("" if math.isnan(up) else f", 95 % interval {mean - down:.4g} to {mean + up:.4g}")
            for (name, part), (mean, down, up) in zip(groups, means)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
        legendgroup=device,
    )
