"""Nevergrad: an optimizer by a strategy of SMASH."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from . import missing

try:
    import nevergrad as ng  # type: ignore[import-untyped]
except ImportError as problem:
    raise missing("nevergrad", problem) from problem

from ..job import Job
from ..search import Search
from ..space import Architecture
from ._proposals import Proposals


#: What Nevergrad puts in the place of an infinite loss, or of none.
_CLIPPED = 5e20


class Candidate(ng.p.Constant):  # type: ignore[misc]
    """An architecture as a parameter of Nevergrad: ``candidate.value``."""

    def get_standardized_data(self, *, reference: Any) -> Any:
        """A hash, by which Nevergrad tells architectures apart in its archive."""
        return np.frombuffer(hashlib.sha256(self.value.to_json().encode()).digest(), dtype=np.uint8).astype(float)


class SmashOptimizer(ng.optimizers.base.Optimizer):  # type: ignore[misc]
    """Lets a strategy of SMASH propose what a function evaluates that Nevergrad minimizes; it gets an architecture.

    When the strategy has no more candidates, or waits for results, random architectures are.

    Args:
        job: a job, or its settings, whose candidates the host evaluates: of the strategies ``evolution`` or ``random``, or with a
            HyperNet.
        search: one of that job that has begun, with a trained HyperNet.
    """

    def __init__(
        self, job: Job | Mapping[str, Any], budget: int | None = None, num_workers: int = 1, *, search: Search | None = None
    ) -> None:
        self._proposals = Proposals(job, search)
        super().__init__(Candidate(self._proposals.space.sample(0)), budget=budget, num_workers=num_workers)

    @property
    def search(self) -> Search:
        """The search that proposes."""
        return self._proposals.search

    def candidate(self, architecture: Architecture) -> Candidate:
        """One to tell of that was not asked for."""
        return Candidate(architecture)

    def _internal_ask_candidate(self) -> Candidate:
        key = self._num_ask
        candidate = Candidate(self._proposals.draw(key))
        candidate._meta["smash"] = key
        return candidate

    def _internal_tell_candidate(self, candidate: Any, loss: float) -> None:
        # Of several objectives Nevergrad has made one.
        self._proposals.tell(candidate._meta["smash"], None if loss >= _CLIPPED else [float(loss)])

    def _internal_tell_not_asked(self, candidate: Any, loss: float) -> None:
        if loss < _CLIPPED:
            self._proposals.add(candidate.value, [float(loss)])
