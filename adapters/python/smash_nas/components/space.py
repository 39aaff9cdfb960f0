"""Search spaces in Python."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from ctypes import byref, c_uint64
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from .. import smash_layout as c
from .._library import answer, call
from ..dataset import Task
from ..graph import Network
from ..space import Architecture, Decision, Value
from ._vtable import chars, destroy, document, function, hand_out, hand_out_tensor

class Decide:
    """Answers the decisions of an architecture: at random, as a host does, or as they were."""

    def __init__(self, ask: Callable[[dict[str, Any]], int]) -> None:
        self._ask = ask

    def choice(self, name: str, values: Sequence[Value], weights: Sequence[float] | None = None) -> Any:
        """One of the values. Names are unique, and are paths into the choices: ``stages.0.width``."""
        if len(values) == 1:
            return values[0]
        asked: dict[str, Any] = {"name": name, "choices": list(values)}
        if weights is not None:
            asked["weights"] = list(weights)
        return values[self._ask(asked)]

    def integer(self, name: str, low: int, high: int, *, step: int = 1, log: bool = False) -> int:
        """An integer from ``low`` to ``high``, both of them too."""
        values = range(low, high + 1, step)
        if len(values) == 1:
            return low
        return values[self._ask({"name": name, "low": low, "high": high, "step": step, "log": log})]


@dataclass(frozen=True)
class Plane:
    """What a HyperNet reads: ``rows`` and any number of columns of cells, each for a block of ``outputs`` × ``inputs`` weights."""

    channels: int
    rows: int
    outputs: int
    inputs: int


@dataclass(frozen=True)
class Block:
    """The part of a plane that stands for a generated weight ``[outputs * plane.outputs, inputs * plane.inputs, 1...]``."""

    parameter: str
    #: The channels that say which it is.
    marks: tuple[int, ...]
    #: Columns and rows.
    inputs: int
    outputs: int


class Space(ABC):
    """A search space: ``draw`` says what may be chosen, ``build`` makes the network. With a ``plane`` and ``describe``, a HyperNet
    can write its generated weights."""

    id: ClassVar[str]
    about: ClassVar[str] = ""
    #: JSON Schema of its configuration.
    schema: ClassVar[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
    plane: Plane | None = None

    def __init__(self, config: dict[str, Any], task: Task) -> None:
        self.config = config
        self.task = task

    @abstractmethod
    def draw(self, decide: Decide) -> Mapping[str, Any]:
        """The choices of an architecture, each of which ``decide`` answers; every answer gives a valid one."""

    @abstractmethod
    def build(self, choices: Any, network: Network) -> Mapping[str, Any]:
        """The graph from the input ``x`` to the logits, by a :class:`smash_nas.graph.GraphBuilder`."""

    def describe(self, choices: Any) -> Iterable[Block]:
        """A block for each generated weight, side by side."""
        raise NotImplementedError(f"{self.id}: a plane, but describe is not there")


class LentSpace:
    """The space of a job, lent for a call."""

    def __init__(self, vtable: Any, this: Any) -> None:
        self._vtable = vtable.contents
        self._this = this

    def sample(self, seed: int = 0, progress: float = 1.0) -> Architecture:
        """An architecture; the same seed draws the same."""
        return Architecture(answer(self._vtable.sample, self._this, seed, progress))

    def mutate(self, architecture: Architecture, seed: int = 0, rate: float = 0.1) -> Architecture:
        """A neighbour: each decision is redrawn with probability ``rate``."""
        return Architecture(answer(self._vtable.mutate, self._this, *chars(architecture.to_json()), seed, rate))

    def crossover(self, first: Architecture, second: Architecture, seed: int = 0, rate: float = 0.0) -> Architecture:
        """A child of two."""
        parents = *chars(first.to_json()), *chars(second.to_json())
        return Architecture(answer(self._vtable.crossover, self._this, *parents, seed, rate))

    def decisions(self, architecture: Architecture) -> list[Decision]:
        """The decisions that lead to it, with their values."""
        made = json.loads(answer(self._vtable.decisions, self._this, *chars(architecture.to_json())))
        return [Decision.from_json(decision) for decision in made]

    def graph(self, architecture: Architecture, *, standalone: bool = True) -> dict[str, Any]:
        """Its network, op by op."""
        which = c.SMASH_NETWORK_STANDALONE if standalone else c.SMASH_NETWORK_ONE_SHOT
        found: dict[str, Any] = json.loads(answer(self._vtable.build, self._this, *chars(architecture.to_json()), which))
        return found


def _info(space: Space, out: Any) -> None:
    about: dict[str, Any] = {"id": space.id}
    if space.plane is not None:
        plane = space.plane
        cell = {"outputs": plane.outputs, "inputs": plane.inputs}
        about["plane"] = {"channels": plane.channels, "rows": plane.rows, "cell": cell}
    hand_out(out, about)


def _draw(space: Space, decide: Any, user: Any, out: Any) -> None:
    def ask(asked: dict[str, Any]) -> int:
        index = c_uint64()
        call(decide, user, *chars(json.dumps(asked)), byref(index))
        return index.value

    choices = space.draw(Decide(ask))
    hand_out(out, {"space": space.id, "version": 1, "choices": choices})


def _build(space: Space, data: Any, length: int, network: int, out: Any) -> None:
    choices = document(data, length)["choices"]
    hand_out(out, space.build(choices, Network(network == c.SMASH_NETWORK_ONE_SHOT)))


def _describe(space: Space, data: Any, length: int, _: float, out: Any, plane_out: Any) -> None:
    plane = space.plane
    if plane is None:
        raise ValueError(f"{space.id}: expected a plane, found none: a HyperNet cannot write its weights")
    blocks = list(space.describe(document(data, length)["choices"]))
    columns = sum(block.inputs for block in blocks)
    values = np.full((plane.channels, plane.rows, columns), -1.0, np.float32)
    slices, first = [], 0
    for block in blocks:
        if not 1 <= block.outputs <= plane.rows or any(mark >= plane.channels for mark in block.marks):
            raise ValueError(f"{space.id}: {block} does not fit into {plane}")
        last = first + block.inputs
        values[list(block.marks), : block.outputs, first:last] = 1.0
        rows = {"start": first * plane.inputs, "end": last * plane.inputs}
        slices.append({"parameter": block.parameter, "rows": rows, "columns": {"start": 0, "end": block.outputs * plane.outputs}})
        first = last
    hand_out_tensor(plane_out, values)
    hand_out(out, {"columns": columns, "slices": slices})


def _of(name: str, body: Callable[..., None]) -> Any:
    return function(c.SmashSpaceVtable, name, body)


VTABLE = c.sized(
    c.SmashSpaceVtable,
    info=_of("info", _info),
    draw=_of("draw", _draw),
    build=_of("build", _build),
    describe=_of("describe", _describe),
    destroy=c.field(c.SmashSpaceVtable, "destroy")(destroy),
)
