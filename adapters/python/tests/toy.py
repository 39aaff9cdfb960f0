"""What the tests of hosts search: small, and evaluated without training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smash_nas import Architecture

SPACE = {"type": "memory_bank", "preset": "tiny"}
#: A HyperNet that is trained within a second.
HYPERNET: dict[str, Any] = {
    "seed": 1,
    "space": SPACE,
    "strategy": {"type": "smash", "epochs": 1, "search": {"random": 12, "perturbation": 4, "chain": 4}},
    "retrain": {"epochs": 0},
    "threads": 1,
}


def evolution(candidates: int = 200, population: int = 10) -> dict[str, Any]:
    """A job whose candidates the host evaluates."""
    search = {"candidates": candidates, "population": population, "sample": 4}
    return {"seed": 1, "space": SPACE, "strategy": {"type": "evolution", "search": search}, "threads": 1}


def loss(architecture: Mapping[str, Any]) -> float:
    """The shorter its description, the better a network."""
    return len(Architecture(architecture).to_json()) / 1000
