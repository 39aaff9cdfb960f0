"""What is seen of long work, and how it is stopped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from ctypes import byref
from typing import Any, Literal, Union

from . import smash_layout as c
from ._library import callback, raised

#: ``{"event": "phase" | "step" | "epoch" | "candidate" | …}``, as the lines of events.jsonl.
Event = dict[str, Any]
#: A bar where somebody looks, nothing, or a function that sees each event and may return False to stop.
Progress = Union[bool, Callable[[Event], Any], None]
Phase = Literal["training", "searching", "retraining"]
_PHASES = {"training": c.SMASH_PHASE_TRAINING, "searching": c.SMASH_PHASE_SEARCHING, "retraining": c.SMASH_PHASE_RETRAINING}

#: At most so many milliseconds between two looks at an interrupt of the keyboard, where steps are shorter.
_INTERVAL = 100


class Run:
    """The options of a call that works for long. A callback of Python is part of each: it is there that Python handles Ctrl-C."""

    def __init__(
        self, progress: Progress, until: Phase | None, steps: int | None, seconds: float | None
    ) -> None:
        shown = _shown(progress)
        every = callable(progress)
        if until is not None and until not in _PHASES:
            raise ValueError(f"until: expected one of {list(_PHASES)}, found {until!r}")

        @callback(c.SmashProgressFn)
        def see(_: Any, text: Any, length: int) -> int:
            try:
                return int(shown is not None and shown(json.loads(text[:length])) is False)
            except BaseException as exception:
                raised(exception)
                return 1

        self._options = c.sized(
            c.SmashRunOptions,
            progress=see,
            max_steps=steps or 0,
            max_ms=0 if seconds is None else max(1, round(seconds * 1000)),
            until=0 if until is None else _PHASES[until],
            interval_ms=0 if every else _INTERVAL,
        )
        self._bar = shown if isinstance(shown, Bar) else None

    @property
    def argument(self) -> Any:
        """What a call takes."""
        return byref(self._options)

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()


class Bar:
    """A bar of tqdm for each phase, in a terminal or a notebook."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, event: Event) -> None:
        from tqdm.auto import tqdm

        kind = event["event"]
        if kind == "phase":
            self.close()
            if event["phase"] != "done":
                self._bar = tqdm(total=event["steps"], desc=event["phase"])
        elif self._bar is not None and kind == "step":
            self._bar.set_postfix(loss=f"{event['loss']:.3f}", refresh=False)
            self._bar.update(event["step"] + 1 - self._bar.n)
        elif self._bar is not None and kind == "candidate":
            self._bar.update()

    def close(self) -> None:
        """Ends the bar of the phase."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _shown(progress: Progress) -> Callable[[Event], Any] | None:
    if callable(progress):
        return progress
    looked_at = sys.stderr is not None and sys.stderr.isatty()
    notebook = "ipykernel" in sys.modules
    if progress is True or (progress is None and (looked_at or notebook)):
        return Bar()
    return None

