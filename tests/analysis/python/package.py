"""Installs the Python package into a fresh virtual environment and runs its tests and examples.

Usage: package.py ERGON FOLDER. ERGON makes the result file and the table that they read. Exit code
77, a skip, where the packages that it depends on cannot be had; a package that does not build is a
failure.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

SOURCE = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = SOURCE / "analysis/python"
SWEEP = """
name: package
seed: 1
protocol: {preset: quick, window_min_s: 0.01, idle_s: 0.05, point_max_s: 0.3}
meters: [simulated]
groups:
  - kernels: gemm/reference
    axes: {m: [4, 16, 64], n: [16, 64], k: [16, 32]}
    threads: 1
  - kernels: softmax/reference
    axes: {rows: [8, 32, 128], columns: [16, 64, 128]}
    threads: 1
"""


def skip(reason: str) -> None:
    print(f"skipped: {reason}")
    sys.exit(77)


def requirements() -> list[str]:
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())
    needed = project["build-system"]["requires"] + project["project"]["dependencies"]
    extras = project["project"]["optional-dependencies"]
    return needed + extras["yaml"] + extras["report"]


def make_environment(folder: pathlib.Path) -> pathlib.Path:
    python = folder / "venv/bin/python"
    made = subprocess.run(
        [sys.executable, "-m", "venv", folder / "venv"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if made.returncode != 0:
        skip(f"no virtual environment: {made.stdout.strip().splitlines()[-1]}")
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    got = subprocess.run(
        [*pip, *requirements()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if got.returncode != 0:
        skip(f"pip cannot have its dependencies: {got.stdout.strip().splitlines()[-1]}")
    subprocess.run(
        [
            *pip,
            "--no-build-isolation",
            "--no-deps",
            "--config-settings",
            f"build-dir={folder / 'wheel'}",
            PACKAGE,
        ],
        check=True,
    )
    return python


def make_files(ergon: str, folder: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    sweep, results, table = folder / "sweep.yaml", folder / "results.h5", folder / "table.json"
    sweep.write_text(SWEEP)
    subprocess.run([ergon, "run", sweep, "-o", results], check=True)
    subprocess.run([ergon, "fit", results, "-o", table], check=True, stdout=subprocess.DEVNULL)
    return results, table


def main(ergon: str, folder: pathlib.Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    python = make_environment(folder)
    results, table = make_files(ergon, folder)
    environment = {
        **os.environ,
        "ERGON_SOURCE": str(SOURCE),
        "ERGON_PROGRAM": ergon,
        "ERGON_RESULTS": str(results),
        "ERGON_TABLE": str(table),
    }
    tests = pathlib.Path(__file__).parent
    command = [python, "-m", "unittest", "discover", "-v", "-s", tests, "-p", "*_test.py"]
    # From a folder that has no package of the name: what is installed is tested.
    sys.exit(subprocess.run(command, cwd=folder, env=environment).returncode)


main(sys.argv[1], pathlib.Path(sys.argv[2]).resolve())
