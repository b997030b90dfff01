"""The three lines of README.md read a result file that `ergon run` has just written.

Usage: read_with_pandas.py ERGON FOLDER. Exit code 77, a skip, where h5py or pandas is missing.
"""

import pathlib
import shutil
import subprocess
import sys

try:
    import h5py
    import pandas
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

SWEEP = """
name: pandas
protocol: {preset: quick, window_min_s: 0.01, idle_s: 0.05, point_max_s: 0.5}
meters: [simulated]
groups:
  - kernels: gemm/reference
    axes: {m: [4, 8], n: 16, k: 16}
    threads: 1
  - kernels: softmax/reference
    axes: {rows: 8, columns: 16}
    threads: 1
"""


def main(ergon: str, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "sweep.yaml").write_text(SWEEP)
    path = folder / "results.h5"
    subprocess.run([ergon, "run", folder / "sweep.yaml", "-o", path], check=True)

    file = h5py.File(path)
    records = pandas.DataFrame({name: column.asstr()[:] if column.dtype.kind == "S" else column[:]
                                for name, column in file["records"].items()})

    assert len(records) == 3, records
    assert set(records["kernel"]) == {"reference"}, records["kernel"]
    assert set(records["energy_status"]) == {"simulated"}, records["energy_status"]
    gemm = records[records["primitive"] == "gemm"].sort_values("m")
    assert list(gemm["m"]) == [4, 8] and list(gemm["flops"]) == [2 * 4 * 256, 2 * 8 * 256], gemm
    assert (records["gross_j_per_launch"] > 0).all(), records["gross_j_per_launch"]
    for group in file.values():
        if isinstance(group, h5py.Group):
            for name, column in group.items():
                assert "unit" in column.attrs and "description" in column.attrs, name


main(sys.argv[1], pathlib.Path(sys.argv[2]))
