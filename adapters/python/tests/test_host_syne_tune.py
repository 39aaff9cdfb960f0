"""Syne Tune itself, with processes of its local backend."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import toy

pytest.importorskip("syne_tune", reason="needs the extra syne-tune")
import dill  # noqa: E402
from smash_nas import Architecture  # noqa: E402
from smash_nas.hosts.syne_tune import SmashScheduler  # noqa: E402
from syne_tune import StoppingCriterion, Tuner  # noqa: E402
from syne_tune.backend import LocalBackend  # noqa: E402
from syne_tune.backend.trial_status import Trial  # noqa: E402
from syne_tune.optimizer.schedulers.ask_tell_scheduler import AskTellScheduler  # noqa: E402

SCRIPT = '''
import json, sys
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
assert json.loads(arguments["--architecture"])["choices"] and arguments["--batch"] == "32"
if int(arguments["--candidate"]) % 10 == 3:
    sys.exit("failed")
# What Syne Tune's Reporter prints, without the second that it takes to be imported.
import time
for step in range(2):
    loss = len(arguments["--architecture"]) / 1000 + (1 - step)
    print("[tune-metric]: " + json.dumps({"loss": loss, "st_worker_timestamp": time.time(), "st_worker_time": 0.0,
          "st_worker_iter": step}), flush=True)
'''


def test_thirty_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SYNETUNE_FOLDER", str(tmp_path))
    script = tmp_path / "train.py"
    script.write_text(SCRIPT)
    scheduler = SmashScheduler(toy.evolution(candidates=30), "loss", config={"batch": 32}, stop=False)
    tuner = Tuner(
        trial_backend=LocalBackend(str(script), rotate_gpus=False),
        scheduler=scheduler,
        stop_criterion=StoppingCriterion(max_num_trials_finished=31),
        n_workers=2,
        sleep_time=0.01,
        max_failures=5,
    )
    tuner.run()
    known = scheduler.search.best(0)
    stood_in = [trial for trial in known if trial.phase == "added"]
    assert len(known) - len(stood_in) == 30, "it ends when the strategy does"
    assert len(stood_in) < 5, "the strategy waits once, for its first population"
    valued = [trial for trial in known if trial.values]
    assert len(valued) == len(known) - 3, "3 failed"
    assert all(trial.values[0] == toy.loss(trial.architecture) for trial in valued)
    number, config = tuner.best_config()
    assert Architecture(config["architecture"]) == scheduler.search.best()[0].architecture
    again = Tuner.load(str(tuner.tuner_path)).scheduler
    assert again.search.best(0) == known, "what Syne Tune has saved goes on"


def test_bad_trials_are_stopped():
    scheduler = SmashScheduler(toy.evolution(), "accuracy", do_minimize=False)
    decisions = []
    for number in range(12):
        trial = Trial(number, scheduler.suggest().config, None)
        for step in range(4):
            # The later, the worse.
            decisions.append(scheduler.on_trial_result(trial, {"accuracy": 0.5 - 0.01 * number + 0.001 * step}))
            if decisions[-1] == "STOP":
                scheduler.on_trial_remove(trial)
                break
        else:
            scheduler.on_trial_complete(trial, {"accuracy": 0.5 - 0.01 * number})
    assert "STOP" in decisions and "CONTINUE" in decisions
    assert scheduler.search.status()["told"] == 12 and scheduler.search.status()["open"] == 0
    assert scheduler.search.best()[0].values == (-0.5,)


@pytest.mark.parametrize("library", [pickle, dill])
def test_a_pickled_scheduler_goes_on(library):
    def drive(scheduler, count):
        asked = []
        loop = AskTellScheduler(scheduler)
        for _ in range(count):
            trial = loop.ask()
            asked.append(trial.config)
            loop.tell(trial, {"loss": toy.loss(Architecture(trial.config["architecture"]))})
        assert loop.best_trial("loss").metrics["loss"] == min(toy.loss(Architecture(c["architecture"])) for c in asked)
        return asked

    first = SmashScheduler(toy.evolution(), "loss")
    drive(first, 15)
    second = library.loads(library.dumps(first))
    assert drive(first, 15) == drive(second, 15)


def test_while_the_strategy_waits_random_ones_are_tried():
    scheduler = SmashScheduler(toy.evolution(candidates=6, population=4), "loss")
    trials = [Trial(number, scheduler.suggest().config, None) for number in range(5)]
    for trial in trials:
        scheduler.on_trial_complete(trial, {"loss": 1.0})
    phases = [trial.phase for trial in scheduler.search.best(0)]
    assert sorted(phases) == ["added", *["random"] * 4]
    for number in (5, 6):
        scheduler.on_trial_error(Trial(number, scheduler.suggest().config, None))
    assert scheduler.suggest() is None, "that was all"
