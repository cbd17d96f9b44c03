"""A classifier that answers from a table, and a report of it."""

from collections.abc import Sequence

import numpy as np
import pytest

from evaluation.report import Report
from evaluation.run import evaluate_classifier
from mihwar.classifier import Prediction
from mihwar.paragraph import LabelledParagraph
from mihwar.themes import Theme, Themes

THEMES = Themes("test", tuple(Theme(name, f"محور {name}", name, "A theme.") for name in ("fire", "rain", "snow")))


class FakeClassifier:
    """Gives a theme where the text names it."""

    name = "fake"
    version = "1.0.0"
    themes = THEMES
    thresholds = np.array([0.3, 0.5, 0.6])

    def __init__(self) -> None:
        self.batches: list[int] = []

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        self.batches.append(len(texts))
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> Prediction:
        probabilities = np.array([0.9 if theme in text else 0.123456789 for theme in THEMES.ids])
        themes = tuple(theme for theme in THEMES.ids if theme in text)
        return Prediction(themes, probabilities, probabilities, (), 1, 1, (), None)


@pytest.fixture
def classifier() -> FakeClassifier:
    return FakeClassifier()


@pytest.fixture
def paragraphs() -> list[LabelledParagraph]:
    return [
        LabelledParagraph("p1", "fire in the سوق", ("fire",), article_id="a1"),
        LabelledParagraph("p2", "fire and rain", ("rain",), article_id="a1"),
        LabelledParagraph("p3", "nothing", (), article_id="a2"),
        LabelledParagraph("p4", "rain", (), ("rain", "snow"), article_id="a3"),
    ]


@pytest.fixture
def report(classifier: FakeClassifier, paragraphs: list[LabelledParagraph]) -> Report:
    return evaluate_classifier(
        classifier, paragraphs, corpus_sha256="c" * 64, created_at="2026-01-02T03:04:05+00:00", draws=50
    )
