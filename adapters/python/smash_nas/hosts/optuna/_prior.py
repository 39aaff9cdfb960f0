"""Scores of a HyperNet for a study of Optuna."""

from __future__ import annotations

import optuna

from ...scorer import Scorer
from ...space import Architecture
from ._space import params


class Prior:
    """The scores that a HyperNet gives to random architectures, best first: where to begin, and what to leave out.

    Scores are no values of the study, and never become any: the best architectures are enqueued, and evaluated as all trials are.

    Args:
        n: how many architectures are drawn and scored.
    """

    def __init__(self, scorer: Scorer, n: int = 256, *, seed: int = 0) -> None:
        self.scorer = scorer
        drawn = list(dict.fromkeys(scorer.space.sample(seed * n + i) for i in range(n)))
        #: ``(score, architecture)``
        self.ranked = sorted(zip(scorer.score(drawn), drawn), key=lambda pair: pair[0])

    def enqueue(self, study: optuna.Study, best: int = 10) -> None:
        """Lets a study begin with the best, in parameters as :func:`suggest` has them."""
        for score, architecture in self.ranked[:best]:
            attributes = {"smash_score": score}
            study.enqueue_trial(params(architecture, self.scorer.space), user_attrs=attributes, skip_if_exists=True)

    def check(self, trial: optuna.Trial, architecture: Architecture, *, worst: float = 0.5) -> float:
        """The score of an architecture, which the trial keeps as ``smash_score``.

        Args:
            worst: which part of all architectures is not worth an evaluation.

        Raises:
            TrialPruned: it scores as the worst do.
        """
        score = self.scorer.score([architecture])[0]
        trial.set_user_attr("smash_score", score)
        limit = self.ranked[max(0, round((1 - worst) * len(self.ranked)) - 1)][0]
        if score > limit:
            raise optuna.TrialPruned(f"score {score:.4g}, of those that are evaluated at most {limit:.4g}")
        return score
