"""Letting a classifier predict labelled paragraphs, and judging what it says."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import evaluate
from evaluation.report import Report
from mihwar.classifier import Classifier, Prediction
from mihwar.errors import CorpusError, Problem
from mihwar.paragraph import LabelledParagraph, targets

__all__ = ["compare_decisions", "evaluate_classifier"]

Progress = Callable[[int, int], None]

_TEXTS_AT_ONCE = 64


def evaluate_classifier(
    classifier: Classifier,
    paragraphs: Sequence[LabelledParagraph],
    *,
    corpus_sha256: str = "",
    split: str = "test",
    created_at: str | None = None,
    draws: int = 1000,
    seed: int = 13,
    progress: Progress | None = None,
) -> Report:
    """Judge the very classifier that serves.

    Args:
        classifier: The classifier.
        paragraphs: Labelled paragraphs that it was not trained on.
        corpus_sha256: Hash of the corpus they are from.
        split: Which paragraphs of the corpus they are.
        created_at: Time to put into the report, as ISO 8601.
        draws: Draws of the bootstrap.
        seed: Its seed.
        progress: Told how many paragraphs are done, out of how many.

    Raises:
        CorpusError: If there is no paragraph.
        TextError: If a text cannot be classified.
    """
    if not paragraphs:
        raise CorpusError([Problem("there is no paragraph to judge the model on")])
    theme_ids = classifier.themes.ids
    if np.isnan(targets(paragraphs, theme_ids)).all():
        raise CorpusError(
            [Problem(f"none of the {len(paragraphs)} paragraphs has labels: there is nothing to judge by")]
        )
    predictions: list[Prediction] = []
    for start in range(0, len(paragraphs), _TEXTS_AT_ONCE):
        part = paragraphs[start : start + _TEXTS_AT_ONCE]
        predictions += classifier.classify([paragraph.text for paragraph in part])
        if progress is not None:
            progress(len(predictions), len(paragraphs))
    truth = targets(paragraphs, theme_ids)
    probabilities = np.stack([prediction.probabilities for prediction in predictions])
    decisions = np.array([[theme in prediction.themes for theme in theme_ids] for prediction in predictions])
    metrics = evaluate(
        truth,
        probabilities,
        decisions,
        theme_ids,
        [paragraph.article_id for paragraph in paragraphs],
        thresholds=classifier.thresholds,
        draws=draws,
        seed=seed,
    )
    return Report(
        model_name=classifier.name,
        model_version=classifier.version,
        metrics=metrics,
        split=split,
        corpus_sha256=corpus_sha256,
        created_at=created_at,
        paragraph_ids=tuple(paragraph.id for paragraph in paragraphs),
        targets=truth,
        probabilities=probabilities,
        decisions=decisions,
        logits=np.stack([prediction.logits for prediction in predictions]),
    )


def compare_decisions(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the share of predicted positives that differ: |first xor second| / |first or second|.

    It is the Jaccard distance of the two sets of positives: 0 if they are equal (also if both are empty), 1 if
    they have nothing in common. Cells that both call negative do not dilute it.

    Args:
        first: Shape (n, k), boolean.
        second: Same shape.

    Raises:
        ValueError: If the shapes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"The decisions must have one shape; got {first.shape} and {second.shape}.")
    either = int((first | second).sum())
    return int((first ^ second).sum()) / either if either else 0.0
