"""What a variant is worth: on the calibration set, cross-fitted, and on the study set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import evaluate
from mihwar.paragraph import LabelledParagraph, targets
from training.config import LoadedConfig, TemperatureCalibrationConfig
from training.decide import fit_calibration, fit_decision

__all__ = ["blended", "judge"]

MIN_SUPPORT = 10


def judge(
    loaded: LoadedConfig,
    calibration: Sequence[LabelledParagraph],
    calibration_logits: NDArray[np.float64],
    judged: Sequence[LabelledParagraph],
    logits: NDArray[np.float64],
) -> dict[str, Any]:
    """Fit a decision on one set, judge it on the other.

    Args:
        loaded: Config and themes.
        calibration: Paragraphs for calibration and thresholds.
        calibration_logits: Shape (m, k).
        judged: Paragraphs to judge on.
        logits: Shape (n, k).

    Returns:
        Headline metrics with intervals; themes with at least `MIN_SUPPORT` positives count.
    """
    theme_ids = loaded.themes.ids
    decision = fit_decision(
        calibration_logits,
        targets(calibration, theme_ids),
        [p.article_id for p in calibration],
        loaded.config.decision,
    )
    probabilities = decision.probabilities(logits)
    metrics = evaluate(
        targets(judged, theme_ids),
        probabilities,
        probabilities >= decision.limits(),
        theme_ids,
        [p.article_id for p in judged],
        min_support=MIN_SUPPORT,
        draws=200,
    )
    return {
        "macro_f1": metrics.macro_f1.value,
        "macro_f1_low": metrics.macro_f1.low,
        "macro_f1_high": metrics.macro_f1.high,
        "micro_f1": metrics.micro_f1.value,
        "map": metrics.mean_average_precision.value,
        "false_alarms": metrics.false_alarm_rate.value,
        "ece": metrics.expected_calibration_error.value,
        "calibration_map": _calibration_map(calibration, calibration_logits, theme_ids),
    }


def blended(
    loaded: LoadedConfig,
    calibration: Sequence[LabelledParagraph],
    *scores: tuple[NDArray[np.float64], NDArray[np.float64]],
) -> list[NDArray[np.float64]]:
    """Return the mean of two models' logits, each on the scale that fits the calibration paragraphs.

    Args:
        loaded: Config and themes.
        calibration: The m paragraphs that the first pair scores.
        scores: Pairs of logits of both models; the first pair of shape (m, k).
    """
    wanted = targets(calibration, loaded.themes.ids)
    kind = TemperatureCalibrationConfig(kind="temperature")
    scales = [fit_calibration(logits, wanted, kind)[0][0] for logits in scores[0]]
    return [(scales[0] * first + scales[1] * second) / 2 for first, second in scores]


def _calibration_map(
    calibration: Sequence[LabelledParagraph], logits: NDArray[np.float64], theme_ids: Sequence[str]
) -> float | None:
    probabilities = 1 / (1 + np.exp(-logits))
    return evaluate(
        targets(calibration, theme_ids),
        probabilities,
        probabilities >= 0.5,
        theme_ids,
        [p.article_id for p in calibration],
        min_support=MIN_SUPPORT,
        draws=2,
    ).mean_average_precision.value
