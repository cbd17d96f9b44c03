from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from training.config import (
    CalibrationConfig,
    DecisionConfig,
    FixedThresholdConfig,
    NoCalibrationConfig,
    PlattCalibrationConfig,
    ShrunkThresholdConfig,
    TemperatureCalibrationConfig,
)
from training.decide import best_threshold, fit_calibration, fit_decision, fit_thresholds

Array = NDArray[np.float64]


def overconfident(n: int = 4000, seed: int = 0) -> tuple[Array, Array, Array]:
    """Logits three times too large and shifted, with the true probabilities."""
    draw = np.random.default_rng(seed)
    truth = draw.normal(-1, 1.5, size=(n, 2))
    probabilities = 1 / (1 + np.exp(-truth))
    labels = (draw.random((n, 2)) < probabilities).astype(float)
    return truth * 3 + np.array([1.0, -2.0]), labels, probabilities


def test_platt_recovers_the_true_probabilities() -> None:
    logits, labels, probabilities = overconfident()
    config = DecisionConfig(calibration=PlattCalibrationConfig(strength=0))
    decision = fit_decision(logits, labels, [str(row) for row in range(len(logits))], config)
    assert np.abs(decision.probabilities(logits) - probabilities).mean() < 0.02
    np.testing.assert_allclose(decision.scale, 1 / 3, rtol=0.15)


def test_no_calibration_is_the_sigmoid() -> None:
    logits, labels, _ = overconfident(100)
    scale, offset = fit_calibration(logits, labels, NoCalibrationConfig(kind="none"))
    assert scale.tolist() == [1, 1]
    assert offset.tolist() == [0, 0]


def test_temperature_is_common() -> None:
    logits, labels, _ = overconfident()
    scale, offset = fit_calibration(logits, labels, TemperatureCalibrationConfig(kind="temperature"))
    assert scale[0] == scale[1]
    assert offset[0] == offset[1]


@pytest.mark.parametrize("config", [PlattCalibrationConfig(), TemperatureCalibrationConfig(kind="temperature")])
def test_themes_without_positives_or_judgements(config: CalibrationConfig) -> None:
    logits, labels, _ = overconfident(200)
    labels[:, 1] = np.nan
    scale, offset = fit_calibration(logits, labels, config)
    assert np.isfinite([*scale, *offset]).all()
    labels[:] = 0
    scale, offset = fit_calibration(logits, labels, config)
    assert (scale > 0).all()
    assert np.isfinite(offset).all()


def test_a_falling_curve_is_not_followed() -> None:
    logits = np.linspace(-2, 2, 100)[:, None]
    scale, _ = fit_calibration(logits, (logits < 0).astype(float), PlattCalibrationConfig())
    assert scale[0] > 0


def test_best_threshold_has_the_best_f1() -> None:
    draw = np.random.default_rng(3)
    labels = (draw.random(300) < 0.3).astype(float)
    probabilities = np.clip(labels * 0.3 + draw.random(300) * 0.6, 0, 1)
    threshold = best_threshold(probabilities, labels)
    scores = [f1_score(labels, probabilities >= t) for t in np.arange(0.05, 0.951, 0.01)]
    assert f1_score(labels, probabilities >= threshold) == pytest.approx(max(scores), abs=0.01)


def test_thresholds_of_rare_themes_stay_near_the_common_one() -> None:
    draw = np.random.default_rng(4)
    labels = np.zeros((1000, 2))
    labels[:400, 0] = 1
    labels[:2, 1] = 1
    probabilities = np.where(labels == 1, 0.6, 0.2) + draw.normal(0, 0.05, labels.shape)
    probabilities[labels[:, 1] == 1, 1] = 0.93
    own = [best_threshold(probabilities[:, j], labels[:, j]) for j in (0, 1)]
    shrunk = fit_thresholds(probabilities, labels, ShrunkThresholdConfig(strength=20))
    common = fit_thresholds(probabilities, labels, ShrunkThresholdConfig(strength=1e9))
    assert common[0] == pytest.approx(common[1])
    assert abs(shrunk[1] - common[1]) < 0.15 * abs(own[1] - common[1])
    assert shrunk[1] == pytest.approx((2 * own[1] + 20 * common[1]) / 22)


def test_fixed_thresholds() -> None:
    logits, labels, _ = overconfident(50)
    config = FixedThresholdConfig(kind="fixed", value=0.4)
    assert fit_thresholds(logits, labels, config).tolist() == [0.4, 0.4]


def test_no_positive_at_all_gives_the_middle() -> None:
    thresholds = fit_thresholds(np.full((10, 2), 0.1), np.zeros((10, 2)), ShrunkThresholdConfig(strength=20))
    assert ((thresholds > 0) & (thresholds < 1)).all()


def test_no_strength_and_no_positives_still_gives_a_threshold() -> None:
    targets = np.zeros((20, 2))
    targets[:5, 0] = 1
    thresholds = fit_thresholds(np.full((20, 2), 0.3), targets, ShrunkThresholdConfig(strength=0))
    assert ((thresholds > 0) & (thresholds < 1)).all()


def test_of_two_equal_peaks_one_is_chosen_not_the_valley_between() -> None:
    labels = np.array([1, 0, 0, 1, 0, 0], dtype=float)
    probabilities = np.array([0.9, 0.7, 0.6, 0.3, 0.1, 0.1])
    scores = {t: f1_score(labels, probabilities >= t) for t in np.round(np.arange(0.05, 0.951, 0.01), 2)}
    assert scores[best_threshold(probabilities, labels)] == max(scores.values())


def test_the_promise_of_recall_holds_on_fresh_text_with_few_paragraphs_and_own_thresholds() -> None:
    """What is fitted on the same paragraphs as the promise would break it: hence the cross-fit."""

    def draw(seed: int, n: int) -> tuple[Array, Array]:
        random = np.random.default_rng(seed)
        truth = random.normal(-2.5, 1.5, size=(n, 8))
        return truth + random.normal(0, 1.0, size=truth.shape), (
            random.random(truth.shape) < 1 / (1 + np.exp(-truth))
        ).astype(float)

    recalls = []
    for seed in range(30):
        logits, labels = draw(seed, 250)
        decision = fit_decision(logits, labels, [f"a{row // 2}" for row in range(250)], DecisionConfig())
        if "high_recall" in decision.operating_points:
            fresh, truth = draw(1000 + seed, 1500)
            given = decision.probabilities(fresh) >= decision.limits("high_recall")
            rows = truth.any(axis=1)
            recalls.append(((given & (truth == 1)).sum(axis=1) / truth.sum(axis=1).clip(min=1))[rows].mean())
    assert len(recalls) >= 20
    assert np.mean(recalls) >= 0.89


def test_points_and_margin_are_fitted_even_to_one_article() -> None:
    logits, labels, _ = overconfident(60)
    decision = fit_decision(logits, labels, ["a"] * 60, DecisionConfig())
    assert decision.uncertain_margin > 0
    for point in decision.operating_points.values():
        assert (point.confidence is None) == (point.controls == "recall")
