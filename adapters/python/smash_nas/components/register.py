"""Adds components of this program to a context."""

from __future__ import annotations

import json
from ctypes import byref, c_void_p, cast, pointer
from typing import Any, Union

from .. import smash_layout as c
from .._library import api, call, callback, failure
from ..context import Context, default
from ..dataset import Task
from ._vtable import document, keep
from .dataset import VTABLE as DATASET
from .dataset import Dataset
from .estimator import VTABLE as ESTIMATOR
from .estimator import Estimator
from .proposer import VTABLE as PROPOSER
from .proposer import Proposer
from .space import VTABLE as SPACE
from .space import Space

Component = Union[type[Space], type[Proposer], type[Estimator], type[Dataset]]
_KINDS: list[tuple[type, int, Any]] = [
    (Space, c.SMASH_KIND_SPACE, SPACE),
    (Proposer, c.SMASH_KIND_PROPOSER, PROPOSER),
    (Estimator, c.SMASH_KIND_ESTIMATOR, ESTIMATOR),
    (Dataset, c.SMASH_KIND_DATASET, DATASET),
]
#: Functions of ctypes that the library calls: as long as the process lives.
_kept: list[Any] = []


def register(component: Component, context: Context | None = None) -> None:
    """Adds a class to a context: jobs of it name the class by its ``id``.

    Raises:
        TypeError: it is no subclass of a component, or has no ``id``.
        AlreadyExistsError: a component of that kind and ``id`` is there.
    """
    context = context or default()
    found = [(number, vtable) for kind, number, vtable in _KINDS if isinstance(component, type) and issubclass(component, kind)]
    if not found or not isinstance(getattr(component, "id", None), str):
        raise TypeError(f"expected a subclass of a component with an id, found {component!r}")
    number, vtable = found[0]

    @callback(c.field(c.SmashComponent, "create"))
    def create(_: Any, request: Any, length: int, out: Any, err: Any) -> int:
        try:
            asked = document(request, length)
            config = {key: value for key, value in asked["config"].items() if key != "type"}
            if issubclass(component, Space):
                instance: Any = component(config, Task.from_json(asked["task"]))
            else:
                instance = component(config)
            out[0] = keep(instance)
            return c.SMASH_OK
        except BaseException as exception:
            return failure(exception, err)

    about = (component.about or (component.__doc__ or "").strip().split("\n")[0] or component.id).encode()
    described = c.sized(
        c.SmashComponent,
        kind=number,
        id=component.id.encode(),
        about=about,
        config_schema=json.dumps(component.schema).encode(),
        vtable=cast(pointer(vtable), c_void_p),
        create=create,
    )
    call(api().context_register, context._pointer, byref(described))
    _kept.append(create)
    context._components.append(component)
