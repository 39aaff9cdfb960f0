"""The library: found, loaded once, and called."""

from __future__ import annotations

import json
import os
import sys
import threading
import weakref
from collections.abc import Callable
from ctypes import POINTER, Structure, byref, c_size_t, string_at
from functools import cache
from pathlib import Path
from typing import Any

from . import smash_layout as c
from .errors import VersionMismatchError, of_code

#: Names another library than the one that was installed with this package.
VARIABLE = "SMASH_LIBRARY"
_NAMES = {"darwin": "libsmash.1.dylib", "win32": "smash.dll"}


def path() -> Path:
    """Where the library is."""
    given = os.environ.get(VARIABLE)
    found = Path(given) if given else Path(__file__).parent / "lib" / _NAMES.get(sys.platform, "libsmash.so.1")
    if not found.is_file():
        raise ImportError(
            f"expected the library of SMASH at {found}, found no file: install a wheel of smash-nas "
            f"(`cargo xtask wheel` builds one), or name a library in the environment variable {VARIABLE}"
        )
    return found


@cache
def _loaded() -> Any:
    return c.load(str(path()))


@cache
def api() -> Any:
    """The table of functions."""
    table = _loaded().smash_get_api(c.SMASH_ABI_MAJOR, c.SMASH_ABI_MINOR)
    if not table:
        raise VersionMismatchError(
            f"expected a library with version {c.SMASH_ABI_MAJOR}.{c.SMASH_ABI_MINOR} of the interface or a later "
            f"minor one, found SMASH {version()} at {path()}"
        )
    return table.contents


def version() -> str:
    """The version of the library."""
    return str(_loaded().smash_version().decode())


def callback(prototype: Any) -> Callable[[Callable[..., Any]], Any]:
    """Makes a function that the library calls of one of Python, which must live as long as it may be called."""

    def made(function: Callable[..., Any]) -> Any:
        return prototype(function)

    return made


class _Pending(threading.local):
    """The exception that a callback of this thread raised, until the call that it ends returns."""

    exception: BaseException | None = None


_pending = _Pending()


def raised(exception: BaseException) -> None:
    """Keeps what a callback raised: :func:`call` raises it to its caller."""
    _pending.exception = exception


def failure(exception: BaseException, err: Any) -> int:
    """Keeps what a callback raised, and says so to the library; the code that the callback returns."""
    raised(exception)
    if err:
        message = f"{type(exception).__name__}: {exception}".encode(errors="replace")
        err[0] = api().error_new(c.SMASH_ERR_CALLBACK, message, len(message), None, 0)
    return c.SMASH_ERR_CALLBACK


def call(function: Any, *arguments: Any) -> None:
    """Calls a function of the table.

    Raises what a callback raised meanwhile, or else the exception of its error.
    """
    error = POINTER(c.SmashError)()
    code = function(*arguments, byref(error))
    exception, _pending.exception = _pending.exception, None
    if code == c.SMASH_OK:
        return
    made = _taken(code, error)
    if exception is not None:
        raise exception
    raise made


def _taken(code: int, error: Any) -> Exception:
    """The exception of an error, which is freed."""
    texts = []
    for read in api().error_message, api().error_details:
        length = c_size_t()
        data = read(error, byref(length))
        texts.append(data[: length.value].decode(errors="replace") if data else "")
    api().error_free(error)
    details = json.loads(texts[1]) if texts[1] else {}
    return of_code(code, texts[0] or f"error {code}", details)


def answer(function: Any, *arguments: Any) -> bytes:
    """Calls a function that hands out bytes."""
    out = c.SmashBuf()
    call(function, *arguments, byref(out))
    try:
        return string_at(out.data, out.len)
    finally:
        if out.release:
            out.release(byref(out))


def document(function: Any, *arguments: Any) -> Any:
    """Calls a function that hands out JSON."""
    return json.loads(answer(function, *arguments))


def given(value: Any) -> tuple[bytes, int]:
    """A JSON document as the two arguments that it is passed by."""
    data = json.dumps(value, allow_nan=False).encode()
    return data, len(data)


class Handle:
    """Owns an object of the library, which is freed with it."""

    def __init__(self, kind: type[Structure], free: Any, create: Any, *arguments: Any) -> None:
        pointer = POINTER(kind)()
        call(create, *arguments, byref(pointer))
        self._pointer = pointer
        self._finalizer = weakref.finalize(self, free, pointer)
