"""Power of each run over time: its windows, idle stretches, and the windows that do not count."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pandas
import plotly.graph_objects as go

from ergon.report.picture import (
    ALARM,
    GREY,
    Picture,
    marked,
    new_figure,
    plain,
    rounded,
)
from ergon.report.rows import known
from ergon.results import Results

WINDOWS_MAX = 30000
"""Windows that a page draws, over all runs; of more, every n-th valid one and all others."""

BANDS_MAX = 200

NOTE = (
    "Mean power of every window and idle stretch between its two meter edges; result files keep no "
    "samples in between. Small triangles are the highest power that the sensor saw within. "
    "Spoiled windows, which count for nothing, are red, with the reason under the pointer."
)


def power_traces(results: Results, rows: pandas.DataFrame) -> list[Picture]:
    """A picture a run, of the channel that its records report."""
    runs = results.runs
    limit = max(200, WINDOWS_MAX // max(1, len(runs)))
    pictures = []
    for run, primary in enumerate(runs["primary_channel"]):
        if pandas.isna(primary) or runs["anchor_utc_ns"][run] == 0:
            continue  # not metered, or imported without a clock: its windows are not of one time
        channel = results.channels.iloc[int(primary)]
        stretches = _windows(results, run, int(primary))
        idle = _idle(results, run, int(primary))
        if len(stretches):
            pictures.append(_picture(results, run, channel, (stretches, idle), limit))
    return pictures


def fault_names(results: Results, bits: int) -> str:
    """The names of a window's faults; empty for one that counts."""
    faults = results["faults"]
    return ", ".join(name for bit, name in zip(faults["bit"], faults["name"]) if bits & int(bit))


def _windows(results: Results, run: int, channel: int) -> pandas.DataFrame:
    energy = results.energy[results.energy["channel"] == channel].set_index("window")
    own = results.windows[results.windows["record"].isin(_records(results, run))]
    return _power(own, energy).assign(record=own["record"])


def _idle(results: Results, run: int, channel: int) -> pandas.DataFrame:
    energy = results["idle_energy"]
    energy = energy[energy["channel"] == channel].set_index("idle")
    idle = results["idle"]
    return _power(idle[idle["run"] == run], energy).assign(record=-1)


def _records(results: Results, run: int) -> pandas.Index:
    return results.records.index[results.records["run"] == run]


def _power(stretches: pandas.DataFrame, energy: pandas.DataFrame) -> pandas.DataFrame:
    """begin, end (ns), joules, watts, peak (W), bits, in the order of time."""
    frame = stretches[["begin_ns", "end_ns", "invalid"]].copy()
    frame["joules"] = energy["gross_j"].reindex(frame.index)
    frame["watts"] = 1e9 * frame["joules"] / (frame["end_ns"] - frame["begin_ns"])
    frame["peak"] = energy["peak_w"].reindex(frame.index)
    return frame.sort_values("begin_ns")


def _thinned(windows: pandas.DataFrame, limit: int) -> tuple[pandas.DataFrame, str]:
    valid = numpy.cumsum(windows["invalid"] == 0)
    step = -(-len(windows) // limit)
    if step <= 1:
        return windows, ""
    kept = windows[(windows["invalid"] != 0) | (valid % step == 0)]
    return kept, f" Of {len(windows)} windows every {step}th valid one and all spoiled are drawn."


def _picture(
    results: Results,
    run: int,
    channel: pandas.Series,
    stretches: tuple[pandas.DataFrame, pandas.DataFrame],
    limit: int,
) -> Picture:
    windows, idle = stretches
    windows, thinned = _thinned(windows, limit)
    info = results.runs.iloc[run]
    zero = min(frame["begin_ns"].min() for frame in stretches if len(frame))
    figure = new_figure(f"Power of {channel['name']}, {info['device']}", [channel["source"]])
    good, spoiled = windows[windows["invalid"] == 0], windows[windows["invalid"] != 0]
    _segments(figure, "idle", idle, zero, GREY, results)
    _segments(figure, "windows", good, zero, "#0072B2", results)
    _segments(figure, "spoiled windows", spoiled, zero, ALARM, results)
    _peaks(figure, windows, zero)
    figure.update_xaxes(title_text="time since the first idle stretch or window, s")
    figure.update_yaxes(title_text=marked("power", [channel["source"]]) + ", W", rangemode="tozero")
    figure.update_layout(shapes=_bands(spoiled, zero))
    name = results.paths[int(info["file"])].name
    note = f"{NOTE}{thinned} {len(spoiled)} of this run's windows are spoiled."
    choice = f"{name}: {info['device']}, {info['started_utc']} ({channel['name']})"
    return Picture("Power", f"power-{run}", "Power", figure, note, choice=choice)


def _bands(spoiled: pandas.DataFrame, zero: int) -> list[dict[str, Any]]:
    """A band behind each window that is spoiled, for the first of very many."""
    ends = zip(spoiled["begin_ns"], spoiled["end_ns"], strict=True)
    look = {"fillcolor": ALARM, "opacity": 0.12, "line": {"width": 0}, "layer": "below"}
    place = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1}
    return [
        {**place, **look, "x0": (begin - zero) / 1e9, "x1": (end - zero) / 1e9}
        for begin, end in itertools.islice(ends, BANDS_MAX)
    ]


def _segments(
    figure: go.Figure,
    name: str,
    part: pandas.DataFrame,
    zero: int,
    colour: str,
    results: Results,
) -> None:
    """A horizontal stroke a stretch, from its begin to its end."""
    seconds = numpy.full((len(part), 3), numpy.nan)
    seconds[:, 0] = (part["begin_ns"] - zero) / 1e9
    seconds[:, 1] = (part["end_ns"] - zero) / 1e9
    watts = numpy.full((len(part), 3), numpy.nan)
    watts[:, :2] = known(part["watts"])[:, None]
    says = [
        f"{name.removesuffix('s')}, {(end - begin) / 1e9:.3g} s, {watt:.4g} W, {joule:.4g} J"
        + (f"<br><b>spoiled: {plain(fault_names(results, int(bits)))}</b>" if bits else "")
        for begin, end, watt, joule, bits in zip(
            part["begin_ns"], part["end_ns"], part["watts"], part["joules"], part["invalid"]
        )
    ]
    figure.add_scatter(
        x=rounded(seconds.ravel()),
        y=rounded(watts.ravel()),
        mode="lines+markers",
        name=f"{name} ({len(part)})",
        line={"color": colour, "width": 3},
        marker={"size": 5 if name == "spoiled windows" else 4, "color": colour},
        meta={"rows": [int(row) for row in numpy.repeat(part["record"], 3)], "hover": "short"},
        customdata=[text for say in says for text in (say, say, "")],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _peaks(figure: go.Figure, windows: pandas.DataFrame, zero: int) -> None:
    shown = windows[windows["peak"].notna()]
    if shown.empty:
        return
    middle = (shown["begin_ns"] + shown["end_ns"]) / 2
    figure.add_scatter(
        x=rounded((middle - zero) / 1e9),
        y=rounded(shown["peak"]),
        mode="markers",
        name="highest seen within",
        marker={"symbol": "triangle-down-open", "size": 5, "color": "#D55E00", "opacity": 0.6},
        meta={"rows": [int(row) for row in shown["record"]], "hover": "short"},
        customdata=[f"highest power seen within: {watt:.4g} W" for watt in shown["peak"]],
        hovertemplate="%{hovertext}<extra></extra>",
    )
