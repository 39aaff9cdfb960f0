"""NNI: a tuner by a strategy of SMASH."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import missing

try:
    import nni  # type: ignore[import-untyped]
    from nni.tuner import Tuner  # type: ignore[import-untyped]
except ImportError as problem:
    raise missing("nni", problem) from problem

from ..context import Context
from ..job import Job
from ._proposals import Proposals


class SmashTuner(Tuner):  # type: ignore[misc]
    """Lets a strategy of SMASH propose what trials of NNI evaluate: ``nni.get_next_parameter()`` is the flat form of a network.

    NNI makes it in a process of its own, by
    ``CustomAlgorithmConfig(class_name="smash_nas.hosts.nni.SmashTuner", class_args={"job": …})``.
    Of two trials that begin at once NNI 3.0 may give either the parameters of the other. The strategy is told by those that were
    used; NNI's own table and ``export_data`` are not.

    Args:
        job: the settings of a job whose candidates the host evaluates: of the strategies ``evolution`` or ``random``. NNI's own
            search space is not looked at.
        optimize_mode: ``"minimize"`` or ``"maximize"``.
        plugins: manifests of plugins to load; their code runs.
    """

    def __init__(
        self, job: Mapping[str, Any], optimize_mode: str = "minimize", plugins: tuple[str, ...] | list[str] = ()
    ) -> None:
        if optimize_mode not in ("minimize", "maximize"):
            raise ValueError(f"optimize_mode: expected 'minimize' or 'maximize', found {optimize_mode!r}")
        self._sign = 1.0 if optimize_mode == "minimize" else -1.0
        self._proposals = Proposals(Job(job, context=Context(plugins) if plugins else None))

    def update_search_space(self, search_space: Any) -> None:
        """Nothing: the job has a space."""

    def generate_parameters(self, parameter_id: int, **kwargs: Any) -> dict[str, Any]:
        """The next candidate, or a random architecture while the strategy waits for results: NNI takes no answer as the end."""
        architecture = self._proposals.ask(parameter_id)
        if architecture is None:
            if not self._proposals.waiting:
                raise nni.NoMoreTrialError("the strategy has no more candidates")
            architecture = self._proposals.draw(parameter_id)
        return dict(self._proposals.space.params(architecture))

    def receive_trial_result(self, parameter_id: int, parameters: Any, value: Any, **kwargs: Any) -> None:
        """Tells the strategy; of several values the one by the name ``default``."""
        found = value["default"] if isinstance(value, dict) else value
        self._proposals.tell(parameter_id, [self._sign * float(found)])

    def trial_end(self, parameter_id: int, success: bool, **kwargs: Any) -> None:
        """A trial that ends without a result failed."""
        self._proposals.tell(parameter_id, None)

    def import_data(self, data: list[Any]) -> None:
        """Lets the strategy learn of flat forms and their values."""
        for record in data:
            architecture = self._proposals.space.from_params(record["parameter"])
            self._proposals.add(architecture, [self._sign * float(record["value"])])

    def save_checkpoint(self) -> None:
        """Writes all that is needed to go on."""
        self._file().write_bytes(pickle.dumps(self._proposals))

    def load_checkpoint(self) -> None:
        """Goes on from what :meth:`save_checkpoint` wrote."""
        self._proposals = pickle.loads(self._file().read_bytes())

    def _file(self) -> Path:
        return Path(self.get_checkpoint_path()) / "smash.pickle"
