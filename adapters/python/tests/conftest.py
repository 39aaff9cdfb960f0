"""What the tests share: a job that takes a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from smash_nas import Job

QUICK: dict[str, Any] = {
    "seed": 3,
    "threads": 1,
    "strategy": {
        "type": "smash",
        "epochs": 1,
        "batch": 60,
        "scoring": {"examples": 60, "calibration": 50},
        "search": {"random": 4, "perturbation": 2, "chain": 2},
    },
    "retrain": {"epochs": 1, "batch": 60},
}


def bars(count: int = 300) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Pictures of a bar in one of three columns, under noise."""
    random, y = np.random.default_rng(0), np.arange(count) % 3
    x = random.normal(0, 0.3, (count, 1, 8, 8)).astype(np.float32)
    x[np.arange(count), 0, :, 1 + 2 * y] += 1
    return x, y


@pytest.fixture
def job() -> Job:
    """A search of a second."""
    return Job.from_data(*bars(), **QUICK)
