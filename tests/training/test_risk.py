"""Operating points that keep their promise, and the margin of uncertain decisions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from training.risk import margins_above, precision_shift, recall_shift, uncertain_margin

Array = NDArray[np.float64]
THRESHOLDS = np.array([0.5, 0.4, 0.6])


def drawn(seed: int, n: int = 600) -> tuple[Array, Array]:
    """Calibrated probabilities of three themes and labels drawn from them."""
    draw = np.random.default_rng(seed)
    probabilities = 1 / (1 + np.exp(-draw.normal(-1.5, 2.0, size=(n, 3))))
    return probabilities, (draw.random((n, 3)) < probabilities).astype(float)


def above(seed: int, n: int = 600) -> tuple[Array, Array]:
    """Margins and labels."""
    probabilities, labels = drawn(seed, n)
    return margins_above(probabilities, THRESHOLDS), labels


def given_at(probabilities: Array, shift: float) -> NDArray[np.bool_]:
    given: NDArray[np.bool_] = margins_above(probabilities, THRESHOLDS) >= shift
    return given


@pytest.mark.parametrize("target", [0.7, 0.9, 0.95])
def test_recall_is_kept_on_average_over_new_draws(target: float) -> None:
    recalls = []
    for seed in range(60):
        shift = recall_shift(*above(seed, 200), target)
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
        shift = precision_shift(*above(seed, 2000), 0.85, confidence=0.9)
        if shift is not None:
            probabilities, labels = drawn(1000 + seed, 5000)
            kept.append(labels[given_at(probabilities, shift)].mean() >= 0.85)
    assert len(kept) > 40
    assert np.mean(kept) >= 0.9


def test_too_few_paragraphs_promise_nothing() -> None:
    margins, labels = above(0, 8)
    assert recall_shift(margins, labels, 0.95) is None
    assert precision_shift(margins, labels, 0.99) is None
    assert recall_shift(margins, np.zeros_like(labels), 0.5) is None


def test_nine_paragraphs_without_a_miss_promise_nine_tenths() -> None:
    """(9 * 0 + 1) / 10 is the bound exactly."""
    ones = np.ones((9, 1))
    assert recall_shift(ones, ones, 0.9) == 0.0
    assert recall_shift(ones[:8], ones[:8], 0.9) is None


def test_points_never_give_less_of_what_they_keep() -> None:
    """Where the thresholds already give enough, they stay."""
    margins = np.array([[3.0], [2.5], [2.0]] * 40)
    assert recall_shift(margins, np.ones_like(margins), 0.5) == 0.0
    assert precision_shift(margins, np.ones_like(margins), 0.5) == 0.0


def test_cells_that_nobody_judged_count_for_nothing() -> None:
    margins, labels = above(3)
    twice = np.concatenate([margins, margins])
    unjudged = np.concatenate([labels, np.full_like(labels, np.nan)])
    assert precision_shift(twice, unjudged, 0.8) == precision_shift(margins, labels, 0.8)
    assert recall_shift(twice, unjudged, 0.8) == recall_shift(margins, labels, 0.8)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 0.9), st.floats(0.5, 0.9))
def test_more_recall_never_moves_thresholds_up(seed: int, first: float, second: float) -> None:
    low, high = sorted((first, second))
    shifts = [recall_shift(*above(seed, 300), target) for target in (low, high)]
    assert shifts[0] is not None
    assert shifts[1] is not None
    assert shifts[1] <= shifts[0]


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_the_margin_holds_the_share_of_the_errors(share: float) -> None:
    margins, labels = above(7, 4000)
    margin = uncertain_margin(margins, labels, share)
    wrong = (margins >= 0) != (labels == 1)
    held = (np.abs(margins[wrong]) <= margin).mean()
    assert share <= held <= share + 0.01


def test_a_single_error_is_held() -> None:
    margins = np.array([[2.0, -0.33333]])
    assert uncertain_margin(margins, np.array([[1.0, 1.0]]), 0.5) >= 0.33333


def test_without_errors_nothing_is_uncertain() -> None:
    margins = np.array([[2.0, -1.0, -3.0]])
    assert uncertain_margin(margins, np.array([[1.0, 0.0, 0.0]]), 0.5) == 0.0
    assert uncertain_margin(margins, np.array([[0.0, 0.0, 0.0]]), 0.0) == 0.0
