"""Operating points with a promise: how far thresholds move so that recall or precision is kept.

All thresholds move together by one shift of their log-odds. Both promises hold for paragraphs exchangeable with those
of the calibration split: for text like it, and for no other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from mihwar.decision import log_odds

__all__ = ["precision_shift", "recall_shift", "uncertain_margin"]

FloatArray = NDArray[np.float64]
_SHIFTS = np.round(np.arange(-8.0, 8.001, 0.02), 2)
_TESTED_SHIFTS = np.round(np.arange(-2.0, 6.001, 0.25), 2)


def recall_shift(
    probabilities: FloatArray, targets: NDArray[np.floating], thresholds: FloatArray, target: float
) -> float | None:
    """Return the largest shift at which the expected recall of a new paragraph with themes is at least `target`.

    Conformal risk control (Angelopoulos et al., ICLR 2024, theorem 1) with the share of missed themes as the loss,
    which is at most 1 and falls as thresholds do: (n R + 1) / (n + 1) must not exceed 1 - target.

    Args:
        probabilities: Shape (n, k), calibrated.
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        thresholds: Shape (k,).
        target: Recall, from 0 to 1.

    Returns:
        The shift; None if so few paragraphs cannot promise it.
    """
    margins, wanted = _margins(probabilities, targets, thresholds)
    rows = wanted.any(axis=1)
    margins, wanted = margins[rows], wanted[rows]
    n = len(wanted)
    best = None
    for shift in _SHIFTS:
        missed = ((margins < shift) & wanted).sum(axis=1) / wanted.sum(axis=1) if n else np.ones(1)
        if (missed.sum() + 1) / (n + 1) > 1 - target:
            break
        best = float(shift)
    return best


def precision_shift(
    probabilities: FloatArray,
    targets: NDArray[np.floating],
    thresholds: FloatArray,
    target: float,
    confidence: float = 0.9,
) -> float | None:
    """Return the smallest shift at which, with the given confidence, themes given are right at least so often.

    Learn then test (Angelopoulos et al. 2021, arXiv 2110.01052): every shift of a coarse grid is tested, with
    Bonferroni's correction, against the hypothesis that too many of the themes given are wrong. Each test is an exact
    binomial one that takes the themes given as independent, which those of one article are only nearly.

    Args:
        probabilities: Shape (n, k), calibrated.
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        thresholds: Shape (k,).
        target: Precision, from 0 to 1.
        confidence: Confidence of the promise.

    Returns:
        The shift; None if so few paragraphs cannot promise it.
    """
    margins, wanted = _margins(probabilities, targets, thresholds)
    judged = ~np.isnan(targets)
    for shift in _TESTED_SHIFTS:
        given = (margins >= shift) & judged
        n_given, n_wrong = int(given.sum()), int((given & ~wanted).sum())
        if binom.cdf(n_wrong, n_given, 1 - target) <= (1 - confidence) / len(_TESTED_SHIFTS):
            return float(shift)
    return None


def uncertain_margin(
    probabilities: FloatArray, targets: NDArray[np.floating], thresholds: FloatArray, share_of_errors: float
) -> float:
    """Return the margin around the thresholds within which the given share of wrong decisions lies.

    Args:
        probabilities: Shape (n, k), calibrated.
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        thresholds: Shape (k,).
        share_of_errors: From 0 (no decision is called uncertain) to 1.

    Returns:
        A difference of log-odds; 0 where there is no error.
    """
    margins, wanted = _margins(probabilities, targets, thresholds)
    wrong = ((margins >= 0) != wanted) & ~np.isnan(targets)
    distances = np.abs(margins[wrong])
    if not len(distances) or not share_of_errors:
        return 0.0
    return float(np.round(np.quantile(distances, share_of_errors), 4))


def _margins(
    probabilities: FloatArray, targets: NDArray[np.floating], thresholds: FloatArray
) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return how far each cell lies above its threshold, in log-odds, and whether it is about the theme."""
    margins: FloatArray = log_odds(probabilities) - log_odds(thresholds)
    return margins, np.asarray(targets == 1)
