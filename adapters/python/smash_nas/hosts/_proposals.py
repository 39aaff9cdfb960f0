"""What every adapter needs: candidates for the trials of a host, and their results back."""

from __future__ import annotations

import math
import random
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Union

from .._lock import Lock
from ..job import Job
from ..search import Search, Trial, Verdict
from ..space import Architecture

#: So many draws in a row, and twice as many as there are open candidates, before the oldest of those is given up.
_PATIENCE = 8


class Proposals:
    """A search of which a host evaluates the candidates; they go by the host's own keys of its trials.

    Several threads may use one. A pickle goes on where it was.

    Args:
        job: a job, or its settings; a strategy whose candidates the host evaluates, as ``random`` and ``evolution``.
        search: one of that job that has begun: with a trained HyperNet, or loaded.
    """

    def __init__(self, job: Job | Mapping[str, Any], search: Search | None = None) -> None:
        job = job if isinstance(job, Job) else Job(job)
        self.space = job.space()
        self.search = Search(job) if search is None else search
        self._open: dict[Hashable, Union[Trial, Architecture]] = {}
        self._reports: dict[Hashable, int] = {}
        self._random = random.Random(job.get("seed", 0))
        self._waited = 0
        self._lock = Lock()

    @property
    def waiting(self) -> bool:
        """Whether the strategy has more candidates, and only waits for results."""
        if not any(isinstance(candidate, Trial) for candidate in self._open.values()):
            return False
        status = self.search.status()
        return status["steps"] is None or bool(status["step"] + status["open"] < status["steps"])

    def ask(self, key: Hashable) -> Architecture | None:
        """The strategy's next candidate; None when it waits for results, or has no more."""
        with self._lock:
            return self._ask(key)

    def draw(self, key: Hashable) -> Architecture:
        """The strategy's next candidate, or else a random architecture, whose result it learns of: for hosts that cannot wait."""
        with self._lock:
            architecture = self._ask(key)
            if architecture is None:
                self._give_up()
                architecture = self._open[key] = self.space.sample(self._random.getrandbits(64))
            return architecture

    def tell(self, key: Hashable, values: Sequence[float] | None, *, pruned: bool = False) -> None:
        """What came of a trial, lower is better; None, or a value that is not finite: it failed. Only the first time counts."""
        with self._lock:
            candidate = self._open.pop(key, None)
            self._reports.pop(key, None)
            if values is not None and not all(map(math.isfinite, values)):
                values = None
            if isinstance(candidate, Trial):
                self.search.tell(candidate, values, pruned=pruned)
            elif candidate is not None and values is not None and not pruned:
                self.search.add(candidate, values)

    def add(self, architecture: Architecture, values: Sequence[float]) -> None:
        """What an architecture is worth that the host chose itself."""
        with self._lock:
            if all(map(math.isfinite, values)):
                self.search.add(architecture, values)

    def report(self, key: Hashable, values: Sequence[float]) -> Verdict:
        """What a trial is worth so far, once for each of its steps; whether to go on, by the median stopping rule."""
        with self._lock:
            candidate = self._open.get(key)
            step = self._reports[key] = self._reports.get(key, 0) + 1
            if not isinstance(candidate, Trial) or not all(map(math.isfinite, values)):
                return "continue"
            return self.search.report(candidate, step, values)

    def _ask(self, key: Hashable) -> Architecture | None:
        asked = self.search.ask()
        if not asked:
            return None
        self._waited = 0
        self._open[key] = asked[0]
        return asked[0].architecture

    def _give_up(self) -> None:
        """Evolution waits for all of its first population: for a trial that died unseen it would wait for ever. Should the result
        come after all, it is added.
        """
        self._waited += 1
        candidates = [(key, candidate) for key, candidate in self._open.items() if isinstance(candidate, Trial)]
        if candidates and self._waited >= max(_PATIENCE, 2 * len(candidates)):
            key, oldest = candidates[0]
            self.search.tell(oldest, None)
            self._open[key] = oldest.architecture
            self._waited = 0
