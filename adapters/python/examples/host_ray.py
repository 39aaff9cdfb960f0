"""Ray Tune on digits: our evolution proposes, trials of Ray train."""

from ray import tune
from smash_nas import Job, Model
from smash_nas.hosts.ray import SmashSearcher

recipe = Job({"seed": 1, "threads": 1, "retrain": {"epochs": 2, "use_validation": False}})
space = recipe.space()


def trainable(config):
    architecture = space.from_params(config["architecture"])
    return {"loss": Model.train(architecture, recipe).metrics["valid_loss"]}


evolution = {"type": "evolution", "search": {"candidates": 1000, "population": 4, "sample": 2}}
searcher = SmashSearcher({**recipe, "strategy": evolution}, metric="loss", mode="min")
settings = tune.TuneConfig(search_alg=tune.search.ConcurrencyLimiter(searcher, 2), num_samples=8, reuse_actors=True)
results = tune.Tuner(trainable, tune_config=settings, run_config=tune.RunConfig(verbose=0)).fit()
print(results.get_best_result("loss", "min").metrics["loss"])
