"""NNI itself, with trials in processes of their own."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path

import pytest
import toy

nni = pytest.importorskip("nni", reason="needs the extra nni")
from nni.experiment import Experiment  # noqa: E402
from nni.experiment.config import CustomAlgorithmConfig  # noqa: E402
from smash_nas.hosts.nni import SmashTuner  # noqa: E402

TRIAL = """
import nni, sys
parameters = nni.get_next_parameter()
if nni.get_sequence_id() == 2:
    sys.exit("failed")
nni.report_final_result(len(parameters) / 100)
"""


def test_an_experiment(tmp_path: Path):
    (tmp_path / "trial.py").write_text(TRIAL)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    experiment = Experiment("local")
    experiment.config.trial_command = f"{sys.executable} trial.py"
    experiment.config.trial_code_directory = str(tmp_path)
    experiment.config.experiment_working_directory = str(tmp_path / "out")
    experiment.config.search_space = {}
    job = toy.evolution(candidates=6, population=4)
    experiment.config.tuner = CustomAlgorithmConfig(class_name="smash_nas.hosts.nni.SmashTuner", class_args={"job": job})
    # One at a time: of two that begin at once, NNI 3.0 may give either the parameters of the other, and export what it had meant.
    experiment.config.max_trial_number, experiment.config.trial_concurrency = 12, 1
    experiment.run(port, wait_completion=False)
    try:
        end, going = time.monotonic() + 240, True
        while going and time.monotonic() < end:
            time.sleep(0.5)
            jobs = experiment.list_trial_jobs()
            going = experiment.get_status() in ("INITIALIZED", "RUNNING") or any(job.status == "RUNNING" for job in jobs)
        states = [trial.status for trial in jobs]
        found = experiment.export_data()
    finally:
        experiment.stop()
    assert sorted(states) == ["FAILED", *["SUCCEEDED"] * 5], "it ends when the strategy does"
    space = SmashTuner(job)._proposals.space
    for trial in found:
        space.from_params(trial.parameter)
        assert float(trial.value) == len(trial.parameter) / 100


def evaluated(tuner, count, first=0):
    """What NNI calls, without its processes."""
    asked = []
    for number in range(first, first + count):
        asked.append(tuner.generate_parameters(number))
        tuner.receive_trial_result(number, asked[-1], len(asked[-1]))
        tuner.trial_end(number, True)
    return asked


def test_results_failures_and_the_end():
    tuner = SmashTuner(toy.evolution(candidates=5, population=4), "maximize")
    asked = evaluated(tuner, 4)
    tuner.generate_parameters(4)
    tuner.trial_end(4, False)
    with pytest.raises(nni.NoMoreTrialError):
        tuner.generate_parameters(5)
    assert sorted(trial.values for trial in tuner._proposals.search.best(0)) == [(), *sorted((-float(len(p)),) for p in asked)]


def test_it_learns_of_other_points():
    tuner = SmashTuner(toy.evolution())
    architecture = tuner._proposals.space.sample(3)
    tuner.import_data([{"parameter": tuner._proposals.space.params(architecture), "value": 0.25}])
    assert [(trial.phase, trial.values) for trial in tuner._proposals.search.best(0)] == [("added", (0.25,))]


def test_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(SmashTuner, "get_checkpoint_path", lambda self: str(tmp_path))
    first, second = SmashTuner(toy.evolution()), SmashTuner({**toy.evolution(), "seed": 9})
    evaluated(first, 15)
    first.save_checkpoint()
    second.load_checkpoint()
    assert evaluated(first, 15, 15) == evaluated(second, 15, 15)
