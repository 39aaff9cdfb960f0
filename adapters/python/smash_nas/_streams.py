"""Files that the library reads and writes."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import byref, memmove, string_at
from typing import Any, BinaryIO

from . import smash_layout as c
from ._library import raised

_Read = c.field(c.SmashReader, "read")
_Write = c.field(c.SmashWriter, "write")


def reader(file: BinaryIO) -> Any:
    """A file to be read from where it stands; the result keeps what it needs."""

    def read(_: Any, target: int, n: int) -> int:
        try:
            part = file.read(n)
            memmove(target, part, len(part))
            return len(part)
        except BaseException as exception:
            raised(exception)
            return -1

    return byref(c.sized(c.SmashReader, read=_Read(read)))


def writer(write: Callable[[bytes], Any]) -> Any:
    """What takes the bytes that are written; the result keeps what it needs."""

    def take(_: Any, source: int, n: int) -> int:
        try:
            write(string_at(source, n))
            return n
        except BaseException as exception:
            raised(exception)
            return -1

    return byref(c.sized(c.SmashWriter, write=_Write(take)))
