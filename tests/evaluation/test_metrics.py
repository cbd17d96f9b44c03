"""Metrics: hand-computed cases, scikit-learn's own, masks, and intervals."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, average_precision_score, f1_score, precision_recall_fscore_support

from evaluation.metrics import Metrics, evaluate, expected_calibration_error

NAN = math.nan
TOLERANCE = 1e-9


def judge(targets: list[list[float]], decisions: list[list[int]], **options: object) -> Metrics:
    truth = np.array(targets, dtype=float)
    given = np.array(decisions, dtype=bool)
    options = {
        "theme_ids": [f"t{j}" for j in range(truth.shape[1])],
        "article_ids": [f"a{i}" for i in range(len(truth))],
        "draws": 50,
        **options,
    }
    return evaluate(truth, np.where(given, 0.9, 0.1), given, **options)


def random_case(seed: int = 0, n: int = 400, k: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    targets = (rng.random((n, k)) < np.linspace(0.05, 0.4, k)).astype(float)
    probabilities = np.clip(0.5 * targets + 0.6 * rng.random((n, k)), 0, 1)
    return targets, probabilities, probabilities >= 0.55


def test_hand_computed_case() -> None:
    metrics = judge(
        # hits 2, misses 1, false alarms 1 for t0; hits 1, misses 0, false alarms 1 for t1
        [[1, 0], [1, 1], [1, 0], [0, 0], [0, 0]],
        [[1, 0], [1, 1], [0, 0], [1, 1], [0, 0]],
    )
    first, second = metrics.themes
    assert (first.precision.value, first.recall.value, first.f1.value) == pytest.approx(
        (2 / 3, 2 / 3, 2 / 3), abs=TOLERANCE
    )
    assert (second.precision.value, second.recall.value, second.f1.value) == pytest.approx(
        (1 / 2, 1, 2 / 3), abs=TOLERANCE
    )
    assert (first.support, first.predicted, first.judged) == (3, 3, 5)
    assert metrics.macro_f1.value == pytest.approx(2 / 3, abs=TOLERANCE)
    assert metrics.micro_f1.value == pytest.approx(2 * 3 / (2 * 3 + 2 + 1), abs=TOLERANCE)
    assert metrics.exact_match.value == pytest.approx(3 / 5, abs=TOLERANCE)
    assert metrics.false_alarm_rate.value == pytest.approx(1 / 2, abs=TOLERANCE)
    assert (metrics.n_fully_judged, metrics.n_without_theme, metrics.n_articles) == (5, 2, 5)


def test_equals_scikit_learn() -> None:
    targets, probabilities, decisions = random_case()
    metrics = evaluate(targets, probabilities, decisions, list("abcdef"), ["x"] * 400, draws=10)
    precision, recall, f1, support = precision_recall_fscore_support(targets, decisions, zero_division=np.nan)
    themes = metrics.themes
    np.testing.assert_allclose([theme.precision.value for theme in themes], precision, atol=TOLERANCE)
    np.testing.assert_allclose([theme.recall.value for theme in themes], recall, atol=TOLERANCE)
    np.testing.assert_allclose([theme.f1.value for theme in themes], f1, atol=TOLERANCE)
    assert [theme.support for theme in themes] == list(support)
    np.testing.assert_allclose(
        [theme.average_precision.value for theme in themes],
        average_precision_score(targets, probabilities, average=None),
        atol=TOLERANCE,
    )
    assert metrics.macro_f1.value == pytest.approx(f1_score(targets, decisions, average="macro"), abs=TOLERANCE)
    assert metrics.micro_f1.value == pytest.approx(f1_score(targets, decisions, average="micro"), abs=TOLERANCE)
    assert metrics.mean_average_precision.value == pytest.approx(
        average_precision_score(targets, probabilities, average="macro"), abs=TOLERANCE
    )
    assert metrics.exact_match.value == pytest.approx(accuracy_score(targets, decisions), abs=TOLERANCE)


def test_cells_nobody_judged_are_left_out_theme_by_theme() -> None:
    targets, probabilities, decisions = random_case(seed=1)
    masked = np.where(np.random.default_rng(2).random(targets.shape) < 0.3, NAN, targets)
    metrics = evaluate(masked, probabilities, decisions, list("abcdef"), ["x"] * 400, draws=10)
    for column, theme in enumerate(metrics.themes):
        rows = ~np.isnan(masked[:, column])
        truth, given = masked[rows, column], decisions[rows, column]
        assert theme.judged == rows.sum()
        assert theme.predicted == given.sum()
        assert theme.f1.value == pytest.approx(f1_score(truth, given), abs=TOLERANCE)
        expected = average_precision_score(truth, probabilities[rows, column])
        assert theme.average_precision.value == pytest.approx(expected, abs=TOLERANCE)
    judged = ~np.isnan(masked)
    assert metrics.micro_f1.value == pytest.approx(f1_score(masked[judged], decisions[judged]), abs=TOLERANCE)
    whole = judged.all(axis=1)
    assert metrics.n_fully_judged == whole.sum() < 400
    assert metrics.exact_match.value == pytest.approx(accuracy_score(masked[whole], decisions[whole]), abs=TOLERANCE)


def test_what_cannot_be_told_is_none_and_never_zero() -> None:
    metrics = judge([[1, 0, NAN], [0, 0, NAN]], [[0, 1, 1], [0, 0, 0]])
    never_given, without_positives, never_judged = metrics.themes
    assert (never_given.precision.value, never_given.recall.value, never_given.f1.value) == (None, 0.0, 0.0)
    for theme in (without_positives, never_judged):
        assert theme.support == 0
        assert theme.precision.value is theme.recall.value is theme.average_precision.value is None
        assert (theme.f1.value, theme.f1.low, theme.f1.high) == (None, None, None)
    assert (without_positives.predicted, never_judged.predicted) == (1, 0)
    assert metrics.n_themes == 1
    assert metrics.macro_f1.value == 0.0
    assert metrics.exact_match.value is None
    assert metrics.false_alarm_rate.value is None


def test_nothing_judged_at_all() -> None:
    metrics = judge([[NAN, NAN]], [[1, 0]])
    assert metrics.macro_f1.value is metrics.micro_f1.value is None
    assert metrics.mean_average_precision.value is metrics.expected_calibration_error.value is None


def test_means_leave_rare_themes_out() -> None:
    targets = [[1, 0]] * 10 + [[0, 1]]
    decisions = [[1, 0]] * 10 + [[0, 0]]
    metrics = judge(targets, decisions)
    assert metrics.macro_f1.value == pytest.approx(0.5)
    assert (metrics.macro_f1_frequent.value, metrics.n_frequent_themes) == (1.0, 1)
    assert judge(targets, decisions, min_support=2).macro_f1.value == 1.0
    assert judge(targets, decisions, frequent_support=11).macro_f1_frequent.value is None


def test_thresholds_are_reported() -> None:
    assert [t.threshold for t in judge([[1, 0]], [[1, 0]], thresholds=[0.3, 0.4]).themes] == [0.3, 0.4]


# --- calibration ----------------------------------------------------------------------------------


def test_calibration_error_of_hand_computed_bins() -> None:
    targets = np.array([0.0, 1.0, 1.0, 1.0, NAN])
    probabilities = np.array([0.1, 0.2, 0.7, 0.9, 0.5])
    # two bins: mean probability .15 against 1/2, and .8 against 1
    assert expected_calibration_error(targets, probabilities, bins=2) == pytest.approx(0.5 * 0.35 + 0.5 * 0.2)


def test_calibration_error_agrees_with_scikit_learns_curve() -> None:
    rng = np.random.default_rng(3)
    probabilities = rng.random(1500) ** 3
    targets = (rng.random(1500) < probabilities**1.5).astype(float)
    frequency, mean = calibration_curve(targets, probabilities, n_bins=15, strategy="quantile")
    expected = np.abs(frequency - mean).mean()  # all bins hold 100
    assert expected_calibration_error(targets, probabilities, bins=15) == pytest.approx(expected, abs=TOLERANCE)


def test_equal_probabilities_share_a_bin() -> None:
    targets = np.array([0.0, 1.0] * 50)
    assert expected_calibration_error(targets, np.full(100, 0.5)) == pytest.approx(0.0)


# --- intervals ------------------------------------------------------------------------------------


def test_intervals_are_reproducible_and_hold_the_value() -> None:
    targets, probabilities, decisions = random_case()
    articles = [f"a{i // 4}" for i in range(400)]
    one = evaluate(targets, probabilities, decisions, list("abcdef"), articles)
    two = evaluate(targets, probabilities, decisions, list("abcdef"), articles)
    other = evaluate(targets, probabilities, decisions, list("abcdef"), articles, seed=14)
    assert one == two
    assert one.macro_f1 != other.macro_f1
    assert one.macro_f1.value == other.macro_f1.value
    estimates = [one.macro_f1, one.macro_f1_frequent, one.micro_f1, one.exact_match, one.false_alarm_rate]
    estimates += [one.mean_average_precision, one.mean_average_precision_frequent]
    for theme in one.themes:
        estimates += [theme.f1, theme.precision, theme.recall, theme.average_precision]
    for estimate in estimates:
        assert estimate.low < estimate.value < estimate.high


def test_equal_scores_count_together_in_every_draw() -> None:
    targets = np.array([[1.0], [0.0], [0.0], [0.0]] * 30)
    metrics = evaluate(targets, np.full((120, 1), 0.5), np.ones((120, 1), bool), "a", [f"a{i}" for i in range(120)])
    precision = metrics.themes[0].average_precision
    assert precision.value == pytest.approx(0.25)
    assert precision.low < 0.25 < precision.high < 0.4


def test_the_interval_of_the_calibration_error_is_not_pushed_up() -> None:
    """A model that is calibrated perfectly: its error is noise, and the interval must reach below the value."""
    rng = np.random.default_rng(4)
    probabilities = rng.random((600, 4)) ** 2
    targets = (rng.random((600, 4)) < probabilities).astype(float)
    error = evaluate(targets, probabilities, probabilities > 0.5, "abcd", [""] * 600).expected_calibration_error
    assert 0 <= error.low < error.value
    assert error.high < 0.05


def test_draws_that_never_differ_tell_no_interval() -> None:
    metrics = judge([[1], [1], [0]], [[1], [1], [0]])
    assert (metrics.macro_f1.value, metrics.macro_f1.low, metrics.macro_f1.high) == (1.0, None, None)


def test_the_interval_of_the_average_precision_is_that_of_scikit_learn_on_drawn_articles() -> None:
    targets, probabilities, decisions = random_case()
    articles = np.array([f"a{i // 4:03d}" for i in range(400)])
    ours = evaluate(targets, probabilities, decisions, list("abcdef"), articles.tolist(), draws=400)
    rng = np.random.default_rng(99)
    rows_of = [np.flatnonzero(articles == article) for article in np.unique(articles)]
    means = []
    for _ in range(400):
        rows = np.concatenate([rows_of[number] for number in rng.integers(0, len(rows_of), len(rows_of))])
        means.append(average_precision_score(targets[rows], probabilities[rows], average="macro"))
    low, high = np.quantile(means, [0.025, 0.975])
    assert ours.mean_average_precision.low == pytest.approx(low, abs=0.01)
    assert ours.mean_average_precision.high == pytest.approx(high, abs=0.01)


def test_articles_are_drawn_and_not_paragraphs() -> None:
    """Ten equal paragraphs of one article say no more than one does."""
    rng = np.random.default_rng(5)
    targets = (rng.random((40, 2)) < 0.5).astype(float)
    decisions = np.where(rng.random((40, 2)) < 0.2, 1 - targets, targets).astype(bool)
    single = evaluate(targets, decisions * 0.9, decisions, "ab", [f"a{i}" for i in range(40)])
    tenfold = [np.repeat(array, 10, axis=0) for array in (targets, decisions)]
    copied = evaluate(tenfold[0], tenfold[1] * 0.9, tenfold[1], "ab", [f"a{i}" for i in range(40) for _ in range(10)])
    apart = evaluate(tenfold[0], tenfold[1] * 0.9, tenfold[1], "ab", [""] * 400)
    width = {
        name: metrics.micro_f1.high - metrics.micro_f1.low
        for name, metrics in {"single": single, "copied": copied, "apart": apart}.items()
    }
    assert width["copied"] == pytest.approx(width["single"], rel=0.15)
    assert width["apart"] < width["single"] / 2
    assert (copied.n_articles, apart.n_articles) == (40, 400)


def test_one_article_has_no_interval() -> None:
    metrics = judge([[1], [0]], [[1], [1]], article_ids=["a", "a"])
    assert metrics.micro_f1.value == pytest.approx(2 / 3)
    assert metrics.micro_f1.low is metrics.micro_f1.high is None


def test_interval_has_the_width_of_the_binomial() -> None:
    rng = np.random.default_rng(6)
    right = rng.random(1000) < 0.8
    targets = np.ones((1000, 1))
    metrics = evaluate(targets, right[:, None] * 0.9, right[:, None], "a", [""] * 1000)
    standard_error = math.sqrt(right.mean() * (1 - right.mean()) / 1000)
    assert metrics.exact_match.high - metrics.exact_match.low == pytest.approx(2 * 1.96 * standard_error, rel=0.1)


def test_draws_do_not_depend_on_how_many_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    targets, probabilities, decisions = random_case(n=50)
    arguments = (targets, probabilities, decisions, list("abcdef"), [""] * 50)
    whole = evaluate(*arguments, draws=100)
    monkeypatch.setattr("evaluation.bootstrap._WEIGHTS_AT_ONCE", 350)
    assert evaluate(*arguments, draws=100) == whole


# --- refusals and properties ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"theme_ids": ["a"]}, "targets must have shape"),
        ({"article_ids": ["a"]}, "targets must have shape"),
        ({"decisions": np.zeros((1, 2), dtype=bool)}, "decisions must have shape"),
        ({"targets": np.full((2, 2), 0.5)}, "targets must be 1, 0"),
        ({"probabilities": np.full((2, 2), 1.5)}, "between 0 and 1"),
        ({"probabilities": np.full((2, 2), NAN)}, "between 0 and 1"),
        ({"min_support": 0}, "min_support"),
        ({name: np.zeros((0, 2)) for name in ("targets", "probabilities", "decisions")} | {"article_ids": []}, "least"),
    ],
)
def test_wrong_arguments(change: dict[str, object], message: str) -> None:
    arguments = {
        "targets": np.zeros((2, 2)),
        "probabilities": np.zeros((2, 2)),
        "decisions": np.zeros((2, 2), dtype=bool),
        "theme_ids": ["a", "b"],
        "article_ids": ["x", "y"],
    }
    with pytest.raises(ValueError, match=message):
        evaluate(**{**arguments, **change})


@settings(max_examples=60, deadline=None)
@given(
    targets=arrays(float, (7, 3), elements=st.sampled_from([0.0, 1.0, NAN])),
    probabilities=arrays(float, (7, 3), elements=st.floats(0, 1)),
    articles=st.lists(st.sampled_from(["", "a", "b"]), min_size=7, max_size=7),
)
def test_whatever_comes_metrics_are_shares_or_none(
    targets: np.ndarray, probabilities: np.ndarray, articles: list[str]
) -> None:
    metrics = evaluate(targets, probabilities, probabilities >= 0.5, "abc", articles, draws=20)
    estimates = [metrics.macro_f1, metrics.micro_f1, metrics.exact_match, metrics.false_alarm_rate]
    estimates += [metrics.mean_average_precision, metrics.expected_calibration_error]
    for theme in metrics.themes:
        estimates += [theme.f1, theme.precision, theme.recall, theme.average_precision]
    numbers: list[float | None] = []
    for estimate in estimates:
        numbers += [estimate.value, estimate.low, estimate.high]
        assert (estimate.low is None) == (estimate.high is None)
    assert all(number is None or -TOLERANCE <= number <= 1 + TOLERANCE for number in numbers)
