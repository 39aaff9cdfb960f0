"""Networks that are built op by op are those that the library takes."""

from __future__ import annotations

import doctest
from typing import Any

import pytest
from conftest import QUICK
from smash_nas import Context, Job, Model, Space, Task, graph
from smash_nas.components import Decide
from smash_nas.components import Space as Component
from smash_nas.components import register
from smash_nas.graph import GraphBuilder, Network, Parameter


class Everything(Component):
    """One network with every method of the builder."""

    id = "everything"

    def draw(self, decide: Decide) -> dict[str, Any]:
        return {"wide": decide.choice("wide", [False, True])}

    def build(self, choices: Any, network: Network) -> Any:
        b, rank = GraphBuilder(), len(self.task.extents)
        width, kernel = 16 if choices["wide"] else 8, (3,) * rank
        x = b.input([self.task.channels, *self.task.extents])
        h = b.batch_norm(b.conv(x, Parameter("stem", (width, self.task.channels, *kernel))), "norm", network, 16)
        h = b.relu6(b.conv(h, network.shared("depthwise", (width, 1, *kernel), (16, 1, *kernel)), groups=width, dilation=2))
        halves = b.conv(h, Parameter("halves", (width, width, *kernel)), stride=2)
        h = b.add(halves, b.pool(h, 3, "average", stride=2, padding=1))
        h = b.add(b.silu(h), b.mul(b.tanh(h), b.hard_swish(h)))
        gate = b.sigmoid(b.linear(b.global_average_pool(h), Parameter("gate", (width, width)), Parameter("gate.bias", (width,), 0.0)))
        scale = b.parameter(Parameter("scale", (width,), ("uniform", 0.5)))
        h = b.bias(b.gain(h, gate), scale)
        h = b.relu(b.concat([h, b.pool(h, 1)]), 0.1)
        head = Parameter("head", (self.task.classes, 2 * width)), Parameter("bias", (self.task.classes,), 0.0)
        return b.finish(b.head(h, *head))


@pytest.mark.parametrize("extents", [(16,), (8, 8), (6, 6, 6)])
def test_every_method_of_the_builder(extents: tuple[int, ...]) -> None:
    context = Context()
    register(Everything, context)
    space = Space("everything", Task(2, extents, 3), context=context)
    for seed in range(4):
        architecture = space.sample(seed)
        assert space.count(architecture).params > 0 and space.graph(architecture, standalone=False)["outputs"]


def test_a_network_of_every_method_is_trained() -> None:
    context = Context()
    register(Everything, context)
    settings = {**QUICK, "space": {"type": "everything"}, "dataset": {"type": "digits"}}
    job = Job(settings, context=context)
    model = Model.train(job.space().sample(1), job)
    assert model.metrics["valid_error"] < 0.9


def test_what_does_not_fit_is_named() -> None:
    b = GraphBuilder()
    x = b.input([4, 8, 8])
    with pytest.raises(ValueError, match=r"conv 'w': expected a weight \[outputs, 4, 2 extents\], found \(8, 3, 3, 3\)"):
        b.conv(x, Parameter("w", (8, 3, 3, 3)))
    with pytest.raises(ValueError, match="add: expected two of one shape"):
        b.add(x, b.input([4, 4, 4], "y"))


def test_the_example_of_the_page_runs() -> None:
    assert doctest.testmod(graph).failed == 0 and doctest.testmod(graph).attempted > 2
