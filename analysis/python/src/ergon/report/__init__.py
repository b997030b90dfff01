"""One self-contained page, and images, of what result files, tables and predictions say.

`python -m ergon.report FILES -o report.html` is the same as a command. Needs plotly; images need
kaleido and a Chromium as well: pip install 'ergon[report]'.
"""

from ergon.report.page import Report, write_report

__all__ = ["Report", "write_report"]
