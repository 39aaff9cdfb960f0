"""Trained networks."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from ctypes import POINTER, byref
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from . import smash_layout as c
from ._library import Handle, api, call, document, given
from ._streams import reader, replace, writer
from .arrays import Channels, Lent, examples, owned
from .context import Context, default
from .dataset import Task
from .job import Job
from .progress import Progress, Run
from .space import Architecture

#: What :meth:`Model.export` writes.
Format = Literal["onnx", "pytorch", "safetensors"]


class Model(Handle):
    """A trained network, with all that is needed to use it: normalisation, layout, names of the classes."""

    def __init__(self) -> None:
        raise TypeError("a model is made by Search.model, Model.train or Model.load")

    @classmethod
    def _of(cls, create: Any, *arguments: Any) -> Model:
        model = cls.__new__(cls)
        Handle.__init__(model, c.SmashModel, api().model_free, create, *arguments)
        return model

    @classmethod
    def train(
        cls,
        architecture: Mapping[str, Any],
        job: Job | Mapping[str, Any],
        *,
        seconds: float | None = None,
        progress: Progress = None,
    ) -> Model:
        """Trains one architecture with its own weights, by the recipe, the space, the engine and the seed of a job.

        The validation split is kept apart unless ``job["retrain"]["use_validation"]`` is true: choose by ``metrics["valid_loss"]``
        and look at the test split once.

        Raises:
            CancelledError: it was stopped, and there is no model.
        """
        job = job if isinstance(job, Job) else Job(job)
        text = Architecture(architecture).to_json().encode()
        with Run(progress, None, None, seconds) as options:
            arguments = text, len(text), *given(dict(job)), job._data, options.argument
            return cls._of(api().model_train, job.context._pointer, *arguments)

    @classmethod
    def load(cls, file: str | os.PathLike[str] | BinaryIO, *, context: Context | None = None) -> Model:
        """Reads what :meth:`save` or a run folder (``model.safetensors``) holds.

        Raises:
            CheckpointError: it is no model, or damaged.
        """
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                return cls.load(opened, context=context)
        return cls._of(api().model_load, (context or default())._pointer, reader(file))

    def save(self, file: str | os.PathLike[str] | BinaryIO) -> None:
        """Writes safetensors with the architecture in the metadata: nothing of SMASH is needed to read it."""
        self._write(file, api().model_save)

    def export(self, path: str | os.PathLike[str], format: Format | None = None, **options: Any) -> None:
        """Writes the network in the format of others; it takes raw examples, as :meth:`predict`.

        Args:
            path: ``.onnx``; ``.safetensors`` for weights alone; for PyTorch a folder, new or empty, which gets ``model.py`` and
                ``model.safetensors``.
            format: by default what the end of the path says.
            options: ``logits``, ``fold``, ``opset`` as ``smash export`` has them.

        Raises:
            UnsupportedError: the format lacks an op of the network.
            FileExistsError: the folder has something in it.
        """
        path = Path(path)
        known: dict[str, Format] = {".onnx": "onnx", ".safetensors": "safetensors", "": "pytorch"}
        chosen = format or known.get(path.suffix.lower())
        if chosen is None:
            raise ValueError(f"expected a name that ends in .onnx or .safetensors, or a folder, found {path.name!r}; or say the format")
        if chosen != "pytorch":
            self._write(path, api().model_export, *given({"format": chosen, **options}))
            return
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise FileExistsError(f"{path}: expected a folder that is new or empty, found files in it")
        for name in "model.py", "model.safetensors":
            self._write(path / name, api().model_export, *given({"format": chosen, "file": name, **options}))

    def _write(self, file: str | os.PathLike[str] | BinaryIO, function: Any, *arguments: Any) -> None:
        if isinstance(file, (str, os.PathLike)):
            replace(file, lambda opened: call(function, self._pointer, *arguments, writer(opened.write)))
        else:
            call(function, self._pointer, *arguments, writer(file.write))

    def describe(self) -> dict[str, Any]:
        """Architecture, task, normalisation, layout, names of the classes."""
        found: dict[str, Any] = document(api().model_describe, self._pointer)
        return found

    @property
    def metrics(self) -> dict[str, Any]:
        """Errors, losses and costs, as ``metrics.json`` of a run."""
        found: dict[str, Any] = document(api().model_metrics, self._pointer)
        return found

    @property
    def task(self) -> Task:
        """What it is for."""
        return Task.from_json(self.describe()["task"])

    @property
    def architecture(self) -> Architecture:
        """What it is."""
        about = self.describe()
        return Architecture({key: about[key] for key in ("space", "version", "choices")})

    @property
    def class_names(self) -> list[str] | None:
        """The names of the classes, where there are any."""
        names: list[str] | None = self.describe()["card"].get("class_names")
        return names

    def predict_proba(self, x: Any, channels: Channels = "first") -> NDArray[np.float32]:
        """Class probabilities, ``[n, classes]``, of raw examples, as the dataset had them; the model normalises them.

        Raises:
            DataError: they have another shape or type than the examples of the training.
        """
        lent, out = Lent(examples(x, channels)), POINTER(c.DLManagedTensorVersioned)()
        call(api().model_predict, self._pointer, lent.argument, byref(out))
        return owned(out)

    def predict(self, x: Any, channels: Channels = "first") -> NDArray[Any]:
        """The most probable class of each: its name where classes have names, else its number."""
        classes: NDArray[Any] = self.predict_proba(x, channels).argmax(axis=1)
        names = self.class_names
        return classes if names is None else np.array(names)[classes]

    def __reduce__(self) -> tuple[Any, ...]:
        data = io.BytesIO()
        self.save(data)
        return _restored, (data.getvalue(),)


def _restored(data: bytes) -> Model:
    return Model.load(io.BytesIO(data))
