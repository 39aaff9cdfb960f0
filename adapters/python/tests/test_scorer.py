"""A HyperNet as an objective."""

from __future__ import annotations

import math
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import toy
from smash_nas import Job, Scorer, Search
from smash_nas.errors import InvalidConfigError, StateError


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return Scorer.train(toy.HYPERNET, progress=False)


def test_it_trains_the_hypernet_and_nothing_else():
    events = []
    scorer = Scorer.train(toy.HYPERNET, progress=events.append)
    assert any(event["event"] == "step" for event in events)
    status = scorer.search.status()
    assert (status["phase"], status["told"]) == ("searching", 0)


def test_scores_are_those_of_the_search(scorer: Scorer):
    search = Search(Job(toy.HYPERNET)).run(until="searching", progress=False)
    architectures = [scorer.space.sample(i) for i in range(20)]
    scores = scorer.score(architectures)
    assert scores == search.score(architectures)
    assert len(set(scores)) == 20 and all(map(math.isfinite, scores))
    found = {trial.architecture: trial.loss for trial in search.run(until="retraining", progress=False).best(0)}
    assert scorer.score(found) == list(found.values())


def test_flat_forms_are_scored_too(scorer: Scorer):
    architectures = [scorer.space.sample(i) for i in range(4)]
    flat = [scorer.space.params(architecture) for architecture in architectures]
    plain = [dict(architecture) for architecture in architectures]
    assert scorer.score(flat) == scorer.score(plain) == scorer.score(architectures)
    with pytest.raises(InvalidConfigError):
        scorer.score([{**flat[0], "another": 1}])


def test_four_threads_score_at_once(scorer: Scorer):
    architectures = [scorer.space.sample(i) for i in range(40)]
    expected = scorer.score(architectures)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda architecture: scorer.score([architecture])[0], architectures)) == expected


def test_a_pickled_scorer_scores_the_same(scorer: Scorer):
    architectures = [scorer.space.sample(i) for i in range(4)]
    assert pickle.loads(pickle.dumps(scorer)).score(architectures) == scorer.score(architectures)


def test_a_strategy_without_a_hypernet_says_so():
    with pytest.raises(StateError, match="no HyperNet"):
        Scorer.train(toy.evolution()).score([Job(toy.evolution()).space().sample(0)])
