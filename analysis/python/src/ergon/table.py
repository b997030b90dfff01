"""Energy tables: joules and seconds of a primitive on a machine, by its shape."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, overload

import numpy
from numpy.typing import ArrayLike, NDArray

from ergon import _evaluator
from ergon.error import Error
from ergon.prediction import Prediction, Predictions


class Row:
    """The laws of one kernel under one set of conditions. A question under any other is an error,
    never answered by the nearest row."""

    kernel: str
    """Primitive and implementation: "gemm/avx512"."""
    device: str
    """"AMD EPYC 9654, 1 socket"."""
    boundary: str
    """What the joules cover: "package", "gpu", "process", ..."""
    source: str
    """Where they are from: "measured", "estimated", "simulated" or "imported"."""
    dtypes: tuple[str, str, str, str]
    """Of the first input, the others, the sums and the output: ("f32", "f32", "f32", "f32")."""
    threads: int
    """Of a launch; 0 on a GPU."""
    fill: str
    """What the operands held: "uniform"."""
    cold: bool
    """Whether they came from memory and not from a cache."""
    weights: str
    """"plain", or "packed" before the launches."""

    def __init__(self, row: _evaluator.Row) -> None:
        fields = row.fields()
        self._row = row
        self.kernel = fields["kernel"]
        self.device = fields["device"]
        self.boundary = fields["boundary"]
        self.source = fields["source"]
        a, b, accumulate, out = fields["dtypes"].split(",")
        self.dtypes = (a, b, accumulate, out)
        self.threads = int(fields["threads"])
        self.fill = fields["fill"]
        self.cold = fields["cold"] == "yes"
        self.weights = fields["weights"]

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the primitive's axes: ("m", "n", "k"). Raises Error where this build does not
        know the primitive."""
        return tuple(self._row.axes())

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """The primitive's options and their values, the default first."""
        return {name: tuple(values) for name, values in self._row.options().items()}

    @property
    def hull(self) -> dict[str, tuple[int, int]]:
        """Of each axis the least and the largest extent that the row was fitted to."""
        return {axis: (int(low), int(high)) for axis, (low, high) in self._row.hull().items()}

    @property
    def no_interval(self) -> str:
        """Why predictions have no interval; empty where they have one."""
        return self._row.no_interval

    @overload
    def predict(self, *, options: Mapping[str, str] | None = None, **axes: int) -> Prediction: ...

    @overload
    def predict(
        self, *, options: Mapping[str, str] | None = None, **axes: ArrayLike
    ) -> Predictions: ...

    def predict(
        self, *, options: Mapping[str, str] | None = None, **axes: ArrayLike
    ) -> Prediction | Predictions:
        """Joules and seconds of one launch, or of many.

        `axes`: every axis of the primitive by name; extents of 1 or more. Integers give a
        Prediction; arrays of integers, which broadcast against each other, give Predictions of
        the shape that they broadcast to. `options`: those that are not at their default,
        {"transpose_b": "yes"}; the same for all shapes.

        Many shapes are answered without Python's lock held. Raises Error for an axis or option
        that is missing or unknown, and for a shape that is no problem; TypeError for extents that
        are no integers; ValueError for arrays that do not broadcast.
        """
        choices = dict(options or {})
        if all(isinstance(extent, (int, numpy.integer)) for extent in axes.values()):
            shape = {axis: _extent(extent) for axis, extent in axes.items()}
            energy, low, high, time, extrapolated, outside = self._row.predict_one(shape, choices)
            return Prediction(energy, low, high, time, extrapolated, tuple(outside), self.source)
        return self._predict_many(axes, choices)

    def _predict_many(self, axes: Mapping[str, ArrayLike], choices: dict[str, str]) -> Predictions:
        names = self._row.axes()
        for axis in axes:
            if axis not in names:
                raise Error(f"{self.kernel}: no axis {axis!r}; known: {', '.join(names)}")
        for axis in names:
            if axis not in axes:
                raise Error(f"{self.kernel}: the shape lacks {axis}; axes: {', '.join(names)}")
        arrays = [_integers(axis, axes[axis]) for axis in names]
        shape = numpy.broadcast_shapes(*(array.shape for array in arrays))
        count = int(numpy.prod(shape))
        columns = [
            array.reshape(1) if array.size == 1 else numpy.broadcast_to(array, shape).reshape(-1)
            for array in arrays
        ]
        energy, low, high, time, extrapolated = self._row.predict_many(columns, count, choices)
        return Predictions(
            energy.reshape(shape),
            low.reshape(shape),
            high.reshape(shape),
            time.reshape(shape),
            extrapolated.reshape(shape),
            self.source,
        )

    def __repr__(self) -> str:
        return f"<ergon.Row {self.kernel}, {self.threads} threads, {self.device}, {self.source}>"


class EnergyTable:
    """A table that `ergon fit` wrote: a row per kernel and conditions."""

    path: Path
    """Where it was read from."""
    source: str
    """Where its joules are from: "measured", "estimated", "simulated" or "imported"."""
    energy: str
    """"gross", with the idle share, or "net"."""

    def __init__(self, table: _evaluator.Table, path: Path) -> None:
        self._table = table
        self._found: dict[tuple[tuple[str, str], ...], Row] = {}
        self.path = path
        self.source = table.source
        self.energy = table.energy
        self.rows: tuple[Row, ...] = tuple(Row(row) for row in table.rows())

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> EnergyTable:
        """Reads a table. Raises Error where the file is not there, is no energy table, is of
        another version, or has a form of law that this build does not know."""
        return cls(_evaluator.Table.load(path), Path(path))

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the meter: the power model of an estimate."""
        return tuple(self._table.notes)

    @property
    def warning(self) -> str:
        """What a reader must know before believing a joule; empty where they are measured."""
        return self._table.warning()

    @property
    def data(self) -> dict[str, Any]:
        """All of the table, as analysis/energy_table.schema.json describes it: coefficients with
        units and intervals, errors of every form, hulls, provenance. A new copy each time."""
        data: dict[str, Any] = json.loads(self._table.text())
        return data

    def summary(self) -> str:
        """What `ergon fit` prints of it."""
        return self._table.summary()

    def row(
        self,
        kernel: str | None = None,
        *,
        device: str | None = None,
        boundary: str | None = None,
        source: str | None = None,
        dtypes: str | None = None,
        threads: int | None = None,
        fill: str | None = None,
        cold: bool | None = None,
        weights: str | None = None,
    ) -> Row:
        """The only row with these values; what is left out must be the same in all that fit.

        `dtypes`: "f32", or of the first input, the others, the sums and the output, joined by
        commas. Raises Error that names the field which fits no row, or which more than one value
        is left of, and the values that there are.
        """
        given = {
            "kernel": kernel,
            "device": device,
            "boundary": boundary,
            "source": source,
            "dtypes": dtypes,
            "threads": None if threads is None else str(threads),
            "fill": fill,
            "cold": None if cold is None else ("yes" if cold else "no"),
            "weights": weights,
        }
        fields = tuple((name, value) for name, value in given.items() if value is not None)
        if fields not in self._found:
            self._found[fields] = Row(self._table.row(dict(fields)))
        return self._found[fields]

    @overload
    def predict(
        self,
        kernel: str | None = ...,
        *,
        options: Mapping[str, str] | None = ...,
        device: str | None = ...,
        boundary: str | None = ...,
        source: str | None = ...,
        dtypes: str | None = ...,
        threads: int | None = ...,
        fill: str | None = ...,
        cold: bool | None = ...,
        weights: str | None = ...,
        **axes: int,
    ) -> Prediction: ...

    @overload
    def predict(
        self,
        kernel: str | None = ...,
        *,
        options: Mapping[str, str] | None = ...,
        device: str | None = ...,
        boundary: str | None = ...,
        source: str | None = ...,
        dtypes: str | None = ...,
        threads: int | None = ...,
        fill: str | None = ...,
        cold: bool | None = ...,
        weights: str | None = ...,
        **axes: ArrayLike,
    ) -> Predictions: ...

    def predict(
        self,
        kernel: str | None = None,
        *,
        options: Mapping[str, str] | None = None,
        device: str | None = None,
        boundary: str | None = None,
        source: str | None = None,
        dtypes: str | None = None,
        threads: int | None = None,
        fill: str | None = None,
        cold: bool | None = None,
        weights: str | None = None,
        **axes: ArrayLike,
    ) -> Prediction | Predictions:
        """Joules and seconds by the row that `row` finds: see there, and Row.predict.

        table.predict("gemm/avx512", m=256, n=768, k=768).energy_j
        table.predict("gemm/avx512", m=numpy.arange(1, 513), n=768, k=768).energy_j
        """
        row = self.row(
            kernel,
            device=device,
            boundary=boundary,
            source=source,
            dtypes=dtypes,
            threads=threads,
            fill=fill,
            cold=cold,
            weights=weights,
        )
        return row.predict(options=options, **axes)

    def __repr__(self) -> str:
        return (
            f"<ergon.EnergyTable {self.path}: {len(self.rows)} rows, {self.energy}, {self.source}>"
        )


def _extent(value: Any) -> int:
    extent = int(value)
    if not -(2**63) <= extent < 2**63:
        raise Error(f"predict: {extent}: expected an integer below 2^63")
    return extent


def _integers(axis: str, extents: ArrayLike) -> NDArray[numpy.int64]:
    array = numpy.asarray(extents)
    if array.dtype.kind not in "iu" and array.size > 0:
        raise TypeError(f"axis {axis}: expected integers, got {array.dtype}")
    return numpy.ascontiguousarray(array, dtype=numpy.int64).reshape(array.shape)
