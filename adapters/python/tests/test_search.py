"""Searches: they go on anywhere, stop when they are asked to, and lose nothing."""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import QUICK, bars
from smash_nas import Job, Model, Search, errors


def losses(search: Search) -> list[tuple[str | None, float | None]]:
    return [(trial.hash, trial.loss) for trial in search.best(0)]


def finished(data: bytes) -> list[tuple[str | None, float | None]]:
    search: Search = pickle.loads(data)
    return losses(search.run())


def test_a_pickled_search_goes_on_to_the_same(job: Job) -> None:
    search = Search(job).run(until="searching")
    search.step(3)
    data = pickle.dumps(search)
    found = losses(search.run())
    assert len(found) == 8 and finished(data) == found
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(finished, data).result() == found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_is_told_so_and_does_not_hang(job: Job) -> None:
    search = Search(job).run(until="searching")
    child = os.fork()
    if child == 0:
        try:
            search.step()
        except errors.StateError as error:
            os._exit(0 if "process" in str(error) else 2)
        os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    search.run()


@pytest.fixture
def interrupts() -> Iterator[None]:
    """SIGINT as Python has it, whatever a library or who started the tests made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_an_interrupt_stops_it_and_loses_nothing(job: Job, interrupts: None) -> None:
    whole = losses(Search(job).run())
    search, events = Search(job), []

    def interrupt(event: dict[str, Any]) -> None:
        events.append(event)
        if len(events) == 4:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        search.run(progress=interrupt)
    assert not search.done and losses(search.run()) == whole


def test_it_is_cancelled_from_another_thread_and_by_its_progress(job: Job) -> None:
    search = Search(job)
    with pytest.raises(errors.CancelledError):
        search.run(progress=lambda event: False)
    timer = threading.Timer(0.05, search.cancel)
    timer.start()
    with pytest.raises(errors.CancelledError):
        while not search.done:
            search.run(steps=1)
    assert search.run().done


def test_what_progress_raises_comes_out(job: Job) -> None:
    def fail(event: dict[str, Any]) -> None:
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        Search(job).run(progress=fail)


def test_candidates_are_asked_for_and_told() -> None:
    search = Search({"strategy": {"type": "evolution", "search": {"candidates": 12, "population": 4, "sample": 2}},
                     "retrain": {"epochs": 0}})
    while trials := search.ask(3):
        for trial in trials:
            search.tell(trial, None if trial.trial_id == 1 else [len(trial.architecture.to_json()), 1.0], error=0.5)
    added = search.add(search.best()[0].architecture, 0.0)
    best = search.best()[0]
    assert best.trial_id == added and best.phase == "added" and len(search.best(0)) == 13
    with pytest.raises(errors.InvalidConfigError):
        search.tell(1, 3.0)


def test_scores_are_those_of_the_candidates(job: Job) -> None:
    with pytest.raises(errors.StateError):
        Search({"strategy": {"type": "random"}}).score([job.space().sample(1)])
    search = Search(job).run(until="searching")
    search.step(6)
    best = search.best(0)
    assert search.score([trial.architecture for trial in best]) == [trial.loss for trial in best]


def test_a_model_is_saved_loaded_and_exported(job: Job, tmp_path: Path) -> None:
    x, y = bars()
    model = Search(job).run().model()
    probabilities = model.predict_proba(x)
    assert probabilities.shape == (300, 3) and np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    model.save(tmp_path / "model.safetensors")
    for other in (Model.load(tmp_path / "model.safetensors"), pickle.loads(pickle.dumps(model))):
        assert np.array_equal(other.predict_proba(x), probabilities) and other.architecture == model.architecture
    for path in ("model.onnx", "weights.safetensors", "torch"):
        model.export(tmp_path / path)
    for path in ("model.onnx", "weights.safetensors", "torch/model.py", "torch/model.safetensors"):
        assert (tmp_path / path).stat().st_size > 1000
    with pytest.raises(FileExistsError, match="expected a folder that is new or empty"):
        model.export(tmp_path / "torch")
    written = (tmp_path / "model.onnx").read_bytes()
    with pytest.raises(errors.InvalidConfigError):
        model.export(tmp_path / "model.onnx", opset="none")
    assert (tmp_path / "model.onnx").read_bytes() == written and len(list(tmp_path.iterdir())) == 4
    with pytest.raises(ValueError, match=r"expected a name that ends in .onnx .* found 'model.h5'"):
        model.export(tmp_path / "model.h5")
    with pytest.raises(errors.DataError):
        model.predict(x[:, :, :4])
    with pytest.raises(errors.CheckpointError):
        Model.load(io.BytesIO(b"nothing"))
    assert (model.predict(x) == y).mean() > 0.5
    again = Model.train(model.architecture, job)
    assert again.metrics["valid_error"] <= 1


def test_names_of_classes_are_answered() -> None:
    x, y = bars()
    names = np.array(["left", "middle", "right"])
    model = Search(Job.from_data(x, names[y], **QUICK)).run().model()
    assert set(model.predict(x)) <= set(names) and model.class_names == names.tolist()


def test_faults_of_a_job_point_into_it() -> None:
    problems = Job({"seed": -1, "retrain": {"epohs": 3}}).check()
    assert {problem.pointer for problem in problems} == {"/seed", "/retrain/epohs"}
    with pytest.raises(errors.InvalidConfigError) as caught:
        Search({"seed": -1})
    assert caught.value.problems[0].pointer == "/seed"
    assert pickle.loads(pickle.dumps(caught.value)).problems == caught.value.problems
