"""TF-IDF with logistic regression: the baseline, through the same road as everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from mihwar.engine.tfidf import VOCABULARY_FILE, WEIGHTS_FILE, folded_words, ngrams
from mihwar.errors import CorpusError, Problem
from mihwar.paragraph import LabelledParagraph, targets
from mihwar.text import NormaliserOptions, normalise
from training.config import NgramsConfig

__all__ = ["FittedTfidf", "fit_tfidf"]


@dataclass(frozen=True)
class FittedTfidf:
    """Vectorisers by unit and one linear map over both; see `training.recipe.Fitted`."""

    normaliser: NormaliserOptions
    ranges: Mapping[str, tuple[int, int]]
    vectorisers: Mapping[str, TfidfVectorizer]
    weights: NDArray[np.float64]
    bias: NDArray[np.float64]
    facts: Mapping[str, Any]

    @property
    def backbone(self) -> Mapping[str, Any]:
        """There are no pretrained weights."""
        return {"id": "none", "revision": None, "licence": "none"}

    def logits(self, paragraphs: Sequence[LabelledParagraph]) -> NDArray[np.float64]:
        """Score paragraphs; shape (n, k)."""
        return self.text_logits([paragraph.text for paragraph in paragraphs])

    def text_logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Score texts; shape (n, k)."""
        features = hstack([vectoriser.transform(texts) for vectoriser in self.vectorisers.values()])
        return np.asarray(features @ self.weights + self.bias)

    def write(self, folder: Path) -> dict[str, Any]:
        """Write vocabulary (JSON) and weights (NumPy arrays, no pickle)."""
        blocks, arrays, start = [], {"bias": self.bias}, 0
        for unit, vectoriser in self.vectorisers.items():
            ngrams = [str(ngram) for ngram in vectoriser.get_feature_names_out()]
            shortest, longest = self.ranges[unit]
            blocks.append({"unit": unit, "shortest": shortest, "longest": longest, "ngrams": ngrams})
            arrays[f"{unit}_idf"] = vectoriser.idf_.astype(np.float32)
            arrays[f"{unit}_weights"] = self.weights[start : start + len(ngrams)].astype(np.float32)
            start += len(ngrams)
        (folder / VOCABULARY_FILE).write_text(json.dumps({"blocks": blocks}, ensure_ascii=False), encoding="utf-8")
        with (folder / WEIGHTS_FILE).open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)
        return {"kind": "tfidf"}


def fit_tfidf(
    config: NgramsConfig,
    normaliser: NormaliserOptions,
    theme_ids: Sequence[str],
    train: Sequence[LabelledParagraph],
    seed: int,
) -> FittedTfidf:
    """Fit a linear model of n-grams.

    Args:
        config: Which n-grams, and how strongly they are regularised.
        normaliser: The rules for the text.
        theme_ids: Ids in column order.
        train: Paragraphs to learn from.
        seed: Seed of the solver.

    Raises:
        CorpusError: If no n-gram occurs often enough.
    """
    ranges = {"word": config.word_ngrams, "char": config.char_ngrams}
    texts = [paragraph.text for paragraph in train]
    vectorisers, features = {}, []
    for unit, (shortest, longest) in ranges.items():
        vectorisers[unit] = TfidfVectorizer(
            analyzer=partial(_analyse, normaliser, unit, shortest, longest),
            min_df=config.min_documents,
            max_features=config.max_features,
            sublinear_tf=True,
        )
        try:
            features.append(vectorisers[unit].fit_transform(texts))
        except ValueError as error:
            message = f"no {unit} n-gram occurs in {config.min_documents} paragraphs: the corpus is too small"
            raise CorpusError([Problem(message, key="min_documents")]) from error
    matrix = hstack(features, format="csr")
    wanted = targets(train, theme_ids)
    weights, bias = np.zeros((matrix.shape[1], len(theme_ids))), np.zeros(len(theme_ids))
    for column, labels in enumerate(wanted.T):
        judged = ~np.isnan(labels)
        positives = labels[judged].sum()
        if 0 < positives < judged.sum():
            fitted = LogisticRegression(
                C=config.inverse_regularisation, class_weight="balanced", solver="liblinear", random_state=seed
            ).fit(matrix[judged], labels[judged])
            weights[:, column], bias[column] = fitted.coef_[0], fitted.intercept_[0]
        else:
            bias[column] = np.log((positives + 0.5) / (judged.sum() - positives + 0.5))
    return FittedTfidf(normaliser, ranges, vectorisers, weights, bias, {"features": int(matrix.shape[1])})


def _analyse(normaliser: NormaliserOptions, unit: str, shortest: int, longest: int, raw: str) -> list[str]:
    words, _ = folded_words(normalise(raw, normaliser))
    return ngrams(unit, shortest, longest, words)
