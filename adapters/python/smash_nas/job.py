"""What is searched, on which examples, and how."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ._library import api, document, given
from .arrays import Channels
from .context import Context, default
from .dataset import Dataset
from .errors import InvalidConfigError, Problem
from .space import Space


class Job(Mapping[str, Any]):
    """The settings of a search, as ``smash schema`` describes them, with the examples of this program if there are any.

    Args:
        settings: ``{"seed": 1, "space": {…}, "strategy": {…}, "retrain": {…}, …}``; everything has a default.
        dataset: examples of this program, or a dataset as a job names it.
    """

    def __init__(
        self,
        settings: Mapping[str, Any] | None = None,
        dataset: Dataset | Mapping[str, Any] | None = None,
        *,
        context: Context | None = None,
        **more: Any,
    ) -> None:
        self._settings: dict[str, Any] = {**(settings or {}), **more}
        if dataset is not None and "dataset" in self._settings:
            raise ValueError('dataset: expected one, found another in settings["dataset"]: leave out one of them')
        if isinstance(dataset, Mapping):
            self._settings["dataset"] = dict(dataset)
        self.dataset = dataset if isinstance(dataset, Dataset) else None
        self.context = context or (default() if self.dataset is None else self.dataset.context)

    @classmethod
    def from_data(
        cls,
        x: Any,
        y: Any,
        *,
        channels: Channels = "first",
        class_names: Sequence[str] | None = None,
        context: Context | None = None,
        **settings: Any,
    ) -> Job:
        """A job on arrays: ``x`` and ``y`` as :meth:`Dataset.from_arrays <smash_nas.Dataset.from_arrays>` takes them.

        Args:
            settings: of the job: ``seed=1``, ``strategy={"type": "smash", "epochs": 4}``, ``constraints={"max_params": 100000}`` …
        """
        dataset = Dataset.from_arrays(x, y, channels=channels, class_names=class_names, context=context)
        return cls(settings, dataset)

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], *, context: Context | None = None) -> Job:
        """A job as the command ``smash`` takes it."""
        return cls(json.loads(Path(path).read_text(encoding="utf-8")), context=context)

    def check(self) -> list[Problem]:
        """What breaks a rule, as ``smash validate`` finds it; an empty list for a job that can run."""
        found = self._validated()
        return [Problem(problem["pointer"], problem["message"]) for problem in found["problems"]]

    def resolved(self) -> dict[str, Any]:
        """The settings with every default written out.

        Raises:
            InvalidConfigError: something breaks a rule.
        """
        found = self._validated()
        if not found["valid"]:
            message = "; ".join(f"{problem['pointer']}: {problem['message']}" for problem in found["problems"])
            raise InvalidConfigError(message, {"problems": found["problems"]})
        job: dict[str, Any] = found["job"]
        return job

    def space(self) -> Space:
        """The space that it searches, by itself."""
        job = self.resolved()
        dataset = self.dataset or Dataset.from_config(job["dataset"], context=self.context)
        return Space(job["space"], dataset.task, job.get("constraints"), context=self.context)

    def to_json(self) -> str:
        """The settings as text."""
        return json.dumps(self._settings, allow_nan=False)

    def _validated(self) -> dict[str, Any]:
        found: dict[str, Any] = document(api().config_validate, self.context._pointer, *given(self._settings), self._data)
        return found

    @property
    def _data(self) -> Any:
        return None if self.dataset is None else self.dataset._pointer

    def __getitem__(self, key: str) -> Any:
        return self._settings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def __repr__(self) -> str:
        return f"Job({self._settings!r})"
