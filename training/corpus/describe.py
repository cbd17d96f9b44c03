"""Counting what a corpus holds, for `mihwar train --dry-run` and the datasheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mihwar.paragraph import LabelledParagraph
from mihwar.themes import Themes

__all__ = ["Row", "Section", "describe"]

Section = Literal["size", "theme", "not judged", "themes per paragraph", "kind", "source", "words"]

QUANTILES = {"shortest": 0.0, "5 %": 0.05, "median": 0.5, "95 %": 0.95, "longest": 1.0}


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        section: What sort of thing is counted; `words` holds quantiles of the paragraphs' lengths.
        name: A theme id, a kind, a quantile ...; `-` where paragraphs do not say.
        counts: One number per column.
    """

    section: Section
    name: str
    counts: tuple[int, ...]


def describe(columns: Mapping[str, Sequence[LabelledParagraph]], themes: Themes) -> tuple[Row, ...]:
    """Count paragraphs by theme, kind, source and length.

    Args:
        columns: Paragraphs by column name: `Splits.by_name()`, or `{"all": corpus.paragraphs}`.
        themes: The taxonomy. Every theme has a row in `theme`, and one in `not judged` if it needs it.

    Returns:
        Rows, grouped by section in a fixed order; counts in the order of `columns`.
    """
    parts = list(columns.values())
    given = [Counter(theme for each in part for theme in each.labels) for part in parts]
    unknown = [Counter(theme for each in part for theme in each.unknown) for part in parts]
    numbers = [Counter(str(len(each.labels)) for each in part) for part in parts]
    kinds = [Counter(each.kind or "-" for each in part) for part in parts]
    sources = [Counter(each.source or "-" for each in part) for part in parts]
    return (
        Row("size", "paragraphs", tuple(len(part) for part in parts)),
        Row("size", "articles", tuple(len({each.article_id for each in part}) for part in parts)),
        *_rows("theme", themes.ids, given),
        *_rows("not judged", [theme for theme in themes.ids if any(each[theme] for each in unknown)], unknown),
        *_rows("themes per paragraph", sorted(set().union(*numbers), key=int), numbers),
        *_rows("kind", sorted(set().union(*kinds)), kinds),
        *_rows("source", sorted(set().union(*sources)), sources),
        *_length_rows(parts),
    )


def _rows(section: Section, names: Iterable[str], counters: Sequence[Counter[str]]) -> list[Row]:
    return [Row(section, name, tuple(counter[name] for counter in counters)) for name in names]


def _length_rows(parts: Sequence[Sequence[LabelledParagraph]]) -> list[Row]:
    lengths = [[len(each.text.split()) for each in part] or [0] for part in parts]
    return [
        Row("words", name, tuple(int(np.quantile(each, share, method="lower")) for each in lengths))
        for name, share in QUANTILES.items()
    ]
