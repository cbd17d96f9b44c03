"""The decisions that are most surely wrong, with the words that led to them, and the labels that may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold

from evaluation.bootstrap import article_numbers
from evaluation.predictions import Predictions
from mihwar.classifier import Classifier
from mihwar.decision import log_odds
from mihwar.paragraph import LabelledParagraph
from mihwar.text import fold

__all__ = ["Mistake", "Suspect", "Word", "suspects", "worst_mistakes"]

FloatArray = NDArray[np.float64]
_BARELY = 1e-9  # a threshold that every theme reaches, so that evidence of a missed one is given


@dataclass(frozen=True)
class Word:
    """A word and its share of the decision.

    Attributes:
        start: First code point in the text.
        end: One past the last.
        contribution: Share of the theme's logit; below 0 it speaks against the theme.
    """

    start: int
    end: int
    contribution: float


@dataclass(frozen=True)
class Mistake:
    """A theme that was missed or given wrongly.

    Attributes:
        paragraph_id: The paragraph.
        theme: The theme.
        missed: True if the label is yes; False if the theme was given without it.
        probability: What the model said.
        threshold: From which it would have given the theme.
        labels: What the paragraph is about.
        predicted: What it was given.
        text: The paragraph; None where it may not be shown.
        words: Its words with the largest shares, in text order; empty where the text is not shown.
    """

    paragraph_id: str
    theme: str
    missed: bool
    probability: float
    threshold: float
    labels: tuple[str, ...]
    predicted: tuple[str, ...]
    text: str | None
    words: tuple[Word, ...]


@dataclass(frozen=True)
class Suspect:
    """A label that two readers contradict.

    Attributes:
        paragraph_id: The paragraph.
        theme: The theme.
        label: What the label says.
        probability: What the model says.
        second_opinion: What a linear model of words says that learnt from the other articles, about 0 to 1.
        text: The paragraph; None where it may not be shown.
    """

    paragraph_id: str
    theme: str
    label: bool
    probability: float
    second_opinion: float
    text: str | None


def worst_mistakes(
    classifier: Classifier,
    paragraphs: Sequence[LabelledParagraph],
    predictions: Predictions,
    *,
    hidden_sources: Collection[str] = (),
    n: int = 30,
    of_one_theme: int = 4,
    n_words: int = 8,
) -> tuple[Mistake, ...]:
    """Choose the wrong decisions that lie farthest beyond their threshold.

    Args:
        classifier: The classifier that made them.
        paragraphs: The n paragraphs.
        predictions: Its predictions, in the same order.
        hidden_sources: Sources whose texts may not be shown.
        n: How many.
        of_one_theme: At most so many of them are of one theme.
        n_words: How many words of each are given.
    """
    limits = np.asarray(classifier.thresholds, dtype=np.float64)
    truth, themes = predictions.targets, predictions.theme_ids
    wrong = ~np.isnan(truth) & ((truth == 1) != predictions.decisions)
    distance = np.where(wrong, np.abs(log_odds(predictions.probabilities) - log_odds(limits)), -1.0)
    chosen: list[tuple[int, int]] = []
    of_theme: Counter[int] = Counter()
    seen: set[int] = set()
    for cell in np.argsort(-distance, axis=None, kind="stable"):
        row, column = (int(index) for index in np.unravel_index(cell, distance.shape))
        if distance[row, column] < 0 or len(chosen) == n:
            break
        if of_theme[column] < of_one_theme and row not in seen:
            of_theme[column] += 1
            seen.add(row)
            chosen.append((row, column))
    return tuple(
        Mistake(
            paragraph_id=paragraphs[row].id,
            theme=themes[column],
            missed=bool(truth[row, column] == 1),
            probability=float(predictions.probabilities[row, column]),
            threshold=float(limits[column]),
            labels=paragraphs[row].labels,
            predicted=tuple(theme for theme, given in zip(themes, predictions.decisions[row], strict=True) if given),
            text=shown,
            words=() if shown is None else _words(classifier, shown, themes[column], n_words),
        )
        for row, column in chosen
        for shown in [_shown(paragraphs[row], hidden_sources)]
    )


def _shown(paragraph: LabelledParagraph, hidden_sources: Collection[str]) -> str | None:
    return None if paragraph.source in hidden_sources else paragraph.text


def _words(classifier: Classifier, text: str, theme: str, n_words: int) -> tuple[Word, ...]:
    (answer,) = classifier.classify([text], thresholds={theme: _BARELY}, evidence=True)
    spans = next((each.spans for each in answer.evidence or () if each.theme == theme), ())
    strongest = sorted(spans, key=lambda span: -abs(span.contribution))[:n_words]
    ordered = sorted(strongest, key=lambda span: span.start)
    return tuple(Word(span.start, span.end, round(span.contribution, 4)) for span in ordered)


def suspects(
    paragraphs: Sequence[LabelledParagraph],
    predictions: Predictions,
    *,
    hidden_sources: Collection[str] = (),
    n: int = 30,
    folds: int = 5,
) -> tuple[Suspect, ...]:
    """Rank labels by how far two readers are from them: the model, and a linear one that learnt from other articles.

    The second reader is fitted out of fold on the very paragraphs, so that it knows neither the label nor the article
    it speaks of (Northcutt et al. 2021, "Confident learning"); the model has not seen them if the leak check is clean.

    Args:
        paragraphs: The n paragraphs.
        predictions: The model's predictions, in the same order.
        hidden_sources: Sources whose texts may not be shown.
        n: How many are named at most; only labels that both readers contradict are.
        folds: Parts of the paragraphs, none of which teaches the reader that judges it.
    """
    second = _second_opinion(paragraphs, predictions, folds)
    if second is None:
        return ()
    truth = predictions.targets
    yes = truth == 1
    against = np.where(yes, 1 - predictions.probabilities, predictions.probabilities)
    against_second = np.where(yes, 1 - second, second)
    both = ~np.isnan(truth) & (against > 0.5) & (against_second > 0.5)
    doubt = np.where(both, against * against_second, -1.0)
    found = []
    for cell in np.argsort(-doubt, axis=None, kind="stable")[:n]:
        row, column = (int(index) for index in np.unravel_index(cell, doubt.shape))
        if doubt[row, column] < 0:
            break
        found.append(
            Suspect(
                paragraphs[row].id,
                predictions.theme_ids[column],
                bool(yes[row, column]),
                float(predictions.probabilities[row, column]),
                round(float(second[row, column]), 3),
                _shown(paragraphs[row], hidden_sources),
            )
        )
    return tuple(found)


def _second_opinion(paragraphs: Sequence[LabelledParagraph], predictions: Predictions, folds: int) -> FloatArray | None:
    articles = article_numbers(predictions.article_ids)
    if articles.max() + 1 < folds:
        return None
    labels = np.nan_to_num(predictions.targets)
    opinion = np.zeros(labels.shape)
    texts = np.array([fold(paragraph.text) or "-" for paragraph in paragraphs], dtype=object)
    for train, held_out in GroupKFold(folds).split(texts, groups=articles):
        words = TfidfVectorizer(analyzer=str.split, sublinear_tf=True, dtype=np.float32)
        known = words.fit_transform(texts[train])
        reader = Ridge(alpha=0.5, solver="sparse_cg", max_iter=30, tol=1e-3)
        reader.fit(known, labels[train])
        opinion[held_out] = np.clip(reader.predict(words.transform(texts[held_out])).reshape(-1, labels.shape[1]), 0, 1)
    return opinion
