"""Operating points with a promise: how far thresholds move so that recall or precision is kept.

All thresholds move together by one shift of their log-odds. What counts is how far each cell lies above its threshold
(its margin), for paragraphs that calibration and thresholds were not fitted on: `training.decide` cross-fits them, so
that the promises of the papers hold nearly, as those of cross-conformal prediction do. They are made for paragraphs
exchangeable with those of the calibration split: for text like it, and for no other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from mihwar.decision import log_odds

__all__ = ["margins_above", "precision_shift", "recall_shift", "uncertain_margin"]

FloatArray = NDArray[np.float64]
_SHIFTS = np.round(np.arange(-8.0, 0.001, 0.02), 2)  # more recall than the thresholds give: they go down
_TESTED_SHIFTS = np.round(np.arange(0.0, 6.001, 0.25), 2)  # more precision: they go up
_TINY = 1e-12


def margins_above(probabilities: FloatArray, thresholds: FloatArray) -> FloatArray:
    """Return how far each cell lies above its threshold, in log-odds.

    Args:
        probabilities: Shape (n, k), calibrated.
        thresholds: Shape (k,).
    """
    margins: FloatArray = log_odds(probabilities) - log_odds(thresholds)
    return margins


def recall_shift(margins: FloatArray, targets: NDArray[np.floating], target: float) -> float | None:
    """Return the largest shift, at most 0, at which the expected recall of a new paragraph with themes is kept.

    Conformal risk control (Angelopoulos et al., ICLR 2024, theorem 1) with the share of missed themes as the loss,
    which is at most 1 and falls as thresholds do: (n R + 1) / (n + 1) must not exceed 1 - target.

    Args:
        margins: Shape (n, k).
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        target: Recall, from 0 to 1.

    Returns:
        The shift; None if so few paragraphs cannot promise it.
    """
    wanted = targets == 1
    rows = wanted.any(axis=1)
    margins, wanted = margins[rows], wanted[rows]
    n = len(wanted)
    best = None
    for shift in _SHIFTS:
        missed = ((margins < shift) & wanted).sum(axis=1) / wanted.sum(axis=1) if n else np.ones(1)
        if (missed.sum() + 1) / (n + 1) > 1 - target + _TINY:
            break
        best = float(shift)
    return best


def precision_shift(
    margins: FloatArray, targets: NDArray[np.floating], target: float, confidence: float = 0.9
) -> float | None:
    """Return the smallest shift, at least 0, at which, with the given confidence, themes given are right so often.

    Learn then test (Angelopoulos et al. 2021, arXiv 2110.01052): every shift of a coarse grid is tested, with
    Bonferroni's correction, against the hypothesis that too many of the themes given are wrong. Each test is an exact
    binomial one that takes the themes given as independent, which those of one article are only nearly.

    Args:
        margins: Shape (n, k).
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        target: Precision, from 0 to 1.
        confidence: Confidence of the promise.

    Returns:
        The shift; None if so few paragraphs cannot promise it.
    """
    judged = ~np.isnan(targets)
    for shift in _TESTED_SHIFTS:
        given = (margins >= shift) & judged
        n_given, n_wrong = int(given.sum()), int((given & (targets != 1)).sum())
        if binom.cdf(n_wrong, n_given, 1 - target) <= (1 - confidence) / len(_TESTED_SHIFTS):
            return float(shift)
    return None


def uncertain_margin(margins: FloatArray, targets: NDArray[np.floating], share_of_errors: float) -> float:
    """Return the margin around the thresholds within which at least the given share of wrong decisions lies.

    Args:
        margins: Shape (n, k).
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        share_of_errors: From 0 (no decision is called uncertain) to 1.

    Returns:
        A difference of log-odds; 0 where there is no error.
    """
    wrong = ((margins >= 0) != (targets == 1)) & ~np.isnan(targets)
    distances = np.abs(margins[wrong])
    if not len(distances) or not share_of_errors:
        return 0.0
    return float(np.ceil(np.quantile(distances, share_of_errors, method="higher") * 1e4) / 1e4)
