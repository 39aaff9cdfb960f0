"""An estimator in Python: how many different patterns of active units a batch of examples makes."""

import numpy as np
from smash_nas import Search
from smash_nas.components import Estimator, register


class Patterns(Estimator):
    """NASWOT (Mellor et al., 2021) on random features: no training at all."""

    id = "patterns"
    schema = {"type": "object", "properties": {"examples": {"type": "integer", "minimum": 2}}}

    def score(self, surroundings, architectures):
        data = surroundings.data
        train = data.splits(surroundings.seed)["train"][: self.config.get("examples", 32)]
        x = data.read(train).reshape(len(train), -1)
        return [self.one(x, surroundings.space.graph(architecture)) for architecture in architectures]

    @staticmethod
    def one(x, graph):
        units = sum(node["shape"][1][0] for node in graph["nodes"] if node["op"]["op"] == "leaky_relu")
        random = np.random.default_rng(units)
        active = (x @ random.normal(size=(x.shape[1], min(units, 256))) > 0).astype(float)
        kernel = active @ active.T + (1 - active) @ (1 - active).T
        return -float(np.linalg.slogdet(kernel + 1e-3 * np.eye(len(x)))[1])


register(Patterns)
strategy = {"type": "random", "estimator": {"type": "patterns"}, "search": {"candidates": 10}}
search = Search({"seed": 1, "strategy": strategy, "retrain": {"epochs": 1}}).run()
print([round(trial.loss, 2) for trial in search.best(3)])
