"""A classifier as scikit-learn has them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as missing:
    raise ImportError("expected scikit-learn, found none: pip install 'smash-nas[sklearn]'") from missing

from .dataset import Dataset
from .job import Job
from .model import Model
from .progress import Progress
from .search import Search


class SmashClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Searches for a network and trains it: images, voxels and signals; a table of numbers is a signal of one channel.

    ``X`` is ``[n, channels, extents...]``, or ``[n, features]``. A part of the examples validates the candidates; the network that
    is found is then trained on all of them.

    Args:
        space: as a job has it; ``None``: the default one.
        epochs: of the HyperNet.
        candidates: how many networks are compared.
        retrain_epochs: of the network that was found.
        max_params: at most so many parameters; ``None``: no limit.
        validation: the part of the examples that validates.
        random_state: decides everything.
        n_jobs: threads; ``None``: all processors.
        settings: more of the job, over what follows from the others.
        verbose: whether bars are shown.

    Attributes:
        classes_: the labels, sorted.
        model_: the trained :class:`smash_nas.Model`.
        trial_: the candidate that was chosen.
    """

    def __init__(
        self,
        space: Mapping[str, Any] | None = None,
        *,
        epochs: int = 12,
        candidates: int = 100,
        retrain_epochs: int = 30,
        max_params: int | None = None,
        validation: float = 0.2,
        random_state: Any = None,
        n_jobs: int | None = None,
        settings: Mapping[str, Any] | None = None,
        verbose: bool = False,
    ) -> None:
        self.space = space
        self.epochs = epochs
        self.candidates = candidates
        self.retrain_epochs = retrain_epochs
        self.max_params = max_params
        self.validation = validation
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.settings = settings
        self.verbose = verbose

    def fit(self, X: Any, y: Any) -> SmashClassifier:
        """Searches and trains.

        Raises:
            ValueError: what was expected and what was found.
        """
        X, y = validate_data(self, X, y, dtype=[np.float32, np.uint8], allow_nd=True, ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"expected 2 classes or more, found 1 class: {self.classes_[0]!r}")
        random = check_random_state(self.random_state)
        order, valid = _split(labels, self.validation, random)
        splits = {"train": [[0, len(y) - valid]], "valid": [[len(y) - valid, len(y)]], "test": []}
        dataset = Dataset.from_arrays(_examples(X)[order], labels[order], splits=splits, classes=len(self.classes_))
        job = Job(self._settings(len(y) - valid, int(random.randint(2**31))), dataset)
        with _without_test():
            search = Search(job)
            shown: Progress = True if self.verbose else False
            self.model_: Model = search.run(progress=shown).model()
        self.trial_ = search.best()[0]
        return self

    def _settings(self, train: int, seed: int) -> dict[str, Any]:
        third = max(1, self.candidates // 3)
        batch = min(50, train)
        settings: dict[str, Any] = {
            "seed": seed,
            "strategy": {
                "type": "smash",
                "epochs": self.epochs,
                "batch": batch,
                "search": {"random": max(1, self.candidates - 2 * third), "perturbation": third, "chain": third},
            },
            "retrain": {"epochs": self.retrain_epochs, "batch": batch, "use_validation": True},
        }
        if self.space is not None:
            settings["space"] = dict(self.space)
        if self.max_params is not None:
            settings["constraints"] = {"max_params": self.max_params}
        if self.n_jobs is not None and self.n_jobs > 0:
            settings["threads"] = self.n_jobs
        return {**settings, **(self.settings or {})}

    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """The probability of each class, ``[n, classes]``, in the order of ``classes_``."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=[np.float32, np.uint8], allow_nd=True, reset=False)
        return self.model_.predict_proba(_examples(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each."""
        best = self.predict_proba(X).argmax(axis=1)
        classes: NDArray[Any] = self.classes_[best]
        return classes


@contextmanager
def _without_test() -> Iterator[None]:
    """Whoever uses scikit-learn tests by themselves: that there are no test examples is no news."""

    def other(record: logging.LogRecord) -> bool:
        return "no test examples" not in record.getMessage()

    log = logging.getLogger("smash_nas")
    log.addFilter(other)
    try:
        yield
    finally:
        log.removeFilter(other)


def _examples(X: NDArray[Any]) -> NDArray[Any]:
    return X[:, None] if X.ndim == 2 else X


def _split(labels: NDArray[Any], part: float, random: Any) -> tuple[NDArray[np.int64], int]:
    """An order of the examples, and how many at its end validate: of each class its part, one of the training each at least."""
    order = random.permutation(len(labels))
    train, valid = [], []
    for label in np.unique(labels):
        members = order[labels[order] == label]
        kept = max(1, len(members) - max(1, round(part * len(members))))
        train.append(members[:kept])
        valid.append(members[kept:])
    validating = np.concatenate(valid)
    if not len(validating):
        raise ValueError(f"expected a class with 2 examples or more, found {len(labels)} examples of as many classes")
    return np.concatenate([*train, validating]), len(validating)
