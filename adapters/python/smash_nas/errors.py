"""What can go wrong, as exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import smash_layout as c


@dataclass(frozen=True)
class Problem:
    """One rule that a document breaks."""

    #: Where in the document, as a JSON pointer.
    pointer: str
    message: str


class SmashError(Exception):
    """A call failed. Each kind has a class of its own."""

    #: The number of the kind, one of ``SMASH_ERR_…`` in smash.h.
    code: int = c.SMASH_ERR_INTERNAL

    def __init__(self, message: str, details: dict[str, Any] | None = None, code: int | None = None) -> None:
        super().__init__(message)
        #: What is known beyond the message.
        self.details: dict[str, Any] = details or {}
        if code is not None:
            self.code = code

    @property
    def problems(self) -> list[Problem]:
        """The rules that were broken, each with a JSON pointer."""
        found = self.details.get("problems", [])
        return [Problem(problem["pointer"], problem["message"]) for problem in found]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.details, self.code)


class CancelledError(SmashError):
    """Stopped by request."""

    code = c.SMASH_ERR_CANCELLED


class InvalidArgumentError(SmashError, ValueError):
    """An argument that no call takes."""

    code = c.SMASH_ERR_INVALID_ARGUMENT


class InvalidConfigError(SmashError, ValueError):
    """A job, an architecture or results break rules: :attr:`SmashError.problems` lists them."""

    code = c.SMASH_ERR_INVALID_CONFIG


class NotFoundError(SmashError, LookupError):
    """There is no such component or file."""

    code = c.SMASH_ERR_NOT_FOUND


class AlreadyExistsError(SmashError):
    """A component of that kind and name is there."""

    code = c.SMASH_ERR_ALREADY_EXISTS


class UnsupportedError(SmashError):
    """This build cannot do that."""

    code = c.SMASH_ERR_UNSUPPORTED


class VersionMismatchError(SmashError):
    """The library has another version of the interface."""

    code = c.SMASH_ERR_VERSION_MISMATCH


class StateError(SmashError):
    """Not now, or not in this process: the state does not allow the call."""

    code = c.SMASH_ERR_BAD_STATE


class BusyError(SmashError):
    """Another call is at work on the same object."""

    code = c.SMASH_ERR_BUSY


class DataError(SmashError, ValueError):
    """Examples are missing, damaged, or of another shape or type than expected."""

    code = c.SMASH_ERR_DATA


class BackendError(SmashError):
    """An engine refused or failed."""

    code = c.SMASH_ERR_BACKEND


class CheckpointError(SmashError, ValueError):
    """A checkpoint or a model is damaged, of another version, or does not fit."""

    code = c.SMASH_ERR_CHECKPOINT


class PluginError(SmashError):
    """A plugin is faulty or not trusted."""

    code = c.SMASH_ERR_PLUGIN


class InfeasibleError(SmashError):
    """No architecture meets the constraints."""

    code = c.SMASH_ERR_INFEASIBLE


class DivergedError(SmashError):
    """Training diverged: the loss stayed without a finite value."""

    code = c.SMASH_ERR_DIVERGED


class LimitError(SmashError):
    """Larger than a limit allows."""

    code = c.SMASH_ERR_LIMIT


_KINDS: dict[int, type[SmashError]] = {kind.code: kind for kind in SmashError.__subclasses__()}


def of_code(code: int, message: str, details: dict[str, Any]) -> SmashError:
    """The exception of an error of the library."""
    return _KINDS.get(code, SmashError)(message, details, code)
