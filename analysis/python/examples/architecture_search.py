"""Which shape of a transformer gives the most accuracy per joule, within a budget of joules?

    python architecture_search.py TABLE NETWORK --budget-j 0.5

Asks the table what each candidate's forward pass costs. THE ACCURACY IS A TOY: a formula that rises
with parameters and depth and levels off, made up for this example and fitted to nothing. A search
that means it trains its candidates, or asks a model that was.
"""

import argparse
import itertools
from dataclasses import dataclass

import ergon


@dataclass(frozen=True)
class Candidate:
    settings: dict[str, int]
    accuracy: float
    energy_j: float
    high_j: float  # upper end of the 90 % interval; what a budget is held against


def toy_accuracy(network: ergon.Network) -> float:
    """Made up: diminishing returns of parameters and of layers."""
    millions = network.counts["parameters"] / 1e6
    layers = int(network.fields["layers"])
    return 0.9 * (1 - 0.5 * millions**-0.25) * (1 - 0.3 / layers)


def candidates(arguments: argparse.Namespace, table: ergon.EnergyTable) -> list[Candidate]:
    found = []
    for layers, hidden, widening in itertools.product((2, 4, 6, 12), (256, 512, 768), (2, 4)):
        settings = {
            "layers": layers,
            "hidden": hidden,
            "heads": hidden // 64,
            "feed_forward": widening * hidden,
        }
        network = ergon.Network.load(
            arguments.network, batch=1, sequence=arguments.sequence, settings=settings
        )
        cost = network.estimate(table, proxy=arguments.proxy, kernels=arguments.kernels)
        high = cost.root.high_j if cost.root.high_j == cost.root.high_j else cost.energy_j
        found.append(Candidate(settings, toy_accuracy(network), cost.energy_j, high))
    return found


def search(arguments: argparse.Namespace) -> Candidate:
    table = ergon.EnergyTable.load(arguments.table)
    found = candidates(arguments, table)
    within = [each for each in found if each.high_j <= arguments.budget_j]
    print(f"joules: {table.source}, {table.energy}; {arguments.table}")
    print("accuracy: a toy formula, fitted to nothing")
    print(f"{len(within)} of {len(found)} candidates within {arguments.budget_j} J")
    if not within:
        least = min(found, key=lambda each: each.high_j)
        raise SystemExit(f"none is within the budget; the least takes up to {least.high_j:.3g} J")
    best = max(within, key=lambda each: each.accuracy / each.energy_j)
    most = max(within, key=lambda each: each.accuracy)
    for name, each in (("most accurate per joule", best), ("most accurate", most)):
        shape = ", ".join(f"{field}={value}" for field, value in each.settings.items())
        print(
            f"{name}: {shape}\n  accuracy {each.accuracy:.3f} (toy), {each.energy_j:.4g} J "
            f"({table.source}), {each.accuracy / each.energy_j:.4g} per joule"
        )
    return best


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", help="an energy table")
    parser.add_argument("network", help="a config.json, or a file of configs/networks")
    parser.add_argument("--budget-j", type=float, default=1.0, help="joules of a forward pass")
    parser.add_argument("--sequence", type=int, default=128, help="tokens of an input")
    parser.add_argument("--proxy", default="", help="as in ergon predict")
    parser.add_argument("--kernels", nargs="*", default=[], help="as in ergon predict")
    return parser.parse_args()


if __name__ == "__main__":
    search(parse())
