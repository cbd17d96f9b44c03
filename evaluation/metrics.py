"""How good decisions and probabilities are, with intervals.

A metric that the data cannot give is None ("n/a" in a report), never 0: a theme without positives has no recall,
and leaving it out of the mean says so. Cells that nobody judged count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.metrics import average_precision_score

__all__ = ["Estimate", "Metrics", "ThemeMetrics", "evaluate", "expected_calibration_error"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

CONFIDENCE = 0.95
_WEIGHTS_AT_ONCE = 500_000  # bootstrap weights held in memory: some arrays of 4 MB


@dataclass(frozen=True)
class Estimate:
    """A metric with its interval.

    Attributes:
        value: The metric; None where the data cannot give it.
        low: Lower end of the 95 % interval; None without a value, or with fewer than two articles to draw from.
        high: Upper end.
    """

    value: float | None
    low: float | None
    high: float | None


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
    truth = np.asarray(targets, dtype=np.float64)
    scores = np.asarray(probabilities, dtype=np.float64)
    given = np.asarray(decisions, dtype=bool)
    _check(truth, scores, given, theme_ids, article_ids, min_support)
    judged = ~np.isnan(truth)
    support = (truth == 1).sum(axis=0)
    frequent = support >= frequent_support
    enough = support >= min_support

    counts = np.hstack([_counts(truth == 1, judged, given), _calibration_counts(truth, scores)])
    article_of = _article_numbers(article_ids)
    n_articles = int(article_of.max()) + 1
    point = _Statistics.of(counts.sum(axis=0, keepdims=True), enough, frequent)
    by_article = _sum_by_article(counts, article_of)
    sums, precisions = [np.zeros((0, counts.shape[1]))], [np.zeros((0, len(theme_ids)))]
    for weights in _bootstrap(n_articles, len(truth), draws if n_articles > 1 else 0, seed):
        sums.append(weights @ by_article)
        precisions.append(_average_precision_of_draws(truth, scores, weights[:, article_of]))
    drawn = _Statistics.of(np.concatenate(sums), enough, frequent)
    precision_of_draws = np.concatenate(precisions)

    def estimate(values: FloatArray, of_draws: FloatArray) -> Estimate:
        return _estimate(float(values[0]), of_draws)

    average_precision = [_average_precision(truth[:, j], scores[:, j]) for j in range(len(theme_ids))]

    def mean_average_precision(counted: BoolArray) -> Estimate:
        values = [ap for ap, counts_in in zip(average_precision, counted, strict=True) if counts_in and ap is not None]
        of_draws = np.where(np.isnan(precision_of_draws), 0, precision_of_draws)
        present = counted & ~np.isnan(precision_of_draws)
        return _estimate(float(np.mean(values)) if values else np.nan, _mean(of_draws, present))

    themes = tuple(
        ThemeMetrics(
            theme=theme_id,
            support=int(support[j]),
            judged=int(judged[:, j].sum()),
            predicted=int((given & judged)[:, j].sum()),
            threshold=None if thresholds is None else float(thresholds[j]),
            precision=estimate(point.precision[:, j], drawn.precision[:, j]),
            recall=estimate(point.recall[:, j], drawn.recall[:, j]),
            f1=estimate(point.theme_f1[:, j], drawn.theme_f1[:, j]),
            average_precision=_estimate(_or_nan(average_precision[j]), precision_of_draws[:, j]),
        )
        for j, theme_id in enumerate(theme_ids)
    )
    fully_judged = judged.all(axis=1)
    return Metrics(
        themes=themes,
        macro_f1=estimate(point.macro_f1, drawn.macro_f1),
        macro_f1_frequent=estimate(point.macro_f1_frequent, drawn.macro_f1_frequent),
        micro_f1=estimate(point.micro_f1, drawn.micro_f1),
        mean_average_precision=mean_average_precision(enough),
        mean_average_precision_frequent=mean_average_precision(frequent),
        exact_match=estimate(point.exact_match, drawn.exact_match),
        false_alarm_rate=estimate(point.false_alarm_rate, drawn.false_alarm_rate),
        # A sum of absolute values grows with every draw's noise: the basic interval takes that off again.
        expected_calibration_error=_basic(estimate(point.calibration_error, drawn.calibration_error)),
        n_paragraphs=len(truth),
        n_articles=n_articles,
        n_fully_judged=int(fully_judged.sum()),
        n_without_theme=int((fully_judged & ~(truth == 1).any(axis=1)).sum()),
        min_support=min_support,
        frequent_support=frequent_support,
        n_themes=int(enough.sum()),
        n_frequent_themes=int(frequent.sum()),
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


def _article_numbers(article_ids: Sequence[str]) -> NDArray[np.intp]:
    keys = [article_id or f"\0{row}" for row, article_id in enumerate(article_ids)]
    numbers: NDArray[np.intp] = np.unique(keys, return_inverse=True)[1]
    return numbers


def _sum_by_article(counts: FloatArray, article_of: NDArray[np.intp]) -> FloatArray:
    sums = np.zeros((int(article_of.max()) + 1, counts.shape[1]))
    np.add.at(sums, article_of, counts)
    return sums


def _bootstrap(n_articles: int, n_paragraphs: int, draws: int, seed: int) -> Iterator[FloatArray]:
    """Draw articles with replacement, some draws at a time: how often each was drawn, shape (draws, articles)."""
    rng = np.random.default_rng(seed)
    shares = np.full(n_articles, 1 / n_articles)
    at_once = max(1, _WEIGHTS_AT_ONCE // n_paragraphs)
    for start in range(0, draws, at_once):
        yield rng.multinomial(n_articles, shares, min(at_once, draws - start)).astype(np.float64)


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


@dataclass(frozen=True)
class _Statistics:
    """Metrics that are ratios of counts, one row per draw; NaN where a draw cannot tell."""

    precision: FloatArray
    recall: FloatArray
    theme_f1: FloatArray
    macro_f1: FloatArray
    macro_f1_frequent: FloatArray
    micro_f1: FloatArray
    exact_match: FloatArray
    false_alarm_rate: FloatArray
    calibration_error: FloatArray

    @classmethod
    def of(cls, sums: FloatArray, enough: BoolArray, frequent: BoolArray) -> _Statistics:
        """Compute them from the sums of all counts and two choices of themes of shape (k,)."""
        n_themes = len(enough)
        places = [n_themes, 2 * n_themes, 3 * n_themes, 3 * n_themes + 4]
        hits, alarms, misses, whole, calibration = np.split(sums, places, axis=1)
        support = hits + misses
        f1 = _f1(hits, alarms, misses)
        return cls(
            precision=_ratio(hits, np.where(support > 0, hits + alarms, 0)),
            recall=_ratio(hits, support),
            theme_f1=f1,
            macro_f1=_mean(f1, enough & (support > 0)),
            macro_f1_frequent=_mean(f1, frequent & (support > 0)),
            micro_f1=_f1(hits.sum(axis=1), alarms.sum(axis=1), misses.sum(axis=1)),
            exact_match=_ratio(whole[:, 0], whole[:, 1]),
            false_alarm_rate=_ratio(whole[:, 2], whole[:, 3]),
            calibration_error=_ratio(np.abs(calibration[:, :-1]).sum(axis=1), calibration[:, -1]),
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


def _estimate(value: float, draws: FloatArray) -> Estimate:
    known = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(known) or known.min() == known.max():  # draws that never differ tell no interval
        return Estimate(_known(value), None, None)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Estimate(value, float(low), float(high))


def _basic(percentile: Estimate) -> Estimate:
    """Turn a percentile interval of a share into the basic one (Davison & Hinkley 1997, 5.2)."""
    value, low, high = percentile.value, percentile.low, percentile.high
    if value is None or low is None or high is None:
        return percentile
    return Estimate(value, min(max(2 * value - high, 0.0), 1.0), min(max(2 * value - low, 0.0), 1.0))


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value
