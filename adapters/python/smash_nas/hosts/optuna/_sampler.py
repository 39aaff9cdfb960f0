"""A sampler of Optuna by a strategy of SMASH."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial, TrialState

from ..._lock import Lock
from ...errors import SmashError
from ...job import Job
from ...search import Search
from ...space import Space, Value
from .._proposals import Proposals
from ._space import plain


class SmashSampler(BaseSampler):
    """Lets a strategy of SMASH propose what an objective of Optuna evaluates. One serves one study.

    The parameters of the objective have the names of the space's flat form, or are made by :func:`suggest`. One that the space
    lacks, or with other values, is sampled at random; so are those that a trial with enqueued parameters leaves open. Completed
    trials of the study's storage are learnt from, other processes' too. When the strategy has no more candidates, or waits for
    results, architectures are drawn at random.

    Args:
        job: a job, or its settings, whose candidates the host evaluates: of the strategies ``evolution`` or ``random``, or with a
            HyperNet. Its seed is the seed of what the strategy proposes.
        search: one of that job that has begun, with a trained HyperNet.
        seed: of what is sampled at random.
    """

    def __init__(self, job: Job | Mapping[str, Any], *, search: Search | None = None, seed: int | None = None) -> None:
        self._proposals = Proposals(job, search)
        self._random = RandomSampler(seed)
        self._asked: dict[int, dict[str, Value]] = {}
        self._known: set[int] = set()
        #: All trials before it are finished and known.
        self._first = 0
        self._lock = Lock()

    @property
    def search(self) -> Search:
        """The search that proposes."""
        return self._proposals.search

    @property
    def space(self) -> Space:
        """What is searched."""
        return self._proposals.space

    def infer_relative_search_space(self, study: optuna.Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        """None: which parameters there are is known when they are asked for."""
        return {}

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """Nothing."""
        return {}

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Learns from the storage, and asks for an architecture."""
        with self._lock:
            # Not study.get_trials: some pruners show a sampler a part of the study only.
            trials = study._storage.get_all_trials(study._study_id, deepcopy=False)
            for other in trials[self._first :]:
                if other.state.is_finished() and other.number not in self._known:
                    self._tell(study, other, other.state, other.values)
            while self._first < len(trials) and trials[self._first].state.is_finished():
                self._first += 1
            if "fixed_params" not in trial.system_attrs:
                self._asked[trial.number] = self.space.params(self._proposals.draw(trial.number))

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """What was asked for, or else at random."""
        asked = self._asked.get(trial.number, {})
        name = plain(param_name)
        if name in asked and _allowed(param_distribution, asked[name]):
            return asked[name]
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """Tells the strategy."""
        with self._lock:
            self._tell(study, trial, state, values)

    def reseed_rng(self) -> None:
        """Only of what is sampled at random: threads share what the strategy proposes."""
        self._random.reseed_rng()

    def _tell(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        self._known.add(trial.number)
        asked = self._asked.pop(trial.number, None)
        used = {plain(name): value for name, value in trial.params.items()}
        told = None
        if values is not None and state in (TrialState.COMPLETE, TrialState.PRUNED):
            minimize = optuna.study.StudyDirection.MINIMIZE
            told = [value if way == minimize else -value for value, way in zip(values, study.directions)]
        if asked is not None and all(asked.get(name, value) == value for name, value in used.items()):
            self._proposals.tell(trial.number, told, pruned=state == TrialState.PRUNED)
            return
        self._proposals.tell(trial.number, None)
        if state == TrialState.COMPLETE and told is not None:
            try:
                self._proposals.add(self.space.draw(lambda decision: used[decision.name]), told)
            except (KeyError, ValueError, SmashError):
                pass  # Other parameters than those of the space: nothing can be learnt from it.


def _allowed(distribution: BaseDistribution, value: Value) -> bool:
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))
    except ValueError:
        return False
