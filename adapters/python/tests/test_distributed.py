"""A search on several nodes of Ray, on this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import QUICK, bars
from smash_nas import Job, Search, Trial

pytest.importorskip("ray", reason="no Ray")

import psutil
import ray
from ray.cluster_utils import Cluster
from smash_nas import distributed



@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    made.add_node(num_cpus=2)
    ray.init(address=made.address, logging_level="ERROR")
    yield made
    ray.shutdown()
    made.shutdown()


def job(strategy: dict[str, Any] | None = None) -> Job:
    settings = {**QUICK, "strategy": {**QUICK["strategy"], **(strategy or {})}}
    settings["strategy"] = {**settings["strategy"], "search": {"random": 24, "perturbation": 4, "chain": 4}}
    return Job.from_data(*bars(), **settings)


def _line(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []


def ranking(search: Search) -> list[tuple[Any, ...]]:
    return [(trial.hash, trial.phase, trial.loss, trial.error, trial.params) for trial in search.best(0)]


def test_the_ranking_is_that_of_one_process(cluster: Any) -> None:
    alone = Search(job()).run()
    found = [distributed.search(job(), workers=workers, top=2, progress=False) for workers in (0, 1, 3)]
    assert [ranking(one.search) for one in found] == [ranking(alone)] * 3
    assert len({tuple(trained.valid_loss for trained in one.trained) for one in found}) == 1
    assert found[0].model.predict(bars()[0]).shape == (300,)


def test_killed_workers_lose_nothing(cluster: Any) -> None:
    expected = ranking(distributed.search(job(), workers=0, progress=False).search)
    killed: list[int] = []

    def kill(trial: Trial) -> None:
        # Twice, in the middle of the work.
        if trial.trial_id in (4, 12):
            workers = [p.pid for p in psutil.process_iter() if p.is_running() and "ray::_Worker" in " ".join(_line(p))]
            found = [pid for pid in workers if pid not in killed]
            os.kill(found[0], signal.SIGKILL)
            killed.append(found[0])

    found = distributed.search(job(), workers=2, progress=False, on_trial=kill)
    assert len(killed) == 2 and ranking(found.search) == expected


def test_an_interrupted_search_goes_on_from_its_folder(cluster: Any, tmp_path: Path) -> None:
    expected = ranking(distributed.search(job(), workers=0, progress=False).search)

    def interrupt(trial: Trial) -> None:
        if trial.trial_id == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        distributed.search(job(), workers=2, folder=tmp_path, progress=False, on_trial=interrupt)
    assert (tmp_path / distributed.CHECKPOINT).exists()
    found = distributed.search(job(), workers=2, folder=tmp_path, progress=False)
    assert ranking(found.search) == expected


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="ahead: expected 1 or more, found 0"):
        distributed.search(job(), ahead=0)
