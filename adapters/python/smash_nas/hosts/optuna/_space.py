"""The decisions of a space as parameters of Optuna."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

import optuna
from optuna.distributions import CategoricalDistribution, IntDistribution

from ...errors import InfeasibleError
from ...space import Architecture, Decision, Space, Value

#: Between the name of a decision and its values.
SEPARATOR = " of "


def parameter(decision: Decision) -> tuple[str, Union[CategoricalDistribution, IntDistribution]]:
    """A decision as a parameter of Optuna, by a name of its own for each set of values: those of a parameter may not change
    between trials, and those of a decision may depend on others.
    """
    values = decision.values
    name = f"{decision.name}{SEPARATOR}{values if isinstance(values, range) else list(values)}"
    if isinstance(values, range) and (not decision.log or decision.step == 1):
        return name, IntDistribution(values[0], values[-1], log=decision.log, step=decision.step)
    return name, CategoricalDistribution(tuple(values))


def suggest(trial: optuna.Trial, space: Space) -> Architecture:
    """An architecture of which a sampler, TPE or any other, answers each decision.

    Raises:
        TrialPruned: it breaks a constraint of the space.
    """

    def decide(decision: Decision) -> Value:
        name, distribution = parameter(decision)
        if isinstance(distribution, IntDistribution):
            return trial.suggest_int(name, distribution.low, distribution.high, step=distribution.step, log=distribution.log)
        value: Value = trial.suggest_categorical(name, distribution.choices)  # type: ignore[assignment]
        return value

    try:
        return space.draw(decide)
    except InfeasibleError as infeasible:
        raise optuna.TrialPruned(str(infeasible)) from infeasible


def plain(name: str) -> str:
    """The name of the decision of a parameter."""
    return name.partition(SEPARATOR)[0]


def params(architecture: Mapping[str, Any], space: Space) -> dict[str, Value]:
    """The parameters by which :func:`suggest` leads to an architecture: for ``study.enqueue_trial``."""
    found: dict[str, Value] = {}
    for decision in space.decisions(architecture):
        if len(decision.values) > 1 and decision.value is not None:
            found[parameter(decision)[0]] = decision.value
    return found
