"""Calibration and thresholds, from logits of paragraphs that the weights were not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mihwar.decision import BALANCED, Decision, OperatingPoint
from training.config import (
    CalibrationConfig,
    DecisionConfig,
    FixedThresholdConfig,
    NoCalibrationConfig,
    PlattCalibrationConfig,
    ThresholdConfig,
)
from training.risk import margins_above, precision_shift, recall_shift, uncertain_margin
from training.split import position_of

__all__ = ["best_threshold", "fit_calibration", "fit_decision", "fit_thresholds"]

FloatArray = NDArray[np.float64]
_GRID = np.round(np.arange(0.05, 0.951, 0.01), 2)
CONFIDENCE = 0.9  # of the promise of precision
_MIN_POSITIVES = 3  # below, a theme's own slope is noise


def fit_decision(
    logits: FloatArray, targets: NDArray[np.floating], article_ids: Sequence[str], config: DecisionConfig
) -> Decision:
    """Fit what turns logits into themes.

    Calibration and thresholds are fitted on everything. The margin of uncertain decisions and the operating points must
    know how they do on paragraphs they were not fitted on: each half of the articles is judged by what the other gave.

    Args:
        logits: Shape (n, k).
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        article_ids: The article of each of the n paragraphs.
        config: Which calibration, thresholds and operating points. A point that so few paragraphs cannot promise
            is left out; a default among those gives way to the thresholds themselves.
    """
    scale, offset, thresholds = _fit(logits, targets, config)
    margins = _cross_fitted_margins(logits, targets, article_ids, config)
    points = {}
    for name, wanted in config.operating_points.items():
        if wanted.controls == "recall":
            shift, n, confidence = recall_shift(margins, targets, wanted.target), _n_with_theme(targets), None
        else:
            shift, n, confidence = (
                precision_shift(margins, targets, wanted.target, CONFIDENCE),
                len(targets),
                CONFIDENCE,
            )
        if shift is not None:
            points[name] = OperatingPoint(wanted.controls, wanted.target, shift, n, confidence)
    return Decision(
        scale,
        offset,
        thresholds,
        uncertain_margin(margins, targets, config.uncertain_share),
        points,
        config.operating_point if config.operating_point in points else BALANCED,
    )


def _fit(
    logits: FloatArray, targets: NDArray[np.floating], config: DecisionConfig
) -> tuple[FloatArray, FloatArray, FloatArray]:
    scale, offset = fit_calibration(logits, targets, config.calibration)
    uncut = Decision(scale, offset, np.full(logits.shape[1], 0.5))
    return scale, offset, fit_thresholds(uncut.probabilities(logits), targets, config.thresholds)


def _cross_fitted_margins(
    logits: FloatArray, targets: NDArray[np.floating], article_ids: Sequence[str], config: DecisionConfig
) -> FloatArray:
    margins = np.zeros_like(logits)
    first = np.array([position_of(article_id, "decision") < 0.5 for article_id in article_ids], dtype=bool)
    if first.all() or not first.any():  # one article alone cannot be halved
        first = np.arange(len(logits)) % 2 == 0
    for half in (first, ~first):
        if half.any():
            scale, offset, thresholds = _fit(logits[~half], targets[~half], config)
            judge = Decision(scale, offset, thresholds)
            margins[half] = margins_above(judge.probabilities(logits[half]), thresholds)
    return margins


def _n_with_theme(targets: NDArray[np.floating]) -> int:
    return int((targets == 1).any(axis=1).sum())


def fit_calibration(
    logits: FloatArray, targets: NDArray[np.floating], config: CalibrationConfig
) -> tuple[FloatArray, FloatArray]:
    """Fit scale and offset of sigmoid(scale * logit + offset), after Platt (1999).

    Args:
        logits: Shape (n, k).
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        config: Which calibration.

    Returns:
        Scales and offsets of shape (k,). A theme's own values weigh n+ / (n+ + strength) against the common ones.
    """
    n_themes = logits.shape[1]
    if isinstance(config, NoCalibrationConfig):
        return np.ones(n_themes), np.zeros(n_themes)
    judged = ~np.isnan(targets)
    common = _logistic(logits[judged], targets[judged]) or (1.0, 0.0)
    scale, offset = np.full(n_themes, common[0]), np.full(n_themes, common[1])
    if isinstance(config, PlattCalibrationConfig):
        for column in range(n_themes):
            rows = judged[:, column]
            positives = targets[rows, column].sum()
            own = _logistic(logits[rows, column], targets[rows, column]) if positives >= _MIN_POSITIVES else None
            if own is not None:
                weight = positives / (positives + config.strength)
                scale[column] = weight * own[0] + (1 - weight) * common[0]
                offset[column] = weight * own[1] + (1 - weight) * common[1]
    return scale, offset


def _logistic(logits: FloatArray, labels: NDArray[np.floating]) -> tuple[float, float] | None:
    """Return scale and offset, or None where they cannot be told (one class, or a falling curve)."""
    if len(np.unique(labels)) < 2:
        return None
    model = LogisticRegression(C=1.0).fit(logits[:, None], labels)
    scale, offset = float(model.coef_[0, 0]), float(model.intercept_[0])
    return (scale, offset) if scale > 0 else None


def fit_thresholds(probabilities: FloatArray, targets: NDArray[np.floating], config: ThresholdConfig) -> FloatArray:
    """Choose a threshold for each theme.

    Per-theme tuning overfits rare themes (Lipton et al. 2014, arXiv 1402.1892); drawn to the common one as
    t = (n+ * t_theme + strength * t_common) / (n+ + strength) it does not.

    Args:
        probabilities: Shape (n, k), calibrated.
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        config: Which thresholds.

    Returns:
        Thresholds of shape (k,).
    """
    n_themes = probabilities.shape[1]
    if isinstance(config, FixedThresholdConfig):
        return np.full(n_themes, config.value)
    curves = np.stack([_f1_curve(probabilities[:, j], targets[:, j]) for j in range(n_themes)])
    positives = np.nansum(targets, axis=0)
    with_positives = positives > 0
    common = _peak(curves[with_positives].mean(axis=0)) if with_positives.any() else 0.5
    own = np.array([_peak(curve) for curve in curves])
    weights = positives + config.strength
    shrunk: FloatArray = np.where(
        weights > 0, (positives * own + config.strength * common) / np.maximum(weights, 1e-9), common
    )
    return shrunk


def best_threshold(probabilities: FloatArray, labels: NDArray[np.floating]) -> float:
    """Return the threshold of highest F1 of one theme; the middle of a plateau."""
    return _peak(_f1_curve(probabilities, labels))


def _f1_curve(probabilities: FloatArray, labels: NDArray[np.floating]) -> FloatArray:
    judged = ~np.isnan(labels)
    truth = labels[judged] == 1
    given = probabilities[judged][None, :] >= _GRID[:, None]
    hits = (given & truth).sum(axis=1)
    curve: FloatArray = 2 * hits / np.maximum(given.sum(axis=1) + truth.sum(), 1)
    return curve


def _peak(curve: FloatArray) -> float:
    """Return the middle of the longest run of best thresholds."""
    best = np.flatnonzero(curve >= curve.max() - 1e-12)
    runs = np.split(best, np.flatnonzero(np.diff(best) > 1) + 1)
    longest = max(runs, key=len)
    return float(_GRID[longest[len(longest) // 2]])
