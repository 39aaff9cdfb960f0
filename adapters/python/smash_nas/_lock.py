"""A lock for objects that are pickled."""

from __future__ import annotations

import threading
from typing import Any


class Lock:
    """A mutex; its pickle and its copy are a new one, which nobody holds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[Any, ...]:
        return Lock, ()
