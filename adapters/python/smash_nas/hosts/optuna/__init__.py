"""Optuna: a sampler by a strategy of SMASH, a space for any sampler, and the scores of a HyperNet as a prior."""

from .. import missing

try:
    import optuna as _optuna  # noqa: F401
except ImportError as problem:
    raise missing("optuna", problem) from problem

from ._prior import Prior
from ._sampler import SmashSampler
from ._space import parameter, params, suggest

__all__ = ["Prior", "SmashSampler", "parameter", "params", "suggest"]
