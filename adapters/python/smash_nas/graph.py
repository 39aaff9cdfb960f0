"""Networks, op by op: what a space of your own builds. docs/graph.md has every op."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Union

#: A number for every axis, or one an axis.
Axes = Union[int, Sequence[int]]
#: How a stored tensor begins.
Init = Union[Literal["orthogonal"], float, tuple[Literal["uniform"], float]]


@dataclass(frozen=True)
class Network:
    """Which network of an architecture is built: that of which a HyperNet writes weights, or a stand-alone one."""

    one_shot: bool

    def generated(self, name: str, dims: Sequence[int]) -> Parameter:
        """A weight that the HyperNet writes, the network's own where it stands alone."""
        return Parameter(name, tuple(dims), source="generated" if self.one_shot else "own")

    def shared(self, name: str, dims: Sequence[int], stored: Sequence[int], init: Init = "orthogonal") -> Parameter:
        """A parameter that all architectures share: the leading box of a tensor of the extents ``stored``."""
        if self.one_shot:
            return Parameter(name, tuple(dims), init, tuple(stored), "shared")
        return Parameter(name, tuple(dims), init)


@dataclass(frozen=True)
class Parameter:
    """A weight or a buffer; by default a whole tensor of the network's own."""

    name: str
    dims: tuple[int, ...]
    #: A number: all values are that.
    init: Init = "orthogonal"
    #: Extents of the stored tensor that it is the leading box of; ``None``: it is the whole.
    stored: tuple[int, ...] | None = None
    source: Literal["own", "shared", "generated"] = "own"
    role: Literal["weight", "buffer"] = "weight"

    def to_json(self) -> dict[str, Any]:
        """As a graph has it."""
        init: Any = self.init
        if isinstance(init, (int, float)):
            init = {"constant": {"value": float(init)}}
        elif isinstance(init, tuple):
            init = {"uniform": {"bound": init[1]}}
        return {
            "name": self.name,
            "stored": list(self.stored or self.dims),
            "slice": [[0, extent] for extent in self.dims],
            "source": self.source,
            "role": self.role,
            "init": init,
        }


@dataclass(frozen=True)
class Value:
    """A value of a graph."""

    index: int
    #: Extents of one example, channels first.
    dims: tuple[int, ...]
    #: Whether each example has its own.
    batched: bool = True

    @property
    def channels(self) -> int:
        """The first extent."""
        return self.dims[0]

    @property
    def rank(self) -> int:
        """How many spatial extents there are."""
        return len(self.dims) - 1


class GraphBuilder:
    """Builds a network value by value. Shapes are computed at once; the library checks the whole again.

    >>> b = GraphBuilder()
    >>> h = b.relu(b.conv(b.input([3, 8, 8]), Parameter("stem", (16, 3, 3, 3))))
    >>> h.dims
    (16, 8, 8)
    >>> graph = b.finish(b.head(h, Parameter("head", (10, 16)), Parameter("bias", (10,), 0.0)))
    """

    def __init__(self) -> None:
        self._nodes: list[dict[str, Any]] = []
        self._parameters: list[dict[str, Any]] = []

    def op(self, op: Mapping[str, Any], inputs: Sequence[Value], dims: Sequence[int], batched: bool = True) -> Value:
        """Any op of docs/graph.md, with the shape of its result."""
        shape = [batched, [int(extent) for extent in dims]]
        self._nodes.append({"op": dict(op), "inputs": [value.index for value in inputs], "shape": shape})
        return Value(len(self._nodes) - 1, tuple(int(extent) for extent in dims), batched)

    def input(self, dims: Sequence[int], name: str = "x") -> Value:
        """The examples, ``[channels, extents...]``."""
        return self.op({"op": "input", "name": name}, [], dims)

    def parameter(self, parameter: Parameter) -> Value:
        """A weight or a buffer as a value."""
        self._parameters.append(parameter.to_json())
        return self.op({"op": "parameter", "index": len(self._parameters) - 1}, [], parameter.dims, False)

    def conv(
        self,
        x: Value,
        weight: Parameter,
        *,
        stride: Axes = 1,
        padding: Axes | None = None,
        dilation: Axes = 1,
        groups: int = 1,
    ) -> Value:
        """A convolution by a weight ``[outputs, channels / groups, kernel...]``; by default with the padding that keeps the extents
        of a kernel that is odd. ``groups=x.channels``: one kernel a channel."""
        kernel = weight.dims[2:]
        if len(kernel) != x.rank or weight.dims[1] * groups != x.channels:
            raise ValueError(
                f"conv {weight.name!r}: expected a weight [outputs, {x.channels // groups}, {x.rank} extents], found {weight.dims}"
            )
        strides, dilations = _axes(stride, x.rank), _axes(dilation, x.rank)
        same = [d * (k - 1) // 2 for d, k in zip(dilations, kernel)]
        paddings = same if padding is None else _axes(padding, x.rank)
        extents = [
            (e + 2 * p - d * (k - 1) - 1) // s + 1 for e, p, d, k, s in zip(x.dims[1:], paddings, dilations, kernel, strides)
        ]
        op = {"op": "conv", "stride": strides, "padding": paddings, "dilation": dilations, "groups": groups}
        return self.op(op, [x, self.parameter(weight)], [weight.dims[0], *extents])

    def batch_norm(self, x: Value, name: str, network: Network | None = None, most: int | None = None) -> Value:
        """Batch normalisation with four parameters of the name; in the one-shot network shared slices of ``most`` channels."""
        values = [x]
        for part, init in ("gamma", 1.0), ("beta", 0.0), ("mean", 0.0), ("var", 1.0):
            role: Literal["weight", "buffer"] = "buffer" if part in ("mean", "var") else "weight"
            shared = network is not None and network.one_shot
            stored, source = ((most or x.channels,), "shared") if shared else (None, "own")
            values.append(self.parameter(Parameter(f"{name}.{part}", (x.channels,), init, stored, source, role)))  # type: ignore[arg-type]
        return self.op({"op": "batch_norm", "epsilon": 1e-5, "momentum": 0.1}, values, x.dims)

    def relu(self, x: Value, slope: float = 0.0) -> Value:
        """max(x, 0) + slope·min(x, 0)."""
        return self.op({"op": "leaky_relu", "slope": slope}, [x], x.dims, x.batched)

    def relu6(self, x: Value) -> Value:
        """min(max(x, 0), 6)."""
        return self.op({"op": "clamp", "low": 0.0, "high": 6.0}, [x], x.dims, x.batched)

    def hard_swish(self, x: Value) -> Value:
        """x·min(max(x + 3, 0), 6) / 6."""
        return self.op({"op": "hard_swish"}, [x], x.dims, x.batched)

    def sigmoid(self, x: Value) -> Value:
        """1 / (1 + e⁻ˣ)."""
        return self.op({"op": "sigmoid"}, [x], x.dims, x.batched)

    def silu(self, x: Value) -> Value:
        """x·sigmoid(x)."""
        return self.mul(x, self.sigmoid(x))

    def tanh(self, x: Value) -> Value:
        """The hyperbolic tangent."""
        return self.op({"op": "tanh"}, [x], x.dims, x.batched)

    def add(self, a: Value, b: Value) -> Value:
        """The sum of two of one shape."""
        return self.op({"op": "add"}, [a, b], self._alike("add", a, b))

    def mul(self, a: Value, b: Value) -> Value:
        """The product of two of one shape, value by value."""
        return self.op({"op": "mul"}, [a, b], self._alike("mul", a, b))

    def concat(self, values: Sequence[Value]) -> Value:
        """Values side by side along the channels."""
        return self.op({"op": "concat"}, values, [sum(v.channels for v in values), *values[0].dims[1:]])

    def gain(self, x: Value, v: Value) -> Value:
        """x·v for each channel; a batched ``v`` is one an example."""
        return self.op({"op": "gain"}, [x, v], x.dims)

    def bias(self, x: Value, v: Value) -> Value:
        """x + v for each channel."""
        return self.op({"op": "bias"}, [x, v], x.dims)

    def pool(
        self, x: Value, window: Axes, kind: Literal["max", "average"] = "max", *, stride: Axes | None = None, padding: Axes = 0
    ) -> Value:
        """The maximum or the mean of windows; incomplete windows are dropped."""
        windows, paddings = _axes(window, x.rank), _axes(padding, x.rank)
        strides = windows if stride is None else _axes(stride, x.rank)
        extents = [(e + 2 * p - w) // s + 1 for e, p, w, s in zip(x.dims[1:], paddings, windows, strides)]
        op: dict[str, Any] = {"op": "pool", "kind": kind, "window": windows, "stride": strides}
        if any(paddings):
            op["padding"] = paddings
        return self.op(op, [x], [x.channels, *extents])

    def global_average_pool(self, x: Value) -> Value:
        """The mean over all positions, ``[channels]``."""
        return self.op({"op": "global_average_pool"}, [x], [x.channels])

    def linear(self, x: Value, weight: Parameter, bias: Parameter) -> Value:
        """weight·x + bias; values that are not a vector are read in row-major order."""
        if len(x.dims) > 1:
            flat = [math.prod(x.dims)]
            x = self.op({"op": "reshape", "dims": flat}, [x], flat)
        return self.op({"op": "linear"}, [x, self.parameter(weight), self.parameter(bias)], [weight.dims[0]])

    def head(self, x: Value, weight: Parameter, bias: Parameter) -> Value:
        """Means over all positions, then a linear layer: the logits."""
        return self.linear(self.global_average_pool(x), weight, bias)

    def finish(self, logits: Value) -> dict[str, Any]:
        """The graph."""
        return {"nodes": self._nodes, "parameters": self._parameters, "outputs": [["logits", logits.index]]}

    @staticmethod
    def _alike(op: str, a: Value, b: Value) -> tuple[int, ...]:
        if a.dims != b.dims:
            raise ValueError(f"{op}: expected two of one shape, found {a.dims} and {b.dims}")
        return a.dims


def _axes(value: Axes, rank: int) -> list[int]:
    return [value] * rank if isinstance(value, int) else list(value)
