"""Energy tables, predictions and result files of ergon.

EnergyTable predicts joules and seconds of shapes, Network those of whole networks, and
open_results reads what `ergon run` wrote. Everything says where its joules are from: "measured",
"estimated", "simulated" or "imported".
"""

import importlib
from typing import TYPE_CHECKING

from ergon.error import Error
from ergon.results import Results, open_results

if TYPE_CHECKING:
    from ergon.network import Network, NetworkEstimate, Node
    from ergon.prediction import Prediction, Predictions
    from ergon.table import EnergyTable, Row

__all__ = [
    "EnergyTable",
    "Error",
    "Network",
    "NetworkEstimate",
    "Node",
    "Prediction",
    "Predictions",
    "Results",
    "Row",
    "open_results",
]

# Imported when first asked for: results and reports need no compiled evaluator.
_MODULES = {
    "EnergyTable": "ergon.table",
    "Network": "ergon.network",
    "NetworkEstimate": "ergon.network",
    "Node": "ergon.network",
    "Prediction": "ergon.prediction",
    "Predictions": "ergon.prediction",
    "Row": "ergon.table",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module 'ergon' has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES[name]), name)
