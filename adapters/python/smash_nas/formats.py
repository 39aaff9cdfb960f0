"""Search spaces in the formats of other tools, from and to the flat form.

The upper bound of an integer is one of its values in ConfigSpace, Optuna, Syne Tune and Vizier, and is none in Ray Tune and NNI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .flat import Condition, Flat, Forbidden, Parameter
from .space import Value

#: The version of ConfigSpace's JSON that is read and written.
CONFIGSPACE_VERSION = 0.4


def to_configspace(flat: Flat, name: str = "smash") -> dict[str, Any]:
    """As ConfigSpace writes JSON (``ConfigSpace.from_json`` reads it). Weights go along."""
    return {
        "name": name,
        "hyperparameters": [_hyperparameter(parameter) for parameter in flat.parameters],
        "conditions": [_conditions(parameter) for parameter in flat.parameters if parameter.conditions],
        "forbiddens": [_forbidden(forbidden) for forbidden in flat.forbidden],
        "python_module_version": "1.2.1",
        "format_version": CONFIGSPACE_VERSION,
    }


def _hyperparameter(parameter: Parameter) -> dict[str, Any]:
    values = parameter.values
    about = {"name": parameter.name, "meta": None}
    if isinstance(values, range) and values.step == 1 and len(values) > 1:
        bounds = {"lower": values[0], "upper": values[-1], "default_value": values[0], "log": parameter.log}
        return {"type": "uniform_int", **about, **bounds}
    if isinstance(values, range):
        return {"type": "ordinal", **about, "sequence": list(values), "default_value": values[0]}
    weights = None if parameter.weights is None or not any(parameter.weights) else list(parameter.weights)
    return {"type": "categorical", **about, "choices": list(values), "weights": weights, "default_value": values[0]}


def _conditions(parameter: Parameter) -> dict[str, Any]:
    made: list[dict[str, Any]] = [
        {"type": "IN", "child": parameter.name, "parent": c.parent, "values": list(c.values)} for c in parameter.conditions
    ]
    return made[0] if len(made) == 1 else {"type": "AND", "child": parameter.name, "conditions": made}


def _forbidden(forbidden: Forbidden) -> dict[str, Any]:
    clauses = [{"type": "IN", "name": name, "values": list(values)} for name, values in forbidden.values]
    return clauses[0] if len(clauses) == 1 else {"type": "AND", "clauses": clauses}


def from_configspace(document: Mapping[str, Any]) -> Flat:
    """Of what ConfigSpace writes.

    Raises:
        ValueError: what a flat form has not: floats, normal distributions, conditions that compare or offer alternatives.
    """
    version = document.get("format_version")
    if version != CONFIGSPACE_VERSION:
        raise ValueError(f"format_version: expected {CONFIGSPACE_VERSION}, found {version!r}")
    known = {h["name"]: _read_hyperparameter(h) for h in document["hyperparameters"]}
    conditions: dict[str, list[Condition]] = {name: [] for name in known}
    for condition in document["conditions"]:
        for part in condition["conditions"] if condition["type"] == "AND" else [condition]:
            conditions[part["child"]].append(_read_condition(part, known))
    ordered: dict[str, Parameter] = {}
    left = dict(known)
    while left:
        name = next((name for name in left if all(c.parent in ordered for c in conditions[name])), None)
        if name is None:
            raise ValueError(f"conditions: expected an order of the parameters, found a circle of {sorted(left)}")
        p = left.pop(name)
        ordered[name] = Parameter(p.name, p.values, p.kind, p.log, p.weights, tuple(conditions[name]))
    return Flat(tuple(ordered.values()), tuple(_read_forbidden(f, known) for f in document["forbiddens"]))


def _read_hyperparameter(h: Mapping[str, Any]) -> Parameter:
    kind = h["type"]
    if kind == "uniform_int":
        return Parameter(h["name"], range(h["lower"], h["upper"] + 1), "int", bool(h.get("log")))
    if kind == "categorical":
        weights = h.get("weights")
        return Parameter(h["name"], tuple(h["choices"]), weights=None if weights is None else tuple(weights))
    if kind == "ordinal":
        return Parameter(h["name"], tuple(h["sequence"]))
    if kind == "constant":
        return Parameter(h["name"], (h["value"],))
    raise ValueError(f"{h['name']}: expected uniform_int, categorical, ordinal or constant, found {kind!r}: round it to some values")


def _read_condition(part: Mapping[str, Any], known: Mapping[str, Parameter]) -> Condition:
    kind, parent = part["type"], part["parent"]
    values = known[parent].values
    if kind == "EQ":
        return Condition(parent, (part["value"],))
    if kind == "IN":
        return Condition(parent, tuple(part["values"]))
    others = {
        "NEQ": lambda value: value != part["value"],
        "LT": lambda value: value < part["value"],
        "GT": lambda value: value > part["value"],
    }
    if kind not in others:
        raise ValueError(f"{part['child']}: expected a condition EQ, NEQ, LT, GT, IN, or AND of those, found {kind!r}")
    return Condition(parent, tuple(value for value in values if others[kind](value)))


def _read_forbidden(document: Mapping[str, Any], known: Mapping[str, Parameter]) -> Forbidden:
    clauses = document["clauses"] if document["type"] == "AND" else [document]
    found = []
    for clause in clauses:
        if clause["type"] not in ("EQUALS", "EQ", "IN"):
            raise ValueError(f"forbiddens: expected EQUALS, IN, or AND of those, found {clause['type']!r}")
        values = clause["values"] if clause["type"] == "IN" else [clause["value"]]
        found.append((clause["name"], tuple(values)))
    # What is decided last comes last: its values are those that are left out.
    order = list(known)
    return Forbidden(tuple(sorted(found, key=lambda clause: order.index(clause[0]))))


def to_nni(flat: Flat) -> dict[str, Any]:
    """``search_space.json``. NNI has no conditions between parameters that stand side by side: all are there always, and
    :func:`smash_nas.flat.nearest` passes over what an architecture does not have."""

    def written(parameter: Parameter) -> dict[str, Any]:
        values = parameter.values
        if isinstance(values, range) and values.step == 1:
            if parameter.log:
                return {"_type": "qloguniform", "_value": [values[0], values[-1], 1]}
            return {"_type": "randint", "_value": [values[0], values[-1] + 1]}
        return {"_type": "choice", "_value": list(values)}

    return {parameter.name: written(parameter) for parameter in flat.parameters}


def from_nni(document: Mapping[str, Any]) -> Flat:
    """Of ``search_space.json``. A choice of documents with a ``_name`` becomes a choice of the names, beside which the parameters of
    each are there, under ``choice.name.parameter``.

    Raises:
        ValueError: what a flat form has not, such as floats.
    """
    found: list[Parameter] = []
    for name, about in document.items():
        _read_nni(name, about, (), found)
    return Flat(tuple(found))


def _read_nni(name: str, about: Mapping[str, Any], conditions: tuple[Condition, ...], found: list[Parameter]) -> None:
    kind, value = about["_type"], about["_value"]
    if kind == "choice":
        names = tuple(option["_name"] if isinstance(option, Mapping) else option for option in value)
        found.append(Parameter(name, names, conditions=conditions))
        for option in value:
            if isinstance(option, Mapping):
                here = (*conditions, Condition(name, (option["_name"],)))
                for inner, deeper in option.items():
                    if inner != "_name":
                        _read_nni(f"{name}.{option['_name']}.{inner}", deeper, here, found)
    elif kind == "randint":
        found.append(Parameter(name, range(value[0], value[1]), "int", conditions=conditions))
    elif kind in ("quniform", "qloguniform") and all(isinstance(part, int) for part in value):
        low, high, step = value
        found.append(Parameter(name, range(low, high + 1, step), "int", kind == "qloguniform", conditions=conditions))
    else:
        raise ValueError(f"{name}: expected choice, randint, or quniform of integers, found {kind!r}: round it to some values")


def to_optuna(flat: Flat) -> dict[str, Any]:
    """Distributions of Optuna, by name, as a study's ``ask`` takes them."""
    from optuna.distributions import CategoricalDistribution, IntDistribution

    def written(parameter: Parameter) -> Any:
        values = parameter.values
        if not isinstance(values, range):
            return CategoricalDistribution(list(values))
        log = parameter.log and values.step == 1
        return IntDistribution(values[0], values[-1], log=log, step=1 if log else values.step)

    return {parameter.name: written(parameter) for parameter in flat.parameters}


def to_ray(flat: Flat) -> dict[str, Any]:
    """A search space of Ray Tune. It has no conditions: all parameters are there always."""
    from ray import tune

    def written(parameter: Parameter) -> Any:
        values = parameter.values
        if isinstance(values, range) and values.step == 1 and len(values) > 1:
            return (tune.lograndint if parameter.log else tune.randint)(values[0], values[-1] + 1)
        return tune.choice(list(values))

    return {parameter.name: written(parameter) for parameter in flat.parameters}


def to_syne_tune(flat: Flat) -> dict[str, Any]:
    """A search space of Syne Tune. It has no conditions: all parameters are there always."""
    from syne_tune import config_space

    def written(parameter: Parameter) -> Any:
        values = parameter.values
        if len(values) == 1:
            return values[0]
        if isinstance(values, range) and values.step == 1:
            return (config_space.lograndint if parameter.log else config_space.randint)(values[0], values[-1])
        return config_space.choice(list(values))

    return {parameter.name: written(parameter) for parameter in flat.parameters}


def to_vizier(flat: Flat) -> dict[str, Any]:
    """A ``StudySpec`` of Vertex AI Vizier and Google Vizier as JSON. A child of several parents is no tree: a parameter hangs below
    its last condition, and the others are left to :func:`smash_nas.flat.nearest`."""
    made: dict[str, dict[str, Any]] = {}
    roots = []
    for parameter in flat.parameters:
        spec = made[parameter.name] = _vizier(parameter)
        if not parameter.conditions:
            roots.append(spec)
            continue
        condition = parameter.conditions[-1]
        parent = next(p for p in flat.parameters if p.name == condition.parent)
        kind = "Int" if isinstance(parent.values, range) and parent.values.step == 1 else "Categorical"
        texts = [_text(value) if kind == "Categorical" else str(value) for value in condition.values]
        child = {"parameterSpec": spec, f"parent{kind}Values": {"values": texts}}
        made[condition.parent].setdefault("conditionalParameterSpecs", []).append(child)
    return {"parameters": roots}


def _vizier(parameter: Parameter) -> dict[str, Any]:
    values = parameter.values
    if isinstance(values, range) and values.step == 1:
        spec: dict[str, Any] = {"integerValueSpec": {"minValue": str(values[0]), "maxValue": str(values[-1])}}
        return {"parameterId": parameter.name, **spec, **({"scaleType": "UNIT_LOG_SCALE"} if parameter.log else {})}
    return {"parameterId": parameter.name, "categoricalValueSpec": {"values": [_text(value) for value in values]}}


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def texts_to_values(flat: Flat, params: Mapping[str, Any]) -> dict[str, Value]:
    """The values that a host which knows texts alone, as Vizier, has set."""
    known: dict[str, Sequence[Value]] = {parameter.name: parameter.values for parameter in flat.parameters}
    return {
        name: next((value for value in known[name] if value == given or _text(value) == str(given)), given)
        for name, given in params.items()
        if name in known
    }
