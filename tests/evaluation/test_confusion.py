"""Which theme is taken for which."""

import numpy as np

from evaluation.confusion import confusion
from evaluation.predictions import Predictions


def test_counts_by_hand() -> None:
    targets = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [1, np.nan, 0]], dtype=float)
    decisions = np.array([[0, 1, 0], [1, 1, 0], [0, 0, 0], [1, 1, 1]], dtype=bool)
    predictions = Predictions(("a", "b", "c"), ("1", "2", "3", "4"), ("", "", "", ""), targets, decisions, decisions)
    found = confusion(predictions)
    assert found.missed_and_spurious == ((0, 1, 0), (0, 0, 0), (0, 0, 0))
    assert found.missed_alone == (0, 0, 1)
    assert found.spurious_alone == (0, 0, 1)  # theme b of the last paragraph was not judged
    assert found.together == ((3, 1, 0), (1, 1, 0), (0, 0, 1))
