"""What is created and dropped leaves nothing behind."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from conftest import bars
from smash_nas import Context, Job, Search, components, errors

STATUS = Path("/proc/self/statm")


class Even(components.Estimator):
    """All are worth the same."""

    id = "even"

    def score(self, surroundings: Any, architectures: Any) -> list[float]:
        return [1.0] * len(architectures)


@pytest.mark.skipif(not STATUS.exists(), reason="no /proc")
def test_memory_stays_as_it_is_over_many_searches() -> None:
    context = Context()
    components.register(Even, context)
    x, y = bars(200)
    strategy = {"type": "random", "search": {"candidates": 2}, "estimator": {"type": "even"}}

    def one(seed: int) -> None:
        job = Job.from_data(x, y, context=context, seed=seed, threads=1, strategy=strategy, retrain={"epochs": 0})
        search = Search(job)
        search.step(2)
        space = job.space()
        space.params(search.best()[0].architecture)
        space.draw(lambda decision: decision.values[0])
        with pytest.raises(errors.InvalidConfigError):
            Search({"seed": -1})

    def resident() -> int:
        gc.collect()
        return int(STATUS.read_text().split()[1]) * 4096

    for seed in range(50):
        one(seed)
    before = resident()
    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        for seed in range(300):
            one(seed)
        # A search holds more than a megabyte.
        assert resident() - before < 8e6 and tracemalloc.get_traced_memory()[0] - held < 1e6
    finally:
        tracemalloc.stop()
