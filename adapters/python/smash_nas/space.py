"""Search spaces, and architectures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Union

from . import smash_layout as c
from ._library import Handle, answer, api, call, callback, document, failure, given
from .context import Context, default
from .dataset import Task

if TYPE_CHECKING:
    from .flat import Flat

#: What a decision may be.
Value = Union[int, float, str, bool]


class Architecture(Mapping[str, Any]):
    """One network of a space: ``{"space", "version", "choices"}``, which does not change.

    Two are equal, and have the same hash, if they stand for the same choices.
    """

    __slots__ = ("_text",)

    def __init__(self, document: Mapping[str, Any] | str | bytes) -> None:
        if isinstance(document, (str, bytes)):
            document = json.loads(document)
        if not isinstance(document, Mapping) or "choices" not in document:
            raise ValueError(f'expected an architecture, {{"space", "version", "choices"}}, found {document!r:.60}')
        self._text = json.dumps(dict(document), sort_keys=True, separators=(",", ":"), allow_nan=False)

    @classmethod
    def from_params(cls, params: Mapping[str, Value], space: Space) -> Architecture:
        """The architecture of a flat form."""
        return space.from_params(params)

    def params(self, space: Space) -> dict[str, Value]:
        """Its flat form, ``{name: value}``."""
        return space.params(self)

    def to_json(self) -> str:
        """As text, keys sorted."""
        return self._text

    def __getitem__(self, key: str) -> Any:
        return json.loads(self._text)[key]

    def __iter__(self) -> Iterator[str]:
        return iter(json.loads(self._text))

    def __len__(self) -> int:
        return len(json.loads(self._text))

    def __hash__(self) -> int:
        return hash(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Architecture) and self._text == other._text

    def __repr__(self) -> str:
        return f"Architecture({self._text})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Architecture, (self._text,)


@dataclass(frozen=True)
class Decision:
    """A decision that leads to an architecture."""

    name: str
    #: Its values in their order.
    values: Sequence[Value]
    #: ``"choice"``, or ``"int"`` for values from the first to the last by steps.
    kind: Literal["choice", "int"]
    step: int = 1
    #: Whether the values are those of a logarithmic scale.
    log: bool = False
    #: How probable each value is in the space's own distribution.
    weights: tuple[float, ...] | None = None
    #: What was decided, where it was.
    value: Value | None = None
    #: The decisions because of which it is made, or may have these values.
    depends_on: tuple[str, ...] = field(default=())

    def index(self, value: Value) -> int:
        """Which of its values one is.

        Raises:
            ValueError: none.
        """
        # True == 1 in Python.
        alike = [i for i in self._equal(value) if isinstance(self.values[i], bool) == isinstance(value, bool)]
        if not alike:
            raise ValueError(f"{self.name}: expected one of {list(self.values[:20])}, found {value!r}")
        return alike[0]

    def _equal(self, value: Value) -> list[int]:
        if isinstance(self.values, range):
            return [self.values.index(int(value))] if value in self.values else []
        return [i for i, known in enumerate(self.values) if known == value]

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> Decision:
        """Of what the library says."""
        rest: dict[str, Any] = {key: tuple(made[key]) for key in ("weights", "depends_on") if made.get(key)}
        if "choices" in made:
            return cls(made["name"], tuple(made["choices"]), "choice", value=made.get("value"), **rest)
        values = range(made["low"], made["high"] + 1, made["step"])
        return cls(made["name"], values, "int", made["step"], made.get("log", False), value=made.get("value"), **rest)


@dataclass(frozen=True)
class Counts:
    """What a network costs."""

    params: int
    #: Multiply-accumulates for one example.
    macs: int
    #: Bytes of activations for one example.
    activation_bytes: int


class Space(Handle):
    """A search space for a task.

    Args:
        config: as a job has it, ``{"type": "memory_bank", "preset": "tiny"}``, or its type alone.
        task: what its networks are for.
        constraints: as a job has them, ``{"max_params": 100000}``; what is drawn meets them.

    Raises:
        InvalidConfigError: the configuration breaks rules.
    """

    def __init__(
        self,
        config: Mapping[str, Any] | str,
        task: Task | Mapping[str, Any],
        constraints: Mapping[str, Any] | None = None,
        *,
        context: Context | None = None,
    ) -> None:
        context = context or default()
        #: As a job has it.
        self.config: dict[str, Any] = {"type": config} if isinstance(config, str) else dict(config)
        self.task = task if isinstance(task, Task) else Task.from_json(task)
        self.constraints: dict[str, Any] | None = None if constraints is None else dict(constraints)
        self.context = context
        request = {"space": self.config, "task": self.task.to_json()}
        if self.constraints is not None:
            request["constraints"] = self.constraints
        super().__init__(c.SmashSpace, api().space_free, api().space_open, context._pointer, *given(request))

    def _architecture(self, function: Any, *arguments: Any) -> Architecture:
        return Architecture(answer(function, self._pointer, *arguments))

    def sample(self, seed: int = 0) -> Architecture:
        """An architecture by the space's own distribution; the same seed draws the same."""
        return self._architecture(api().space_sample, seed)

    def mutate(self, architecture: Mapping[str, Any], seed: int = 0, rate: float = 0.1) -> Architecture:
        """A neighbour: each decision is redrawn with probability ``rate``."""
        return self._architecture(api().space_mutate, *_text(architecture), seed, rate)

    def crossover(
        self, first: Mapping[str, Any], second: Mapping[str, Any], seed: int = 0, rate: float = 0.0
    ) -> Architecture:
        """A child of two, each decision of which is then redrawn with probability ``rate``."""
        return self._architecture(api().space_crossover, *_text(first), *_text(second), seed, rate)

    def draw(self, decide: Callable[[Decision], Value]) -> Architecture:
        """An architecture of which ``decide`` answers each decision with one of its values.

        A decision that has one value is not asked. What ``decide`` raises ends the draw, and is raised here.

        Raises:
            InfeasibleError: the architecture breaks a constraint.
        """
        architecture = self._drawn(decide)
        if self.constraints:
            self.validate(architecture)
        return architecture

    def _drawn(self, decide: Callable[[Decision], Value]) -> Architecture:
        @callback(c.SmashDecideFn)
        def answered(_: Any, text: Any, length: int, index: Any, err: Any) -> int:
            try:
                decision = Decision.from_json(json.loads(text[:length]))
                index[0] = decision.index(decide(decision))
                return c.SMASH_OK
            except BaseException as exception:
                return failure(exception, err)

        return self._architecture(api().space_draw, answered, None)

    def validate(self, architecture: Mapping[str, Any]) -> None:
        """Nothing, where an architecture is one of this space and meets the constraints.

        Raises:
            InvalidConfigError: it is none; the problems point into it.
            InfeasibleError: it breaks a constraint.
        """
        call(api().space_validate, self._pointer, *_text(architecture))

    def count(self, architecture: Mapping[str, Any]) -> Counts:
        """What its network costs."""
        return Counts(**document(api().space_count, self._pointer, *_text(architecture)))

    def graph(self, architecture: Mapping[str, Any], *, standalone: bool = True) -> dict[str, Any]:
        """Its network, op by op; with ``standalone=False`` that of which a HyperNet writes weights."""
        network = c.SMASH_NETWORK_STANDALONE if standalone else c.SMASH_NETWORK_ONE_SHOT
        found: dict[str, Any] = document(api().space_graph, self._pointer, *_text(architecture), network)
        return found

    def decisions(self, architecture: Mapping[str, Any]) -> list[Decision]:
        """The decisions that lead to it, in their order, with their values."""
        made = document(api().space_decisions, self._pointer, *_text(architecture))
        return [Decision.from_json(decision) for decision in made]

    def params(self, architecture: Mapping[str, Any]) -> dict[str, Value]:
        """Its flat form, ``{name: value}``: what hosts show, and learn from."""
        found: dict[str, Value] = document(api().space_parameters, self._pointer, *_text(architecture))
        return found

    def from_params(self, params: Mapping[str, Value]) -> Architecture:
        """The architecture of a flat form.

        Raises:
            InvalidConfigError: with the name of the one that is missing, has a value that it may not have beside the others, or is
                none of its decisions.
        """
        return self._architecture(api().space_from_parameters, *given(dict(params)))

    def nearest(self, params: Mapping[str, Value]) -> Architecture:
        """A valid architecture of whatever a host sets: see :func:`smash_nas.flat.nearest`."""
        from .flat import nearest

        return nearest(self, params)

    def flat(self, samples: int = 1000) -> Flat:
        """Its parameters with their conditions, as :mod:`smash_nas.formats` writes them for other tools."""
        from .flat import flat

        return flat(self, samples)

    def to_configspace(self, samples: int = 1000) -> dict[str, Any]:
        """Its flat form as ConfigSpace writes JSON; :meth:`nearest` takes what ConfigSpace samples."""
        from .formats import to_configspace

        return to_configspace(self.flat(samples), str(self.config["type"]))

    @classmethod
    def from_configspace(
        cls,
        document: Mapping[str, Any],
        task: Task | Mapping[str, Any],
        build: Any,
        *,
        id: str = "configspace",
        context: Context | None = None,
    ) -> Space:
        """A space of what ConfigSpace writes as JSON, with a function ``build(params, task, network)`` that makes the networks. Jobs
        of the context name it by its ``id``.

        Raises:
            ValueError: what an architecture has not, such as floats.
        """
        from .components import flat_space, register
        from .formats import from_configspace

        register(flat_space(id, from_configspace(document), build), context)
        return cls(id, task, context=context)

    def size(self) -> tuple[float, bool]:
        """The logarithm of the number of its architectures to base 10, and whether they were counted or estimated."""
        found = document(api().space_size, self._pointer)
        return found["log10"], found["exact"]

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of its architectures. What it accepts may still break a rule: :meth:`validate` says."""
        found: dict[str, Any] = document(api().space_schema, self._pointer)
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.config, self.task, self.constraints, self.context)


def _restored(config: dict[str, Any], task: Task, constraints: dict[str, Any] | None, context: Context) -> Space:
    return Space(config, task, constraints, context=context)


def _text(architecture: Mapping[str, Any]) -> tuple[bytes, int]:
    if not isinstance(architecture, Architecture):
        architecture = Architecture(architecture)
    data = architecture.to_json().encode()
    return data, len(data)

