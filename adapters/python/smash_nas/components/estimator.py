"""Estimators in Python: what a candidate is worth, without training each from scratch."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from ctypes import POINTER, c_float, c_uint32, c_uint64, cast
from dataclasses import dataclass
from typing import Any, ClassVar, Union

import numpy as np
from numpy.typing import NDArray

from .. import smash_layout as c
from .._library import call
from .._library import document as told
from ..dataset import Task
from ..space import Architecture
from ._vtable import destroy, document, function, hand_out
from .space import LentSpace


@dataclass(frozen=True)
class Score:
    """What a candidate is worth, lower is better."""

    loss: float
    #: A fraction.
    error: float = math.nan


class LentData:
    """The examples of a job, normalised, lent for a call."""

    def __init__(self, vtable: Any, this: Any) -> None:
        self._vtable = vtable.contents
        self._this = this
        about = told(self._vtable.describe, this)
        self.task = Task.from_json(about["task"])
        self._examples: int = about["examples"]

    def __len__(self) -> int:
        return self._examples

    def labels(self) -> NDArray[np.uint32]:
        """The class of each example, ``[n]``."""
        found = np.zeros(len(self), np.uint32)
        call(self._vtable.labels, self._this, 0, cast(found.ctypes.data, POINTER(c_uint32)), len(found))
        return found

    def read(self, indices: Any) -> NDArray[np.float32]:
        """Examples by their numbers, ``[n, channels, extents...]``."""
        numbers = np.ascontiguousarray(indices, np.uint64)
        found = np.zeros((len(numbers), self.task.channels, *self.task.extents), np.float32)
        pointer, out = cast(numbers.ctypes.data, POINTER(c_uint64)), cast(found.ctypes.data, POINTER(c_float))
        call(self._vtable.read, self._this, pointer, None, len(numbers), out, found.size)
        return found

    def splits(self, seed: int) -> dict[str, NDArray[np.int64]]:
        """The numbers of the examples of ``train``, ``valid`` and ``test``."""
        ranges = told(self._vtable.splits, self._this, seed)
        numbers = {name: [number for part in parts for number in range(*part)] for name, parts in ranges.items()}
        return {name: np.array(found, np.int64) for name, found in numbers.items()}


class Surroundings:
    """What an estimator works with, lent for a call."""

    def __init__(self, context: Any) -> None:
        lent = context.contents
        self.space = LentSpace(lent.space, lent.space_self)
        self._data = (lent.data, lent.data_self)
        self.seed: int = lent.seed

    @property
    def data(self) -> LentData:
        """The examples, with the splits of the job."""
        return LentData(*self._data)


class Estimator(ABC):
    """Says what candidates are worth. It may train something once before the search.

    All that a resumed search needs is in ``state``, which is anything that JSON holds.
    """

    id: ClassVar[str]
    about: ClassVar[str] = ""
    #: JSON Schema of its configuration.
    schema: ClassVar[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
    #: What changes: saved with a search, and set again when it goes on.
    state: Any = None

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    @abstractmethod
    def score(self, surroundings: Surroundings, architectures: Sequence[Architecture]) -> Sequence[Union[Score, float]]:
        """What each is worth: it depends on the architecture and what was trained, never on the order."""

    def steps(self, data: LentData) -> int:
        """Training steps before the first score."""
        return 0

    def step(self, surroundings: Surroundings, step: int) -> Score:
        """A training step, from 0."""
        raise NotImplementedError(f"{self.id}: steps, but step is not there")


def _json(score: Union[Score, float]) -> dict[str, float | None]:
    found = score if isinstance(score, Score) else Score(float(score))
    values = {"loss": found.loss, "error": found.error}
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _score(estimator: Estimator, context: Any, data: Any, length: int, out: Any) -> None:
    architectures = [Architecture(architecture) for architecture in document(data, length)]
    scores = estimator.score(Surroundings(context), architectures)
    if len(scores) != len(architectures):
        raise ValueError(f"{estimator.id}: expected {len(architectures)} scores, found {len(scores)}")
    hand_out(out, [_json(score) for score in scores])


def _steps(estimator: Estimator, data: Any, this: Any, out: Any) -> None:
    out[0] = estimator.steps(LentData(data, this))


def _step(estimator: Estimator, context: Any, step: int, out: Any) -> None:
    hand_out(out, _json(estimator.step(Surroundings(context), step)))


def _load(estimator: Estimator, data: Any, length: int) -> None:
    estimator.state = document(data, length)


VTABLE = c.sized(
    c.SmashEstimatorVtable,
    steps=function(c.SmashEstimatorVtable, "steps", _steps),
    step=function(c.SmashEstimatorVtable, "step", _step),
    score=function(c.SmashEstimatorVtable, "score", _score),
    save=function(c.SmashEstimatorVtable, "save", lambda estimator, out: hand_out(out, estimator.state)),
    load=function(c.SmashEstimatorVtable, "load", _load),
    destroy=c.field(c.SmashEstimatorVtable, "destroy")(destroy),
)
