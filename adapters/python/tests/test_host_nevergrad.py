"""Nevergrad itself."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import toy

pytest.importorskip("nevergrad", reason="needs the extra nevergrad")
from smash_nas import Architecture  # noqa: E402
from smash_nas.hosts.nevergrad import SmashOptimizer  # noqa: E402


def test_it_minimizes():
    optimizer = SmashOptimizer(toy.evolution(), budget=40)
    best = optimizer.minimize(toy.loss)
    known = optimizer.search.best(0)
    assert isinstance(best.value, Architecture) and best.loss == toy.loss(best.value) == known[0].values[0]
    assert len(known) == 40 and {trial.phase for trial in known} > {"random"}
    assert all(trial.values[0] == toy.loss(trial.architecture) for trial in known)


@pytest.mark.filterwarnings("ignore:Clipping very high value")
def test_a_value_that_is_not_finite_is_a_failure():
    optimizer = SmashOptimizer(toy.evolution())
    for value in float("inf"), float("nan"), 0.5:
        optimizer.tell(optimizer.ask(), value)
    assert [trial.values for trial in optimizer.search.best(0)] == [(0.5,), (), ()]


def test_workers():
    optimizer = SmashOptimizer(toy.evolution(), budget=40, num_workers=4)
    with ThreadPoolExecutor(4) as pool:
        optimizer.minimize(toy.loss, executor=pool)
    assert optimizer.search.status()["told"] == 40 and optimizer.search.status()["open"] == 0


def test_what_was_not_asked_for_is_added():
    optimizer = SmashOptimizer(toy.evolution(), budget=40)
    architecture = optimizer._proposals.space.sample(7)
    optimizer.tell(optimizer.candidate(architecture), 0.5)
    assert [(trial.phase, trial.architecture) for trial in optimizer.search.best(0)] == [("added", architecture)]
    assert optimizer.provide_recommendation().value == architecture


def test_a_pickled_optimizer_goes_on():
    def drive(optimizer, count):
        asked = []
        for _ in range(count):
            candidate = optimizer.ask()
            asked.append(candidate.value)
            optimizer.tell(candidate, toy.loss(candidate.value))
        return asked

    first = SmashOptimizer(toy.evolution(), budget=60)
    drive(first, 15)
    second = pickle.loads(pickle.dumps(first))
    assert drive(first, 15) == drive(second, 15)
