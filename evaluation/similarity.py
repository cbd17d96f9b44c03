"""Nearly equal texts: the same letters but for a few."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from mihwar.text import fold

__all__ = ["similar_pairs"]

_ROWS_AT_ONCE = 500


def similar_pairs(
    texts: Sequence[str], others: Sequence[str] | None = None, similarity: float = 0.6
) -> Iterator[tuple[int, int, float]]:
    """Find pairs of texts that say the same in nearly the same letters, however they are spelt.

    Args:
        texts: The texts.
        others: What they are held against; None: one another.
        similarity: From which cosine of TF-IDF weighted character 5-grams a pair counts.

    Yields:
        Index of one, index of the other, their cosine (up to 1).
    """
    second = texts if others is None else others
    if not texts or not second:
        return
    folded = [fold(text) or "-" for text in (*texts, *(others or ()))]
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(5, 5), sublinear_tf=True, dtype=np.float32)
    matrix = grams.fit_transform(folded)
    first_part = matrix[: len(texts)]
    for start in range(0, len(texts), _ROWS_AT_ONCE):
        against = matrix[start:] if others is None else matrix[len(texts) :]
        block = (first_part[start : start + _ROWS_AT_ONCE] @ against.T).tocoo()
        near = block.data >= similarity
        for row, column, value in zip(block.row[near], block.col[near], block.data[near], strict=True):
            if others is not None:
                yield start + int(row), int(column), float(value)
            elif column > row:
                yield start + int(row), start + int(column), float(value)
