"""A dataset in Python: waves that are made when they are needed."""

import numpy as np
from smash_nas import Search, Task
from smash_nas.components import Dataset, register


class Waves(Dataset):
    """Waves of three frequencies under noise."""

    id = "waves_of_mine"
    schema = {"type": "object", "properties": {"examples": {"type": "integer", "minimum": 30}}}
    options = {"normalise": {}, "class_names": ["slow", "middle", "fast"]}

    def __init__(self, config):
        super().__init__(config)
        self.count = config.get("examples", 600)
        self.task = Task(channels=1, extents=(32,), classes=3)

    def labels(self):
        return np.arange(self.count) % 3

    def read(self, indices):
        t = np.linspace(0, 2 * np.pi, 32)
        noise = np.stack([np.random.default_rng(int(i)).normal(0, 0.5, 33) for i in indices])
        return (np.sin((indices[:, None] % 3 * 2 + 1) * t + 3 * noise[:, :1]) + noise[:, 1:])[:, None]


register(Waves)
search = Search({"seed": 1, "dataset": {"type": "waves_of_mine"}, "retrain": {"epochs": 4},
                 "strategy": {"type": "smash", "epochs": 1, "search": {"random": 4, "perturbation": 2, "chain": 2}}})
model = search.run().model()
print(model.metrics["test_error"], model.class_names)
