"""Nevergrad on digits: our evolution proposes, and a function trains."""

from smash_nas import Job, Model
from smash_nas.hosts.nevergrad import SmashOptimizer

recipe = Job({"seed": 1, "retrain": {"epochs": 2, "use_validation": False}})


def loss(architecture):
    return Model.train(architecture, recipe).metrics["valid_loss"]


evolution = {"type": "evolution", "search": {"candidates": 1000, "population": 4, "sample": 2}}
best = SmashOptimizer({**recipe, "strategy": evolution}, budget=8).minimize(loss)
print(best.loss)
