"""The page: everything in one file, which asks nothing of the network."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas
from plotly.offline import get_plotlyjs

from ergon.error import Error
from ergon.report.comparison import comparisons
from ergon.report.generations import generations
from ergon.report.images import write_images
from ergon.report.inputs import Inputs, read_inputs
from ergon.report.network import network_pictures
from ergon.report.over_axes import over_axes
from ergon.report.picture import DIGITS, LOOKS_SAID, Picture, rounded, sources_text
from ergon.report.power import power_traces
from ergon.report.predicted import predicted
from ergon.report.provenance import provenance_html
from ergon.report.roofline import energy_roofline, time_roofline
from ergon.report.rows import FACETS, drawn, make_rows

TEXTS = ("shape", "options", "state")
NUMBERS = ("energy", "half", "net", "power", "time", "time_low", "time_high", "flops")
PACKED_MIN = 20000
"""Characters of a figure from which on it stands compressed in the page."""


@dataclass
class Report:
    """What was written, and where."""

    output: Path
    bytes: int
    pictures: list[Picture]
    images: list[Path] = field(default_factory=list)

    def summary(self) -> str:
        images = f", {len(self.images)} images in {self.images[0].parent}" if self.images else ""
        return f"{self.output}: {len(self.pictures)} pictures, {self.bytes / 1e6:.1f} MB{images}"


def write_report(
    paths: Sequence[Path],
    output: Path,
    title: str = "",
    static: Path | None = None,
    format: str = "svg",
) -> Report:
    """Writes the page of the files to `output`, and every picture as an image into `static`.

    Raises Error where a file is not there or of an unknown kind, or an image cannot be made.
    """
    inputs = read_inputs(paths)
    rows, all_rows = _rows(inputs)
    pictures = make_pictures(inputs, rows)
    page = make_page(inputs, (rows, all_rows), pictures, title or _title(inputs))
    if not output.parent.is_dir():
        raise Error(f"{output}: there is no folder {output.parent}; make it")
    output.write_text(page, encoding="utf-8")
    images = write_images(pictures, static, format) if static else []
    return Report(output, len(page.encode()), pictures, images)


def _rows(inputs: Inputs) -> tuple[pandas.DataFrame | None, int]:
    if inputs.results is None:
        return None, 0
    rows = make_rows(inputs.results)
    return drawn(rows), int((rows["status"] == "ok").sum())


def make_pictures(inputs: Inputs, rows: pandas.DataFrame | None) -> list[Picture]:
    """Every picture that the files have data for, in the order of the page."""
    pictures: list[Picture] = []
    if inputs.results is not None and rows is not None and len(rows):
        pictures += energy_roofline(rows, inputs.tables)
        pictures += predicted(inputs.results, rows, inputs.tables)
        pictures += over_axes(inputs.results, rows)
        pictures += generations(rows)
        pictures += power_traces(inputs.results, rows)
        pictures += time_roofline(rows)
    for comparison in inputs.comparisons:
        pictures += comparisons(comparison)
    for network in inputs.networks:
        pictures += network_pictures(network)
    return pictures


def make_page(
    inputs: Inputs,
    counted: tuple[pandas.DataFrame | None, int],
    pictures: list[Picture],
    title: str,
) -> str:
    """The text of the page."""
    rows, total = counted
    here = files("ergon.report")
    parts = {
        "title": escape(title),
        "lead": escape(_lead(inputs, rows, total)),
        "notices": "".join(
            f'<p class="notice">{escape(line)}</p>' for line in _notices(inputs, rows)
        ),
        "css": (here / "page.css").read_text("utf-8"),
        "js": (here / "page.js").read_text("utf-8"),
        "plotly": get_plotlyjs(),
        "provenance": provenance_html(inputs),
        "rows": script_json(_row_data(rows)),
        "figures": "\n".join(_figure(number, picture) for number, picture in enumerate(pictures)),
    }
    template = (here / "page.html").read_text("utf-8")
    # One pass: what a file says is not looked through for placeholders.
    return re.sub(r"@(\w+)@", lambda found: parts[found.group(1)], template)


def script_json(value: Any) -> str:
    """JSON for a <script>: text of a file can neither end it nor open a comment in it."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _figure(number: int, picture: Picture) -> str:
    figure = json.loads(picture.figure.to_json(validate=False))
    figure.get("layout", {}).pop("template", None)
    attributes = {
        "section": picture.section,
        "choice": picture.choice,
        "note": picture.note,
        "filtered": "yes" if picture.filtered else "no",
        "height": str(picture.figure.layout.height),
    }
    content = script_json(figure)
    if len(content) > PACKED_MIN:
        attributes["packed"] = "gzip"
        content = base64.b64encode(gzip.compress(content.encode(), mtime=0)).decode()
    texts = " ".join(f'data-{name}="{escape(text)}"' for name, text in attributes.items())
    return (
        f'<script type="application/json" class="figure" id="figure-{number}" {texts}>'
        f"{content}</script>"
    )


def _row_data(rows: pandas.DataFrame | None) -> dict[str, Any]:
    if rows is None:
        return {"index": [], "facets": [], "texts": [], "numbers": []}
    return {
        "index": [int(row) for row in rows.index],
        "facets": [{"label": label, **_coded(rows[name])} for name, label in FACETS.items()],
        "texts": [_coded(rows[name]) for name in TEXTS],
        "numbers": [{"name": name, "of": rounded(rows[name])} for name in NUMBERS],
    }


def _coded(column: pandas.Series) -> dict[str, Any]:
    codes, values = pandas.factorize(column, sort=True)
    return {"name": column.name, "values": [str(each) for each in values], "of": codes.tolist()}


def _title(inputs: Inputs) -> str:
    names = [file.path.name for file in inputs.files]
    return f"ergon: {names[0]}" if len(names) == 1 else f"ergon: {len(names)} files"


def _lead(inputs: Inputs, rows: pandas.DataFrame | None, total: int) -> str:
    kinds: dict[str, int] = {}
    for file in inputs.files:
        kinds[file.kind] = kinds.get(file.kind, 0) + 1
    text = ", ".join(f"{count} {kind}{'s' * (count > 1)}" for kind, count in kinds.items()) + ". "
    if rows is not None:
        text += f"{total} records ran"
        text += f"; {len(rows)} of them, evenly taken, are drawn. " if len(rows) < total else ". "
    return text + f"Numbers in this page have {DIGITS} digits; the files have all."


def _notices(inputs: Inputs, rows: pandas.DataFrame | None) -> list[str]:
    """What a reader must know before he sees a picture."""
    lines = []
    sources = set() if rows is None else set(rows["source"])
    sources |= {str(each.data["source"]) for each in inputs.tables}
    sources |= {str(each.data["table"]["source"]) for each in inputs.networks}
    sources |= {str(side["source"]) for each in inputs.comparisons for side in each.data["sides"]}
    if other := sources & {"estimated", "simulated", "imported"}:
        lines.append(_source_notice(other, sources))
    if rows is not None and rows.empty:
        lines.append(
            "No record in these files ran: there is nothing to draw. See the reasons below."
        )
    if rows is not None and len(rows):
        if "unmeasured" in set(rows["source"]):
            lines.append(_unmeasured_notice(inputs, rows))
    if rows is None and not inputs.networks and not inputs.comparisons:
        lines.append("Only energy tables are among the files: there is nothing to draw.")
    return lines


def _source_notice(other: set[str], sources: set[str]) -> str:
    looks = ["filled where measured"] * ("measured" in sources)
    looks += [LOOKS_SAID[source] for source in sorted(other)]
    return (
        f"Joules and watts in this page that are {sources_text(other)} are no measurements of "
        "these machines; every picture says which it shows. Points of records are "
        f"{', '.join(looks)}."
    )


def _unmeasured_notice(inputs: Inputs, rows: pandas.DataFrame) -> str:
    count = int((rows["source"] == "unmeasured").sum())
    reasons: list[str] = []
    if inputs.results is not None:
        reasons = sorted({str(text) for text in inputs.results.runs["unmeasured_reason"] if text})
    because = f" ({'; '.join(reasons)})" if reasons else ""
    return (
        f"{count} of {len(rows)} records have no energy: unmeasured{because}. Of these the page "
        "shows time."
    )
