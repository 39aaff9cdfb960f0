"""Syne Tune on digits: our evolution proposes, and stops what the median of the others beats."""

from smash_nas.hosts.syne_tune import SmashScheduler
from syne_tune import StoppingCriterion, Tuner
from syne_tune.backend import PythonBackend

recipe = {"seed": 1, "threads": 1}


def train(architecture: str, epochs: int):
    """Runs in a process of its own, which knows nothing of this file."""
    from smash_nas import Architecture, Model
    from syne_tune import Reporter

    report = Reporter()

    def see(event):
        if event["event"] == "epoch":
            report(epoch=event["epoch"], loss=event["valid"]["loss"])

    job = {"seed": 1, "threads": 1, "retrain": {"epochs": epochs, "use_validation": False}}
    Model.train(Architecture(architecture), job, progress=see)


evolution = {"type": "evolution", "search": {"candidates": 1000, "population": 4, "sample": 2}}
tuner = Tuner(
    trial_backend=PythonBackend(train, {"architecture": "", "epochs": 3}, rotate_gpus=False),
    scheduler=SmashScheduler({**recipe, "strategy": evolution}, "loss", config={"epochs": 3}),
    stop_criterion=StoppingCriterion(max_num_trials_finished=8),
    n_workers=2,
    sleep_time=0.1,
)
tuner.run()
print(tuner.scheduler.search.best()[0].values)
