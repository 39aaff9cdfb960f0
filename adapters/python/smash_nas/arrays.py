"""Arrays in and out: numpy's, and of anything with ``__dlpack__``, which stay where they are."""

from __future__ import annotations

import weakref
from ctypes import POINTER, byref, c_float, c_int64, cast
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from . import smash_layout as c
from ._library import callback
from .errors import DataError

#: Where the channels of an array of examples are: the extent after the first, the last extent, or nowhere (there is one).
Channels = Literal["first", "last", "none"]
_CODES = {"f": c.kDLFloat, "i": c.kDLInt, "u": c.kDLUInt}


def array(value: Any, name: str) -> NDArray[Any]:
    """An array of numpy, without a copy where its memory is the host's."""
    if isinstance(value, np.ndarray) or not hasattr(value, "__dlpack__"):
        try:
            return np.asarray(value)
        except ValueError as problem:
            raise DataError(f"{name}: expected an array, found {type(value).__name__}: {problem}") from problem
    device = value.__dlpack_device__()
    if device[0] not in (c.kDLCPU, c.kDLCUDAHost):
        raise DataError(f"{name}: expected an array in host memory, found one on device {device}: copy it to the host first")
    if getattr(value, "requires_grad", False):
        value = value.detach()
    try:
        return np.from_dlpack(value)
    except (BufferError, RuntimeError, TypeError, ValueError) as problem:
        raise DataError(f"{name}: expected an array that numpy reads by DLPack, found {type(value).__name__}: {problem}") from problem


def examples(x: Any, channels: Channels = "first") -> NDArray[Any]:
    """Examples as the library takes them: ``[n, channels, extents...]`` with 1 to 3 extents, float32 or uint8.

    Views only, but for floats of another size, which are rounded to float32.

    Raises:
        DataError: another shape or type, or a value that is not finite.
    """
    found = array(x, "x")
    if channels not in ("first", "last", "none"):
        raise DataError(f"channels: expected 'first', 'last' or 'none', found {channels!r}")
    axes = {"first": "[n, channels, extents...]", "last": "[n, extents..., channels]", "none": "[n, extents...]"}[channels]
    least = 2 if channels == "none" else 3
    if not least <= found.ndim <= least + 2 or found.size == 0:
        other = "" if channels != "first" or found.ndim not in (2, 3, 4) else '; channels="last" or "none" says where they are'
        raise DataError(f"x: expected {axes} with 1 to 3 extents and no empty one, found shape {list(found.shape)}{other}")
    if found.dtype.kind == "f":
        with np.errstate(over="ignore"):
            found = found.astype(np.float32, copy=False)
        if not np.isfinite(found).all():
            raise DataError(f"x: expected finite values of float32, found {_first(~np.isfinite(found))}")
    elif found.dtype == np.bool_:
        found = found.view(np.uint8) * np.uint8(255)
    elif found.dtype != np.uint8:
        raise DataError(
            f"x: expected float32, or uint8 that stands for value / 255, found {found.dtype}: convert it, as in "
            "x.astype('float32')"
        )
    if channels == "none":
        return found[:, None]
    return np.moveaxis(found, -1, 1) if channels == "last" else found


def _first(wrong: NDArray[np.bool_]) -> str:
    at = np.argwhere(wrong)[0]
    return f"{int(wrong.sum())} others, the first at x{at.tolist()}"


def labels(y: Any, count: int) -> tuple[NDArray[Any], list[str] | None]:
    """Classes as int64 ``[n]``; with their names, sorted, where they are texts.

    Raises:
        DataError: another shape, number or type, or a negative class.
    """
    found = array(y, "y")
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise DataError(f"y: expected one class an example, [n], found shape {list(found.shape)}")
    if len(found) != count:
        raise DataError(f"y: expected {count} classes, one an example, found {len(found)}")
    if found.dtype.kind in "OUS":
        texts = found.tolist()
        if all(isinstance(value, (str, bytes)) for value in texts):
            names, classes = np.unique([t.decode() if isinstance(t, bytes) else t for t in texts], return_inverse=True)
            return classes.reshape(-1).astype(np.int64), [str(name) for name in names]
        kind = (str, bytes) if any(isinstance(value, (str, bytes)) for value in texts) else (int, np.integer)
        odd = [value for value in texts if isinstance(value, bool) or not isinstance(value, kind)]
        if odd:
            raise DataError(f"y: expected classes as integers or as texts, found {type(odd[0]).__name__} ({odd[0]!r:.60})")
        found = np.asarray(texts, dtype=np.int64)
    if found.dtype.kind == "f" and np.array_equal(found, np.floor(found)) and np.isfinite(found).all():
        found = found.astype(np.int64)
    if found.dtype.kind not in "iub":
        raise DataError(f"y: expected classes as integers or as texts, found {found.dtype}")
    if found.size and (int(found.min()) < 0 or int(found.max()) > 2**31 - 1):
        raise DataError(f"y: expected classes from 0 on, found {int(found.min())} to {int(found.max())}")
    return found.astype(np.int64, copy=False), None


@callback(c.field(c.DLManagedTensorVersioned, "deleter"))
def _kept(_: Any) -> None:
    """Whoever lent the tensor frees it."""


class Lent:
    """An array as a tensor that the library may read while this object lives."""

    def __init__(self, values: NDArray[Any]) -> None:
        values = values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))
        if any(stride % values.itemsize for stride in values.strides):
            values = np.ascontiguousarray(values)
        self._values = values
        self._shape = (c_int64 * values.ndim)(*values.shape)
        self._strides = (c_int64 * values.ndim)(*(stride // values.itemsize for stride in values.strides))
        tensor = c.DLTensor(
            data=values.ctypes.data,
            device=c.DLDevice(c.kDLCPU, 0),
            ndim=values.ndim,
            dtype=c.DLDataType(_CODES[values.dtype.kind], values.itemsize * 8, 1),
        )
        tensor.shape = cast(self._shape, POINTER(c_int64))
        tensor.strides = cast(self._strides, POINTER(c_int64))
        version = c.DLPackVersion(c.DLPACK_MAJOR_VERSION, c.DLPACK_MINOR_VERSION)
        self._managed = c.DLManagedTensorVersioned(version=version, deleter=_kept, dl_tensor=tensor)

    @property
    def argument(self) -> Any:
        """What a call takes."""
        return byref(self._managed)


def owned(managed: Any) -> NDArray[np.float32]:
    """A dense float32 tensor that the library handed out, as an array in the same memory."""
    tensor = managed.contents.dl_tensor
    shape = [tensor.shape[i] for i in range(tensor.ndim)]
    count = int(np.prod(shape, dtype=np.int64))
    memory = (c_float * count).from_address(tensor.data + tensor.byte_offset) if count else (c_float * 0)()
    weakref.finalize(memory, managed.contents.deleter, managed)
    return np.frombuffer(memoryview(memory), dtype=np.float32).reshape(shape)
