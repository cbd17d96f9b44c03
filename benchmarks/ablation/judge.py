"""What a variant is worth: on the calibration set, cross-fitted, and on the study set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import evaluate
from mihwar.decision import sigmoid
from mihwar.paragraph import LabelledParagraph, targets
from training.blend import fit_scales
from training.config import LoadedConfig
from training.decide import fit_decision

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
    first: Mapping[str, NDArray[np.float64]],
    second: Mapping[str, NDArray[np.float64]],
) -> dict[str, NDArray[np.float64]]:
    """Return the weighted sum of two models' logits, with the weights that fit the calibration paragraphs.

    Args:
        loaded: Config and themes.
        calibration: The paragraphs that both score under the name `calibration`.
        first: Logits of one model by the name of the set.
        second: Logits of the other.
    """
    wanted = targets(calibration, loaded.themes.ids)
    scales = fit_scales(first["calibration"], second["calibration"], wanted)
    return {name: scales.encoder * first[name] + scales.ngrams * second[name] for name in first}


def _calibration_map(
    calibration: Sequence[LabelledParagraph], logits: NDArray[np.float64], theme_ids: Sequence[str]
) -> float | None:
    probabilities = sigmoid(logits)
    return evaluate(
        targets(calibration, theme_ids),
        probabilities,
        probabilities >= 0.5,
        theme_ids,
        [p.article_id for p in calibration],
        min_support=MIN_SUPPORT,
        draws=2,
    ).mean_average_precision.value
