"""The flat form of a space: named parameters with conditions, as most hosts write a search space."""

from __future__ import annotations

import heapq
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Union

import numpy as np
from numpy.typing import NDArray

from .space import Architecture, Decision, Value

if TYPE_CHECKING:
    from .space import Space

#: A condition is kept if its opposite would have been seen so often by chance.
_EXPECTED = 12.0


@dataclass(frozen=True)
class Condition:
    """A parameter is there only if another one has one of these values."""

    parent: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Parameter:
    """A named parameter."""

    name: str
    #: Its values in their order.
    values: Union[tuple[Value, ...], range]
    kind: Literal["choice", "int"] = "choice"
    log: bool = False
    #: How probable each value is; ``None``: all alike.
    weights: tuple[float, ...] | None = None
    #: All of them hold, or it is not there.
    conditions: tuple[Condition, ...] = ()

    def is_active(self, params: Mapping[str, Value]) -> bool:
        """Whether it is there beside these."""
        return all(c.parent in params and params[c.parent] in c.values for c in self.conditions)


@dataclass(frozen=True)
class Forbidden:
    """Values that may not come together, by name."""

    values: tuple[tuple[str, tuple[Value, ...]], ...]


@dataclass(frozen=True)
class Flat:
    """The parameters of a space in an order in which conditions look back, and what is forbidden."""

    parameters: tuple[Parameter, ...]
    forbidden: tuple[Forbidden, ...] = ()

    def __post_init__(self) -> None:
        known: set[str] = set()
        for parameter in self.parameters:
            unknown = [c.parent for c in parameter.conditions if c.parent not in known]
            if unknown:
                raise ValueError(f"{parameter.name}: expected a condition on an earlier parameter, found {unknown[0]!r}")
            if parameter.name in known:
                raise ValueError(f"{parameter.name}: expected one parameter of each name, found two")
            if not len(parameter.values):
                raise ValueError(f"{parameter.name}: expected a value or more, found none")
            known.add(parameter.name)

    def sample(self, seed: int) -> dict[str, Value]:
        """Parameters at random."""
        chosen = random.Random(seed)
        params: dict[str, Value] = {}
        for parameter in self.parameters:
            if parameter.is_active(params):
                values = self.allowed(parameter, params)
                params[parameter.name] = values[0] if len(values) == 1 else chosen.choice(values)
        return params

    def allowed(self, parameter: Parameter, params: Mapping[str, Value]) -> Sequence[Value]:
        """The values that a parameter may have beside those that are decided.

        Raises:
            ValueError: what is forbidden leaves none.
        """
        out: set[Value] = set()
        for forbidden in self.forbidden:
            others = {name: values for name, values in forbidden.values if name != parameter.name}
            own = dict(forbidden.values).get(parameter.name)
            if own is not None and all(name in params and params[name] in values for name, values in others.items()):
                out.update(own)
        values = [value for value in parameter.values if value not in out] if out else parameter.values
        if not len(values):
            raise ValueError(f"{parameter.name}: expected a value or more, found none that is not forbidden beside {dict(params)}")
        return values

    def names(self) -> list[str]:
        """The names of all."""
        return [parameter.name for parameter in self.parameters]


def flat(space: Space, samples: int = 1000, seed: int = 0) -> Flat:
    """The flat form of a space, by random draws: every other one by the space's own distribution, the rest all alike.

    Each parameter has the values that were ever asked for under its name, and conditions that held in every draw in which it was
    asked for. They are necessary, not sufficient: a host may set parameters that an architecture does not have, or that it may not
    have beside the others. :func:`nearest` turns whatever it sets into a valid architecture.
    """
    asked = [_asked(space, seed + i, weighted=i % 2 == 1) for i in range(samples)]
    order: dict[str, Decision] = {}
    for draw in asked:
        for name, (decision, _) in draw.items():
            known = order.get(name)
            if known is None or list(known.values) != list(decision.values):
                order[name] = decision if known is None else _union(known, decision)
    names = _ordered(order, asked)
    columns = {name: i for i, name in enumerate(names)}
    chosen = np.full((samples, len(names)), -1, np.int32)
    for row, draw in enumerate(asked):
        for name, (_, value) in draw.items():
            chosen[row, columns[name]] = order[name].index(value)
    conditions = _direct(_conditions(chosen, names, order), columns)
    return Flat(tuple(_parameter(order[name], found) for name, found in zip(names, conditions)))


def nearest(space: Space, params: Mapping[str, Value]) -> Architecture:
    """A valid architecture of whatever a host sets: decisions without a value get their first one, a value that a decision may not
    have becomes the nearest in the order of its values, and what the architecture does not have is passed over."""

    def decide(decision: Decision) -> Value:
        value = params.get(decision.name)
        if value is None:
            return decision.values[0]
        try:
            decision.index(value)
            return value
        except ValueError:
            numbers = [v for v in decision.values if isinstance(v, (int, float))]
            if isinstance(value, (int, float)) and len(numbers) == len(decision.values):
                return min(numbers, key=lambda known: abs(known - value))
            return decision.values[0]

    return space.draw(decide)


def _asked(space: Space, seed: int, *, weighted: bool) -> dict[str, tuple[Decision, Value]]:
    chosen = random.Random(seed)
    found: dict[str, tuple[Decision, Value]] = {}

    def decide(decision: Decision) -> Value:
        weights = decision.weights if weighted else None
        value = chosen.choices(decision.values, weights)[0]
        found[decision.name] = (decision, value)
        return value

    space._drawn(decide)
    return found


def _union(known: Decision, other: Decision) -> Decision:
    if known.kind == "int" and other.kind == "int":
        low, high = min(known.values[0], other.values[0]), max(known.values[-1], other.values[-1])
        return replace(known, values=range(int(low), int(high) + 1, known.step), weights=None)
    more = [value for value in other.values if value not in known.values]
    return replace(known, values=(*known.values, *more), weights=None, kind="choice")


def _ordered(order: Mapping[str, Decision], asked: Sequence[Mapping[str, object]]) -> list[str]:
    """Names in an order that all draws agree with; where they leave it open, by the first place in a draw."""
    place = {name: len(asked) * len(order) for name in order}
    after: dict[str, set[str]] = {name: set() for name in order}
    for draw in asked:
        names = list(draw)
        for at, name in enumerate(names):
            place[name] = min(place[name], at)
        for earlier, later in zip(names, names[1:]):
            after[earlier].add(later)
    waiting = {name: 0 for name in order}
    for names_after in after.values():
        for name in names_after:
            waiting[name] += 1
    ready = [(place[name], name) for name in order if not waiting[name]]
    heapq.heapify(ready)
    found = []
    while ready:
        found.append(heapq.heappop(ready)[1])
        for name in after[found[-1]]:
            waiting[name] -= 1
            if not waiting[name]:
                heapq.heappush(ready, (place[name], name))
    return found


def _conditions(chosen: NDArray[np.int32], names: Sequence[str], order: Mapping[str, Decision]) -> list[list[Condition]]:
    """For each parameter the values of others beside which alone it was asked for."""
    sizes = [len(order[name].values) for name in names]
    first = np.concatenate([[0], np.cumsum(sizes)])
    there = (chosen >= 0).astype(np.float32)
    values = np.concatenate([chosen[:, [at]] == np.arange(size) for at, size in enumerate(sizes)], axis=1).astype(np.float32)
    together, counts = there.T @ values, values.sum(axis=0)
    both = there.T @ there
    found: list[list[Condition]] = []
    for at in range(len(names)):
        share, conditions = there[:, at].mean(), []
        for parent in map(int, np.flatnonzero(both[at, :at] == both[at, at])):
            columns = slice(first[parent], first[parent + 1])
            never = (together[at, columns] == 0) & (counts[columns] * share >= _EXPECTED)
            if never.any():
                kept = tuple(value for value, out in zip(order[names[parent]].values, never) if not out)
                conditions.append(Condition(names[parent], kept))
        found.append(conditions)
    return found


def _direct(conditions: Sequence[list[Condition]], columns: Mapping[str, int]) -> list[tuple[Condition, ...]]:
    """Without those that follow from the others."""
    direct = []
    for found in conditions:
        implied = {c.parent for mine in found for c in conditions[columns[mine.parent]]}
        direct.append(tuple(condition for condition in found if condition.parent not in implied))
    return direct


def _parameter(decision: Decision, conditions: tuple[Condition, ...]) -> Parameter:
    values = decision.values if isinstance(decision.values, range) else tuple(decision.values)
    return Parameter(decision.name, values, decision.kind, decision.log, decision.weights, conditions)
