"""Evolution over a space of networks, each trained for two epochs on the digits that come with SMASH."""

import optuna
import optunahub
from smash_nas import Job, Model

module = optunahub.load_local_module("samplers/smash", registry_root="optunahub")
recipe = Job({"seed": 1, "retrain": {"epochs": 2, "use_validation": False}})
evolution = {"type": "evolution", "search": {"candidates": 1000, "population": 4, "sample": 2}}
sampler = module.SmashSampler({**recipe, "strategy": evolution})


def objective(trial: optuna.Trial) -> float:
    return Model.train(module.suggest(trial, sampler.space), recipe).metrics["valid_loss"]


study = optuna.create_study(sampler=sampler)
study.optimize(objective, n_trials=8)
print(study.best_value)
