"""Where everything in a report comes from, as HTML; all text of files is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

import pandas

from ergon.report.inputs import Inputs
from ergon.report.power import fault_names
from ergon.results import Results

REASONS_MAX = 50
"""Records that are not ok which the page names one by one."""


def provenance_html(inputs: Inputs) -> str:
    """Tables of files, runs, fits, what did not run, and the sweeps verbatim."""
    parts = [_section("Files", _files(inputs))]
    if inputs.results is not None:
        parts.append(_section("Runs", _runs(inputs.results)))
        parts.append(_section("Spoiled windows", _faults(inputs.results)))
        parts.append(_section("Records that are not ok", _not_ok(inputs.results)))
        parts += [_sweep(name, text) for name, text in _sweeps(inputs.results)]
    if inputs.tables:
        parts.append(_section("Energy tables", _tables(inputs)))
    if inputs.comparisons:
        parts.append(_section("Comparisons: what differs between the sides", _changes(inputs)))
    if inputs.networks:
        parts.append(_section("Network predictions", _networks(inputs)))
    return "\n".join(part for part in parts if part)


def _section(title: str, table: str) -> str:
    return f"<h3>{escape(title)}</h3>{table}" if table else ""


def _table(heads: Iterable[str], lines: Iterable[Iterable[object]]) -> str:
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in line) + "</tr>"
        for line in lines
    )
    if not body:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="wide">{table}</div>'


def _files(inputs: Inputs) -> str:
    lines = [(file.path, file.kind, f"{file.bytes:,}", file.sha256) for file in inputs.files]
    return _table(("file", "kind", "bytes", "SHA-256"), lines)


def _runs(results: Results) -> str:
    heads = (
        "file",
        "run",
        "started",
        "device",
        "joules are",
        "channel",
        "covers",
        "records",
        "build",
        "host",
        "protocol",
    )
    return _table(heads, (_run(results, run, info) for run, info in results.runs.iterrows()))


def _run(results: Results, run: Any, info: pandas.Series) -> Iterable[object]:
    records = results.records[results.records["run"] == run]
    status = ", ".join(
        f"{count} {name}" for name, count in records["run_status"].value_counts().items()
    )
    channel: tuple[Any, Any, Any] = (
        "unmeasured",
        info["unmeasured_reason"] or "nothing was metered",
        "",
    )
    if not pandas.isna(info["primary_channel"]):
        row = results.channels.iloc[int(info["primary_channel"])]
        channel = (row["source"], row["name"], row["domain"])
    facts = _facts(info["provenance"])
    build = facts.get("build", {})
    revision = str(build.get("revision", ""))[:12] + ("+" if build.get("dirty") else "")
    name = results.paths[int(info["file"])].name
    made = f"{revision} {build.get('compiler', '')} {build.get('build_type', '')}".strip()
    host = facts.get("host", {})
    host = host.get("name", host.get("hostname", "")) if isinstance(host, dict) else host
    return (
        name,
        info["id"],
        info["started_utc"],
        info["device"],
        *channel,
        status or "none",
        made or info["build_hash"][:12],
        host,
        info["protocol"].replace(",", ", "),
    )


def _facts(text: str) -> dict[str, Any]:
    """Provenance as written by the run; nothing where it is no object of JSON."""
    try:
        facts = json.loads(text)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def _faults(results: Results) -> str:
    windows = results.windows
    spoiled = [int(bits) for bits in windows["invalid"] if bits != 0]
    lines = [(fault_names(results, bits), spoiled.count(bits)) for bits in sorted(set(spoiled))]
    return _table(("why they do not count", "windows"), lines)


def _not_ok(results: Results) -> str:
    records = results.records
    bad = records[(records["run_status"] != "ok") | (records["energy_status"] == "invalid")]
    lines = [
        (row["point_key"], row["run_status"], row["energy_status"], row["reason"])
        for _, row in bad.head(REASONS_MAX).iterrows()
    ]
    if len(bad) > REASONS_MAX:
        lines.append((f"and {len(bad) - REASONS_MAX} more", "", "", ""))
    return _table(("point", "status", "energy", "reason"), lines)


def _sweeps(results: Results) -> list[tuple[str, str]]:
    sweeps = results["sweep"]
    return list(dict.fromkeys(zip(sweeps["name"], sweeps["text"])))


def _sweep(name: str, text: str) -> str:
    return (
        f"<details><summary>Sweep {escape(name)}, verbatim</summary>"
        f"<pre>{escape(text)}</pre></details>"
    )


def _tables(inputs: Inputs) -> str:
    heads = ("file", "joules are", "kind", "rows", "records", "SHA-256 of the records", "notes")
    lines = [
        (
            table.path,
            table.data["source"],
            table.data["energy"],
            len(table.data["rows"]),
            table.data["records"]["count"],
            table.data["records"]["sha256"],
            " ".join(table.data.get("notes", [])),
        )
        for table in inputs.tables
    ]
    return _table(heads, lines)


def _networks(inputs: Inputs) -> str:
    heads = ("file", "workload", "joules are", "device", "covers", "table", "warning")
    lines = []
    for network in inputs.networks:
        table = network.data["table"]
        lines.append(
            (
                network.path,
                network.data.get("workload", ""),
                table["source"],
                table["device"],
                table["boundary"],
                table["file"],
                network.data.get("warning", ""),
            )
        )
    return _table(heads, lines)


def _changes(inputs: Inputs) -> str:
    heads = ("file", "name", "first", "second")
    lines = [
        (document.path, change["name"], ", ".join(change["first"]), ", ".join(change["second"]))
        for document in inputs.comparisons
        for pair in document.data["pairs"]
        for change in pair["changes"]
    ]
    return _table(heads, lines)
