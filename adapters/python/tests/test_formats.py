"""Spaces as other tools write them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from smash_nas import Context, Job, Search, Space, Task, formats
from smash_nas.flat import Condition, Flat, Parameter
from smash_nas.graph import GraphBuilder, Network
from smash_nas.graph import Parameter as Weight

TASK = Task(1, (8, 8), 10)


@pytest.fixture(scope="module")
def space() -> Space:
    return Space({"type": "memory_bank", "preset": "tiny"}, TASK)


@pytest.fixture(scope="module")
def tiny(space: Space) -> Flat:
    return space.flat(400)


TOY = Flat(
    (
        Parameter("depth", range(1, 4), "int"),
        Parameter("op", ("conv", "pool"), weights=(0.75, 0.25)),
        Parameter("kernel", range(3, 8, 2), "int", conditions=(Condition("op", ("conv",)),)),
        Parameter("width", range(8, 65), "int", True, conditions=(Condition("depth", (2, 3)), Condition("op", ("conv",)))),
        Parameter("excite", (False, True)),
    )
)


def build(params: dict[str, Any], task: Task, network: Network) -> Any:
    b = GraphBuilder()
    h = b.input([task.channels, *task.extents])
    for i in range(params["depth"]):
        width, kernel = params.get("width", 8), params.get("kernel", 1)
        h = b.relu(b.conv(h, Weight(f"conv{i}", (width, h.channels, kernel, kernel))))
    head = Weight("head", (task.classes, h.channels)), Weight("bias", (task.classes,), 0.0)
    return b.finish(b.head(h, *head))


def test_an_architecture_and_its_flat_form(space: Space, tiny: Flat) -> None:
    names = set(tiny.names())
    missing = 0
    for seed in range(100):
        architecture = space.sample(seed)
        assert space.nearest(space.params(architecture)) == architecture
        params = tiny.sample(seed)
        made = space.nearest(params)
        missing += len(set(space.params(made)) - set(params))
        assert {name: value for name, value in space.params(made).items() if name in params and params[name] != value} == {}
        assert set(params) <= names
    # Conditions that a draw in a thousand breaks are not seen.
    assert missing < 100


def test_configspace_reads_what_is_written(tiny: Flat) -> None:
    configspace = pytest.importorskip("ConfigSpace", reason="no ConfigSpace")
    for flat in (TOY, tiny):
        written = formats.to_configspace(flat)
        assert formats.from_configspace(json.loads(json.dumps(written))).names() == flat.names()
    read = configspace.ConfigurationSpace.from_serialized_dict(formats.to_configspace(TOY))
    found = {json.dumps(dict(c), sort_keys=True, default=_plain) for c in read.sample_configuration(2000)}
    ours = {json.dumps(TOY.sample(seed), sort_keys=True) for seed in range(2000)}
    valid = _all()
    assert len(valid) == 2 * (3 + 3 + 3 * 2 * 57) and found <= valid and ours <= valid
    assert sorted(formats.from_configspace(read.to_serialized_dict()).names()) == sorted(TOY.names())


def _plain(value: Any) -> Any:
    return value.item()


def _all() -> set[str]:
    found: list[dict[str, Any]] = []
    for depth, excite in itertools.product((1, 2, 3), (False, True)):
        base = {"depth": depth, "excite": excite}
        found.append({**base, "op": "pool"})
        for kernel, width in itertools.product((3, 5, 7), range(8, 65) if depth > 1 else [None]):
            wide = {} if width is None else {"width": width}
            found.append({**base, "op": "conv", "kernel": kernel, **wide})
    return {json.dumps(params, sort_keys=True) for params in found}


def test_a_space_of_configspace_is_searched() -> None:
    context = Context()
    document = formats.to_configspace(TOY)
    document["forbiddens"] = [{"type": "AND", "clauses": [
        {"type": "EQUALS", "name": "depth", "value": 3}, {"type": "IN", "name": "excite", "values": [True]}]}]
    space = Space.from_configspace(document, TASK, build, context=context)
    for seed in range(50):
        params = space.params(space.sample(seed))
        assert params["depth"] != 3 or not params.get("excite", False)
        assert ("kernel" in params) == (params["op"] == "conv")
        assert space.params(space.from_params(params)) == params
    job = Job(space={"type": "configspace"}, strategy={"type": "random", "search": {"candidates": 5}}, context=context)
    assert len(Search(job).ask(5)) == 5


@pytest.mark.parametrize(
    ("hyperparameter", "said"),
    [
        ({"type": "uniform_float", "name": "lr"}, "lr: expected uniform_int, categorical, ordinal or constant"),
        ({"type": "normal_int", "name": "n"}, "found 'normal_int'"),
    ],
)
def test_what_is_no_decision_is_refused(hyperparameter: dict[str, Any], said: str) -> None:
    document = {"format_version": 0.4, "hyperparameters": [hyperparameter], "conditions": [], "forbiddens": []}
    with pytest.raises(ValueError, match=said):
        formats.from_configspace(document)
    with pytest.raises(ValueError, match="format_version: expected 0.4, found 0.1"):
        formats.from_configspace({**document, "format_version": 0.1})


def test_nni_leaves_the_upper_bound_of_an_integer_out(tiny: Flat) -> None:
    written = formats.to_nni(TOY)
    assert written["depth"] == {"_type": "randint", "_value": [1, 4]}
    assert written["width"] == {"_type": "qloguniform", "_value": [8, 64, 1]}
    for flat in (TOY, tiny):
        read = formats.from_nni(json.loads(json.dumps(formats.to_nni(flat))))
        assert [list(p.values) for p in read.parameters] == [list(p.values) for p in flat.parameters]
    nested = {"op": {"_type": "choice", "_value": [
        {"_name": "conv", "kernel": {"_type": "choice", "_value": [3, 5]}}, {"_name": "skip"}]}}
    read = formats.from_nni(nested)
    assert read.names() == ["op", "op.conv.kernel"] and read.parameters[1].conditions == (Condition("op", ("conv",)),)
    with pytest.raises(ValueError, match="lr: expected choice, randint"):
        formats.from_nni({"lr": {"_type": "loguniform", "_value": [1e-4, 1e-1]}})


def test_optuna_has_the_same_values() -> None:
    pytest.importorskip("optuna", reason="no Optuna")
    written = formats.to_optuna(TOY)
    depth, kernel = written["depth"], written["kernel"]
    assert (depth.low, depth.high) == (1, 3) and (kernel.low, kernel.high, kernel.step) == (3, 7, 2)
    assert written["op"].choices == ("conv", "pool") and written["width"].log


def test_ray_leaves_the_upper_bound_of_an_integer_out() -> None:
    pytest.importorskip("ray.tune", reason="no Ray Tune")
    written = formats.to_ray(TOY)
    assert {written["depth"].sample() for _ in range(200)} == {1, 2, 3}
    assert {written["kernel"].sample() for _ in range(200)} == {3, 5, 7}


def test_syne_tune_has_the_upper_bound_of_an_integer() -> None:
    pytest.importorskip("syne_tune", reason="no Syne Tune")
    written = formats.to_syne_tune(TOY)
    assert {written["depth"].sample() for _ in range(200)} == {1, 2, 3}


def test_vizier_is_a_tree_of_texts() -> None:
    written = formats.to_vizier(TOY)
    assert [spec["parameterId"] for spec in written["parameters"]] == ["depth", "op", "excite"]
    children = written["parameters"][1]["conditionalParameterSpecs"]
    assert [child["parameterSpec"]["parameterId"] for child in children] == ["kernel", "width"]
    assert children[0]["parentCategoricalValues"] == {"values": ["conv"]}
    set_by_host = {"depth": "2", "op": "conv", "kernel": "5", "width": 9.0, "excite": "true"}
    assert formats.texts_to_values(TOY, set_by_host) == {"depth": 2, "op": "conv", "kernel": 5, "width": 9, "excite": True}
