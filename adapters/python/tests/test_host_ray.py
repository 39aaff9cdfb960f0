"""Ray Tune itself."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import toy

ray = pytest.importorskip("ray", reason="needs the extra ray")
tune = pytest.importorskip("ray.tune", reason="needs the extra ray")
from ray.tune.search import ConcurrencyLimiter, Searcher  # noqa: E402
from smash_nas import Job  # noqa: E402
from smash_nas.hosts.ray import SmashSearcher  # noqa: E402


@pytest.fixture
def cluster(tmp_path: Path):
    # "local": without it Ray joins a cluster that another program has begun, and ends with it.
    ray.init("local", num_cpus=2, include_dashboard=False, configure_logging=False, log_to_driver=False)
    # Workers cannot import what is beside this file.
    ray.cloudpickle.register_pickle_by_value(toy)
    yield tmp_path
    ray.cloudpickle.unregister_pickle_by_value(toy)
    ray.shutdown()


def test_thirty_trials(cluster: Path):
    searcher = SmashSearcher(toy.evolution(candidates=30))
    space = Job(toy.evolution()).space()

    def trainable(config):
        return {"score": -toy.loss(space.from_params(config["architecture"])), "batch": config["batch"]}

    # More than the strategy has.
    settings = tune.TuneConfig(
        metric="score", mode="max", search_alg=ConcurrencyLimiter(searcher, 2), num_samples=40, reuse_actors=True
    )
    place = tune.RunConfig(storage_path=str(cluster), verbose=0)
    results = tune.Tuner(trainable, tune_config=settings, run_config=place, param_space={"batch": 32}).fit()
    known = searcher.search.best(0)
    assert len(results) == len(known) == 30 and results.num_errors == 0
    assert [trial.values[0] for trial in known] == sorted(-result.metrics["score"] for result in results)
    assert all(trial.values[0] == toy.loss(trial.architecture) for trial in known)
    assert {result.metrics["batch"] for result in results} == {32}, "constants stay"
    best = space.from_params(results.get_best_result().config["architecture"])
    assert toy.loss(best) == known[0].values[0]


def finish(searcher, trials, prefix="t"):
    """What Ray calls, without its processes."""
    suggested = []
    for i in range(trials):
        config = searcher.suggest(f"{prefix}{i}")
        suggested.append(config)
        value = toy.loss(searcher.space.from_params(config["architecture"]))
        searcher.on_trial_result(trial_id=f"{prefix}{i}", result={"score": value})
        searcher.on_trial_complete(trial_id=f"{prefix}{i}", result={"score": value}, error=False)
    return suggested


def test_it_waits_and_finishes():
    searcher = SmashSearcher(toy.evolution(candidates=5, population=4), metric="score", mode="min")
    assert all(searcher.suggest(trial_id=str(i)) for i in range(4))
    assert searcher.suggest(trial_id="4") is None, "its children wait for the first population"
    for i in range(4):
        searcher.on_trial_complete(trial_id=str(i), result=None, error=True)
    assert searcher.suggest(trial_id="4")
    searcher.on_trial_complete(trial_id="4", result={"another": 1})
    assert searcher.suggest(trial_id="5") == Searcher.FINISHED
    assert searcher.search.status()["told"] == 5 and not searcher.search.status()["best"]


@pytest.mark.parametrize("how", ["pickle", "save"])
def test_it_goes_on(tmp_path: Path, how: str):
    first = SmashSearcher(toy.evolution(), metric="score", mode="min")
    finish(first, 15)
    if how == "pickle":
        second = pickle.loads(pickle.dumps(first))
    else:
        first.save(checkpoint_path=str(tmp_path / "state"))
        second = SmashSearcher({**toy.evolution(), "seed": 5})
        second.restore(checkpoint_path=str(tmp_path / "state"))
    assert finish(first, 15, "u") == finish(second, 15, "u")


def test_it_learns_of_other_points():
    searcher = SmashSearcher(toy.evolution())
    assert searcher.set_search_properties(metric="score", mode="max", config={"batch": 32}) is False
    flat = searcher.space.params(searcher.space.sample(3))
    searcher.add_evaluated_point(parameters={"architecture": flat, "batch": 32}, value=0.75)
    searcher.add_evaluated_point(parameters=flat, value=0.5, error=False, pruned=False, intermediate_values=None)
    searcher.add_evaluated_point(parameters=flat, value=0.9, error=True)
    added = searcher.search.best(0)
    assert [(trial.phase, trial.values) for trial in added] == [("added", (-0.75,)), ("added", (-0.5,))]
    assert added[0].architecture == searcher.space.sample(3)


def test_without_a_metric_it_says_what_to_do():
    with pytest.raises(ValueError, match="metric='loss'"):
        SmashSearcher(toy.evolution()).suggest(trial_id="0")
