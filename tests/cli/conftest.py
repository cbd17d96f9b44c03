"""A classifier in the place of a model folder, and running the command in this process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from cli.main import run
from mihwar.classifier import EvidenceSpan, Prediction, ThemeEvidence
from mihwar.decision import OperatingPoint
from mihwar.themes import Theme, Themes

THEMES = Themes(
    "test",
    (
        Theme("bombing", "تفجير", "Bombing", "An explosion."),
        Theme("arrest", "اعتقال", "Arrest", "Somebody is arrested."),
        Theme("court", "محكمة", "Court", "A court sits."),
    ),
)
WORDS = ("انفجار", "اعتقال", "محكمة")


class FakeClassifier:
    """Gives a theme .9 where its word stands in the text, and .2 elsewhere."""

    def __init__(
        self, name: str = "fake", themes: Themes = THEMES, training: Mapping[str, object] | None = None
    ) -> None:
        self.name = name
        self.version = "1.2.3"
        self.themes = themes
        self.thresholds = np.full(len(themes), 0.5)
        self.operating_points = {"high_recall": OperatingPoint("recall", 0.9, -3.0, 50)}
        self.facts = {"training": training or {}}

    def classify(
        self,
        texts: Sequence[str],
        *,
        thresholds: Mapping[str, float] | None = None,
        operating_point: str | None = None,
        evidence: bool = False,
    ) -> list[Prediction]:
        own = 0.1 if operating_point == "high_recall" else 0.5
        limits = [(thresholds or {}).get(theme, own) for theme in self.themes.ids]
        return [self._predict(text, limits, evidence) for text in texts]

    def _predict(self, text: str, limits: Sequence[float], evidence: bool) -> Prediction:
        probabilities = np.array([0.9 if word in text else 0.2 for word in WORDS[: len(self.themes)]])
        columns = [column for column, limit in enumerate(limits) if probabilities[column] >= limit]
        return Prediction(
            themes=tuple(self.themes.ids[column] for column in columns),
            probabilities=probabilities,
            logits=probabilities,
            uncertain=tuple(
                theme
                for theme, probability, limit in zip(self.themes.ids, probabilities, limits, strict=True)
                if abs(probability - limit) <= 0.15
            ),
            tokens=len(text.split()),
            windows=1,
            warnings=() if text.strip() else ("empty",),
            evidence=tuple(self._evidence(text, column) for column in columns) if evidence else None,
        )

    def _evidence(self, text: str, column: int) -> ThemeEvidence:
        start = max(text.find(WORDS[column]), 0)
        spans = (EvidenceSpan(start, start + len(WORDS[column]), 1.5),)
        return ThemeEvidence(self.themes.ids[column], 2.0, 0.5, spans)


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it wrote."""

    code: int
    output: str
    errors: str


Mihwar = Callable[..., Outcome]


@pytest.fixture
def mihwar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Mihwar:
    """Run `mihwar` with arguments; returns exit code, standard output and standard error."""
    monkeypatch.delenv("COLUMNS", raising=False)
    for name in ("FORCE_COLOR", "NO_COLOR", "RANK", "MIHWAR_MODEL"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: object) -> Outcome:
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return call


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> dict[str, FakeClassifier]:
    """Classifiers by the name of the folder they are asked from; the shipped model is there from the start."""
    classifiers = {"security-themes": FakeClassifier()}
    monkeypatch.setattr("mihwar.classifier.Classifier.load", lambda folder: classifiers[Path(folder).name])
    return classifiers


@pytest.fixture
def classifier_class() -> type[FakeClassifier]:
    return FakeClassifier
