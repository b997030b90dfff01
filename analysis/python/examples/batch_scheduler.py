"""Which batch size takes the least joules per token, within a limit of time?

    python batch_scheduler.py TABLE --kernel gemm/avx512 --hidden 4096 --latency-ms 5

Of the four matrix products of a decoder's layer, which read its weights once for all tokens of a
batch: one vectorised question per product answers for every batch size at once. Attention, norms
and the rest are left out, and said to be.
"""

import argparse

import numpy
import pandas

import ergon


def costs(arguments: argparse.Namespace, row: ergon.Row) -> pandas.DataFrame:
    """A row per batch size: joules and seconds of a layer's products, one token an input."""
    hidden, inner = arguments.hidden, 4 * arguments.hidden
    batch = numpy.arange(1, arguments.batch_max + 1)
    products = {"qkv": (3 * hidden, hidden), "output": (hidden, hidden)}
    products |= {"up": (inner, hidden), "down": (hidden, inner)}
    energy = numpy.zeros(batch.shape)
    time = numpy.zeros(batch.shape)
    extrapolated = numpy.zeros(batch.shape, dtype=bool)
    for n, k in products.values():
        answer = row.predict(m=batch, n=n, k=k)
        energy += answer.energy_j
        time += answer.time_s
        extrapolated |= answer.extrapolated
    frame = pandas.DataFrame(
        {
            "batch": batch,
            "joules_per_token": energy / batch,
            "seconds": time,
            "extrapolated": extrapolated,
        }
    )
    frame.attrs["source"] = row.source
    return frame


def schedule(arguments: argparse.Namespace) -> int:
    table = ergon.EnergyTable.load(arguments.table)
    row = table.row(arguments.kernel, threads=arguments.threads)
    frame = costs(arguments, row)
    in_time = frame[frame["seconds"] <= 1e-3 * arguments.latency_ms]
    print(f"joules: {row.source}, {table.energy}; {row.kernel} on {row.device}")
    print("matrix products of one layer; attention, norms and the rest are left out")
    if in_time.empty:
        least = 1e3 * float(frame["seconds"].min())
        raise SystemExit(
            f"no batch is within {arguments.latency_ms} ms; the least takes {least:.3g} ms"
        )
    best = in_time.loc[in_time["joules_per_token"].idxmin()]
    alone = frame.iloc[0]
    print(
        f"batch {best['batch']:.0f}: {1e3 * best['joules_per_token']:.4g} mJ a token "
        f"({row.source}), {1e3 * best['seconds']:.4g} ms; one input alone {1e3 * alone['joules_per_token']:.4g} mJ"
    )
    if best["extrapolated"]:
        print("extrapolated: beyond the shapes that the row was fitted to")
    return int(best["batch"])


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", help="an energy table")
    parser.add_argument("--kernel", default=None, help="gemm/...; needed where there are several")
    parser.add_argument("--threads", type=int, default=None)
    parser.add_argument("--hidden", type=int, default=768, help="elements of a token")
    parser.add_argument("--batch-max", type=int, default=512)
    parser.add_argument("--latency-ms", type=float, default=1.0, help="most time a layer may take")
    return parser.parse_args()


if __name__ == "__main__":
    schedule(parse())
