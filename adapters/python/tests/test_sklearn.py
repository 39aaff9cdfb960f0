"""The classifier keeps the promises of scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import bars

pytest.importorskip("sklearn", reason="no scikit-learn")

from sklearn.model_selection import cross_val_score
from sklearn.utils.estimator_checks import check_estimator
from smash_nas.sklearn import SmashClassifier

QUICK: dict[str, Any] = {"epochs": 1, "candidates": 3, "retrain_epochs": 3, "n_jobs": 1}


def test_the_checks_of_scikit_learn_pass() -> None:
    results = check_estimator(SmashClassifier(**QUICK), on_fail=None, on_skip=None)
    assert len(results) > 40 and not [result for result in results if result["status"] == "failed"]


def test_pictures_are_classified() -> None:
    x, y = bars()
    names = np.array(["left", "middle", "right"])[y]
    scores = cross_val_score(SmashClassifier(random_state=1, **QUICK), x, names, cv=2)
    assert scores.mean() > 0.8
