"""Labelled examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from . import smash_layout as c
from ._library import Handle, api, document, given
from .arrays import Channels, Lent, examples, labels
from .context import Context, default
from .errors import DataError


@dataclass(frozen=True)
class Task:
    """What a network is for."""

    channels: int
    #: 1 to 3 of them.
    extents: tuple[int, ...]
    classes: int

    def to_json(self) -> dict[str, Any]:
        """As a job has it."""
        return {"channels": self.channels, "extents": list(self.extents), "classes": self.classes}

    @classmethod
    def from_json(cls, task: Mapping[str, Any]) -> Task:
        """Of what a job has."""
        return cls(task["channels"], tuple(task["extents"]), task["classes"])


class Dataset(Handle):
    """Labelled examples, by :meth:`from_arrays` or :meth:`from_config`."""

    def __init__(self, context: Context, source: tuple[Any, ...], create: Any, *arguments: Any) -> None:
        super().__init__(c.SmashDataset, api().dataset_free, create, context._pointer, *arguments)
        self.context = context
        self._source = source

    @classmethod
    def from_arrays(
        cls,
        x: Any,
        y: Any,
        *,
        channels: Channels = "first",
        class_names: Sequence[str] | None = None,
        context: Context | None = None,
        **options: Any,
    ) -> Dataset:
        """Examples in memory.

        Args:
            x: ``[n, channels, extents...]`` with 1 to 3 extents: float32, or uint8 that stands for value / 255. Any array of
                numpy, or with ``__dlpack__`` in host memory.
            y: the class of each: an integer from 0 on, or a text, which becomes its name.
            channels: ``"last"`` for ``[n, extents..., channels]``, ``"none"`` for ``[n, extents...]``.
            options: ``mean`` and ``std`` of each channel, by which examples are normalised; without them by those of the training
                examples. ``splits``, ``augmentation`` and ``classes`` as a dataset's ``describe`` has them.

        Raises:
            DataError: what was expected and what was found.
        """
        context = context or default()
        values = examples(x, channels)
        classes, names = labels(y, len(values))
        if class_names is not None and names is not None:
            order = [str(name) for name in class_names]
            missing = sorted(set(names) - set(order))
            if missing:
                raise DataError(f"class_names: expected every class of y, found none of the name {missing[0]!r}")
            classes = np.array([order.index(name) for name in names], dtype=np.int64)[classes]
        names = names if class_names is None else [str(name) for name in class_names]
        if names is not None:
            options["class_names"] = names
            options.setdefault("classes", len(names))
        lent, lent_classes = Lent(values), Lent(classes)
        source = (values, classes, options)
        return cls(context, source, api().dataset_from_dlpack, *given(options), lent.argument, lent_classes.argument)

    @classmethod
    def from_config(cls, config: Mapping[str, Any] | str, *, context: Context | None = None) -> Dataset:
        """A dataset as a job names it: ``{"type": "image_folder", "path": "photos"}``, or its type alone.

        Raises:
            InvalidConfigError: it breaks rules.
            DataError: it is missing or damaged.
        """
        context = context or default()
        config = {"type": config} if isinstance(config, str) else dict(config)
        return cls(context, (config,), api().dataset_from_config, *given(config))

    def describe(self) -> dict[str, Any]:
        """Its task, numbers of examples by class, names of the classes, normalisation, and notes on what was passed over."""
        found: dict[str, Any] = document(api().dataset_describe, self._pointer)
        return found

    def __len__(self) -> int:
        return int(self.describe()["examples"])

    @property
    def task(self) -> Task:
        """What a network for it is."""
        return Task.from_json(self.describe()["task"])

    @property
    def class_names(self) -> list[str] | None:
        """The names of the classes, where there are any."""
        names: list[str] | None = self.describe()["class_names"]
        return names

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.context, self._source)


def _restored(context: Context, source: tuple[Any, ...]) -> Dataset:
    if len(source) == 1:
        return Dataset.from_config(source[0], context=context)
    values, classes, options = source
    return Dataset.from_arrays(values, classes, context=context, **options)
