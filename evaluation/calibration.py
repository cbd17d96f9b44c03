"""Do probabilities mean what they say? Reliability diagrams, over all themes and for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import expected_calibration_error
from evaluation.predictions import Predictions
from mihwar.decision import sigmoid

__all__ = ["Calibration", "ReliabilityBin", "calibration", "reliability"]

FloatArray = NDArray[np.float64]
BINS = 15


@dataclass(frozen=True)
class ReliabilityBin:
    """Cells of like probability.

    Attributes:
        probability: Their mean probability.
        frequency: Share of them that are about the theme.
        count: How many there are.
    """

    probability: float
    frequency: float
    count: int


@dataclass(frozen=True)
class Calibration:
    """How near probability and frequency are.

    Attributes:
        theme: Theme id; None for all themes together.
        error: Expected calibration error; None if nothing was judged.
        error_before: The same of the sigmoid of the logits, before calibration; None without logits.
        bins: The reliability diagram: as many cells in each, lowest probability first.
    """

    theme: str | None
    error: float | None
    error_before: float | None
    bins: tuple[ReliabilityBin, ...]


def calibration(predictions: Predictions) -> tuple[Calibration, ...]:
    """Judge the probabilities of all themes together, then of each.

    Args:
        predictions: The predictions.
    """
    columns: list[tuple[str | None, slice]] = [(None, slice(None))]
    columns += [(theme, slice(column, column + 1)) for column, theme in enumerate(predictions.theme_ids)]
    return tuple(_one(theme, predictions, chosen) for theme, chosen in columns)


def _one(theme: str | None, predictions: Predictions, columns: slice) -> Calibration:
    targets, probabilities = predictions.targets[:, columns], predictions.probabilities[:, columns]
    before = None if predictions.logits is None else sigmoid(predictions.logits[:, columns])
    return Calibration(
        theme,
        expected_calibration_error(targets, probabilities, BINS),
        None if before is None else expected_calibration_error(targets, before, BINS),
        reliability(targets, probabilities),
    )


def reliability(targets: FloatArray, probabilities: FloatArray, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """Compare probability and frequency in bins of equally many cells (Nixon et al. 2019).

    Args:
        targets: 1, 0, or NaN for not judged; any shape.
        probabilities: Same shape.
        bins: At most so many; equal probabilities always share one.
    """
    judged = ~np.isnan(targets)
    truth, scores = targets[judged], probabilities[judged]
    if not len(scores):
        return ()
    place = np.searchsorted(np.quantile(scores, np.linspace(0, 1, bins + 1)[1:-1]), scores)
    chosen = [place == each for each in range(bins)]
    return tuple(
        ReliabilityBin(float(scores[rows].mean()), float(truth[rows].mean()), int(rows.sum()))
        for rows in chosen
        if rows.any()
    )
