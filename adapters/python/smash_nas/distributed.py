"""A search on many machines, by Ray.

The HyperNet is trained once, here. Its checkpoint goes to the object store; workers score candidates from it, which this process
asks for and tells in their order: the same seed gives the same ranking on any number of workers, however fast each is. What a worker
or a node that is lost was working on is done again elsewhere.
"""

from __future__ import annotations

import io
import math
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Union

try:
    import ray
except ImportError as missing:
    raise ImportError("expected Ray, found none: pip install 'smash-nas[ray]'") from missing

from .job import Job
from .model import Model
from .progress import Progress
from .search import Search, Trial
from .space import Architecture

#: What a file of a run in a folder is called: all that is needed to go on.
CHECKPOINT = "search.checkpoint"
#: Validation loss and error.
Score = tuple[float, float]
#: How many candidates a worker is given at a time: a message costs a millisecond, a score ten or more.
_BATCH = 4


@dataclass(frozen=True)
class Trained:
    """A candidate that was trained with its own weights."""

    trial: Trial
    model: Model
    #: On the validation split, which the training kept apart.
    valid_loss: float


@dataclass(frozen=True)
class Found:
    """What a distributed search found."""

    #: Where it can go on, and whose ``best`` is the ranking.
    search: Search
    #: The best by their own weights, best first.
    trained: tuple[Trained, ...]

    @property
    def model(self) -> Model:
        """The best of them."""
        return self.trained[0].model


def search(
    job: Job | Mapping[str, Any],
    *,
    workers: int = 2,
    threads: int = 1,
    ahead: int = 32,
    top: int = 1,
    folder: str | os.PathLike[str] | None = None,
    resources: Mapping[str, Any] | None = None,
    progress: Progress = None,
    on_trial: Callable[[Trial], Any] | None = None,
) -> Found:
    """Trains a HyperNet here, scores candidates on workers, and trains the best on workers.

    Random search and evolution keep all workers at work. The chain of the paper's strategy waits for each result, by design.

    Args:
        workers: processes that score, and trainings at a time; 0: this process alone, without Ray, to the same ranking.
        threads: of each; a processor each is reserved.
        ahead: how many candidates are asked for before the first of them is told. What is drawn at random does not depend on it, and
            is what one process finds by itself; evolution chooses parents among those that are told, as they are in a search that is
            so many candidates behind. With 1 everything is as in one process, and nothing is done side by side.
        top: how many of the best are trained.
        folder: where the search is kept: an interrupted one, or one whose head node was lost, goes on from there.
        resources: more options of Ray for each worker, ``{"resources": {"node": 1}}``.
        progress: of the HyperNet's training, as in :meth:`Search.run <smash_nas.Search.run>`.
        on_trial: sees each candidate when it is told.

    Raises:
        ValueError: a number that is too small.
    """
    for name, number, least in ("workers", workers, 0), ("threads", threads, 1), ("ahead", ahead, 1), ("top", top, 1):
        if number < least:
            raise ValueError(f"{name}: expected {least} or more, found {number}")
    job = job if isinstance(job, Job) else Job(job)
    kept = _Kept(folder)
    here = kept.restored(job) or Search(job)
    if here.status()["phase"] == "training":
        here.run(until="searching", progress=progress)
        kept.keep(here)
    options = {"num_cpus": threads, **(resources or {})}
    if here.status()["phase"] == "searching":
        scorers = _Remote(here, _with_threads(job, threads), workers, options) if workers else _Here(here)
        try:
            _score(here, scorers, ahead, kept, on_trial)
        finally:
            scorers.close()
    trials = [trial for trial in here.best(0) if trial.values][:top]
    return Found(here, _train(_with_threads(job, threads), trials, workers, options))


class _Kept:
    """The checkpoint of a search in a folder, which is replaced whole."""

    def __init__(self, folder: str | os.PathLike[str] | None) -> None:
        self._path = None if folder is None else Path(folder) / CHECKPOINT
        self._last = 0.0

    def restored(self, job: Job) -> Search | None:
        if self._path is None or not self._path.exists():
            return None
        return Search.load(self._path, job.dataset, context=job.context)

    def keep(self, search: Search, every: float = 0.0) -> None:
        """Writes it, unless it was written less than ``every`` seconds ago."""
        if self._path is None or time.monotonic() - self._last < every:
            return
        self._last = time.monotonic()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        search.save(self._path)


class _Here:
    """Scores in this process."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._scored: list[tuple[int, Score]] = []

    def is_free(self) -> bool:
        return not self._scored

    def begin(self, trials: Sequence[Trial]) -> None:
        scores = self._search.losses_and_errors([trial.architecture for trial in trials])
        self._scored = [(trial.trial_id, score) for trial, score in zip(trials, scores)]

    def scored(self) -> list[tuple[int, Score]]:
        found, self._scored = self._scored, []
        return found

    def close(self) -> None:
        pass


class _Worker:
    """Scores architectures from a checkpoint."""

    def __init__(self, checkpoint: bytes, job: Job) -> None:
        self._search = Search.load(io.BytesIO(checkpoint), job.dataset, context=job.context)

    def score(self, texts: Sequence[str]) -> list[Score]:
        return self._search.losses_and_errors([Architecture(text) for text in texts])


class _Remote:
    """Scores on workers, each of which has a batch at a time."""

    def __init__(self, search: Search, job: Job, workers: int, options: Mapping[str, Any]) -> None:
        state = io.BytesIO()
        search.save(state)
        # Held as long as a worker may have to be started again from them.
        self._origin = ray.put(state.getvalue()), ray.put(job)
        # A worker that is lost is started again elsewhere, and so is what it was working on.
        actor: Any = ray.remote(max_restarts=-1, max_task_retries=-1, **options)(_Worker)
        self._workers: list[Any] = [actor.remote(*self._origin) for _ in range(workers)]
        self._free: list[Any] = list(self._workers)
        self._running: dict[Any, tuple[Any, list[int]]] = {}

    def is_free(self) -> bool:
        return bool(self._free)

    def begin(self, trials: Sequence[Trial]) -> None:
        worker = self._free.pop()
        reference = worker.score.remote([trial.architecture.to_json() for trial in trials])
        self._running[reference] = worker, [trial.trial_id for trial in trials]

    def scored(self) -> list[tuple[int, Score]]:
        found: list[tuple[int, Score]] = []
        # A second, so that Python looks at Ctrl-C meanwhile.
        for reference in ray.wait(list(self._running), timeout=1.0)[0]:
            worker, ids = self._running.pop(reference)
            found.extend(zip(ids, ray.get(reference)))
            self._free.append(worker)
        return found

    def close(self) -> None:
        for worker in self._workers:
            ray.kill(worker)


def _score(
    here: Search, scorers: Union[_Here, _Remote], ahead: int, kept: _Kept, on_trial: Callable[[Trial], Any] | None
) -> None:
    """Asks, has scored, and tells: a candidate is told after all before it, and only then the next one is asked for. So which worker
    was faster changes nothing."""
    untold, unscored, scores = deque(here.pending()), deque(here.pending()), dict[int, Score]()

    def ask() -> None:
        while len(untold) < ahead and (asked := here.ask(1)):
            untold.extend(asked)
            unscored.extend(asked)

    ask()
    while untold:
        while unscored and scorers.is_free():
            scorers.begin([unscored.popleft() for _ in range(min(_BATCH, len(unscored)))])
        scores.update(scorers.scored())
        while untold and untold[0].trial_id in scores:
            trial = untold.popleft()
            loss, error = (score if math.isfinite(score) else None for score in scores.pop(trial.trial_id))
            here.tell(trial, loss, error=error)
            if on_trial is not None:
                on_trial(replace(trial, values=() if loss is None else (loss,), loss=loss, error=error))
            ask()
        kept.keep(here, every=5.0)
    kept.keep(here)


def _train(job: Job, trials: Sequence[Trial], workers: int, options: Mapping[str, Any]) -> tuple[Trained, ...]:
    done = []
    if not workers:
        done = [_made(trial, _trained(job, trial.architecture.to_json())) for trial in trials]
    else:
        shared = ray.put(job)
        task: Any = ray.remote(max_retries=-1, **options)(_trained)
        running: dict[Any, Trial] = {}
        waiting = deque(trials)
        while waiting or running:
            while waiting and len(running) < workers:
                trial = waiting.popleft()
                running[task.remote(shared, trial.architecture.to_json())] = trial
            for reference in ray.wait(list(running), timeout=1.0)[0]:
                done.append(_made(running.pop(reference), ray.get(reference)))
    return tuple(sorted(done, key=lambda trained: (trained.valid_loss, trained.trial.trial_id)))


def _made(trial: Trial, model: Model) -> Trained:
    return Trained(trial, model, model.metrics["valid_loss"])


def _trained(job: Job, text: str) -> Model:
    return Model.train(Architecture(text), job, progress=False)


def _with_threads(job: Job, threads: int) -> Job:
    return Job({**job, "threads": threads}, job.dataset, context=job.context)
