"""Files that the library reads and writes."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from ctypes import byref, memmove, string_at
from typing import Any, BinaryIO

from . import smash_layout as c
from ._library import raised

_Read = c.field(c.SmashReader, "read")
_Write = c.field(c.SmashWriter, "write")


def replace(path: str | os.PathLike[str], write: Callable[[BinaryIO], Any]) -> None:
    """Writes a file beside one and puts it in its place: a failure leaves what was there."""
    folder, name = os.path.split(os.path.abspath(path))
    beside = os.path.join(folder, f".{name}.{secrets.token_hex(4)}")
    try:
        with open(beside, "xb") as opened:
            write(opened)
            opened.flush()
            os.fsync(opened.fileno())
        os.replace(beside, path)
    except BaseException:
        if os.path.exists(beside):
            os.unlink(beside)
        raise


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
