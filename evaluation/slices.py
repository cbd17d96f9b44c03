"""How good the decisions are on parts of the paragraphs: long and short, of this source and that, spelt so or so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evaluation.bootstrap import Estimate, article_numbers, draw_articles, estimate, sum_by_article
from evaluation.mentions import mentions
from evaluation.predictions import Predictions
from mihwar.paragraph import LabelledParagraph

__all__ = ["DIMENSIONS", "Slice", "decision_estimates", "slices"]

FloatArray = NDArray[np.float64]
_LENGTHS = ((12, "up to 12 words"), (25, "13-25"), (45, "26-45"), (70, "46-70"), (110, "71-110"))
_NO_HAMZA = re.compile(r"\b(?:الى|ان|او|اي|انه|انها|اكثر|امس|اول|اكد|اعلن|اعلنت|اكدت|الامن|الامنية|الارهاب)\b")
_YA_AS_ALEF = re.compile(r"\b(?:فى|الذى|التى|هى)\b")
_TA_AS_HA = re.compile(r"\b(?:مدينه|منطقه|حكومه|الحكومه|دوله|الدوله|وزاره|قوه|عمليه|المدينه|المنطقه)\b")
_MARKS = re.compile("[\u064b-\u0652\u0670\u0640]")
_EASTERN = re.compile("[٠-٩]")
_LATIN = re.compile("[A-Za-z]{3}")


@dataclass(frozen=True)
class Slice:
    """Some of the paragraphs.

    Attributes:
        dimension: By what they were chosen, out of `DIMENSIONS`.
        name: Which they are.
        n_paragraphs: How many.
        n_positives: Themes they are about, added up.
        micro_f1: F1 of all their judged cells; None without a positive.
        n_without_theme: Fully judged paragraphs without a theme among them.
        false_alarm_rate: Share of those that were given one; None without such.
    """

    dimension: str
    name: str
    n_paragraphs: int
    n_positives: int
    micro_f1: Estimate
    n_without_theme: int
    false_alarm_rate: Estimate


def _length(paragraph: LabelledParagraph) -> tuple[str, ...]:
    words = len(paragraph.text.split())
    return (next((name for most, name in _LENGTHS if words <= most), "over 110 words"),)


def _orthography(paragraph: LabelledParagraph) -> tuple[str, ...]:
    found = [
        name
        for name, pattern in (
            ("hamza left out", _NO_HAMZA),
            ("ى for ي", _YA_AS_ALEF),
            ("ه for ة", _TA_AS_HA),
            ("vowel marks or tatweel", _MARKS),
            ("٠-٩", _EASTERN),
            ("Latin words", _LATIN),
        )
        if pattern.search(paragraph.text)
    ]
    return tuple(found) or ("plain",)


DIMENSIONS: Mapping[str, Callable[[LabelledParagraph], tuple[str, ...]]] = MappingProxyType(
    {
        "length": _length,
        "themes": lambda paragraph: (("none", "one", "two", "three or more")[min(3, len(paragraph.labels))],),
        "kind": lambda paragraph: (paragraph.kind,) if paragraph.kind else (),
        "source": lambda paragraph: (paragraph.source,) if paragraph.source else (),
        "region": lambda paragraph: mentions(paragraph.text, "regions") or ("none named",),
        "orthography": _orthography,
    }
)
"""How to say into which slices a paragraph falls; it may be several, or none."""


def slices(
    paragraphs: Sequence[LabelledParagraph],
    predictions: Predictions,
    *,
    min_paragraphs: int = 10,
    draws: int = 300,
    seed: int = 13,
) -> tuple[Slice, ...]:
    """Judge each slice by itself.

    Args:
        paragraphs: The n paragraphs.
        predictions: What was said of them, in the same order.
        min_paragraphs: Smaller slices are left out: they say nothing.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """
    found = []
    for dimension, names_of in DIMENSIONS.items():
        rows: dict[str, list[int]] = defaultdict(list)
        for row, paragraph in enumerate(paragraphs):
            for name in names_of(paragraph):
                rows[name].append(row)
        found += [
            _slice(dimension, name, predictions.of_rows(rows[name]), draws, seed)
            for name in sorted(rows, key=_order)
            if len(rows[name]) >= min_paragraphs
        ]
    return tuple(found)


_LENGTH_NAMES = [name for _, name in _LENGTHS] + ["over 110 words", "none", "one", "two", "three or more"]


def _order(name: str) -> tuple[int, str]:
    return (_LENGTH_NAMES.index(name), "") if name in _LENGTH_NAMES else (len(_LENGTH_NAMES), name)


def _slice(dimension: str, name: str, predictions: Predictions, draws: int, seed: int) -> Slice:
    micro_f1, false_alarm_rate = decision_estimates(predictions, draws, seed)
    without = _without_theme(predictions.targets)
    return Slice(
        dimension,
        name,
        len(predictions.paragraph_ids),
        int((predictions.targets == 1).sum()),
        micro_f1,
        int(without.sum()),
        false_alarm_rate,
    )


def decision_estimates(predictions: Predictions, draws: int, seed: int) -> tuple[Estimate, Estimate]:
    """Return micro F1 and the share of theme-less paragraphs that were given a theme, with their intervals.

    Args:
        predictions: What was said.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """
    yes, judged = predictions.targets == 1, ~np.isnan(predictions.targets)
    given, without = predictions.decisions, _without_theme(predictions.targets)
    counts = np.stack(
        [
            2 * (yes & given).sum(axis=1),
            (yes | (judged & given)).sum(axis=1) + (yes & given).sum(axis=1),
            without & given.any(axis=1),
            without,
            yes.sum(axis=1),
        ],
        axis=1,
    ).astype(float)
    by_article = sum_by_article(counts, article_numbers(predictions.article_ids))
    drawn = [np.zeros((0, counts.shape[1]))]
    drawn += [weights @ by_article for weights in draw_articles(len(by_article), len(counts), draws, seed)]
    total, of_draws = counts.sum(axis=0, keepdims=True), np.concatenate(drawn)
    return (
        estimate(_share(total, 0, 1, 4)[0], _share(of_draws, 0, 1, 4)),
        estimate(_share(total, 2, 3, 3)[0], _share(of_draws, 2, 3, 3)),
    )


def _without_theme(targets: FloatArray) -> NDArray[np.bool_]:
    without: NDArray[np.bool_] = ~np.isnan(targets).any(axis=1) & ~(targets == 1).any(axis=1)
    return without


def _share(sums: FloatArray, part: int, whole: int, needed: int) -> FloatArray:
    shares = np.full(len(sums), np.nan)
    np.divide(sums[:, part], sums[:, whole], out=shares, where=(sums[:, needed] > 0) & (sums[:, whole] > 0))
    return shares
