"""Two models held against each other: differences, tests, and paragraphs they do not share."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from scipy.stats import binomtest

from evaluation.comparison import COMPARED, compare, holm
from evaluation.gates import HigherIsBetter, LowerIsBetter
from evaluation.run import metrics_of
from tests.evaluation.samples import answers, truth


def test_differences_are_those_of_the_metrics() -> None:
    labels = truth(400, seed=1)
    first, second = answers(labels, 1.0, 2), answers(labels, 1.6, 3)
    comparison = compare(first, second, "second 1", draws=200)
    assert comparison is not None
    mine, theirs = metrics_of(first, draws=0), metrics_of(second, draws=0)
    for name in COMPARED:
        expected = getattr(mine, name).value - getattr(theirs, name).value
        assert comparison.differences[name].value == pytest.approx(expected, abs=1e-12)
        assert comparison.others[name] == pytest.approx(getattr(theirs, name).value, abs=1e-12)
    for theme, of_mine, of_theirs in zip(comparison.themes, mine.themes, theirs.themes, strict=True):
        assert theme.f1.value == pytest.approx(of_mine.f1.value - of_theirs.f1.value, abs=1e-12)


def test_a_model_against_itself_differs_in_nothing() -> None:
    model = answers(truth(200, seed=1), 1.0, 2)
    comparison = compare(model, model, "itself 1", draws=50)
    assert comparison is not None
    assert all(each.value == 0 and each.low is None for each in comparison.differences.values())
    assert all(each.p_value == 1 and each.mended == each.broken == 0 for each in comparison.themes)


def test_paired_draws_are_narrower_than_unpaired_ones() -> None:
    labels = truth(600, seed=4)
    shared = np.random.default_rng(5).normal(0, 1.5, labels.targets.shape)
    first, second = answers(labels, 0.3, 6, shared), answers(labels, 0.3, 7, shared)
    comparison = compare(first, second, "second 1", draws=300)
    assert comparison is not None
    paired = comparison.differences["micro_f1"]
    alone = metrics_of(first, draws=300).micro_f1
    assert paired.high is not None
    assert paired.low is not None
    assert alone.high is not None
    assert alone.low is not None
    assert paired.high - paired.low < (alone.high - alone.low) / 1.5


def test_only_paragraphs_of_both_with_the_same_labels_count() -> None:
    labels = truth(90, seed=1)
    first = answers(labels, 1.0, 2)
    other = answers(labels, 1.0, 3).of_rows(list(range(80))[::-1])
    relabelled = other.targets.copy()
    relabelled[0] = 1 - relabelled[0]
    comparison = compare(first, replace(other, targets=relabelled), "other 1", draws=10)
    assert comparison is not None
    assert (comparison.n_paragraphs, comparison.n_left_out) == (79, 11)
    elsewhere = replace(other, paragraph_ids=tuple(f"x{each}" for each in other.paragraph_ids))
    assert compare(first, elsewhere, "other 1", draws=10) is None


def test_other_order_of_themes_and_other_themes() -> None:
    labels = truth(90, seed=1)
    first, second = answers(labels, 1.0, 2), answers(labels, 1.4, 3)
    turned = second.with_themes(second.theme_ids[::-1])
    assert compare(first, turned, "s", draws=20) == compare(first, second, "s", draws=20)
    with pytest.raises(ValueError, match="knows theme_a, theme_z"):
        compare(first, replace(second, theme_ids=("theme_z", *second.theme_ids[1:])), "s", draws=20)


def test_mcnemar_counts_discordant_paragraphs() -> None:
    labels = truth(60, seed=1)
    right, wrong = labels.decisions.copy(), labels.decisions.copy()
    wrong[:9, 0] = ~wrong[:9, 0]  # the other errs 9 times in theme a
    right[9, 0] = ~right[9, 0]  # this one once
    comparison = compare(replace(labels, decisions=right), replace(labels, decisions=wrong), "other", draws=10)
    assert comparison is not None
    theme = comparison.themes[0]
    assert (theme.mended, theme.broken) == (9, 1)
    assert theme.p_value == pytest.approx(min(1, 8 * binomtest(9, 10).pvalue))


def test_every_compared_metric_can_have_a_gate() -> None:
    assert {*get_args(HigherIsBetter), *get_args(LowerIsBetter)} == set(COMPARED)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
