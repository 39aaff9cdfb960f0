"""Spaces by themselves."""

from __future__ import annotations

import pickle
import random

import pytest
from smash_nas import Architecture, Decision, Space, Task, errors

TASK = Task(1, (8, 8), 10)


@pytest.fixture(scope="module")
def space() -> Space:
    return Space({"type": "memory_bank", "preset": "tiny"}, TASK, {"max_params": 100_000})


def test_architectures_are_drawn_changed_and_counted(space: Space) -> None:
    first, second = space.sample(1), space.sample(2)
    assert first == space.sample(1) != second and len({first, space.sample(1), second}) == 2
    for made in (space.mutate(first, 3, 0.2), space.crossover(first, second, 4)):
        space.validate(made)
        assert made != first and space.count(made).params <= 100_000
    assert Architecture(first.to_json()) == pickle.loads(pickle.dumps(first)) == first
    assert space.graph(first)["outputs"] and space.schema()["type"] == "object" and space.size()[0] > 20


def test_the_flat_form_and_back(space: Space) -> None:
    for seed in range(50):
        architecture = space.sample(seed)
        params = architecture.params(space)
        assert Architecture.from_params(params, space) == architecture
        made = space.decisions(architecture)
        assert {decision.name: decision.value for decision in made} == params
        assert all(decision.value in decision.values for decision in made)
    with pytest.raises(errors.InvalidConfigError, match="nonsense"):
        space.from_params({**params, "nonsense": 1})


def test_decisions_are_answered(space: Space) -> None:
    chosen = random.Random(1)
    asked: list[Decision] = []

    def decide(decision: Decision) -> object:
        asked.append(decision)
        return chosen.choice(decision.values)

    for _ in range(20):
        asked.clear()
        try:
            architecture = space.draw(decide)  # type: ignore[arg-type]
        except errors.InfeasibleError:
            continue
        assert {decision.name for decision in asked} == set(space.params(architecture))
    with pytest.raises(ZeroDivisionError):
        space.draw(lambda decision: 1 // 0)
    with pytest.raises(ValueError, match="expected one of .* found 'no'"):
        space.draw(lambda decision: "no")


def test_a_truth_value_is_no_number() -> None:
    decision = Decision("d", (0, 1, True), "choice")
    assert decision.index(1) == 1 and decision.index(True) == 2
    with pytest.raises(ValueError, match="expected one of"):
        decision.index(False)
    assert Decision("d", range(2, 9, 2), "int", 2).index(6) == 2


def test_spaces_and_contexts_travel() -> None:
    space = Space({"type": "memory_bank", "preset": "tiny"}, TASK)
    assert pickle.loads(pickle.dumps(space)).sample(5) == space.sample(5)
    with pytest.raises(errors.InvalidConfigError):
        Space({"type": "memory_bank", "preset": "huge"}, TASK)
