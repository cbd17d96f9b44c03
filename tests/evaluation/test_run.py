"""Letting a classifier predict, comparing decisions, and what goes into a report."""

from typing import Any

import numpy as np
import pytest

from evaluation.gates import Gates
from evaluation.predictions import Predictions
from evaluation.report import Evaluation
from evaluation.run import Other, Paragraphs, compare_decisions, evaluate_classifier, predict
from mihwar.errors import CorpusError, ReportError
from mihwar.paragraph import LabelledParagraph


def many(n: int = 60) -> list[LabelledParagraph]:
    words = ("fire", "rain", "snow", "quiet")
    return [
        LabelledParagraph(
            f"p{i}",
            f"{words[i % 4]} word{i % 7}",
            (words[i % 4],) if i % 4 < 3 else (),
            article_id=f"a{i // 2}",
            source="one" if i % 3 else "two",
        )
        for i in range(n)
    ]


def test_the_report_holds_what_the_classifier_said(evaluation: Evaluation) -> None:
    report, predictions = evaluation.report, evaluation.predictions
    assert report.model.label == "fake 1.0.0"
    assert predictions.paragraph_ids == ("p1", "p2", "p3", "p4")
    assert predictions.decisions.tolist() == [
        [True, False, False],
        [True, True, False],
        [False, False, False],
        [False, True, False],
    ]
    assert predictions.probabilities[0].tolist() == [0.9, 0.123456789, 0.123456789]
    assert np.isnan(predictions.targets[3]).tolist() == [False, True, True]
    fire, rain, snow = report.metrics.themes
    assert (fire.precision.value, fire.recall.value, fire.threshold) == (0.5, 1.0, 0.3)
    assert (rain.f1.value, snow.f1.value) == (1.0, None)
    assert report.metrics.n_articles == 3


def test_many_paragraphs_come_in_batches_and_progress_is_told(classifier: Any) -> None:
    told = []
    paragraphs = [LabelledParagraph(str(i), "rain", ("rain",), article_id=str(i)) for i in range(150)]
    predictions = predict(classifier, paragraphs, progress=lambda *done: told.append(done))
    assert classifier.batches == [64, 64, 22]
    assert told == [(64, 150), (128, 150), (150, 150)]
    assert predictions.decisions[:, 1].all()


def test_nothing_to_judge_on(classifier: Any) -> None:
    with pytest.raises(CorpusError, match="no paragraph"):
        predict(classifier, [])
    with pytest.raises(CorpusError, match="has labels"):
        predict(classifier, [LabelledParagraph("p", "rain", (), ("fire", "rain", "snow"))])


def test_a_thorough_report_also_has_suites_noise_and_clock(classifier: Any) -> None:
    stages: list[str] = []
    report = evaluate_classifier(classifier, Paragraphs(many()), draws=20, stage=stages.append).report
    assert {"Running the behavioural suites", "Adding noise", "Timing"} <= set(stages)
    assert {outcome.name for outcome in report.behaviour} >= {"company", "evasion"}  # they name no theme
    assert "religion" not in {outcome.name for outcome in report.behaviour}  # asks for themes that are not there
    assert [point.share for point in report.robustness[:4]] == [0.0, 0.1, 0.25, 0.5]
    assert report.speed is not None
    assert report.speed.paragraphs_per_second > 0
    assert report.speed.ratio is None


def test_compared_with_another_model(classifier: Any) -> None:
    paragraphs = many()
    first = predict(classifier, paragraphs)
    flipped = Predictions(
        first.theme_ids,
        first.paragraph_ids,
        first.article_ids,
        first.targets,
        1 - first.probabilities,
        ~first.decisions,
    )
    report = evaluate_classifier(
        classifier, Paragraphs(paragraphs), other=Other("worse 1", flipped, classifier), draws=50
    ).report
    assert report.comparison is not None
    assert report.comparison.model == "worse 1"
    assert report.comparison.differences["micro_f1"].value == 1.0
    assert report.speed is not None
    assert report.speed.ratio == pytest.approx(1, abs=0.9)


def test_another_model_with_other_themes_or_paragraphs(classifier: Any) -> None:
    paragraphs = many()
    predictions = predict(classifier, paragraphs)
    strange = Predictions(
        ("fire", "rain", "hail"),
        predictions.paragraph_ids,
        predictions.article_ids,
        predictions.targets,
        predictions.probabilities,
        predictions.decisions,
    )
    with pytest.raises(ReportError, match="only one of the two models knows hail, snow"):
        evaluate_classifier(classifier, Paragraphs(paragraphs), other=Other("strange 1", strange), thorough=False)
    elsewhere = predict(classifier, [LabelledParagraph("other", "rain", ("rain",))])
    with pytest.raises(ReportError, match="no paragraph has been judged by both"):
        evaluate_classifier(classifier, Paragraphs(paragraphs), other=Other("elsewhere 1", elsewhere), thorough=False)


def test_the_verdict_is_that_of_the_gates(classifier: Any) -> None:
    gates = Gates(floors={"micro_f1": 0.999})
    paragraphs = many()
    assert evaluate_classifier(classifier, Paragraphs(paragraphs), gates=gates, thorough=False).report.verdict.status
    wrong = [LabelledParagraph("w", "fire", ("snow",)), *paragraphs]
    verdict = evaluate_classifier(classifier, Paragraphs(wrong), gates=gates, thorough=False).report.verdict
    assert verdict.status == "fail"
    assert "floor micro_f1" in verdict.reason


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
