"""A classifier that answers from a table, and a report of it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from evaluation.report import Evaluation, Report
from evaluation.run import Paragraphs, evaluate_classifier
from mihwar.classifier import EvidenceSpan, Prediction, ThemeEvidence
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
        self.facts: dict[str, Any] = {"engine": {"kind": "fake"}}

    def classify(
        self, texts: Sequence[str], thresholds: Mapping[str, float] | None = None, evidence: bool = False
    ) -> list[Prediction]:
        self.batches.append(len(texts))
        return [self._predict(text, thresholds or {}, evidence) for text in texts]

    def _predict(self, text: str, thresholds: Mapping[str, float], evidence: bool) -> Prediction:
        probabilities = np.array([0.9 if theme in text else 0.123456789 for theme in THEMES.ids])
        logits = np.log(probabilities) - np.log1p(-probabilities)
        themes = tuple(theme for theme in THEMES.ids if theme in text or theme in thresholds)
        why = tuple(ThemeEvidence(theme, 1.0, 0.5, _spans(text, theme)) for theme in themes)
        return Prediction(themes, probabilities, logits, (), 1, 1, (), why if evidence else None)


def _spans(text: str, theme: str) -> tuple[EvidenceSpan, ...]:
    return tuple(
        EvidenceSpan(found.start(), found.end(), 1.0 if found[0] == theme else -0.25)
        for found in re.finditer(r"\S+", text)
    )


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
def evaluation(classifier: Any, paragraphs: list[LabelledParagraph]) -> Evaluation:
    return evaluate_classifier(
        classifier,
        Paragraphs(paragraphs, corpus_sha256="c" * 64),
        created_at="2026-01-02T03:04:05+00:00",
        thorough=False,
        draws=50,
    )


@pytest.fixture
def report(evaluation: Evaluation) -> Report:
    return evaluation.report
