"""Which kinds of files a report is made of, and reading them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ergon.error import Error
from ergon.results import Results, open_results

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
TABLE, NETWORK, COMPARISON = "energy table", "network prediction", "comparison"
JSON_KINDS = {
    "ergon.energy_table": TABLE,
    "ergon.network_estimate": NETWORK,
    "ergon.compare": COMPARISON,
}
KNOWN = (
    "known: result files (.h5, of ergon run), energy tables (.json, of ergon fit), network "
    "predictions (ergon predict --network --json) and comparisons (ergon compare --format json)"
)


@dataclass(frozen=True)
class SourceFile:
    """A file of the report, as provenance names it."""

    path: Path
    kind: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Document:
    """A JSON file: its parsed text."""

    path: Path
    data: dict[str, Any]


@dataclass
class Inputs:
    """All that a report is made of."""

    files: list[SourceFile] = field(default_factory=list)
    results: Results | None = None
    tables: list[Document] = field(default_factory=list)
    networks: list[Document] = field(default_factory=list)
    comparisons: list[Document] = field(default_factory=list)


def read_inputs(paths: Sequence[Path]) -> Inputs:
    """Reads every file. Raises Error for one that is not there or of no known kind."""
    inputs = Inputs()
    result_files = []
    for path in paths:
        content = _content(path)
        kind = "result file"
        if content.startswith(HDF5_MAGIC):
            result_files.append(path)
        else:
            document = Document(path, _parsed(path, content))
            kind = _kind(document)
            {TABLE: inputs.tables, NETWORK: inputs.networks, COMPARISON: inputs.comparisons}[
                kind
            ].append(document)
        digest = hashlib.sha256(content).hexdigest()
        inputs.files.append(SourceFile(path, kind, len(content), digest))
    if result_files:
        inputs.results = open_results(*result_files)
    return inputs


def _content(path: Path) -> bytes:
    if not path.is_file():
        raise Error(f"{path}: no such file")
    content = path.read_bytes()
    if not content:
        raise Error(f"{path}: the file is empty; {KNOWN}")
    return content


def _parsed(path: Path, content: bytes) -> dict[str, Any]:
    try:
        data = json.loads(content)
    except ValueError as error:
        raise Error(f"{path}: neither HDF5 nor JSON ({error}); {KNOWN}") from error
    if not isinstance(data, dict):
        raise Error(f"{path}: JSON, but no object; {KNOWN}")
    return data


def _kind(document: Document) -> str:
    schema = document.data.get("schema")
    name = schema.get("id") if isinstance(schema, dict) else schema
    if not isinstance(name, str) or name not in JSON_KINDS:
        has = f"its schema is {name!r}" if name else "it names no schema"
        raise Error(f"{document.path}: JSON, but of no known kind: {has}; {KNOWN}")
    return JSON_KINDS[name]
