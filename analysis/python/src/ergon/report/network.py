"""A network's tree of joules: by layer as an icicle and a sunburst, and by primitive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from ergon.report.inputs import Document
from ergon.report.picture import GRID, Picture, colour_of, new_figure, plain, rounded
from ergon.report.text import scaled

NOTE = (
    "Areas are joules. A click goes into a node, a click on its root goes back. Under the pointer: "
    "joules with their 90 % interval, time, and what is borrowed or extrapolated."
)


@dataclass
class Node:
    """A node of a tree as a figure wants it."""

    id: str
    parent: str
    label: str
    kind: str
    joules: float  # its own: 0 where it has children, which add up
    says: str  # under the pointer
    shown: str  # joules for the label
    priced: bool = True


def network_pictures(document: Document) -> list[Picture]:
    """Three views of one prediction."""
    data = document.data
    source = _source(data)
    nodes = list(_nodes(data["tree"], ""))
    if not any(node.joules > 0 for node in nodes):
        return []
    colours = colour_of(node.kind for node in nodes if node.joules > 0)
    name = str(data["tree"]["name"])
    total = _energy_text(data["tree"])
    views = [
        ("by layer, icicle", go.Icicle, nodes),
        ("by layer, sunburst", go.Sunburst, nodes),
        ("by primitive, sunburst", go.Sunburst, list(_by_primitive(data["tree"]))),
    ]
    pictures = []
    for number, (view, shape, tree) in enumerate(views):
        title = f"Energy of {name}, {view}: {total}"
        figure = new_figure(title, [source], height=760)
        figure.add_trace(_trace(shape, tree, colours))
        _legend(figure, colours)
        note = f"{NOTE} Workload: {data.get('workload', 'not told')}. {_unpriced(nodes)}"
        choice = f"{name} ({document.path.name}): {view}"
        file = f"network-{document.path.stem}-{number}"
        pictures.append(Picture("Networks", file, title, figure, note, choice, filtered=False))
    return pictures


def _legend(figure: go.Figure, colours: dict[str, str]) -> None:
    """Names of the colours, by empty traces on axes that are not seen: trees have no legend."""
    for kind, colour in colours.items():
        figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"symbol": "square", "size": 11, "color": colour},
            name=plain(kind),
            hoverinfo="skip",
        )
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.update_layout(
        margin={"l": 8, "r": 8, "t": 84, "b": 48},
        legend={"orientation": "h", "y": -0.01, "yanchor": "top", "x": 0, "xanchor": "left"},
        uniformtext={"minsize": 8, "mode": "hide"},
    )


def _source(data: dict[str, Any]) -> str:
    """What its joules are, as the table that priced it says."""
    return str(data["table"]["source"])


def _unpriced(nodes: list[Node]) -> str:
    lost = sum(not node.priced for node in nodes)
    return f"{lost} nodes have no price and so no area." if lost else ""


def _energy_text(node: dict[str, Any]) -> str:
    if not node.get("priced") or node.get("energy_j") is None:
        return "not priced"
    text = scaled(node["energy_j"], "J")
    if node.get("energy_low_j") is None:
        return text
    low, high = scaled(node["energy_low_j"], "J"), scaled(node["energy_high_j"], "J")
    return f"{text}, 90 % interval {low} to {high}"


def _says(node: dict[str, Any], path: str) -> str:
    lines = [f"<b>{plain(path)}</b> ({plain(node['kind'])})", _energy_text(node)]
    if node.get("priced"):
        lines.append(f"{100 * node['share']:.3g} % of the whole, {scaled(node['time_s'], 's')}")
        for part, meaning in (("borrowed_j", "borrowed"), ("extrapolated_j", "extrapolated")):
            if node.get(part):
                lines.append(f"{scaled(node[part], 'J')} {meaning}")
    if "problem" in node:
        lines.append(plain(node["problem"]))
    return "<br>".join(lines)


def _nodes(node: dict[str, Any], parent: str) -> Iterator[Node]:
    path = f"{parent}/{node['name']}" if parent else str(node["name"])
    children = node.get("children", [])
    joules = 0.0 if children else float(node.get("energy_j") or 0.0)
    name, kind = plain(node["name"]), str(node["kind"])
    shown = scaled(node.get("energy_j"), "J")
    yield Node(path, parent, name, kind, joules, _says(node, path), shown, bool(node["priced"]))
    for child in children:
        yield from _nodes(child, path)


def _leaves(node: dict[str, Any], path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for child in node.get("children", []):
        yield from _leaves(child, f"{path}/{child['name']}")
    if not node.get("children"):
        yield path, node


def _by_primitive(tree: dict[str, Any]) -> Iterator[Node]:
    """Root, primitives, and their operations, those of layers taken together."""
    root = str(tree["name"])
    yield Node(
        root, "", plain(root), "network", 0.0, _says(tree, root), scaled(tree.get("energy_j"), "J")
    )
    sums: dict[str, float] = {}
    places: dict[tuple[str, str], list[float]] = {}
    for path, leaf in _leaves(tree, root):
        joules = float(leaf.get("energy_j") or 0.0)
        place = "/".join(
            part.split(".")[0] + ".*" if part.startswith("layer.") else part
            for part in path.split("/")[1:]
        )
        sums[leaf["kind"]] = sums.get(leaf["kind"], 0.0) + joules
        places.setdefault((leaf["kind"], place), []).append(joules)
    whole = sum(sums.values()) or 1.0
    for kind, joules in sums.items():
        says = f"<b>{plain(kind)}</b><br>{scaled(joules, 'J')}, {100 * joules / whole:.3g} %"
        yield Node(f"{root}/{kind}", root, plain(kind), kind, 0.0, says, scaled(joules, "J"))
    for (kind, place), each in places.items():
        says = f"<b>{len(each)} x {plain(place)}</b><br>{scaled(sum(each), 'J')}, {kind}"
        parent = f"{root}/{kind}"
        yield Node(
            f"{parent}/{place}", parent, plain(place), kind, sum(each), says, scaled(sum(each), "J")
        )


def _trace(shape: type, nodes: list[Node], colours: dict[str, str]) -> Any:
    return shape(
        ids=[plain(node.id) for node in nodes],
        parents=[plain(node.parent) for node in nodes],
        labels=[node.label for node in nodes],
        values=rounded(node.joules for node in nodes),
        branchvalues="remainder",
        marker={
            "colors": [colours.get(node.kind, GRID) for node in nodes],
            "line": {"color": "white", "width": 1},
        },
        hovertext=[node.says for node in nodes],
        hovertemplate="%{hovertext}<extra></extra>",
        text=[node.shown for node in nodes],
        texttemplate="%{label}  %{text}",
        insidetextfont={"size": 13},
        sort=False,
    )
