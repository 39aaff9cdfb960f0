"""Ray Tune: a searcher by a strategy of SMASH. FLAML's copy of the interface takes it too."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from typing import Any

from . import missing

try:
    from ray.tune.search import Searcher
except ImportError as problem:
    raise missing("ray", problem) from problem

from .._streams import replace
from ..job import Job
from ..search import Search
from ..space import Space
from ._proposals import Proposals

#: The key of what is suggested.
KEY = "architecture"


class SmashSearcher(Searcher):
    """Lets a strategy of SMASH propose what a trainable of Ray Tune evaluates.

    A trainable gets ``config["architecture"]``, the flat form of one (``space.from_params(config["architecture"])``), beside the
    constants of ``param_space``. What it reports on the way changes nothing here: it is schedulers that stop trials of Ray.

    Args:
        job: a job, or its settings, whose candidates the host evaluates: of the strategies ``evolution`` or ``random``, or with a
            HyperNet.
        metric: what the trainable reports.
        mode: ``"min"`` or ``"max"``.
        search: one of that job that has begun, with a trained HyperNet.
    """

    def __init__(
        self,
        job: Job | Mapping[str, Any],
        metric: str | None = None,
        mode: str | None = None,
        *,
        search: Search | None = None,
    ) -> None:
        super().__init__(metric=metric, mode=mode)
        self._proposals = Proposals(job, search)

    @property
    def search(self) -> Search:
        """The search that proposes."""
        return self._proposals.search

    @property
    def space(self) -> Space:
        """What is searched."""
        return self._proposals.space

    def set_search_properties(self, metric: str | None, mode: str | None, config: dict[str, Any], **spec: Any) -> bool:
        """Takes the metric. False: ``config`` is no space for this searcher, and Ray refuses one that is not constant."""
        self._metric = metric or self._metric
        self._mode = mode or self._mode
        return False

    def suggest(self, trial_id: str) -> Any:
        """The next candidate; None while the strategy waits for results."""
        if not self._metric or self._mode not in ("min", "max"):
            # Ray passes on those of TuneConfig only where there is a param_space.
            raise ValueError(
                f"expected a metric, and a mode 'min' or 'max', found {self._metric!r} and {self._mode!r}: "
                "SmashSearcher(job, metric='loss', mode='min')"
            )
        architecture = self._proposals.ask(trial_id)
        if architecture is None:
            return None if self._proposals.waiting else Searcher.FINISHED
        return {KEY: self.space.params(architecture)}

    def on_trial_complete(self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False) -> None:
        """Tells the strategy; a trial without the metric failed."""
        value = None if error or result is None or self._metric is None else result.get(self._metric)
        self._proposals.tell(trial_id, None if value is None else [self._signed(value)])

    def add_evaluated_point(
        self,
        parameters: dict[str, Any],
        value: float,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: list[float] | None = None,
    ) -> None:
        """Lets the strategy learn of a configuration as it suggests them, or of a flat form."""
        if not error and not pruned:
            self._proposals.add(self.space.from_params(parameters.get(KEY, parameters)), [self._signed(value)])

    def save(self, checkpoint_path: str) -> None:
        """Writes all that is needed to go on."""
        state = self._proposals, self._metric, self._mode
        replace(checkpoint_path, lambda file: pickle.dump(state, file))

    def restore(self, checkpoint_path: str) -> None:
        """Goes on from what :meth:`save` wrote."""
        with open(checkpoint_path, "rb") as file:
            self._proposals, self._metric, self._mode = pickle.load(file)

    def _signed(self, value: float) -> float:
        return -float(value) if self._mode == "max" else float(value)
