"""Two models on the same paragraphs: what changed, and whether it is more than chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from evaluation.bootstrap import Estimate, estimate
from evaluation.metrics import Statistics, statistics
from evaluation.predictions import Predictions

__all__ = ["COMPARED", "Comparison", "ThemeComparison", "compare", "holm"]

FloatArray = NDArray[np.float64]

COMPARED = (
    "macro_f1",
    "macro_f1_frequent",
    "micro_f1",
    "mean_average_precision",
    "mean_average_precision_frequent",
    "exact_match",
    "false_alarm_rate",
    "expected_calibration_error",
)
"""Metrics of which differences are taken, as `Metrics` calls them."""


@dataclass(frozen=True)
class ThemeComparison:
    """One theme.

    Attributes:
        theme: Theme id.
        f1: F1 of this model minus that of the other.
        mended: Paragraphs that this model decides rightly and the other wrongly.
        broken: Paragraphs that this model decides wrongly and the other rightly.
        p_value: Of McNemar's exact test that both are equally likely (McNemar 1947), corrected for the number of
            themes (Holm 1979).
    """

    theme: str
    f1: Estimate
    mended: int
    broken: int
    p_value: float


@dataclass(frozen=True)
class Comparison:
    """This model minus another one.

    Attributes:
        model: Name and version of the other.
        n_paragraphs: Paragraphs that both have judged, with the same labels.
        n_left_out: Paragraphs of this report that the other lacks or has other labels for.
        differences: By the names in `COMPARED`; intervals from paired draws of articles.
        others: The other's values.
        themes: Each theme.
    """

    model: str
    n_paragraphs: int
    n_left_out: int
    differences: dict[str, Estimate]
    others: dict[str, float | None]
    themes: tuple[ThemeComparison, ...]


def compare(
    mine: Predictions,
    other: Predictions,
    other_model: str,
    *,
    frequent_support: int = 10,
    draws: int = 1000,
    seed: int = 13,
) -> Comparison | None:
    """Hold a model against another one, on the paragraphs that both were judged on.

    Args:
        mine: Predictions of this model.
        other: Predictions of the other, in any order of paragraphs and themes.
        other_model: Its name and version.
        frequent_support: Positives a theme needs to be called frequent.
        draws: Draws of the bootstrap.
        seed: Its seed.

    Returns:
        The comparison; None if there is no paragraph in common.

    Raises:
        ValueError: If the themes differ.
    """
    if set(mine.theme_ids) != set(other.theme_ids):
        odd = sorted(set(mine.theme_ids) ^ set(other.theme_ids))
        raise ValueError(f"only one of the two models knows {', '.join(odd)}")
    other = other.with_themes(mine.theme_ids)
    row_of = {paragraph_id: row for row, paragraph_id in enumerate(other.paragraph_ids)}
    pairs = [(row, row_of[each]) for row, each in enumerate(mine.paragraph_ids) if each in row_of]
    same = [pair for pair in pairs if np.array_equal(mine.targets[pair[0]], other.targets[pair[1]], equal_nan=True)]
    if not same:
        return None
    first = mine.of_rows([row for row, _ in same])
    second = other.of_rows([row for _, row in same])

    def both(each: Predictions) -> tuple[Statistics, Statistics]:
        return statistics(
            each.targets,
            each.probabilities,
            each.decisions,
            each.theme_ids,
            first.article_ids,  # one draw of articles for both: the differences are paired
            frequent_support=frequent_support,
            draws=draws,
            seed=seed,
        )

    (point, drawn), (other_point, other_drawn) = both(first), both(second)
    p_values = _mcnemar(first, second)
    return Comparison(
        model=other_model,
        n_paragraphs=len(same),
        n_left_out=len(mine.paragraph_ids) - len(same),
        differences={
            name: estimate(
                (getattr(point, name) - getattr(other_point, name))[0],
                getattr(drawn, name) - getattr(other_drawn, name),
            )
            for name in COMPARED
        },
        others={name: _known(getattr(other_point, name)[0]) for name in COMPARED},
        themes=tuple(
            ThemeComparison(
                theme,
                estimate(
                    point.theme_f1[0, column] - other_point.theme_f1[0, column],
                    drawn.theme_f1[:, column] - other_drawn.theme_f1[:, column],
                ),
                *p_values[column],
            )
            for column, theme in enumerate(first.theme_ids)
        ),
    )


def _mcnemar(first: Predictions, second: Predictions) -> list[tuple[int, int, float]]:
    judged = ~np.isnan(first.targets)
    yes = first.targets == 1
    first_right, second_right = first.decisions == yes, second.decisions == yes
    mended = (judged & first_right & ~second_right).sum(axis=0)
    broken = (judged & ~first_right & second_right).sum(axis=0)
    raw = [
        float(binomtest(int(plus), int(plus + minus)).pvalue) if plus + minus else 1.0
        for plus, minus in zip(mended, broken, strict=True)
    ]
    return list(zip(mended.tolist(), broken.tolist(), holm(raw), strict=True))


def holm(p_values: Sequence[float]) -> list[float]:
    """Correct p-values of m tests so that with 95 % chance no true hypothesis falls below .05 (Holm 1979).

    Args:
        p_values: The m p-values.

    Returns:
        Corrected values in the same order, none above 1.
    """
    order = np.argsort(p_values)
    corrected = np.empty(len(p_values))
    highest = 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, p_values[index] * (len(p_values) - place)))
        corrected[index] = highest
    return [float(value) for value in corrected]


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
