"""Optuna itself: its threads, its storages, its samplers."""

from __future__ import annotations

import math
import pickle
import random
import threading
from pathlib import Path

import pytest
import toy

optuna = pytest.importorskip("optuna", reason="needs the extra optuna")
import sqlalchemy  # noqa: E402
from optuna.distributions import CategoricalDistribution, FloatDistribution  # noqa: E402
from optuna.trial import TrialState, create_trial  # noqa: E402
from smash_nas import Architecture, Job, Scorer, Search, Space  # noqa: E402
from smash_nas.hosts.optuna import Prior, SmashSampler, parameter, params, suggest  # noqa: E402

optuna.logging.set_verbosity(optuna.logging.WARNING)


def objective(space, seen=None):
    def evaluate(trial):
        architecture = suggest(trial, space)
        if seen is not None:
            seen.append(architecture)
        return toy.loss(architecture)

    return evaluate


def told(sampler):
    """What the strategy knows, in the order in which it was proposed."""
    return sorted(sampler.search.best(0), key=lambda trial: trial.trial_id)


def test_the_strategy_proposes_and_learns():
    sampler, seen = SmashSampler(toy.evolution()), []
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective(sampler.space, seen), n_trials=60)
    reference, proposed = Search(toy.evolution()), []
    for _ in range(60):
        trial = reference.ask()[0]
        proposed.append(trial.architecture)
        reference.tell(trial, toy.loss(trial.architecture))
    assert seen == proposed, "Optuna gets, one for one, what the strategy proposes by itself"
    assert [trial.values[0] for trial in told(sampler)] == [trial.value for trial in study.trials]
    assert study.best_value < min(trial.value for trial in study.trials[:10]), "evolution finds shorter ones than its beginning"


def test_names_of_the_flat_form_will_do():
    sampler = SmashSampler(toy.evolution())

    def evaluate(trial):
        bank = trial.suggest_categorical("blocks.0.bank", [1, 2])
        assert bank == sampler._asked[trial.number]["blocks.0.bank"]
        return bank

    optuna.create_study(sampler=sampler).optimize(evaluate, n_trials=10)
    assert {trial.values for trial in told(sampler)} == {(1.0,), (2.0,)}
    assert all(trial.phase != "added" for trial in told(sampler))


def test_what_the_space_lacks_is_sampled_at_random():
    sampler, rates = SmashSampler(toy.evolution(), seed=0), []

    def evaluate(trial):
        architecture = suggest(trial, sampler.space)
        rates.append(trial.suggest_float("rate", 1e-4, 1e-1, log=True))
        # A name of the space with values that it has not.
        assert trial.suggest_categorical("blocks.0.bank", [7, 8]) in (7, 8)
        return toy.loss(architecture)

    study = optuna.create_study(sampler=sampler)
    study.optimize(evaluate, n_trials=5)
    assert len(set(rates)) == 5
    assert len(study.get_trials(states=[TrialState.COMPLETE])) == 5


def test_four_threads():
    sampler = SmashSampler(toy.evolution())
    names = set()

    def evaluate(trial):
        names.add(threading.current_thread().name)
        return toy.loss(suggest(trial, sampler.space))

    study = optuna.create_study(sampler=sampler)
    study.optimize(evaluate, n_trials=80, n_jobs=4)
    assert len(names) > 1
    assert len(study.get_trials(states=[TrialState.COMPLETE])) == 80
    assert len(told(sampler)) == 80, "each trial is told once"
    assert sampler.search.status()["open"] == 0


def test_ask_and_tell():
    sampler = SmashSampler(toy.evolution())
    study = optuna.create_study(sampler=sampler)
    first, second = study.ask(), study.ask()
    values = [toy.loss(suggest(trial, sampler.space)) for trial in (first, second)]
    study.tell(second, values[1])
    study.tell(first, state=TrialState.FAIL)
    assert [trial.values for trial in sampler.search.best(1)] == [(values[1],)]
    assert sampler.search.status()["told"] == 2


def test_failed_and_pruned_trials_do_not_stall_it():
    sampler = SmashSampler(toy.evolution(population=6))

    def evaluate(trial):
        architecture = suggest(trial, sampler.space)
        if trial.number % 4 == 0:
            raise RuntimeError("failed")
        if trial.number % 4 == 1:
            trial.report(toy.loss(architecture), 0)
            raise optuna.TrialPruned
        return math.inf if trial.number % 4 == 2 else toy.loss(architecture)

    study = optuna.create_study(sampler=sampler)
    study.optimize(evaluate, n_trials=40, catch=RuntimeError)
    assert sampler.search.status()["told"] == 40
    assert {trial.phase for trial in told(sampler)} > {"random"}, "its evolution began"


def test_a_trial_that_nobody_ends_does_not_stall_it():
    sampler = SmashSampler(toy.evolution(population=6))
    study = optuna.create_study(sampler=sampler)
    lost = study.ask()
    study.optimize(objective(sampler.space), n_trials=40)
    phases = [trial.phase for trial in told(sampler)]
    assert 0 < phases.count("added") < 20, "random ones stand in for a while"
    assert phases.count("mutation") + phases.count("crossover") > 10
    study.tell(lost, toy.loss(suggest(lost, sampler.space)))
    assert len(told(sampler)) == 42, "what came late is added to what was given up"


def test_after_its_last_candidate_it_samples():
    sampler = SmashSampler(toy.evolution(candidates=10, population=5))
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective(sampler.space), n_trials=15)
    assert [trial.phase for trial in told(sampler)].count("added") == 5


def test_maximize_and_several_values():
    sampler = SmashSampler(toy.evolution())
    study = optuna.create_study(sampler=sampler, directions=["minimize", "maximize"])

    def evaluate(trial):
        architecture = suggest(trial, sampler.space)
        return toy.loss(architecture), sampler.space.count(architecture).params

    study.optimize(evaluate, n_trials=12)
    assert [trial.values for trial in told(sampler)] == [(t.values[0], -t.values[1]) for t in study.trials]


def test_enqueued_architectures_are_evaluated_and_learnt_from():
    sampler = SmashSampler(toy.evolution())
    wanted = sampler.space.sample(7)
    study, seen = optuna.create_study(sampler=sampler), []
    study.enqueue_trial(params(wanted, sampler.space))
    study.optimize(objective(sampler.space, seen), n_trials=3)
    assert seen[0] == wanted
    added = [trial for trial in told(sampler) if trial.phase == "added"]
    assert [trial.architecture for trial in added] == [wanted]
    assert sampler.search.status()["told"] == 3


def test_another_sampler_around_it_is_noticed():
    sampler = SmashSampler(toy.evolution())
    name, distribution = parameter(next(d for d in sampler.space.decisions(sampler.space.sample(0)) if d.name == "blocks.0.bank"))
    assert isinstance(distribution, CategoricalDistribution)
    fixed = optuna.samplers.PartialFixedSampler({name: 2}, sampler)
    study, seen = optuna.create_study(sampler=fixed), []
    study.optimize(objective(sampler.space, seen), n_trials=10)
    assert all(sampler.space.params(architecture)["blocks.0.bank"] == 2 for architecture in seen)
    by_value = {trial.architecture: trial.values for trial in told(sampler) if trial.values}
    assert by_value == {architecture: (toy.loss(architecture),) for architecture in seen}, "no value is told of another network"


def test_a_pickled_sampler_goes_on():
    first = SmashSampler(toy.evolution())
    study = optuna.create_study(sampler=first)
    study.optimize(objective(first.space), n_trials=20)
    second = pickle.loads(pickle.dumps(first))
    ends = []
    for sampler in first, second:
        seen = []
        optuna.create_study(sampler=sampler).optimize(objective(sampler.space, seen), n_trials=20)
        ends.append(seen)
    assert ends[0] == ends[1]


@pytest.fixture
def url(tmp_path: Path):
    """A storage in a file of SQLite, which need not reach the disk before the next of its thousands of writes."""

    def hurry(connection, _):
        connection.execute("PRAGMA synchronous = OFF")

    sqlalchemy.event.listen(sqlalchemy.engine.Engine, "connect", hurry)
    yield f"sqlite:///{tmp_path / 'study.db'}"
    sqlalchemy.event.remove(sqlalchemy.engine.Engine, "connect", hurry)


def test_a_study_in_a_file_goes_on(url: str):
    first = SmashSampler(toy.evolution())
    study = optuna.create_study(storage=url, study_name="s", sampler=first)
    study.optimize(objective(first.space), n_trials=12)
    study.ask()  # its process ends before the trial does
    study.add_trial(create_trial(value=1.0, params={"rate": 0.5}, distributions={"rate": FloatDistribution(0, 1)}))
    study.add_trial(create_trial(state=TrialState.FAIL))
    second = SmashSampler({**toy.evolution(), "seed": 2})
    study = optuna.load_study(storage=url, study_name="s", sampler=second)
    study.optimize(objective(second.space), n_trials=8)
    known = {trial.architecture: trial.values[0] for trial in told(second)}
    assert len(known) == 20
    assert sorted(known.values()) == sorted(toy.loss(architecture) for architecture in known)
    assert [trial.phase for trial in told(second)].count("added") == 12


def test_processes_that_share_a_storage_learn_of_each_other(url: str):
    samplers = [SmashSampler({**toy.evolution(), "seed": seed}) for seed in (1, 2)]
    optuna.create_study(storage=url, study_name="s")
    for _ in range(3):
        for sampler in samplers:
            optuna.load_study(storage=url, study_name="s", sampler=sampler).optimize(objective(sampler.space), n_trials=2)
    # The first has not asked since the last two trials of the second.
    assert [len(told(sampler)) for sampler in samplers] == [10, 12]


@pytest.mark.parametrize("sampler", [optuna.samplers.TPESampler(seed=0), optuna.samplers.RandomSampler(seed=0)])
def test_any_sampler_decides_a_space(sampler):
    space = Job(toy.evolution()).space()
    study, seen = optuna.create_study(sampler=sampler), []
    study.optimize(objective(space, seen), n_trials=15)
    for trial, architecture in zip(study.trials, seen):
        space.validate(architecture)
        assert trial.params == params(architecture, space)
    assert len(set(seen)) > 10


def test_an_architecture_that_breaks_a_constraint_is_pruned():
    task = Job(toy.evolution()).space().task
    free = Space(toy.SPACE, task)
    chance = random.Random(0)
    drawn = [free.draw(lambda decision: chance.choice(decision.values)) for _ in range(40)]
    space = Space(toy.SPACE, task, {"max_params": sorted(free.count(architecture).params for architecture in drawn)[20]})
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective(space), n_trials=30)
    states = {state: len(study.get_trials(states=[state])) for state in TrialState}
    assert states[TrialState.PRUNED] > 0 and states[TrialState.COMPLETE] > 0
    assert states[TrialState.PRUNED] + states[TrialState.COMPLETE] == 30


def test_a_prior_begins_a_study_and_prunes_it():
    scorer = Scorer.train(toy.HYPERNET, progress=False)
    prior = Prior(scorer, 40)
    scores = [score for score, _ in prior.ranked]
    assert scores == sorted(scores) and len(scores) == 40
    study, seen = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=0)), []
    prior.enqueue(study, 4)
    prior.enqueue(study, 4)  # is enqueued once

    def evaluate(trial):
        architecture = suggest(trial, scorer.space)
        seen.append(architecture)
        prior.check(trial, architecture, worst=0.5)
        return toy.loss(architecture)

    study.optimize(evaluate, n_trials=24)
    assert seen[:4] == [architecture for _, architecture in prior.ranked[:4]]
    for trial, architecture in zip(study.trials, seen):
        score = trial.user_attrs["smash_score"]
        assert score == scorer.score([architecture])[0]
        assert (trial.state == TrialState.PRUNED) == (score > scores[19])
        assert trial.state == TrialState.PRUNED or trial.value == toy.loss(architecture), "no score is a value"
    assert 0 < len(study.get_trials(states=[TrialState.PRUNED])) < 20


def test_a_hypernet_proposes():
    job = Job(toy.HYPERNET)
    sampler = SmashSampler(job, search=Scorer.train(job, progress=False).search)
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective(sampler.space), n_trials=20)
    assert len(told(sampler)) == 20
    assert len({trial.phase for trial in told(sampler)}) > 1, "random ones, and perturbations of the best"
    assert isinstance(sampler.search.best()[0].architecture, Architecture)


def test_the_package_of_optunahub():
    optunahub = pytest.importorskip("optunahub", reason="needs optunahub")
    root = Path(__file__).parent.parent / "optunahub"
    module = optunahub.load_local_module("samplers/smash", registry_root=str(root))
    assert (module.SmashSampler, module.suggest, module.Prior) == (SmashSampler, suggest, Prior)
    front = (root / "samplers/smash/README.md").read_text().split("---\n")[1]
    keys = [line.partition(":")[0] for line in front.splitlines()]
    assert keys == ["author", "title", "description", "tags", "optuna_versions", "license"]
