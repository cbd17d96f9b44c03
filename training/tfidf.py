"""TF-IDF with logistic regression: the baseline, through the same road as everything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from mihwar.engine.tfidf import VOCABULARY_FILE, WEIGHTS_FILE, Ngram, char_ngrams, word_ngrams, words
from mihwar.errors import ConfigError, CorpusError, Problem
from mihwar.paragraph import LabelledParagraph, targets
from mihwar.text import NormaliserOptions, normalise
from training.config import Config, TfidfConfig
from training.recipe import normaliser_options

__all__ = ["FittedTfidf", "fit_tfidf"]

NgramsOf = Callable[[Sequence[str], int, int], Any]


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
        texts = [paragraph.text for paragraph in paragraphs]
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


def fit_tfidf(config: Config, theme_ids: Sequence[str], train: Sequence[LabelledParagraph]) -> FittedTfidf:
    """Fit the baseline.

    Args:
        config: The run's config; its `model` is TF-IDF.
        theme_ids: Ids in column order.
        train: Paragraphs to learn from.

    Raises:
        CorpusError: If no n-gram occurs often enough.
    """
    model = config.model
    if not isinstance(model, TfidfConfig):
        raise ConfigError([Problem("must be tfidf here", key="model.kind")])
    normaliser = normaliser_options(config.normaliser)
    ranges = {"word": model.word_ngrams, "char": model.char_ngrams}
    ngrams_of: dict[str, NgramsOf] = {"word": word_ngrams, "char": char_ngrams}
    texts = [paragraph.text for paragraph in train]
    vectorisers, features = {}, []
    for unit, (shortest, longest) in ranges.items():
        vectorisers[unit] = TfidfVectorizer(
            analyzer=partial(_analyse, ngrams_of[unit], normaliser, shortest, longest),
            min_df=model.min_documents,
            max_features=model.max_features,
            sublinear_tf=True,
        )
        try:
            features.append(vectorisers[unit].fit_transform(texts))
        except ValueError as error:
            message = f"no {unit} n-gram occurs in {model.min_documents} paragraphs: the corpus is too small"
            raise CorpusError([Problem(message, key="model.min_documents")]) from error
    matrix = hstack(features, format="csr")
    wanted = targets(train, theme_ids)
    weights, bias = np.zeros((matrix.shape[1], len(theme_ids))), np.zeros(len(theme_ids))
    for column, labels in enumerate(wanted.T):
        judged = ~np.isnan(labels)
        positives = labels[judged].sum()
        if 0 < positives < judged.sum():
            fitted = LogisticRegression(
                C=model.inverse_regularisation, class_weight="balanced", max_iter=2000, random_state=config.seed
            ).fit(matrix[judged], labels[judged])
            weights[:, column], bias[column] = fitted.coef_[0], fitted.intercept_[0]
        else:
            bias[column] = np.log((positives + 0.5) / (judged.sum() - positives + 0.5))
    return FittedTfidf(normaliser, ranges, vectorisers, weights, bias, {"features": int(matrix.shape[1])})


def _analyse(ngrams_of: NgramsOf, normaliser: NormaliserOptions, shortest: int, longest: int, raw: str) -> list[str]:
    text = normalise(raw, normaliser).text
    tokens = [text[start:end] for start, end in words(text)]
    found: Sequence[Ngram] = list(ngrams_of(tokens, shortest, longest))
    return [ngram.text for ngram in found]
