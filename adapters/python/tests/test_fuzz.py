"""Whatever is handed over, the answer is a result or an error that says what was expected. SMASH_FUZZ_SECONDS makes it long."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import QUICK, bars
from smash_nas import Architecture, Dataset, Job, Model, Search, Space, Task

pytest.importorskip("hypothesis", reason="no hypothesis")

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

SECONDS = float(os.environ.get("SMASH_FUZZ_SECONDS", "0"))
EXPECTED = (ValueError, TypeError, LookupError, OverflowError)
long = settings(
    max_examples=10**9 if SECONDS else 60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=not SECONDS
)
_until: dict[str, float] = {}


def over(test: str) -> bool:
    """Whether a long run has had its share of the time."""
    return bool(SECONDS) and time.monotonic() > _until.setdefault(test, time.monotonic() + SECONDS / 4)


ARRAYS = hnp.arrays(
    dtype=st.one_of(hnp.scalar_dtypes(), hnp.unicode_string_dtypes(), st.just(np.dtype(object))),
    shape=hnp.array_shapes(min_dims=0, max_dims=6, min_side=0, max_side=4),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["seed", "space", "dataset", "strategy", "retrain", "constraints", "threads", "backend", "budget", "type", "epochs", "search"]
JOBS = st.dictionaries(st.sampled_from(KEYS), JSON | st.dictionaries(st.sampled_from(KEYS), JSON, max_size=3), max_size=4)


@pytest.fixture(scope="module")
def model() -> Model:
    return Search(Job.from_data(*bars(), **QUICK)).run().model()


@long
@given(x=ARRAYS, y=ARRAYS | st.lists(JSON, max_size=4), channels=st.sampled_from(["first", "last", "none", "middle"]))
def test_arrays(x: Any, y: Any, channels: Any) -> None:
    if over("arrays"):
        return
    try:
        Dataset.from_arrays(x, y, channels=channels).describe()
    except EXPECTED as error:
        assert str(error)


@long
@given(job=JOBS)
def test_jobs(job: Any) -> None:
    if over("jobs"):
        return
    try:
        assert isinstance(Job(job).check(), list)
    except EXPECTED as error:
        assert str(error)


@long
@given(x=ARRAYS)
def test_predictions(model: Model, x: Any) -> None:
    if over("predictions"):
        return
    try:
        assert model.predict_proba(x).shape[1] == 3
    except EXPECTED as error:
        assert str(error)


@long
@given(seed=st.integers(0, 2**64 - 1), edits=st.dictionaries(st.integers(0, 200), JSON, max_size=3), document=JSON)
def test_architectures(seed: int, edits: dict[int, Any], document: Any) -> None:
    if over("architectures"):
        return
    space = Space({"type": "memory_bank", "preset": "tiny"}, Task(1, (8, 8), 10))
    params: dict[str, Any] = dict(space.params(space.sample(seed)))
    names = list(params)
    for at, value in edits.items():
        params[names[at % len(names)]] = value
    makes: list[Callable[[], Architecture]] = [
        lambda: space.from_params(params),
        lambda: Architecture(document),
        lambda: space.nearest(params),
    ]
    for make in makes:
        try:
            space.validate(make())
        except EXPECTED as error:
            assert str(error)
