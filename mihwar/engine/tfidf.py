"""TF-IDF and a linear map, in NumPy: the baseline, served like any other model.

Features are n-grams of words and of the characters within words, each block with sublinear counts, smooth
inverse document frequencies and unit length, as scikit-learn's TfidfVectorizer defines them. Training uses
that class with `word_ngrams` and `char_ngrams` as analysers; a test holds both against each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from mihwar.engine.base import WindowScores
from mihwar.engine.windows import Window
from mihwar.errors import EngineError
from mihwar.text import NormaliserOptions, normalise

__all__ = ["Block", "Ngram", "TfidfEngine", "char_ngrams", "word_ngrams", "words"]

VOCABULARY_FILE = "tfidf.json"
WEIGHTS_FILE = "tfidf.npz"
_WORD = regex.compile(r"\w+")


@dataclass(frozen=True)
class Ngram:
    """One occurrence of a feature.

    Attributes:
        text: The n-gram.
        first_word: Index of the first word it covers.
        last_word: Index of the last.
    """

    text: str
    first_word: int
    last_word: int


@dataclass(frozen=True)
class Block:
    """One sort of n-gram with its weights.

    Attributes:
        unit: `word` or `char`.
        shortest: Shortest n-gram.
        longest: Longest n-gram.
        column: Column by n-gram.
        idf: Shape (f,): inverse document frequencies.
        weights: Shape (f, k): linear weights of the k themes.
    """

    unit: str
    shortest: int
    longest: int
    column: dict[str, int]
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]


def words(text: str) -> list[tuple[int, int]]:
    """Return the spans of the words of a normalised text."""
    return [match.span() for match in _WORD.finditer(text)]


def word_ngrams(tokens: Sequence[str], shortest: int, longest: int) -> Iterator[Ngram]:
    """Yield n-grams of words, joined by a blank."""
    for size in range(shortest, longest + 1):
        for first in range(len(tokens) - size + 1):
            yield Ngram(" ".join(tokens[first : first + size]), first, first + size - 1)


def char_ngrams(tokens: Sequence[str], shortest: int, longest: int) -> Iterator[Ngram]:
    """Yield n-grams of characters within words, each word between two blanks."""
    for index, token in enumerate(tokens):
        padded = f" {token} "
        for size in range(shortest, longest + 1):
            for first in range(len(padded) - size + 1):
                yield Ngram(padded[first : first + size], index, index)


class TfidfEngine:
    """Linear classifier on TF-IDF features, with exact evidence."""

    def __init__(self, folder: Path, normaliser: NormaliserOptions) -> None:
        """Load vocabulary and weights.

        Args:
            folder: Holds `tfidf.json` and `tfidf.npz`.
            normaliser: The rules the model was trained with.

        Raises:
            EngineError: If a file is not what it should be.
        """
        try:
            vocabulary = json.loads((folder / VOCABULARY_FILE).read_text(encoding="utf-8"))
            with np.load(folder / WEIGHTS_FILE, allow_pickle=False) as arrays:
                self._bias = arrays["bias"].astype(np.float64)
                self._blocks = tuple(
                    Block(
                        unit=entry["unit"],
                        shortest=int(entry["shortest"]),
                        longest=int(entry["longest"]),
                        column={ngram: column for column, ngram in enumerate(entry["ngrams"])},
                        idf=arrays[f"{entry['unit']}_idf"].astype(np.float64),
                        weights=arrays[f"{entry['unit']}_weights"].astype(np.float64),
                    )
                    for entry in vocabulary["blocks"]
                )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"The TF-IDF files of {folder} cannot be read: {error}.") from error
        self._normaliser = normaliser

    def encode(self, raw: str) -> list[Window]:
        """Return the whole text as one window whose tokens are its words."""
        text = normalise(raw, self._normaliser)
        spans = words(text.text)
        raw_spans = np.array([text.raw_span(*span) for span in spans], dtype=np.int32).reshape(-1, 2)
        return [
            Window(
                token_ids=np.empty(0, dtype=np.int64),
                content=slice(0, len(spans)),
                first_token=0,
                starts=raw_spans[:, 0],
                ends=raw_spans[:, 1],
                words=tuple(text.text[start:end] for start, end in spans),
            )
        ]

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score texts."""
        return [self._score(window.words) for window in windows]

    def _score(self, tokens: Sequence[str]) -> WindowScores:
        shares = np.zeros((len(tokens), len(self._bias)))
        for block in self._blocks:
            self._add_block(block, tokens, shares)
        return WindowScores(shares.sum(axis=0) + self._bias, shares, self._bias.copy())

    @staticmethod
    def _add_block(block: Block, tokens: Sequence[str], shares: NDArray[np.float64]) -> None:
        ngrams = word_ngrams if block.unit == "word" else char_ngrams
        found: dict[int, list[Ngram]] = {}
        for ngram in ngrams(tokens, block.shortest, block.longest):
            if (column := block.column.get(ngram.text)) is not None:
                found.setdefault(column, []).append(ngram)
        if not found:
            return
        columns = np.fromiter(found, dtype=np.int64)
        counts = np.array([len(occurrences) for occurrences in found.values()])
        values = (1.0 + np.log(counts)) * block.idf[columns]
        values /= np.linalg.norm(values)
        for column, value, occurrences in zip(columns, values, found.values(), strict=True):
            # A feature's share goes to its occurrences alike, and within one to its words alike.
            for ngram in occurrences:
                n_words = ngram.last_word - ngram.first_word + 1
                share = value * block.weights[column] / (len(occurrences) * n_words)
                shares[ngram.first_word : ngram.last_word + 1] += share
