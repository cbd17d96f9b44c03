"""Operating points that keep their promise, and the margin of uncertain decisions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mihwar.decision import log_odds
from training.risk import precision_shift, recall_shift, uncertain_margin

Array = NDArray[np.float64]
THRESHOLDS = np.array([0.5, 0.4, 0.6])


def drawn(seed: int, n: int = 600) -> tuple[Array, Array]:
    """Calibrated probabilities of three themes and labels drawn from them."""
    draw = np.random.default_rng(seed)
    probabilities = 1 / (1 + np.exp(-draw.normal(-1.5, 2.0, size=(n, 3))))
    return probabilities, (draw.random((n, 3)) < probabilities).astype(float)


def given_at(probabilities: Array, shift: float) -> NDArray[np.bool_]:
    given: NDArray[np.bool_] = log_odds(probabilities) >= log_odds(THRESHOLDS) + shift
    return given


@pytest.mark.parametrize("target", [0.7, 0.9, 0.95])
def test_recall_is_kept_on_average_over_new_draws(target: float) -> None:
    recalls = []
    for seed in range(60):
        shift = recall_shift(*drawn(seed, 200), THRESHOLDS, target)
        assert shift is not None
        probabilities, labels = drawn(1000 + seed)
        rows = labels.any(axis=1)
        found = (given_at(probabilities, shift) & (labels == 1)).sum(axis=1)[rows] / labels.sum(axis=1)[rows]
        recalls.append(found.mean())
    # The promise is at least the target; that it is not far above shows that little is given away.
    assert target - 0.01 <= np.mean(recalls) <= target + 0.03


def test_precision_is_kept_in_nearly_all_draws() -> None:
    kept = []
    for seed in range(60):
        shift = precision_shift(*drawn(seed, 2000), THRESHOLDS, 0.85, confidence=0.9)
        if shift is not None:
            probabilities, labels = drawn(1000 + seed, 5000)
            kept.append(labels[given_at(probabilities, shift)].mean() >= 0.85)
    assert len(kept) > 40
    assert np.mean(kept) >= 0.9


def test_too_few_paragraphs_promise_nothing() -> None:
    probabilities, labels = drawn(0, 8)
    assert recall_shift(probabilities, labels, THRESHOLDS, 0.95) is None
    assert precision_shift(probabilities, labels, THRESHOLDS, 0.99) is None
    nothing = np.zeros_like(labels)
    assert recall_shift(probabilities, nothing, THRESHOLDS, 0.5) is None


def test_cells_that_nobody_judged_count_for_nothing() -> None:
    probabilities, labels = drawn(3)
    twice = np.concatenate([probabilities, probabilities])
    unjudged = np.concatenate([labels, np.full_like(labels, np.nan)])
    assert precision_shift(twice, unjudged, THRESHOLDS, 0.8) == precision_shift(probabilities, labels, THRESHOLDS, 0.8)
    assert recall_shift(twice, unjudged, THRESHOLDS, 0.8) == recall_shift(probabilities, labels, THRESHOLDS, 0.8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 0.9), st.floats(0.5, 0.9))
def test_more_recall_never_moves_thresholds_up(seed: int, first: float, second: float) -> None:
    low, high = sorted((first, second))
    shifts = [recall_shift(*drawn(seed, 300), THRESHOLDS, target) for target in (low, high)]
    assert shifts[0] is not None
    assert shifts[1] is not None
    assert shifts[1] <= shifts[0]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_the_margin_holds_the_share_of_the_errors(share: float) -> None:
    probabilities, labels = drawn(7, 4000)
    margin = uncertain_margin(probabilities, labels, THRESHOLDS, share)
    distance = np.abs(log_odds(probabilities) - log_odds(THRESHOLDS))
    wrong = given_at(probabilities, 0.0) != (labels == 1)
    assert (distance[wrong] < margin).mean() == pytest.approx(share, abs=0.01)


def test_without_errors_nothing_is_uncertain() -> None:
    probabilities = np.array([[0.9, 0.1, 0.2]])
    assert uncertain_margin(probabilities, np.array([[1.0, 0.0, 0.0]]), THRESHOLDS, 0.5) == 0.0
    assert uncertain_margin(probabilities, np.array([[0.0, 0.0, 0.0]]), THRESHOLDS, 0.0) == 0.0
