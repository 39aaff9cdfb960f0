"""Objects of Python behind the functions of the C interface."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from ctypes import POINTER, Structure, c_char, c_uint8, cast, create_string_buffer, pointer
from typing import Any

import numpy as np

from .. import smash_layout as c
from .._library import callback, failure
from ..arrays import Lent

_numbers = itertools.count(1)
#: What stands behind each ``self``.
_instances: dict[int, Any] = {}
#: What was handed out and is not released yet.
_handed_out: dict[int, Any] = {}


def keep(instance: Any) -> int:
    """The number that the library knows an instance by."""
    number = next(_numbers)
    _instances[number] = instance
    return number


def instance(number: int) -> Any:
    """The instance of a number."""
    return _instances[number]


def destroy(number: int) -> None:
    """Forgets an instance."""
    _instances.pop(number, None)


@callback(c.field(c.SmashBuf, "release"))
def _release(buf: Any) -> None:
    _handed_out.pop(buf.contents.user or 0, None)


def hand_out(out: Any, value: Any) -> None:
    """Writes a JSON document, or text that is one, to an out-parameter."""
    text = value if isinstance(value, str) else json.dumps(value, allow_nan=False)
    data = text.encode()
    number, memory = next(_numbers), create_string_buffer(data)
    _handed_out[number] = memory
    buf = out.contents
    buf.data, buf.len, buf.user, buf.release = cast(memory, POINTER(c_uint8)), len(data), number, _release


@callback(c.field(c.DLManagedTensorVersioned, "deleter"))
def _free_tensor(managed: Any) -> None:
    _handed_out.pop(managed.contents.manager_ctx or 0, None)


def hand_out_tensor(out: Any, values: Any) -> None:
    """Writes a float32 tensor to an out-parameter."""
    lent, number = Lent(np.ascontiguousarray(values, dtype=np.float32)), next(_numbers)
    managed = lent._managed
    managed.manager_ctx, managed.deleter = number, _free_tensor
    _handed_out[number] = lent
    out[0] = pointer(managed)


def function(struct: type[Structure], name: str, body: Callable[..., Any]) -> Any:
    """A function of a vtable: ``body(instance, arguments...)`` without the error, which an exception becomes."""

    def guarded(this: int, *arguments: Any) -> int:
        *rest, err = arguments
        try:
            body(_instances[this], *rest)
            return c.SMASH_OK
        except BaseException as exception:
            return failure(exception, err)

    return c.field(struct, name)(guarded)


def document(data: Any, length: int) -> Any:
    """A JSON document that was handed in."""
    return json.loads(data[:length])


def chars(text: str) -> tuple[Any, int]:
    """A text as the two arguments of a function behind a vtable."""
    data = text.encode()
    return (c_char * len(data)).from_buffer_copy(data), len(data)
