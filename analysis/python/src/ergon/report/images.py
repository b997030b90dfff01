"""Every picture as a file, by kaleido, which drives a Chromium."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from ergon.error import Error
from ergon.report.picture import Picture

MEND = "install Chromium (Debian: apt-get install chromium) and kaleido (pip install kaleido)"
WIDTH = 1100


def write_images(pictures: list[Picture], folder: Path, format: str) -> list[Path]:
    """Writes NAME.svg or NAME.png for each, and gives their paths. Raises Error where it cannot."""
    try:
        import kaleido
    except ImportError as error:
        raise Error(f"--static {folder}: {error}; {MEND}") from error
    if shutil.which("chromium") is None and shutil.which("google-chrome") is None:
        raise Error(f"--static {folder}: no Chromium on PATH; {MEND}")
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{file_name(picture.name)}.{format}" for picture in pictures]
    options: dict[str, Any] = {"format": format, "width": WIDTH}
    jobs = [
        {"fig": picture.figure, "path": path, "opts": {**options, "height": _height(picture)}}
        for picture, path in zip(pictures, paths, strict=True)
    ]
    try:
        kaleido.write_fig_from_object_sync(jobs)
    except Exception as error:  # kaleido's own kinds, and those of the browser that it starts
        raise Error(f"--static {folder}: {error}; {MEND}") from error
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise Error(f"--static: {missing[0]} was not written; {MEND}")
    return paths


def file_name(name: str) -> str:
    """A name for a file: letters, digits, dots, dashes."""
    return re.sub(r"[^\w.-]+", "_", name)


def _height(picture: Picture) -> int:
    return int(picture.figure.layout.height)
