"""A HyperNet as a cheap objective."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ._lock import Lock
from .job import Job
from .progress import Progress
from .search import Search
from .space import Architecture, Space


class Scorer:
    """Ranks architectures without training any: by their validation losses under the weights that a HyperNet writes.

    Several threads may use one at once; a pickled one scores the same.

    Args:
        search: one whose HyperNet is trained, and which has not begun to retrain.
        space: the space of its job.
    """

    def __init__(self, search: Search, space: Space) -> None:
        self.search = search
        self.space = space
        # Two calls at once on a search are refused with BusyError: they wait for each other here.
        self._lock = Lock()

    @classmethod
    def train(cls, job: Job | Mapping[str, Any], *, progress: Progress = None) -> Scorer:
        """Trains the HyperNet of a job, and nothing else of it.

        Args:
            progress: as :meth:`Search.run <smash_nas.Search.run>` takes it.
        """
        job = job if isinstance(job, Job) else Job(job)
        return cls(Search(job).run(until="searching", progress=progress), job.space())

    def score(self, architectures: Iterable[Mapping[str, Any]]) -> list[float]:
        """Their losses, lower is better; infinity for one that is not finite. Compare them with each other only: they are no
        losses of trained networks.

        Args:
            architectures: or flat forms, ``{name: value}``, of the space.

        Raises:
            InvalidConfigError: one is none of the space.
            StateError: the strategy of the job has no HyperNet.
        """
        made = [self._architecture(given) for given in architectures]
        with self._lock:
            return self.search.score(made)

    def _architecture(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        known = isinstance(given, Architecture) or "choices" in given
        return given if known else self.space.from_params(given)
