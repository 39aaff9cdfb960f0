"""Syne Tune: a scheduler by a strategy of SMASH, with the median stopping rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import missing

try:
    from syne_tune.backend.trial_status import Trial
    from syne_tune.optimizer.scheduler import SchedulerDecision, TrialScheduler, TrialSuggestion
except ImportError as problem:
    raise missing("syne-tune", problem) from problem

from ..job import Job
from ..search import Search
from ._proposals import Proposals


class SmashScheduler(TrialScheduler):  # type: ignore[misc]
    """Lets a strategy of SMASH propose what trials of Syne Tune evaluate.

    A trial gets ``architecture``, the text of one (``Architecture(text)``), ``candidate``, a number, and the constants of
    ``config``. It is stopped where the median of the others was better after as many reports.

    Args:
        job: a job, or its settings, whose candidates the host evaluates: of the strategies ``evolution`` or ``random``, or with a
            HyperNet.
        metric: what trials report.
        search: one of that job that has begun, with a trained HyperNet.
        stop: whether trials are stopped at all.
    """

    def __init__(
        self,
        job: Job | Mapping[str, Any],
        metric: str,
        *,
        do_minimize: bool = True,
        config: Mapping[str, Any] | None = None,
        search: Search | None = None,
        stop: bool = True,
    ) -> None:
        self._proposals = Proposals(job, search)
        super().__init__(random_seed=0)
        self.metric = metric
        self.do_minimize = do_minimize
        #: As :class:`syne_tune.optimizer.schedulers.ask_tell_scheduler.AskTellScheduler` reads it.
        self.mode = "min" if do_minimize else "max"
        self._config = dict(config or {})
        self._stop = stop
        self._next = 0

    @property
    def search(self) -> Search:
        """The search that proposes."""
        return self._proposals.search

    def suggest(self) -> TrialSuggestion | None:
        """The next candidate, or a random architecture while the strategy waits for results: None would end the tuning."""
        number = self._next
        architecture = self._proposals.ask(number)
        if architecture is None:
            if not self._proposals.waiting:
                return None
            architecture = self._proposals.draw(number)
        self._next += 1
        # A local backend splits its command at blanks; in JSON only texts have any.
        text = architecture.to_json().replace(" ", "\\u0020")
        return TrialSuggestion.start_suggestion({**self._config, "architecture": text, "candidate": number})

    def on_trial_result(self, trial: Trial, result: dict[str, Any]) -> str:
        """Whether to go on."""
        values = self._values(result)
        if self._stop and self._proposals.report(trial.config["candidate"], values) == "stop":
            self._proposals.tell(trial.config["candidate"], values, pruned=True)
            return str(SchedulerDecision.STOP)
        return str(SchedulerDecision.CONTINUE)

    def on_trial_complete(self, trial: Trial, result: dict[str, Any]) -> None:
        """Tells the strategy."""
        self._proposals.tell(trial.config["candidate"], self._values(result))

    def on_trial_error(self, trial: Trial) -> None:
        """Tells the strategy."""
        self._proposals.tell(trial.config["candidate"], None)

    def metric_names(self) -> list[str]:
        """What trials report."""
        return [self.metric]

    def metric_mode(self) -> str:
        """Which way it is better."""
        return self.mode

    def metadata(self) -> dict[str, Any]:
        """What is written beside the results."""
        about = {"metric_names": self.metric_names(), "metric_mode": self.metric_mode()}
        return {"scheduler_name": type(self).__name__, **about, "space": self._proposals.space.config}

    def _values(self, result: dict[str, Any]) -> list[float]:
        value = float(result[self.metric])
        return [value if self.do_minimize else -value]
