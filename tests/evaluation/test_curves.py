"""Precision, recall and F1 at other thresholds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score

from evaluation.curves import curves
from tests.evaluation.samples import THEMES, answers, truth


def test_points_are_those_of_scikit_learn() -> None:
    model = answers(truth(500, seed=1), 1.5, 2)
    found = {each.theme: each for each in curves(model)}
    assert list(found) == [None, *THEMES]
    yes, scores = model.targets[:, 0] == 1, model.probabilities[:, 0]
    for point in found[THEMES[0]].thresholds:
        given = scores >= point.threshold
        if given.any():
            assert point.precision == pytest.approx(precision_score(yes, given), abs=1e-4)
        assert point.recall == pytest.approx(recall_score(yes, given), abs=1e-4)
        assert point.f1 == pytest.approx(f1_score(yes, given), abs=1e-4)


def test_the_drawn_curve_has_few_points_and_nearly_the_same_area() -> None:
    model = answers(truth(3000, seed=1), 1.5, 2)
    curve = curves(model)[0]
    assert len(curve.recall) <= 121
    assert list(curve.recall) == sorted(curve.recall, reverse=True)
    area = -float(np.sum(np.diff(curve.recall) * np.array(curve.precision)[:-1]))
    exact = average_precision_score((model.targets == 1).ravel(), model.probabilities.ravel())
    assert area == pytest.approx(exact, abs=0.01)


def test_themes_without_positives_and_cells_not_judged() -> None:
    model = answers(truth(50, seed=1), 1.5, 2)
    targets = model.targets.copy()
    targets[:, 0], targets[:, 1], targets[0, 2] = 0, np.nan, np.nan
    assert [each.theme for each in curves(replace(model, targets=targets))] == [None, *THEMES[2:]]
