"""What a table answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
import pandas
from numpy.typing import NDArray


@dataclass(frozen=True)
class Prediction:
    """One launch of one shape."""

    energy_j: float
    """Joules, gross or net as the table says."""
    low_j: float
    """Lower end of the 90 % interval, joules; NaN where the row has none (Row.no_interval)."""
    high_j: float
    """Upper end of it."""
    time_s: float
    """Seconds."""
    extrapolated: bool
    """Beyond the shapes that the row was fitted to, or in a regime that it has no record of."""
    outside: tuple[str, ...]
    """In what way, for people; empty inside."""
    source: str
    """Where the joules are from: "measured", "estimated", "simulated" or "imported"."""

    @property
    def power_w(self) -> float:
        """Mean power, watts."""
        return self.energy_j / self.time_s

    def __str__(self) -> str:
        marked = "" if self.source == "measured" else f" ({self.source})"
        beyond = ", extrapolated" if self.extrapolated else ""
        return (
            f"{self.energy_j:.4g} J{marked}, 90 % interval {self.low_j:.4g} to "
            f"{self.high_j:.4g} J, {self.time_s:.4g} s{beyond}"
        )


@dataclass(frozen=True)
class Predictions:
    """Launches of many shapes: an array each, of the shape that the axes broadcast to."""

    energy_j: NDArray[numpy.float64]
    """Joules, gross or net as the table says."""
    low_j: NDArray[numpy.float64]
    """Lower ends of the 90 % intervals, joules; NaN where the row has none (Row.no_interval)."""
    high_j: NDArray[numpy.float64]
    """Upper ends of them."""
    time_s: NDArray[numpy.float64]
    """Seconds."""
    extrapolated: NDArray[numpy.bool_]
    """Beyond the box of the shapes that the row was fitted to. Regimes without a record are not
    looked at here: ask for one shape to be told of them."""
    source: str
    """Where the joules are from: "measured", "estimated", "simulated" or "imported"."""

    @property
    def power_w(self) -> NDArray[numpy.float64]:
        """Mean power, watts."""
        return self.energy_j / self.time_s

    def to_frame(self) -> pandas.DataFrame:
        """A row a shape, in C order; `attrs` has `units` and `source`."""
        frame = pandas.DataFrame(
            {
                "energy_j": self.energy_j.ravel(),
                "low_j": self.low_j.ravel(),
                "high_j": self.high_j.ravel(),
                "time_s": self.time_s.ravel(),
                "extrapolated": self.extrapolated.ravel(),
            }
        )
        frame.attrs["units"] = {
            "energy_j": "J",
            "low_j": "J",
            "high_j": "J",
            "time_s": "s",
            "extrapolated": "",
        }
        frame.attrs["source"] = self.source
        return frame

    def __len__(self) -> int:
        return len(self.energy_j)
