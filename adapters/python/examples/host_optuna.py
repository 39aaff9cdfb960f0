"""Optuna on digits: our evolution as a sampler, then Optuna's own TPE, which begins with the best by the scores of a HyperNet."""

import optuna
from smash_nas import Job, Model, Scorer
from smash_nas.hosts.optuna import Prior, SmashSampler, suggest

optuna.logging.set_verbosity(optuna.logging.WARNING)
recipe = Job({"seed": 1, "retrain": {"epochs": 2, "use_validation": False}})
space = recipe.space()


def objective(trial):
    return Model.train(suggest(trial, space), recipe).metrics["valid_loss"]


evolution = {"type": "evolution", "search": {"candidates": 1000, "population": 4, "sample": 2}}
study = optuna.create_study(sampler=SmashSampler({**recipe, "strategy": evolution}))
study.optimize(objective, n_trials=6)
print("evolution", study.best_value)

scorer = Scorer.train({**recipe, "strategy": {"type": "smash", "epochs": 4}})
study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=1))
Prior(scorer, 32).enqueue(study, best=3)
study.optimize(objective, n_trials=6)
print("TPE with a prior", study.best_value)
