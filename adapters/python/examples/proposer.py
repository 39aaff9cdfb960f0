"""A strategy in Python: climbs from the best candidate so far, and is scored by a HyperNet."""

from smash_nas import Architecture, Search
from smash_nas.components import DONE, Proposer, register


class Climb(Proposer):
    """Hill climbing: a mutation of the best so far."""

    id = "climb"
    schema = {"type": "object", "properties": {"candidates": {"type": "integer", "minimum": 1}}}

    def __init__(self, config):
        super().__init__(config)
        self.total = config.get("candidates", 20)
        self.state = {"asked": 0, "best": None, "loss": None}

    def ask(self, seed, space):
        if self.state["asked"] == self.total:
            return DONE
        self.state["asked"] += 1
        if self.state["best"] is None:
            return space.sample(seed)
        return space.mutate(Architecture(self.state["best"]), seed, 0.1)

    def tell(self, architecture, outcome):
        if outcome.values and (self.state["best"] is None or outcome.values[0] < self.state["loss"]):
            self.state.update(best=dict(architecture), loss=outcome.values[0])


register(Climb)
search = Search({"seed": 1, "strategy": {"type": "climb", "candidates": 12, "estimator": {"type": "hypernet", "epochs": 1}},
                 "retrain": {"epochs": 0}}).run()
print(len(search.best(0)), search.best()[0].loss)
