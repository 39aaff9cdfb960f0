"""Searches: a HyperNet is trained, candidates are scored, the best is trained."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from ctypes import byref, c_double, c_int32
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, Union

from . import smash_layout as c
from ._library import Handle, api, call, document, given
from ._streams import reader, replace, writer
from .context import Context, default
from .dataset import Dataset
from .job import Job
from .model import Model
from .progress import Phase, Progress, Run
from .space import Architecture

#: What :meth:`Search.report` answers.
Verdict = Literal["continue", "pause", "stop"]
_VERDICTS: dict[int, Verdict] = {c.SMASH_CONTINUE: "continue", c.SMASH_PAUSE: "pause", c.SMASH_STOP: "stop"}
#: How many architectures are scored in a call: between two, Python looks at its signals.
_CHUNK = 16


@dataclass(frozen=True)
class Trial:
    """A candidate that was evaluated, or is to be."""

    trial_id: int
    phase: str
    architecture: Architecture
    #: One an objective, lower is better, the first ranks; empty while it is open.
    values: tuple[float, ...] = ()
    loss: float | None = None
    #: Of validation, a fraction.
    error: float | None = None
    params: int | None = None
    macs: int | None = None
    #: Seconds of inference for one example, where they are known.
    latency: float | None = None
    #: Of the content of the architecture.
    hash: str | None = None

    @classmethod
    def from_json(cls, trial: Mapping[str, Any]) -> Trial:
        """Of what the library says."""
        rest = {key: value for key, value in trial.items() if key not in ("architecture", "values")}
        return cls(architecture=Architecture(trial["architecture"]), values=tuple(trial.get("values", ())), **rest)


#: A result: its value, its values, or ``None`` where the evaluation failed.
Result = Union[float, Sequence[float], None]


class Search(Handle):
    """A job in progress. A pickled search goes on where it was, bit for bit, in another process too.

    Args:
        job: a job, or its settings.

    Raises:
        InvalidConfigError: the job breaks rules.
        DataError: its dataset is missing or damaged.
    """

    def __init__(self, job: Job | Mapping[str, Any]) -> None:
        job = job if isinstance(job, Job) else Job(job)
        self._open(job.context, job.dataset, api().search_create, *given(dict(job)), job._data)

    def _open(self, context: Context, dataset: Dataset | None, create: Any, *arguments: Any) -> None:
        super().__init__(c.SmashSearch, api().search_free, create, context._pointer, *arguments)
        self.context = context
        self.dataset = dataset

    def run(
        self,
        *,
        until: Phase | None = None,
        steps: int | None = None,
        seconds: float | None = None,
        progress: Progress = None,
    ) -> Search:
        """Works until all is done, or a limit is reached; the next call goes on from there.

        Ctrl-C ends it between two steps and raises ``KeyboardInterrupt``: nothing is lost.

        Args:
            until: ends before the first step of this phase.
            progress: a bar in a terminal or a notebook; ``True``: anywhere, ``False``: none; or a function that sees each event and
                may return ``False`` to stop.

        Raises:
            CancelledError: :meth:`cancel`, or the function of ``progress``.
            InfeasibleError: no architecture meets the constraints.
            DivergedError: training diverged.
            StateError: a candidate that was asked for is still to be told.
        """
        with Run(progress, until, steps, seconds) as options:
            call(api().search_run, self._pointer, options.argument)
        return self

    def step(self, n: int = 1) -> list[dict[str, Any]]:
        """Up to n steps: a training step or a candidate each; the events of them."""
        done = c_int32()
        events: list[dict[str, Any]] = document(api().search_step, self._pointer, n, byref(done))
        return events

    def cancel(self) -> None:
        """Stops the call that is at work, from any thread, or else the next one."""
        api().search_cancel(self._pointer)

    def status(self) -> dict[str, Any]:
        """State, phase and numbers; from any thread while another works."""
        found: dict[str, Any] = document(api().search_status, self._pointer)
        return found

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self.status()["state"] == "done")

    def ask(self, n: int = 1) -> list[Trial]:
        """Up to n candidates to be evaluated here; fewer when the strategy waits for results or has no more.

        Raises:
            StateError: the HyperNet is not trained yet.
        """
        return [Trial.from_json(trial) for trial in document(api().search_ask, self._pointer, n)]

    def pending(self) -> list[Trial]:
        """The candidates that were asked for and are not told yet: a search that was loaded goes on with these."""
        return [Trial.from_json(trial) for trial in document(api().search_pending, self._pointer)]

    def tell(
        self,
        trial: Trial | int,
        result: Result,
        *,
        error: float | None = None,
        latency: float | None = None,
        pruned: bool = False,
    ) -> None:
        """What a candidate that was asked for is worth: once each.

        Args:
            result: one value per objective, lower is better, the first ranks; ``None``: the evaluation failed.
            error: of validation, if it is known.
            latency: seconds of inference for one example, if they are known.
        """
        told = _result(result, error, latency, pruned)
        told["trial_id"] = trial.trial_id if isinstance(trial, Trial) else trial
        call(api().search_tell, self._pointer, *given([told]))

    def add(
        self,
        architecture: Mapping[str, Any],
        result: Result,
        *,
        error: float | None = None,
        latency: float | None = None,
    ) -> int:
        """The result of an architecture that was evaluated elsewhere: it is ranked with the others; its number."""
        told = {**_result(result, error, latency, False), "architecture": dict(architecture)}
        added: list[int] = document(api().search_add, self._pointer, *given([told]))
        return added[0]

    def report(self, trial: Trial | int, step: int, result: Result) -> Verdict:
        """What an open candidate is worth so far; whether to go on, by the median stopping rule."""
        decision = c_int32()
        number = trial.trial_id if isinstance(trial, Trial) else trial
        report = {"trial_id": number, "step": step, "values": _result(result, None, None, False)["values"]}
        call(api().search_report, self._pointer, *given(report), byref(decision))
        return _VERDICTS[decision.value]

    def best(self, k: int = 1) -> list[Trial]:
        """The best k trials so far, or all for 0, best first; from any thread while another works."""
        return [Trial.from_json(trial) for trial in document(api().search_best, self._pointer, k)]

    def score(self, architectures: Iterable[Mapping[str, Any]]) -> list[float]:
        """Validation losses under the weights that the HyperNet writes; infinity for one that is not finite.

        Raises:
            StateError: there is no HyperNet, or retraining has replaced it.
        """
        return [loss for loss, _ in self.losses_and_errors(architectures)]

    def losses_and_errors(self, architectures: Iterable[Mapping[str, Any]]) -> list[tuple[float, float]]:
        """As :meth:`score`, with the errors of validation.

        Raises:
            StateError: there is no HyperNet, or retraining has replaced it.
        """
        texts = [_text(architecture) for architecture in architectures]
        scores: list[tuple[float, float]] = []
        for first in range(0, len(texts), _CHUNK):
            part = texts[first : first + _CHUNK]
            data = ("[" + ",".join(part) + "]").encode()
            losses, errors = (c_double * len(part))(), (c_double * len(part))()
            call(api().search_score, self._pointer, data, len(data), losses, errors, len(part))
            scores.extend(zip(losses, errors))
        return scores

    def model(self) -> Model:
        """The network that was trained in the end.

        Raises:
            StateError: the search is not done.
        """
        return Model._of(api().search_model, self._pointer)

    def save(self, file: str | os.PathLike[str] | BinaryIO) -> None:
        """Writes all that is needed to go on elsewhere, but for the examples of this program."""
        if isinstance(file, (str, os.PathLike)):
            replace(file, self.save)
        else:
            call(api().search_save, self._pointer, writer(file.write))

    @classmethod
    def load(
        cls,
        file: str | os.PathLike[str] | BinaryIO,
        dataset: Dataset | None = None,
        *,
        context: Context | None = None,
    ) -> Search:
        """Goes on from what :meth:`save` wrote, as if it had never stopped.

        Args:
            dataset: the examples that the search was made on, if they were this program's.

        Raises:
            CheckpointError: it is no checkpoint, of another version, or does not fit.
        """
        if isinstance(file, (str, os.PathLike)):
            with open(file, "rb") as opened:
                return cls.load(opened, dataset, context=context)
        search = cls.__new__(cls)
        context = context or (default() if dataset is None else dataset.context)
        data = None if dataset is None else dataset._pointer
        search._open(context, dataset, api().search_load, reader(file), data)
        return search

    def __reduce__(self) -> tuple[Any, ...]:
        state = io.BytesIO()
        self.save(state)
        return _restored, (state.getvalue(), self.dataset, self.context)


def _restored(state: bytes, dataset: Dataset | None, context: Context) -> Search:
    return Search.load(io.BytesIO(state), dataset, context=context)


def _text(architecture: Mapping[str, Any]) -> str:
    return architecture.to_json() if isinstance(architecture, Architecture) else json.dumps(dict(architecture))


def _result(result: Result, error: float | None, latency: float | None, pruned: bool) -> dict[str, Any]:
    if result is None:
        return {"status": "pruned" if pruned else "failed"}
    values = [float(result)] if isinstance(result, (int, float)) else [float(value) for value in result]
    told: dict[str, Any] = {"status": "pruned" if pruned else "ok", "values": values}
    if error is not None:
        told["error"] = error
    if latency is not None:
        told["latency"] = latency
    return told
