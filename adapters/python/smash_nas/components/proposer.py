"""Strategies in Python: what to look at next."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Union

from .. import smash_layout as c
from ..space import Architecture
from ._vtable import destroy, document, function, hand_out, instance
from .space import LentSpace

#: What :meth:`Proposer.ask` answers instead of an architecture: nothing until open candidates are told, or nothing more.
Nothing = Literal["wait", "done"]
WAIT: Nothing = "wait"
DONE: Nothing = "done"
_UNKNOWN = 2**64 - 1


@dataclass(frozen=True)
class Outcome:
    """What is known of a candidate that was evaluated."""

    #: One an objective, lower is better, the first ranks; empty: the evaluation failed.
    values: tuple[float, ...]
    #: Of validation, a fraction.
    error: float | None
    #: Seconds of inference for one example.
    latency: float | None
    params: int | None
    macs: int | None


class Proposer(ABC):
    """A strategy. What candidates are worth is the business of an estimator, or of the host.

    All that a resumed search needs is in ``state``, which is anything that JSON holds.
    """

    id: ClassVar[str]
    about: ClassVar[str] = ""
    #: JSON Schema of its configuration.
    schema: ClassVar[Mapping[str, Any]] = {"type": "object", "additionalProperties": False}
    #: How many proposals there will be, where it is known.
    total: int | None = None
    #: What of the strategy changes: saved with a search, and set again when it goes on.
    state: Any = None

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    @abstractmethod
    def ask(self, seed: int, space: LentSpace) -> Union[Architecture, tuple[Architecture, str], Nothing]:
        """The next candidate, with the name of its phase or not; :data:`WAIT` until others are told, or :data:`DONE`."""

    def tell(self, architecture: Architecture, outcome: Outcome) -> None:
        """What a candidate is worth."""

    def add(self, architecture: Architecture, outcome: Outcome) -> None:
        """The same of one that it did not propose; by default as one that it did."""
        self.tell(architecture, outcome)

    def rank(self, trials: Sequence[Mapping[str, Any]]) -> list[int] | None:
        """The ids of trials, best first; ``None``: by their first values."""
        return None


def _ask(proposer: Proposer, seed: int, vtable: Any, this: Any, out: Any) -> None:
    found = proposer.ask(seed, LentSpace(vtable, this))
    if isinstance(found, str):
        hand_out(out, {"next": found})
        return
    architecture, phase = found if isinstance(found, tuple) else (found, "search")
    hand_out(out, {"next": "proposal", "architecture": dict(architecture), "phase": phase})


def _read(outcome: Any) -> Outcome:
    told = outcome.contents
    values = tuple(told.values[i] for i in range(told.n_values))
    error, latency = (None if math.isnan(number) else number for number in (told.error, told.latency))
    params, macs = (None if count == _UNKNOWN else count for count in (told.params, told.macs))
    return Outcome(values, error, latency, params, macs)


def _tell(proposer: Proposer, data: Any, length: int, outcome: Any) -> None:
    proposer.tell(Architecture(document(data, length)["architecture"]), _read(outcome))


def _add(proposer: Proposer, data: Any, length: int, outcome: Any) -> None:
    proposer.add(Architecture(document(data, length)["architecture"]), _read(outcome))


def _rank(proposer: Proposer, data: Any, length: int, out: Any) -> None:
    hand_out(out, proposer.rank(document(data, length)))


def _load(proposer: Proposer, data: Any, length: int) -> None:
    proposer.state = document(data, length)


def _total(this: int) -> int:
    total = instance(this).total
    return _UNKNOWN if total is None else int(total)


VTABLE = c.sized(
    c.SmashProposerVtable,
    ask=function(c.SmashProposerVtable, "ask", _ask),
    tell=function(c.SmashProposerVtable, "tell", _tell),
    add=function(c.SmashProposerVtable, "add", _add),
    rank=function(c.SmashProposerVtable, "rank", _rank),
    total=c.field(c.SmashProposerVtable, "total")(_total),
    save=function(c.SmashProposerVtable, "save", lambda proposer, out: hand_out(out, proposer.state)),
    load=function(c.SmashProposerVtable, "load", _load),
    destroy=c.field(c.SmashProposerVtable, "destroy")(destroy),
)
