"""Letting a classifier predict, and comparing decisions."""

from typing import Any

import numpy as np
import pytest

from evaluation.report import Report
from evaluation.run import compare_decisions, evaluate_classifier
from mihwar.errors import CorpusError
from mihwar.paragraph import LabelledParagraph


def test_the_report_holds_what_the_classifier_said(report: Report) -> None:
    assert report.model == "fake 1.0.0"
    assert report.paragraph_ids == ("p1", "p2", "p3", "p4")
    assert report.decisions.tolist() == [
        [True, False, False],
        [True, True, False],
        [False, False, False],
        [False, True, False],
    ]
    assert report.probabilities[0].tolist() == [0.9, 0.123456789, 0.123456789]
    assert np.isnan(report.targets[3]).tolist() == [False, True, True]
    fire, rain, snow = report.metrics.themes
    assert (fire.precision.value, fire.recall.value, fire.threshold) == (0.5, 1.0, 0.3)
    assert (rain.f1.value, snow.f1.value) == (1.0, None)
    assert report.metrics.n_articles == 3


def test_many_paragraphs_come_in_batches_and_progress_is_told(classifier: Any) -> None:
    told = []
    paragraphs = [LabelledParagraph(str(i), "rain", ("rain",), article_id=str(i)) for i in range(150)]
    report = evaluate_classifier(classifier, paragraphs, draws=10, progress=lambda *done: told.append(done))
    assert classifier.batches == [64, 64, 22]
    assert told == [(64, 150), (128, 150), (150, 150)]
    assert report.metrics.exact_match.value == 1.0


def test_nothing_to_judge_on(classifier: Any) -> None:
    with pytest.raises(CorpusError, match="no paragraph"):
        evaluate_classifier(classifier, [])


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ([[1, 0], [1, 1]], [[1, 0], [1, 1]], 0.0),
        ([[1, 0], [0, 0]], [[0, 0], [0, 0]], 1.0),
        ([[1, 1], [1, 0]], [[1, 1], [0, 1]], 0.5),
        ([[0, 0]], [[0, 0]], 0.0),
    ],
)
def test_difference_of_decisions(first: list[list[int]], second: list[list[int]], expected: float) -> None:
    assert compare_decisions(np.array(first, bool), np.array(second, bool)) == expected
    assert compare_decisions(np.array(second, bool), np.array(first, bool)) == expected


def test_decisions_of_other_shapes() -> None:
    with pytest.raises(ValueError, match="one shape"):
        compare_decisions(np.zeros((1, 2), bool), np.zeros((2, 2), bool))
