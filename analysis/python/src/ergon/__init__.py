"""Energy tables, predictions and result files of ergon."""

from ergon.error import Error
from ergon.results import Results, open_results

__all__ = ["Error", "Results", "open_results"]
