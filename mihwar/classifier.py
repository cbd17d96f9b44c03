"""Texts in, themes out: the one way predictions are made, in serving and in evaluation alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihwar.artefact import Manifest, read_artefact
from mihwar.decision import Decision, OperatingPoint
from mihwar.engine import Engine, Window, WindowScores, load_engine
from mihwar.errors import TextError
from mihwar.text import warnings_for

__all__ = ["Classifier", "EvidenceSpan", "Prediction", "ThemeEvidence"]

_WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class EvidenceSpan:
    """A word of the original text and its share of a theme's logit.

    Attributes:
        start: First code point in the original text.
        end: One past the last.
        contribution: Additive share of the theme's logit; may be negative.
    """

    start: int
    end: int
    contribution: float


@dataclass(frozen=True)
class ThemeEvidence:
    """Why a theme got its logit: `base` and the contributions of all spans add up to `logit`.

    Attributes:
        theme: Theme id.
        logit: The theme's logit before calibration (of the window that scored highest).
        base: Share of bias, prefix and special tokens.
        spans: Shares of the words, in text order.
    """

    theme: str
    logit: float
    base: float
    spans: tuple[EvidenceSpan, ...]


@dataclass(frozen=True)
class Prediction:
    """What the classifier says of one text.

    Attributes:
        themes: Ids of the themes whose probability reaches their threshold, most probable first.
        probabilities: Shape (k,), calibrated, one per theme in column order; independent, not summing to 1.
        logits: Shape (k,), before calibration.
        uncertain: Ids of the themes, given or not, whose probability is too near to the threshold to be trusted.
        tokens: Tokens of the text, each counted once, without prefix and special tokens.
        windows: Overlapping windows that the text was cut into.
        warnings: Codes out of `windowed`, `not_arabic`, `suspicious_spelling`, `empty`.
        evidence: One entry per theme in `themes`, in the same order; None unless it was asked for.
    """

    themes: tuple[str, ...]
    probabilities: NDArray[np.float64]
    logits: NDArray[np.float64]
    uncertain: tuple[str, ...]
    tokens: int
    windows: int
    warnings: tuple[str, ...]
    evidence: tuple[ThemeEvidence, ...] | None


class Classifier:
    """A loaded model folder. Safe to call from several threads.

    Attributes:
        name: Name of the model.
        version: Version of the model.
        themes: The taxonomy, in column order.
        thresholds: Shape (k,): probability from which each theme is given.
        operating_points: Other thresholds that can be asked for, by name.
        facts: What the manifest says of the model, as plain JSON data.
    """

    def __init__(self, manifest: Manifest, decision: Decision, engine: Engine) -> None:
        """Put the parts together; `load` does so from a folder.

        Args:
            manifest: Names, themes and facts.
            decision: Calibration and thresholds.
            engine: What runs the network.
        """
        self.name = manifest.name
        self.version = manifest.version
        self.themes = manifest.themes
        self.thresholds = decision.limits()
        self.operating_points: Mapping[str, OperatingPoint] = decision.operating_points
        self.facts: Mapping[str, Any] = manifest.to_json()
        self._decision = decision
        self._engine = engine

    @classmethod
    def load(cls, folder: Path | str) -> Classifier:
        """Load and check a model folder.

        Args:
            folder: The model folder.

        Raises:
            ArtefactError: If the folder is missing, truncated, altered or foreign.
            EngineError: If the engine cannot load its file.
        """
        artefact = read_artefact(folder)
        return cls(artefact.manifest, artefact.decision, load_engine(artefact))

    def classify(
        self,
        texts: Sequence[str],
        *,
        thresholds: float | Mapping[str, float] | None = None,
        operating_point: str | None = None,
        evidence: bool = False,
    ) -> list[Prediction]:
        """Classify texts; the answer for a text does not depend on its neighbours.

        Args:
            texts: The paragraphs; an empty or blank one gets no theme and the warning `empty`.
            thresholds: One threshold for all themes, or by theme id; the others keep those of the operating point.
            operating_point: Name of the thresholds to begin with; None: the model's own.
            evidence: Whether to say which words made each theme.

        Returns:
            One prediction per text, in order.

        Raises:
            TextError: If a text has unpaired surrogates (the message gives its index).
            ValueError: If a threshold names an unknown theme or is out of (0, 1), or there is no such operating point.
        """
        limits = self._limits(thresholds, operating_point)
        windows_of = [self._encode(index, text) for index, text in enumerate(texts)]
        scores = iter(self._engine.run([window for windows in windows_of for window in windows]))
        return [
            self._predict(text, windows, [next(scores) for _ in windows], limits, evidence)
            for text, windows in zip(texts, windows_of, strict=True)
        ]

    def _limits(
        self, thresholds: float | Mapping[str, float] | None, operating_point: str | None
    ) -> NDArray[np.float64]:
        limits = self._decision.limits(operating_point)
        if thresholds is None:
            return limits
        limits = limits.copy()
        given = dict.fromkeys(self.themes.ids, thresholds) if isinstance(thresholds, int | float) else thresholds
        for theme_id, value in given.items():
            if theme_id not in self.themes.ids:
                raise ValueError(f"Unknown theme {theme_id!r} among the thresholds.")
            if not 0 < value < 1:
                raise ValueError(f"The threshold of {theme_id} must lie between 0 and 1; got {value}.")
            limits[self.themes.ids.index(theme_id)] = value
        return limits

    def _encode(self, index: int, text: str) -> list[Window]:
        try:
            return self._engine.encode(text)
        except TextError as error:
            raise TextError(f"Text {index}: {error}") from error

    def _predict(
        self,
        text: str,
        windows: Sequence[Window],
        scores: Sequence[WindowScores],
        limits: NDArray[np.float64],
        evidence: bool,
    ) -> Prediction:
        by_window = np.stack([score.logits for score in scores])
        best = by_window.argmax(axis=0)  # a long text is about what any of its windows is about
        logits = by_window.max(axis=0)
        probabilities = self._decision.probabilities(logits)
        n_tokens = windows[-1].first_token + len(windows[-1].starts)
        blank = n_tokens == 0
        given: list[int] = [] if blank else np.flatnonzero(probabilities >= limits).tolist()
        order = sorted(given, key=lambda column: -probabilities[column])
        near = np.flatnonzero(self._decision.uncertain(probabilities, limits) & (not blank))
        return Prediction(
            themes=tuple(self.themes.ids[column] for column in order),
            probabilities=probabilities,
            logits=logits,
            uncertain=tuple(self.themes.ids[column] for column in near),
            tokens=n_tokens,
            windows=len(windows),
            warnings=_warnings(text, blank, len(windows)),
            evidence=tuple(
                _evidence(text, self.themes.ids[column], column, windows[best[column]], scores[best[column]])
                for column in order
            )
            if evidence
            else None,
        )


def _warnings(text: str, blank: bool, n_windows: int) -> tuple[str, ...]:
    if blank:
        return ("empty",)
    return (*(("windowed",) if n_windows > 1 else ()), *warnings_for(text))


def _evidence(text: str, theme_id: str, column: int, window: Window, scores: WindowScores) -> ThemeEvidence:
    """Add up the tokens of each word, so that people see words and the sum stays exact."""
    words = [match.span() for match in _WORD.finditer(text)]
    word_starts = np.array([start for start, _ in words])
    shares = np.zeros(len(words))
    # By its last letter: some tokenizers begin a token on the blank before its word.
    last_letters = np.maximum(window.starts, window.ends - 1)
    word_of_token = np.clip(np.searchsorted(word_starts, last_letters, side="right") - 1, 0, None)
    np.add.at(shares, word_of_token, scores.shares[:, column])
    touched = np.unique(word_of_token)
    return ThemeEvidence(
        theme=theme_id,
        logit=float(scores.logits[column]),
        base=float(scores.base[column]),
        spans=tuple(EvidenceSpan(*_core(text, *words[i]), float(shares[i])) for i in touched),
    )


def _core(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out the punctuation around a word; a word of punctuation alone stays whole."""
    letters = [i for i in range(start, end) if text[i].isalnum()]
    return (letters[0], letters[-1] + 1) if letters else (start, end)
