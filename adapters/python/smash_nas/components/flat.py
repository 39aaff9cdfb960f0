"""Spaces of the flat forms that other tools write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..dataset import Task
from ..flat import Flat
from ..graph import Network
from ..space import Value
from .space import Decide, Space

#: Makes the network of some parameters, as :meth:`Space.build` does.
Build = Callable[[dict[str, Value], Task, Network], Mapping[str, Any]]


def flat_space(id: str, flat: Flat, build: Build) -> type[Space]:
    """A space whose architectures are the parameters of a flat form, to be registered like any other.

    Args:
        build: makes the network of some parameters for a task; a parameter whose conditions do not hold is not among them.
    """

    class FlatSpace(Space):
        def draw(self, decide: Decide) -> Mapping[str, Any]:
            params: dict[str, Value] = {}
            for parameter in flat.parameters:
                if not parameter.is_active(params):
                    continue
                values = flat.allowed(parameter, params)
                if isinstance(values, range):
                    step = values.step
                    params[parameter.name] = decide.integer(parameter.name, values[0], values[-1], step=step, log=parameter.log)
                else:
                    weights = parameter.weights if len(values) == len(parameter.values) else None
                    params[parameter.name] = decide.choice(parameter.name, values, weights)
            return _nested(params)

        def build(self, choices: Any, network: Network) -> Mapping[str, Any]:
            found = ((name, _at(choices, name)) for name in flat.names())
            return build({name: value for name, value in found if value is not None}, self.task, network)

    FlatSpace.id = id
    FlatSpace.about = f"Networks of {len(flat.parameters)} parameters."
    FlatSpace.__name__ = FlatSpace.__qualname__ = id
    return FlatSpace


def _nested(params: Mapping[str, Value]) -> dict[str, Any]:
    """Choices whose paths are the names of the parameters: a dot leads further in."""
    choices: dict[str, Any] = {}
    for name, value in params.items():
        *path, last = name.split(".")
        place = choices
        for part in path:
            place = place.setdefault(part, {})
        place[last] = value
    return choices


def _at(choices: Any, name: str) -> Any:
    for part in name.split("."):
        if not isinstance(choices, Mapping) or part not in choices:
            return None
        choices = choices[part]
    return None if isinstance(choices, Mapping) else choices
