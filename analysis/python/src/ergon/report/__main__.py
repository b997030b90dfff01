"""`python -m ergon.report`: what `ergon report` runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ergon.error import Error

EXAMPLES = """examples:
  ergon report results/quickstart.h5 -o report.html
  ergon report old.h5 new.h5 table.json -o report.html
  ergon report table.json bert.json -o report.html --static images --format svg
"""


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ergon report",
        description="one page, which opens offline, of result files, energy tables, network "
        "predictions (ergon predict --network --json), comparisons (ergon compare --format json)",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=".h5 or .json")
    parser.add_argument("-o", "--output", required=True, type=Path, help="the page, HTML")
    parser.add_argument("--title", default="", help="heading of the page")
    parser.add_argument("--static", type=Path, metavar="DIR", help="every picture as an image, too")
    parser.add_argument("--format", choices=("svg", "png"), default="svg", help="of the images")
    return parser


def main() -> int:
    given = arguments().parse_args()
    try:
        from ergon.report.page import write_report
    except ImportError as error:
        print(
            f"ergon report: {error}: this Python lacks a package; with it:\n"
            f"  {sys.executable} -m pip install plotly kaleido",
            file=sys.stderr,
        )
        return 2
    try:
        report = write_report(
            given.files, given.output, title=given.title, static=given.static, format=given.format
        )
    except (Error, OSError) as error:
        print(f"ergon report: {error}", file=sys.stderr)
        return 2
    print(report.summary())
    return 0


if __name__ == "__main__":
    sys.exit(main())
