"""Datasets in Python: examples that are read or made when they are needed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from .. import smash_layout as c
from ..arrays import labels
from ..dataset import Task
from ._vtable import destroy, function, hand_out


class Dataset(ABC):
    """An indexed list of labelled examples. It never shuffles and never augments."""

    id: ClassVar[str]
    about: ClassVar[str] = ""
    #: JSON Schema of its configuration.
    schema: ClassVar[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
    #: What a network for it is.
    task: Task
    #: More of what ``describe`` holds in smash.h: ``normalise``, ``splits``, ``augmentation``, ``class_names``.
    options: Mapping[str, Any] = {"normalise": {}}

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    @abstractmethod
    def labels(self) -> Any:
        """The class of each example, from 0 on, ``[n]``: asked for once."""

    @abstractmethod
    def read(self, indices: NDArray[np.int64]) -> Any:
        """Examples by their numbers, ``[n, channels, extents...]``, finite; before the normalisation where there is one."""


def _labels(dataset: Dataset) -> NDArray[np.uint32]:
    found = np.asarray(dataset.labels())
    return labels(found, len(found))[0].astype(np.uint32)


def _describe(dataset: Dataset, out: Any) -> None:
    described = {"task": dataset.task.to_json(), "examples": len(_labels(dataset)), **dataset.options}
    hand_out(out, described)


def _write_labels(dataset: Dataset, first: int, out: Any, n: int) -> None:
    np.ctypeslib.as_array(out, (n,))[:] = _labels(dataset)[first : first + n]


def _read(dataset: Dataset, indices: Any, _: Any, n: int, out: Any, length: int) -> None:
    shape = (n, dataset.task.channels, *dataset.task.extents)
    values = np.asarray(dataset.read(np.ctypeslib.as_array(indices, (n,)).astype(np.int64)))
    if values.shape != shape:
        raise ValueError(f"{dataset.id}: expected examples of the shape {list(shape)}, found {list(values.shape)}")
    np.ctypeslib.as_array(out, (length,)).reshape(shape)[...] = values


VTABLE = c.sized(
    c.SmashDatasetVtable,
    describe=function(c.SmashDatasetVtable, "describe", _describe),
    labels=function(c.SmashDatasetVtable, "labels", _write_labels),
    read=function(c.SmashDatasetVtable, "read", _read),
    destroy=c.field(c.SmashDatasetVtable, "destroy")(destroy),
)
