"""A classifier of the right shape that needs no model: themes are recognised by a word."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihwar.classifier import EvidenceSpan, Prediction, ThemeEvidence
from mihwar.decision import OperatingPoint
from mihwar.errors import TextError
from mihwar.themes import Theme, Themes

THEMES = Themes(
    "tiny",
    (
        Theme("cell_dismantling", "تفكيك الخلايا", "Dismantled cells", "Cells.", {"gdelt": ("ARREST", "SEIZE")}),
        Theme("cybersecurity", "الأمن السيبراني", "Cybersecurity", "Computers.", {}),
        Theme("border_security", "أمن الحدود", "Border security", "Borders.", {}),
    ),
)
CUES = ("خلية", "اختراق", "الحدود")


class FakeClassifier:
    """Gives a theme 0.9 for its word, 0.1 otherwise; a text with «عطل» fails, one with «مرفوض» is refused.

    Attributes:
        gate: While it is cleared, calls wait.
        calls: The texts of each call.
    """

    name = "fake"
    version = "1.2.3"
    themes = THEMES
    thresholds: NDArray[np.float64] = np.array([0.5, 0.4, 0.6])
    operating_points: Mapping[str, OperatingPoint] = {"high_recall": OperatingPoint("recall", 0.9, -3.0, 120)}
    facts: Mapping[str, Any] = {
        "description": "A fake.",
        "engine": {"kind": "fake"},
        "normaliser": {},
        "backbone": {"id": "none"},
        "training": {"seed": 1},
        "metrics": {"macro_ap": 0.5},
        "files": {"secret": {}},
    }

    def __init__(self) -> None:
        """Open the gate."""
        self.gate = threading.Event()
        self.gate.set()
        self.calls: list[list[str]] = []

    def classify(
        self,
        texts: Sequence[str],
        *,
        thresholds: float | Mapping[str, float] | None = None,
        operating_point: str | None = None,
        evidence: bool = False,
    ) -> list[Prediction]:
        """Answer like `Classifier.classify`."""
        self.calls.append(list(texts))
        assert self.gate.wait(10)
        for index, text in enumerate(texts):
            if re.search(r"[\ud800-\udfff]", text):
                raise AssertionError("The service let unpaired surrogates through.")
            if "مرفوض" in text:
                raise TextError(f"Text {index}: has a refused word.")
            if "عطل" in text:
                raise RuntimeError(f"secret text: {text}")
        limits = self._limits(thresholds)
        if operating_point == "high_recall":
            limits = limits - 0.35
        return [self._predict(text, limits, evidence) for text in texts]

    def _limits(self, thresholds: float | Mapping[str, float] | None) -> NDArray[np.float64]:
        limits = self.thresholds.copy()
        for column, theme_id in enumerate(THEMES.ids):
            if isinstance(thresholds, Mapping):
                limits[column] = thresholds.get(theme_id, limits[column])
            elif thresholds is not None:
                limits[column] = thresholds
        return limits

    def _predict(self, text: str, limits: NDArray[np.float64], evidence: bool) -> Prediction:
        words = [match.span() for match in re.finditer(r"\S+", text)]
        hits = np.array([[cue in text[start:end] for cue in CUES] for start, end in words] or [[False] * 3])
        # A little more for each further theme, so that no two probabilities are equal.
        probabilities = np.where(hits.any(axis=0), 0.9, 0.1) + np.arange(3) * 0.01
        given = [column for column in np.argsort(-probabilities) if probabilities[column] >= limits[column]]
        return Prediction(
            themes=tuple(THEMES.ids[column] for column in given),
            probabilities=probabilities,
            logits=np.log(probabilities / (1 - probabilities)),
            uncertain=tuple(np.array(THEMES.ids)[np.abs(probabilities - limits) < 0.07].tolist()),
            tokens=len(words),
            windows=1,
            warnings=() if words else ("empty",),
            evidence=tuple(
                ThemeEvidence(
                    THEMES.ids[column],
                    float(hits[:, column].sum()) - 0.5,
                    -0.5,
                    tuple(
                        EvidenceSpan(start, end, float(hit))
                        for (start, end), hit in zip(words, hits[:, column], strict=True)
                    ),
                )
                for column in given
            )
            if evidence
            else None,
        )
