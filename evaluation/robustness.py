"""How much is lost when texts are written otherwise: spelling habits, slips, marks, on more and more words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from evaluation.behaviour.changes import CHANGES
from evaluation.predictions import Predictions
from evaluation.slices import decision_estimates
from mihwar.classifier import Classifier
from mihwar.paragraph import LabelledParagraph, targets

__all__ = ["NOISES", "RobustnessPoint", "robustness"]

SHARES = (0.0, 0.1, 0.25, 0.5)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class RobustnessPoint:
    """What is left with one sort of noise on some of the words.

    Attributes:
        noise: Which sort, out of `NOISES`.
        share: Share of the words that were changed.
        micro_f1: F1 of all judged cells; None without a positive.
    """

    noise: str
    share: float
    micro_f1: float | None


def _spelling(word: str, random: np.random.Generator) -> str:
    name = ("without_hamza", "ya_as_alef", "ta_as_ha")[int(random.integers(3))]
    return CHANGES[name](word)


def _slip(word: str, random: np.random.Generator) -> str:
    """Drop, double or swap letters within a word of four or more."""
    if len(word) < 4:
        return word
    at = int(random.integers(1, len(word) - 2))
    return (
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    )[int(random.integers(3))]


def _marks(word: str, random: np.random.Generator) -> str:
    name = ("vowelled", "stretched", "zero_width")[int(random.integers(3))]
    return CHANGES[name](word)


NOISES: Mapping[str, Callable[[str, np.random.Generator], str]] = MappingProxyType(
    {"spelling habits": _spelling, "slips of the keyboard": _slip, "marks and stretching": _marks}
)
"""Each changes one word, by chance."""


def robustness(
    classifier: Classifier,
    paragraphs: Sequence[LabelledParagraph],
    *,
    sample: int = 250,
    seed: int = 13,
    progress: Progress | None = None,
) -> tuple[RobustnessPoint, ...]:
    """Classify the same paragraphs with more and more noise.

    Args:
        classifier: The classifier that serves.
        paragraphs: Labelled paragraphs.
        sample: How many of them are used, drawn at random.
        seed: Seed of the choice and the noise.
        progress: Told how many texts are done, out of how many.
    """
    random = np.random.default_rng(seed)
    rows = sorted(random.permutation(len(paragraphs))[:sample])
    chosen = [paragraphs[row] for row in rows]
    truth = targets(chosen, classifier.themes.ids).astype(float)
    runs = [(noise, share) for noise in NOISES for share in SHARES if share or noise == next(iter(NOISES))]
    points: list[RobustnessPoint] = []
    clean: float | None = None
    for number, (noise, share) in enumerate(runs):
        texts = [noisy(p.text, noise, share, random) for p in chosen]
        f1 = _micro_f1(classifier, chosen, texts, truth)
        clean = f1 if not share else clean
        points.append(RobustnessPoint(noise, share, f1))
        if progress is not None:
            progress((number + 1) * len(chosen), len(runs) * len(chosen))
    others = [RobustnessPoint(noise, 0.0, clean) for noise in list(NOISES)[1:]]
    return tuple(sorted([*points, *others], key=lambda point: (list(NOISES).index(point.noise), point.share)))


def noisy(text: str, noise: str, share: float, random: np.random.Generator) -> str:
    """Change some words of a text.

    Args:
        text: The text.
        noise: Out of `NOISES`.
        share: Probability for each word.
        random: Source of chance.
    """
    change = NOISES[noise]
    return " ".join(change(word, random) if random.random() < share else word for word in text.split(" "))


def _micro_f1(
    classifier: Classifier, paragraphs: Sequence[LabelledParagraph], texts: Sequence[str], truth: np.ndarray
) -> float | None:
    answers = classifier.classify(texts)
    themes = classifier.themes.ids
    predictions = Predictions(
        themes,
        tuple(p.id for p in paragraphs),
        tuple(p.article_id for p in paragraphs),
        truth,
        np.stack([answer.probabilities for answer in answers]),
        np.array([[theme in answer.themes for theme in themes] for answer in answers]),
    )
    return decision_estimates(predictions, 0, 0)[0].value
