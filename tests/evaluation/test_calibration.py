"""Reliability diagrams and calibration errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation.calibration import calibration, reliability
from tests.evaluation.samples import THEMES, answers, truth


def test_bins_hold_equally_many_cells_and_their_means() -> None:
    scores = np.arange(20) / 20
    bins = reliability((scores >= 0.5).astype(float), scores, bins=4)
    assert [each.count for each in bins] == [5, 5, 5, 5]
    assert [each.frequency for each in bins] == [0, 0, 1, 1]
    assert bins[0].probability == pytest.approx(0.1)


def test_equal_probabilities_share_a_bin_and_cells_not_judged_are_left_out() -> None:
    bins = reliability(np.array([1.0, 0.0, np.nan, 0.0]), np.full(4, 0.3))
    assert [(each.count, each.frequency) for each in bins] == [(3, pytest.approx(1 / 3))]
    assert reliability(np.array([np.nan]), np.array([0.3])) == ()


def test_all_themes_then_each_before_and_after() -> None:
    labels = truth(2000, seed=2)
    model = answers(labels, 2.0, 3)
    found = calibration(replace(model, probabilities=labels.targets * 0.8 + 0.02))
    assert [each.theme for each in found] == [None, *THEMES]
    assert all(each.error_before is not None and each.error_before > 0 for each in found)
    # Labels of 1 get .82, labels of 0 get .02: wrong by .18 and by .02.
    rate = labels.targets.mean()
    assert found[0].error == pytest.approx(rate * 0.18 + (1 - rate) * 0.02)
    assert calibration(replace(model, logits=None))[0].error_before is None
