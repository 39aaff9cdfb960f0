"""Components written in Python, which jobs name like any other: spaces, proposers, estimators, datasets.

A component is a class with an ``id``. :func:`register` adds it to a context; a job then has ``{"type": id}``. It is created with
its configuration, a ``dict`` that its ``schema`` has checked.
"""

from .dataset import Dataset
from .estimator import Estimator, LentData, Score, Surroundings
from .flat import flat_space
from .proposer import DONE, WAIT, Outcome, Proposer
from .register import register
from .space import Block, Decide, LentSpace, Plane, Space

__all__ = [
    "DONE",
    "WAIT",
    "Block",
    "Dataset",
    "Decide",
    "Estimator",
    "LentData",
    "LentSpace",
    "Outcome",
    "Plane",
    "Proposer",
    "Score",
    "Space",
    "Surroundings",
    "flat_space",
    "register",
]
