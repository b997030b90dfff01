"""How many predictions a second one thread of Python gets from a table.

python predictions.py TABLE [--kernel gemm/avx512] [--shapes 1000000]
"""

import argparse
import time

import numpy

import ergon


def millions_a_second(row: ergon.Row, shapes: int, rounds: int = 5) -> float:
    """The best of some rounds, over extents drawn from 16 to 256 for every axis."""
    random = numpy.random.default_rng(1)
    axes = {axis: random.integers(16, 257, shapes) for axis in row.axes}
    if "kv_heads" in axes:
        axes["kv_heads"] = axes["heads"]  # no problem where the one is no multiple of the other
    best = float("inf")
    for _ in range(rounds):
        begin = time.perf_counter()
        row.predict(**axes)
        best = min(best, time.perf_counter() - begin)
    return 1e-6 * shapes / best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table")
    parser.add_argument("--kernel", default=None)
    parser.add_argument("--shapes", type=int, default=1_000_000)
    arguments = parser.parse_args()
    table = ergon.EnergyTable.load(arguments.table)
    rows = table.rows if arguments.kernel is None else (table.row(arguments.kernel),)
    for row in rows:
        print(
            f"{row.kernel}, {row.threads} threads: "
            f"{millions_a_second(row, arguments.shapes):.1f} million predictions a second, "
            f"{arguments.shapes} shapes a call"
        )


if __name__ == "__main__":
    main()
