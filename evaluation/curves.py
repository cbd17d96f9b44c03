"""What other thresholds would give: precision against recall, and both against the threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from evaluation.predictions import Predictions

__all__ = ["Curves", "ThresholdPoint", "curves"]

FloatArray = NDArray[np.float64]
_POINTS = 120  # of a curve: more cannot be seen
_GRID = tuple(round(step / 50, 2) for step in range(1, 50))


@dataclass(frozen=True)
class ThresholdPoint:
    """What one threshold gives.

    Attributes:
        threshold: The probability.
        precision: Share of the predicted that are right; None where nothing is predicted.
        recall: Share of the support that is found.
        f1: Harmonic mean of both.
    """

    threshold: float
    precision: float | None
    recall: float
    f1: float


@dataclass(frozen=True)
class Curves:
    """Curves of one theme with positives.

    Attributes:
        theme: Theme id; None for all judged cells together.
        recall: Points of the precision-recall curve, recall falling.
        precision: Precision at each.
        thresholds: What each threshold on a grid gives.
    """

    theme: str | None
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    thresholds: tuple[ThresholdPoint, ...]


def curves(predictions: Predictions) -> tuple[Curves, ...]:
    """Draw the curves of all themes together, then of each theme that has positives.

    Args:
        predictions: The predictions.
    """
    columns: list[tuple[str | None, slice]] = [(None, slice(None))]
    columns += [(theme, slice(column, column + 1)) for column, theme in enumerate(predictions.theme_ids)]
    found = []
    for theme, chosen in columns:
        targets = predictions.targets[:, chosen]
        judged = ~np.isnan(targets)
        truth, scores = targets[judged], predictions.probabilities[:, chosen][judged]
        if (truth == 1).any():
            found.append(_one(theme, truth, scores))
    return tuple(found)


def _one(theme: str | None, truth: FloatArray, scores: FloatArray) -> Curves:
    precision, recall, _ = precision_recall_curve(truth, scores)
    chosen = np.arange(len(recall))
    if len(recall) > _POINTS:  # evenly along the recall, where curves are looked at
        chosen = np.unique(np.searchsorted(-recall, np.linspace(-1, 0, _POINTS)))
    return Curves(
        theme,
        tuple(round(float(value), 4) for value in recall[chosen]),
        tuple(round(float(value), 4) for value in precision[chosen]),
        tuple(_at(threshold, truth == 1, scores) for threshold in _GRID),
    )


def _at(threshold: float, yes: NDArray[np.bool_], scores: FloatArray) -> ThresholdPoint:
    given = scores >= threshold
    hits, predicted, support = int((given & yes).sum()), int(given.sum()), int(yes.sum())
    return ThresholdPoint(
        threshold,
        round(hits / predicted, 4) if predicted else None,
        round(hits / support, 4),
        round(2 * hits / (predicted + support), 4),
    )
