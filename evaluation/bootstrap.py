"""Intervals by drawing articles again and again (Efron & Tibshirani 1993; for clustered data Field & Welsh 2007).

Paragraphs of one article resemble each other, so articles are drawn and not paragraphs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONFIDENCE", "Draws", "Estimate", "article_numbers", "basic", "draw_articles", "estimate", "sum_by_article"]

FloatArray = NDArray[np.float64]
Draws = Iterator[FloatArray]

CONFIDENCE = 0.95
_WEIGHTS_AT_ONCE = 500_000  # held in memory: some arrays of 4 MB


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


def article_numbers(article_ids: Sequence[str]) -> NDArray[np.intp]:
    """Number the articles of n paragraphs from 0; with an empty id a paragraph stands alone. Shape (n,)."""
    keys = [article_id or f"\0{row}" for row, article_id in enumerate(article_ids)]
    numbers: NDArray[np.intp] = np.unique(keys, return_inverse=True)[1]
    return numbers


def sum_by_article(counts: FloatArray, article_of: NDArray[np.intp]) -> FloatArray:
    """Add up the rows of each article.

    Args:
        counts: Shape (n, m), one row a paragraph.
        article_of: Shape (n,), from `article_numbers`.

    Returns:
        Shape (articles, m).
    """
    sums = np.zeros((int(article_of.max()) + 1, counts.shape[1]))
    np.add.at(sums, article_of, counts)
    return sums


def draw_articles(n_articles: int, n_paragraphs: int, draws: int, seed: int) -> Draws:
    """Draw articles with replacement, some draws at a time.

    Args:
        n_articles: Articles to draw from; of a single one nothing is drawn.
        n_paragraphs: Paragraphs in them, by which the memory is bounded.
        draws: Draws in all.
        seed: Seed of the generator.

    Yields:
        How often each article was drawn, shape (some draws, articles).
    """
    rng = np.random.default_rng(seed)
    shares = np.full(n_articles, 1 / n_articles)
    at_once = max(1, _WEIGHTS_AT_ONCE // n_paragraphs)
    for start in range(0, draws if n_articles > 1 else 0, at_once):
        yield rng.multinomial(n_articles, shares, min(at_once, draws - start)).astype(np.float64)


def estimate(value: float, draws: FloatArray) -> Estimate:
    """Put a value together with the percentile interval of its draws.

    Args:
        value: The metric of the data as they are; NaN where they cannot give it.
        draws: The metric of each draw; NaN where a draw cannot give it.
    """
    known = draws[~np.isnan(draws)]
    if np.isnan(value) or not len(known) or known.min() == known.max():  # draws that never differ tell no interval
        return Estimate(None if np.isnan(value) else float(value), None, None)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(known, [tail, 1 - tail])
    return Estimate(float(value), float(low), float(high))


def basic(percentile: Estimate) -> Estimate:
    """Turn a percentile interval of a share into the basic one (Davison & Hinkley 1997, 5.2)."""
    value, low, high = percentile.value, percentile.low, percentile.high
    if value is None or low is None or high is None:
        return percentile
    return Estimate(value, min(max(2 * value - high, 0.0), 1.0), min(max(2 * value - low, 0.0), 1.0))
