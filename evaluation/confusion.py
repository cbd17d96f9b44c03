"""Which theme is taken for which, and which go together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.predictions import Predictions

__all__ = ["Confusion", "confusion"]


@dataclass(frozen=True)
class Confusion:
    """Pairs of themes, as k x k tables in column order.

    Attributes:
        missed_and_spurious: Row i, column j: paragraphs in which theme i was missed and theme j given wrongly.
        together: Row i, column j: paragraphs that are about both; on the diagonal, about theme i.
        missed_alone: Paragraphs in which theme i was missed and nothing given wrongly.
        spurious_alone: Paragraphs in which theme j was given wrongly and nothing missed.
    """

    missed_and_spurious: tuple[tuple[int, ...], ...]
    together: tuple[tuple[int, ...], ...]
    missed_alone: tuple[int, ...]
    spurious_alone: tuple[int, ...]


def confusion(predictions: Predictions) -> Confusion:
    """Count pairs of errors, and of labels.

    A paragraph has several themes, so no cell of a confusion table is one paragraph's; what can be counted is which
    theme is given where which is missed.

    Args:
        predictions: The predictions.
    """
    judged = ~np.isnan(predictions.targets)
    yes = predictions.targets == 1
    missed = (yes & ~predictions.decisions).astype(int)
    spurious = (judged & ~yes & predictions.decisions).astype(int)
    return Confusion(
        _rows(missed.T @ spurious),
        _rows(yes.astype(int).T @ yes.astype(int)),
        tuple(missed[~spurious.any(axis=1)].sum(axis=0).tolist()),
        tuple(spurious[~missed.any(axis=1)].sum(axis=0).tolist()),
    )


def _rows(matrix: np.ndarray) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())
