"""SMASH: one HyperNet that writes the weights of any network of a search space, so that networks are compared without training
each. Images, voxels and signals; on the CPU without anything else, and no compiler.
"""

from .context import Context
from .dataset import Dataset, Task
from .errors import SmashError
from .job import Job
from .model import Model
from .scorer import Scorer
from .search import Search, Trial
from .space import Architecture, Decision, Space

__all__ = [
    "Architecture",
    "Context",
    "Dataset",
    "Decision",
    "Job",
    "Model",
    "Scorer",
    "Search",
    "SmashError",
    "Space",
    "Task",
    "Trial",
    "__version__",
]
__version__ = "0.1.0"
