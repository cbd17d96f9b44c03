"""A labelled paragraph, as training and evaluation both see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["LabelledParagraph", "targets"]


@dataclass(frozen=True)
class LabelledParagraph:
    """One paragraph of an article with what an annotator said of it.

    A theme is in one of three states: *yes* (in `labels`), *not judged* (in `unknown`), or *no*
    (in neither). A paragraph that was judged and has no theme has empty `labels` and `unknown`.

    Attributes:
        id: Unique identifier within the corpus.
        text: The paragraph as it was published.
        labels: Themes that the paragraph is about.
        unknown: Themes on which nobody has judged.
        article_id: Article it belongs to; paragraphs of one article are never split apart.
        source: Outlet or origin, for slices of the report.
        kind: What sort of paragraph it is (`theme`, `hard_negative`, `boilerplate` ...).
        split: A split demanded by the corpus (`train`, `calibration`, `test`), or None.
        annotator: Who labelled it.
        url: Where it was published.
        published: When, as the source wrote it.
        meta: Anything else that came with the record.
    """

    id: str
    text: str
    labels: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    article_id: str = ""
    source: str = ""
    kind: str = ""
    split: str | None = None
    annotator: str = ""
    url: str = ""
    published: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)


def targets(paragraphs: Sequence[LabelledParagraph], theme_ids: Sequence[str]) -> NDArray[np.float32]:
    """Turn labels into a matrix.

    Args:
        paragraphs: The n labelled paragraphs.
        theme_ids: The k theme ids, in column order.

    Returns:
        Shape (n, k): 1 for yes, 0 for no, NaN for not judged.
    """
    column = {theme_id: index for index, theme_id in enumerate(theme_ids)}
    matrix = np.zeros((len(paragraphs), len(theme_ids)), dtype=np.float32)
    for row, paragraph in enumerate(paragraphs):
        for theme_id in paragraph.unknown:
            matrix[row, column[theme_id]] = np.nan
        for theme_id in paragraph.labels:
            matrix[row, column[theme_id]] = 1.0
    return matrix
