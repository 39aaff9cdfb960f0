"""Components in Python, as the examples have them, and what faulty ones are told."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from smash_nas import Context, Job, Search, components, errors

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.mark.parametrize("name", ["space", "proposer", "estimator", "dataset"])
def test_an_example_runs_and_is_short(name: str) -> None:
    text = (EXAMPLES / f"{name}.py").read_text()
    body = text[text.index("class ") : text.index("\n\n\nregister(")]
    assert len([line for line in body.splitlines() if line.strip()]) <= 40
    run = subprocess.run([sys.executable, EXAMPLES / f"{name}.py"], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0 and run.stdout, run.stderr


class Counting(components.Estimator):
    """The fewer parameters, the better."""

    id = "counting"

    def score(self, surroundings: Any, architectures: Any) -> list[float]:
        self.state = (self.state or 0) + len(architectures)
        return [float(len(surroundings.space.graph(architecture)["parameters"])) for architecture in architectures]


class Faulty(components.Estimator):
    """Fails."""

    id = "faulty"

    def score(self, surroundings: Any, architectures: Any) -> list[float]:
        raise LookupError("mine")


STRATEGY = {"type": "random", "search": {"candidates": 6}}


def test_a_search_with_components_is_pickled_with_them() -> None:
    context = Context()
    components.register(Counting, context)
    job = Job(strategy={**STRATEGY, "estimator": {"type": "counting"}}, retrain={"epochs": 0}, context=context)
    search = Search(job)
    search.step(2)
    data = pickle.dumps(search)
    losses = [trial.loss for trial in search.run().best(0)]
    assert len(losses) == 6 and [trial.loss for trial in pickle.loads(data).run().best(0)] == losses


def test_what_a_component_raises_comes_out() -> None:
    context = Context()
    components.register(Faulty, context)
    with pytest.raises(LookupError, match="mine"):
        Search(Job(strategy={**STRATEGY, "estimator": {"type": "faulty"}}, context=context)).run()


def test_what_is_no_component_is_refused() -> None:
    context = Context()
    with pytest.raises(TypeError, match="expected a subclass of a component with an id"):
        components.register(object, context)  # type: ignore[arg-type]
    components.register(Counting, context)
    with pytest.raises(errors.AlreadyExistsError):
        components.register(Counting, context)
