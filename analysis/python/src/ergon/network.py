"""Whole networks, priced by a table."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas

from ergon import _evaluator
from ergon.error import Error
from ergon.table import EnergyTable


@dataclass(frozen=True)
class Node:
    """A module or, where it has a problem, an operation: one launch of a primitive."""

    name: str
    """"layer.3", "query"."""
    path: str
    """"bert-base/layer.3/attention/query"."""
    kind: str
    """"layer", "attention"; of an operation its primitive."""
    problem: str
    """Of an operation its canonical key; empty in a module."""
    energy_j: float
    """Joules of all that is in it."""
    low_j: float
    """Lower end of the 90 % interval, joules; NaN where it has none."""
    high_j: float
    """Upper end of it."""
    time_s: float
    """Seconds."""
    share: float
    """Of the network's joules, 0 to 1."""
    bytes: float
    """That it moves at the least."""
    borrowed_j: float
    """Of `energy_j`, by the proxy."""
    extrapolated_j: float
    """Of `energy_j`, outside the data of the fits."""
    priced: bool
    """False where nothing prices it: it counts as no joules."""
    children: tuple[Node, ...]
    """In the order in which they run."""

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in the order in which they run."""
        yield self
        for child in self.children:
            yield from child.walk()


class NetworkEstimate:
    """What a network costs by a table: a tree of nodes with joules, intervals and seconds."""

    root: Node
    """The whole network."""
    source: str
    """Where the joules are from: "measured", "estimated", "simulated" or "imported"."""
    missing: tuple[str, ...]
    """What nothing prices, for people; at most 5 % of the bytes."""
    borrowed: tuple[str, ...]
    """What the proxy priced, for people."""
    no_interval: str
    """Why a part has no interval; empty where all have."""
    data: dict[str, Any]
    """All of it, as `ergon predict --network --json` prints it."""

    def __init__(self, text: str, data: dict[str, Any]) -> None:
        self._text = text
        self.data = data
        self.root = _node(data["tree"], "")
        self.source = data["table"]["source"]
        self.missing = tuple(data["coverage"]["missing"])
        self.borrowed = tuple(data["coverage"]["borrowed"])
        self.no_interval = data.get("no_interval", "")

    @property
    def energy_j(self) -> float:
        """Joules of the whole network."""
        return self.root.energy_j

    @property
    def time_s(self) -> float:
        """Seconds of the whole network."""
        return self.root.time_s

    def to_frame(self) -> pandas.DataFrame:
        """A row a node, in the order in which they run; `attrs` has `units` and `source`."""
        columns = ["path", "kind", "problem", "energy_j", "low_j", "high_j", "time_s", "share"]
        columns += ["bytes", "borrowed_j", "extrapolated_j", "priced"]
        rows = [[getattr(node, column) for column in columns] for node in self.root.walk()]
        frame = pandas.DataFrame(rows, columns=columns)
        units = {"bytes": "B"}
        for column in columns:
            if column.endswith(("_j", "_s")):
                units[column] = "J" if column.endswith("_j") else "s"
        frame.attrs["units"] = {column: units.get(column, "") for column in columns}
        frame.attrs["source"] = self.source
        return frame

    def __str__(self) -> str:
        """What `ergon predict --network` prints."""
        return self._text


class Network:
    """The tree of every operation of a transformer under a workload."""

    def __init__(self, network: _evaluator.Network) -> None:
        self._network = network

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        *,
        batch: int = 1,
        sequence: int = 128,
        phases: Sequence[str] = (),
        past: int | None = None,
        steps: int = 1,
        dtypes: str = "f32",
        attention: str = "composed",
        elementwise: str = "fused",
        settings: Mapping[str, object] | None = None,
    ) -> Network:
        """A network from a config.json of Hugging Face's, or a file of configs/networks.

        YAML is read by PyYAML, where that is installed (pip install 'ergon[yaml]'); JSON needs
        nothing. `batch` inputs of `sequence` tokens; `phases`: "encode", or for a decoder
        "prefill", "decode" or both in turn; `past`: tokens in the cache before decoding, left out
        the input's; `steps`: tokens that are made; `attention`: "composed" or "fused";
        `elementwise`: "fused", or "eager", a launch per array operation; `settings`: fields of the
        description to change, {"layers": 6}.

        Raises Error where the file is not there or no such description, and for a workload that
        the network does not have.
        """
        asked: dict[str, object] = {
            "batch": batch,
            "sequence": sequence,
            "phases": list(phases),
            "past": -1 if past is None else past,
            "steps": steps,
            "dtypes": dtypes,
            "attention": attention,
            "elementwise": elementwise,
        }
        changes = [f"{name}={_word(value)}" for name, value in (settings or {}).items()]
        return cls(_evaluator.Network(*_json_of(Path(path)), changes, asked))

    @property
    def name(self) -> str:
        """What the description calls it."""
        return self._network.name

    @property
    def fields(self) -> dict[str, str]:
        """The description's fields, as in configs/networks, rules worked out."""
        return self._network.fields()

    @property
    def counts(self) -> dict[str, int]:
        """`operations`, `parameters`, `flops`, `specials`, `bytes` of one run of it."""
        return self._network.counts()

    def estimate(
        self,
        table: EnergyTable,
        *,
        kernels: Sequence[str] = (),
        proxy: str = "",
        **fields: object,
    ) -> NetworkEstimate:
        """Prices every operation by a table.

        `kernels`: names or globs, "*/avx512", where the table has several of a primitive;
        `proxy`: a measured primitive whose J/byte unmeasured copies and elementwise operations
        borrow, +-50 %; `fields`: conditions that choose rows, as in EnergyTable.row: threads=2.

        Raises Error where rows and proxy cover less than 95 % of the bytes that the network moves,
        and where conditions fit no row or more than one of a primitive.
        """
        conditions = {name: _word(value) for name, value in fields.items()}
        text, data = self._network.estimate(
            table._table, conditions, list(kernels), proxy, str(table.path)
        )
        return NetworkEstimate(text, json.loads(data))

    def __repr__(self) -> str:
        counts = self.counts
        return f"<ergon.Network {self.name}: {counts['operations']} operations>"


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _json_of(path: Path) -> tuple[str, str]:
    """The text of a description as JSON, and the name that stands in messages."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Error(
            f"{path}: {error}; expected a config.json or a file of configs/networks"
        ) from error
    if path.suffix not in (".yaml", ".yml"):
        return text, str(path)
    try:
        import yaml
    except ImportError as error:
        raise Error(
            f"{path}: YAML is read by PyYAML, which is not installed; "
            "pip install pyyaml, or give the description as JSON"
        ) from error
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise Error(f"{path}: not YAML: {error}") from error
    return json.dumps(document), f"{path} (as JSON)"


def _node(tree: Mapping[str, Any], above: str) -> Node:
    path = f"{above}/{tree['name']}" if above else tree["name"]
    return Node(
        name=tree["name"],
        path=path,
        kind=tree["kind"],
        problem=tree.get("problem", ""),
        energy_j=_number(tree["energy_j"]),
        low_j=_number(tree["energy_low_j"]),
        high_j=_number(tree["energy_high_j"]),
        time_s=_number(tree["time_s"]),
        share=tree["share"],
        bytes=tree["bytes"],
        borrowed_j=_number(tree["borrowed_j"]),
        extrapolated_j=_number(tree["extrapolated_j"]),
        priced=tree["priced"],
        children=tuple(_node(child, path) for child in tree.get("children", ())),
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
