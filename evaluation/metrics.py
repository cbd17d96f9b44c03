"""How good decisions and probabilities are, with intervals.

A metric that the data cannot give is None ("n/a" in a report), never 0: a theme without positives has no recall,
and leaving it out of the mean says so. Cells that nobody judged count for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score

from evaluation.bootstrap import Estimate, article_numbers, basic, draw_articles, estimate, sum_by_article

__all__ = ["Estimate", "Metrics", "Statistics", "ThemeMetrics", "evaluate", "expected_calibration_error", "statistics"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class ThemeMetrics:
    """One theme.

    Attributes:
        theme: Theme id.
        support: Paragraphs about the theme.
        judged: Paragraphs on which somebody has judged.
        predicted: Judged paragraphs to which the theme was given.
        threshold: Probability from which it is given, if there is one.
        precision: Share of the predicted that are right; None without support or predictions.
        recall: Share of the support that was found; None without support.
        f1: Harmonic mean of both; None without support.
        average_precision: Area under the steps of the precision-recall curve; None without support.
    """

    theme: str
    support: int
    judged: int
    predicted: int
    threshold: float | None
    precision: Estimate
    recall: Estimate
    f1: Estimate
    average_precision: Estimate


@dataclass(frozen=True)
class Metrics:
    """All themes together, and each.

    Attributes:
        themes: One entry per theme, in column order.
        macro_f1: Mean F1 of the themes with at least `min_support` positives.
        macro_f1_frequent: Mean F1 of the themes with at least `frequent_support` positives.
        micro_f1: F1 of all judged cells.
        mean_average_precision: Mean average precision of the themes with at least `min_support` positives.
        mean_average_precision_frequent: The same of the themes with at least `frequent_support` positives.
        exact_match: Share of fully judged paragraphs whose themes are all right.
        false_alarm_rate: Share of fully judged paragraphs without a theme that were given one.
        expected_calibration_error: Mean distance of probability and frequency over all judged cells.
        n_paragraphs: Paragraphs.
        n_articles: Articles, the units that the intervals draw.
        n_fully_judged: Paragraphs on which somebody has judged every theme.
        n_without_theme: Fully judged paragraphs without a theme.
        min_support: Positives a theme needs for the means.
        frequent_support: Positives a theme needs to be called frequent.
        n_themes: Themes in `macro_f1`.
        n_frequent_themes: Themes in `macro_f1_frequent`.
    """

    themes: tuple[ThemeMetrics, ...]
    macro_f1: Estimate
    macro_f1_frequent: Estimate
    micro_f1: Estimate
    mean_average_precision: Estimate
    mean_average_precision_frequent: Estimate
    exact_match: Estimate
    false_alarm_rate: Estimate
    expected_calibration_error: Estimate
    n_paragraphs: int
    n_articles: int
    n_fully_judged: int
    n_without_theme: int
    min_support: int
    frequent_support: int
    n_themes: int
    n_frequent_themes: int


def evaluate(
    targets: ArrayLike,
    probabilities: ArrayLike,
    decisions: ArrayLike,
    theme_ids: Sequence[str],
    article_ids: Sequence[str],
    *,
    thresholds: Sequence[float] | FloatArray | None = None,
    min_support: int = 1,
    frequent_support: int = 10,
    draws: int = 1000,
    seed: int = 13,
) -> Metrics:
    """Judge predictions.

    Intervals are percentiles of a bootstrap that draws articles with replacement (Field & Welsh 2007,
    "Bootstrapping clustered data"), since paragraphs of one article resemble each other. A draw in which a metric
    cannot be told (a theme without positives in it) does not count for its interval.

    Args:
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        probabilities: Shape (n, k).
        decisions: Shape (n, k), boolean.
        theme_ids: The k theme ids, in column order.
        article_ids: The article of each of the n paragraphs; with an empty id a paragraph stands alone.
        thresholds: Shape (k,), to be reported.
        min_support: Positives a theme needs for the means; at least 1.
        frequent_support: Positives a theme needs to be called frequent.
        draws: Draws of the bootstrap.
        seed: Its seed.

    Raises:
        ValueError: If the shapes do not fit or values are out of range.
    """
    point, drawn = statistics(
        targets,
        probabilities,
        decisions,
        theme_ids,
        article_ids,
        min_support=min_support,
        frequent_support=frequent_support,
        draws=draws,
        seed=seed,
    )
    truth = np.asarray(targets, dtype=np.float64)
    judged = ~np.isnan(truth)
    support = (truth == 1).sum(axis=0)

    def of(name: str) -> Estimate:
        return estimate(getattr(point, name)[0], getattr(drawn, name))

    def of_theme(name: str, column: int) -> Estimate:
        return estimate(getattr(point, name)[0, column], getattr(drawn, name)[:, column])

    themes = tuple(
        ThemeMetrics(
            theme=theme_id,
            support=int(support[j]),
            judged=int(judged[:, j].sum()),
            predicted=int((np.asarray(decisions, dtype=bool) & judged)[:, j].sum()),
            threshold=None if thresholds is None else float(thresholds[j]),
            precision=of_theme("precision", j),
            recall=of_theme("recall", j),
            f1=of_theme("theme_f1", j),
            average_precision=of_theme("average_precision", j),
        )
        for j, theme_id in enumerate(theme_ids)
    )
    fully_judged = judged.all(axis=1)
    return Metrics(
        themes=themes,
        macro_f1=of("macro_f1"),
        macro_f1_frequent=of("macro_f1_frequent"),
        micro_f1=of("micro_f1"),
        mean_average_precision=of("mean_average_precision"),
        mean_average_precision_frequent=of("mean_average_precision_frequent"),
        exact_match=of("exact_match"),
        false_alarm_rate=of("false_alarm_rate"),
        # A sum of absolute values grows with every draw's noise: the basic interval takes that off again.
        expected_calibration_error=basic(of("expected_calibration_error")),
        n_paragraphs=len(truth),
        n_articles=int(article_numbers(article_ids).max()) + 1,
        n_fully_judged=int(fully_judged.sum()),
        n_without_theme=int((fully_judged & ~(truth == 1).any(axis=1)).sum()),
        min_support=min_support,
        frequent_support=frequent_support,
        n_themes=int((support >= min_support).sum()),
        n_frequent_themes=int((support >= frequent_support).sum()),
    )


@dataclass(frozen=True)
class Statistics:
    """Metrics of one or more draws, one row each; NaN where a draw cannot tell.

    Attributes:
        precision: Shape (draws, k), as the next three.
        recall: As in `ThemeMetrics`.
        theme_f1: As in `ThemeMetrics`.
        average_precision: As in `ThemeMetrics`.
        macro_f1: Shape (draws,), as all that follow: as in `Metrics`.
        macro_f1_frequent: As in `Metrics`.
        micro_f1: As in `Metrics`.
        mean_average_precision: As in `Metrics`.
        mean_average_precision_frequent: As in `Metrics`.
        exact_match: As in `Metrics`.
        false_alarm_rate: As in `Metrics`.
        expected_calibration_error: As in `Metrics`.
    """

    precision: FloatArray
    recall: FloatArray
    theme_f1: FloatArray
    average_precision: FloatArray
    macro_f1: FloatArray
    macro_f1_frequent: FloatArray
    micro_f1: FloatArray
    mean_average_precision: FloatArray
    mean_average_precision_frequent: FloatArray
    exact_match: FloatArray
    false_alarm_rate: FloatArray
    expected_calibration_error: FloatArray


def statistics(
    targets: ArrayLike,
    probabilities: ArrayLike,
    decisions: ArrayLike,
    theme_ids: Sequence[str],
    article_ids: Sequence[str],
    *,
    min_support: int = 1,
    frequent_support: int = 10,
    draws: int = 1000,
    seed: int = 13,
) -> tuple[Statistics, Statistics]:
    """Compute metrics of the data as they are, and of each draw of a bootstrap.

    The same articles and the same seed give the same draws: two models' statistics are paired.

    Args:
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        probabilities: Shape (n, k).
        decisions: Shape (n, k), boolean.
        theme_ids: The k theme ids, in column order.
        article_ids: The article of each of the n paragraphs; with an empty id a paragraph stands alone.
        min_support: Positives a theme needs for the means; at least 1.
        frequent_support: Positives a theme needs to be called frequent.
        draws: Draws of the bootstrap.
        seed: Its seed.

    Returns:
        The statistics of the data, one row; and of the draws, a row each.

    Raises:
        ValueError: If the shapes do not fit or values are out of range.
    """
    truth = np.asarray(targets, dtype=np.float64)
    scores = np.asarray(probabilities, dtype=np.float64)
    given = np.asarray(decisions, dtype=bool)
    _check(truth, scores, given, theme_ids, article_ids, min_support)
    support = (truth == 1).sum(axis=0)
    enough, frequent = support >= min_support, support >= frequent_support
    counts = np.hstack([_counts(truth == 1, ~np.isnan(truth), given), _calibration_counts(truth, scores)])
    article_of = article_numbers(article_ids)
    by_article = sum_by_article(counts, article_of)
    sums, precisions = [np.zeros((0, counts.shape[1]))], [np.zeros((0, len(theme_ids)))]
    for weights in draw_articles(len(by_article), len(truth), draws, seed):
        sums.append(weights @ by_article)
        precisions.append(_average_precision_of_draws(truth, scores, weights[:, article_of]))
    of_data = [_or_nan(_average_precision(truth[:, j], scores[:, j])) for j in range(len(theme_ids))]
    return (
        _statistics(counts.sum(axis=0, keepdims=True), np.array([of_data]), enough, frequent),
        _statistics(np.concatenate(sums), np.concatenate(precisions), enough, frequent),
    )


def expected_calibration_error(targets: FloatArray, probabilities: FloatArray, bins: int = 15) -> float | None:
    """Mean distance between probability and frequency, over bins of equally many cells.

    Quantile bins, since almost all cells of rare themes lie near 0, where bins of equal width see one bin only
    (Nixon et al. 2019, "Measuring calibration in deep learning").

    Args:
        targets: 1, 0, or NaN for not judged; any shape.
        probabilities: Same shape.
        bins: Number of bins; equal probabilities always share one.

    Returns:
        The error, from 0 to 1; None if nothing was judged.
    """
    counts = _calibration_counts(np.atleast_2d(targets), np.atleast_2d(probabilities), bins).sum(axis=0)
    return _known(float(_ratio(np.abs(counts[:-1]).sum(keepdims=True), counts[-1:])[0]))


def _check(
    targets: FloatArray,
    probabilities: FloatArray,
    decisions: BoolArray,
    theme_ids: Sequence[str],
    article_ids: Sequence[str],
    min_support: int,
) -> None:
    shape = (len(article_ids), len(theme_ids))
    for name, array in (("targets", targets), ("probabilities", probabilities), ("decisions", decisions)):
        if array.shape != shape:
            raise ValueError(f"{name} must have shape {shape} (paragraphs, themes); got {array.shape}.")
    if 0 in shape:
        raise ValueError("There must be at least one paragraph and one theme.")
    if not (np.isnan(targets) | (targets == 0) | (targets == 1)).all():
        raise ValueError("targets must be 1, 0, or NaN for not judged.")
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("probabilities must lie between 0 and 1.")
    if min_support < 1:
        raise ValueError("min_support must be at least 1: a theme without positives has no F1.")


def _average_precision(targets: FloatArray, probabilities: FloatArray) -> float | None:
    judged = ~np.isnan(targets)
    if not (targets[judged] == 1).any():
        return None  # scikit-learn would say 0
    return float(average_precision_score(targets[judged], probabilities[judged]))


# --- counts, which add up over paragraphs ---------------------------------------------------------


def _counts(yes: BoolArray, judged: BoolArray, given: BoolArray) -> FloatArray:
    """Shape (n, 3k + 4): hits, false alarms and misses by theme; then exact, fully judged, alarmed, without theme."""
    fully_judged = judged.all(axis=1)
    exact = fully_judged & (given == yes).all(axis=1)
    without_theme = fully_judged & ~yes.any(axis=1)
    alarmed = without_theme & given.any(axis=1)
    whole = np.stack([exact, fully_judged, alarmed, without_theme], axis=1)
    return np.hstack([yes & given, judged & ~yes & given, yes & ~given, whole]).astype(np.float64)


def _calibration_counts(targets: FloatArray, probabilities: FloatArray, bins: int = 15) -> FloatArray:
    """Shape (n, bins + 1): the sum of probability minus label by quantile bin; then the judged cells."""
    judged = ~np.isnan(targets)
    counts = np.zeros((len(targets), bins + 1))
    if judged.any():
        edges = np.quantile(probabilities[judged], np.linspace(0, 1, bins + 1)[1:-1])
        rows, columns = np.nonzero(judged)
        gaps = probabilities[rows, columns] - targets[rows, columns]
        np.add.at(counts, (rows, np.searchsorted(edges, probabilities[rows, columns])), gaps)
        counts[:, -1] = judged.sum(axis=1)
    return counts


def _average_precision_of_draws(targets: FloatArray, probabilities: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the average precision of each theme in each draw, shape (draws, k); NaN where it has no positive.

    Args:
        targets: Shape (n, k).
        probabilities: Shape (n, k).
        weights: How often each paragraph was drawn, shape (draws, n).
    """
    values = np.full((len(weights), targets.shape[1]), np.nan)
    for column, (labels, scores) in enumerate(zip(targets.T, probabilities.T, strict=True)):
        judged = np.flatnonzero(~np.isnan(labels))
        order = judged[np.argsort(-scores[judged], kind="stable")]
        drawn = weights[:, order]
        drawn_yes = drawn * (labels[order] == 1)
        # As in scikit-learn, equal scores are taken together: sums are read where a score is the last of its kind.
        ends = np.flatnonzero(np.diff(scores[order], append=np.nan) != 0)
        hits = np.cumsum(drawn_yes, axis=1)[:, ends]
        precision = _ratio(hits, np.cumsum(drawn, axis=1)[:, ends])
        steps = np.diff(hits, axis=1, prepend=0)
        values[:, column] = _ratio(np.nansum(steps * precision, axis=1), drawn_yes.sum(axis=1))
    return values


def _statistics(sums: FloatArray, average_precision: FloatArray, enough: BoolArray, frequent: BoolArray) -> Statistics:
    """Compute metrics from sums of counts (draws, m), average precisions (draws, k) and choices of themes (k,)."""
    n_themes = len(enough)
    places = [n_themes, 2 * n_themes, 3 * n_themes, 3 * n_themes + 4]
    hits, alarms, misses, whole, calibration = np.split(sums, places, axis=1)
    support = hits + misses
    f1 = _f1(hits, alarms, misses)
    present = ~np.isnan(average_precision)
    known = np.where(present, average_precision, 0)
    return Statistics(
        precision=_ratio(hits, np.where(support > 0, hits + alarms, 0)),
        recall=_ratio(hits, support),
        theme_f1=f1,
        average_precision=average_precision,
        macro_f1=_mean(f1, enough & (support > 0)),
        macro_f1_frequent=_mean(f1, frequent & (support > 0)),
        micro_f1=_f1(hits.sum(axis=1), alarms.sum(axis=1), misses.sum(axis=1)),
        mean_average_precision=_mean(known, enough & present),
        mean_average_precision_frequent=_mean(known, frequent & present),
        exact_match=_ratio(whole[:, 0], whole[:, 1]),
        false_alarm_rate=_ratio(whole[:, 2], whole[:, 3]),
        expected_calibration_error=_ratio(np.abs(calibration[:, :-1]).sum(axis=1), calibration[:, -1]),
    )


def _f1(hits: FloatArray, alarms: FloatArray, misses: FloatArray) -> FloatArray:
    return _ratio(2 * hits, np.where(hits + misses > 0, 2 * hits + alarms + misses, 0))


def _mean(values: FloatArray, chosen: BoolArray) -> FloatArray:
    return _ratio(np.where(chosen, values, 0).sum(axis=1), chosen.sum(axis=1))


def _ratio(part: FloatArray, whole: ArrayLike) -> FloatArray:
    """Divide; NaN where there is nothing to divide by."""
    divisor = np.asarray(whole, dtype=np.float64)
    quotient = np.full(part.shape, np.nan)
    np.divide(part, divisor, out=quotient, where=divisor > 0)
    return quotient


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
