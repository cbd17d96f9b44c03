"""TF-IDF and a linear map, in NumPy: the baseline, and what stands beside an encoder.

Features are n-grams of words and of the characters within words, each block with sublinear counts, smooth
inverse document frequencies and unit length, as scikit-learn's TfidfVectorizer defines them. Training uses
that class with `ngrams` as analyser; a test holds both against each other. Words are folded first, so that
a hamza or a final ya that is left out changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import regex
from numpy.typing import NDArray

from mihwar.engine.base import WindowScores
from mihwar.engine.windows import Window
from mihwar.errors import EngineError
from mihwar.text import NormalisedText, NormaliserOptions, fold, normalise

__all__ = ["Block", "TfidfEngine", "folded_words", "ngrams"]

VOCABULARY_FILE = "tfidf.json"
WEIGHTS_FILE = "tfidf.npz"
_WORD = regex.compile(r"\w+")

IntArray = NDArray[np.int64]


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
    weights: NDArray[np.float32]


def folded_words(text: NormalisedText) -> tuple[list[str], list[tuple[int, int]]]:
    """Return the words of a normalised text, folded, and their spans in the raw text."""
    found = [(fold(match.group()), match.span()) for match in _WORD.finditer(text.text)]
    return [word for word, _ in found if word], [text.raw_span(*span) for word, span in found if word]


def ngrams(unit: str, shortest: int, longest: int, words: Sequence[str]) -> list[str]:
    """Return all n-grams of words: of words, joined by a blank, or of the characters within each.

    Args:
        unit: `word` or `char`.
        shortest: Shortest n-gram.
        longest: Longest n-gram.
        words: The words of a text.
    """
    sizes = range(shortest, longest + 1)
    if unit == "word":
        return [ngram for size in sizes for ngram in _word_ngrams(words, size)]
    return [ngram for word in words for ngram in _char_ngrams(word, sizes)]


def _word_ngrams(words: Sequence[str], size: int) -> list[str]:
    return [" ".join(words[first : first + size]) for first in range(len(words) - size + 1)]


def _char_ngrams(word: str, sizes: range) -> list[str]:
    padded = f" {word} "
    return [padded[first : first + size] for size in sizes for first in range(len(padded) - size + 1)]


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
                self._blocks = [
                    Block(
                        unit=entry["unit"],
                        shortest=int(entry["shortest"]),
                        longest=int(entry["longest"]),
                        column={ngram: column for column, ngram in enumerate(entry["ngrams"])},
                        idf=arrays[f"{entry['unit']}_idf"].astype(np.float64),
                        weights=arrays[f"{entry['unit']}_weights"].astype(np.float32),
                    )
                    for entry in vocabulary["blocks"]
                ]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise EngineError(f"The TF-IDF files of {folder} cannot be read: {error}.") from error
        self._normaliser = normaliser

    def encode(self, raw: str) -> list[Window]:
        """Return the whole text as one window whose tokens are its words."""
        words, spans = folded_words(normalise(raw, self._normaliser))
        raw_spans = np.array(spans, dtype=np.int32).reshape(-1, 2)
        return [
            Window(
                token_ids=np.empty(0, dtype=np.int64),
                content=slice(0, len(words)),
                first_token=0,
                starts=raw_spans[:, 0],
                ends=raw_spans[:, 1],
                words=tuple(words),
            )
        ]

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score texts."""
        return [self._score(window.words) for window in windows]

    def _score(self, words: Sequence[str]) -> WindowScores:
        shares = np.zeros((len(words), len(self._bias)))
        for block in self._blocks:
            _add_block(block, _occurrences(block, words), shares)
        return WindowScores(shares.sum(axis=0) + self._bias, shares, self._bias.copy())


@dataclass(frozen=True)
class _Occurrences:
    """The n-grams of a text that have a column: each one's column, first word and number of words, shape (o,)."""

    columns: IntArray
    first_words: IntArray
    sizes: IntArray


def _occurrences(block: Block, words: Sequence[str]) -> _Occurrences:
    sizes = range(block.shortest, block.longest + 1)
    if block.unit == "word":
        all_ngrams = ((ngram, first, size) for size in sizes for first, ngram in enumerate(_word_ngrams(words, size)))
    else:
        all_ngrams = ((ngram, index, 1) for index, word in enumerate(words) for ngram in _char_ngrams(word, sizes))
    column = block.column
    found = [(column[ngram], first, size) for ngram, first, size in all_ngrams if ngram in column]
    columns, first_words, n_words = np.array(found, dtype=np.int64).reshape(-1, 3).T
    return _Occurrences(columns, first_words, n_words)


def _add_block(block: Block, found: _Occurrences, shares: NDArray[np.float64]) -> None:
    if not len(found.columns):
        return
    columns, feature, counts = np.unique(found.columns, return_inverse=True, return_counts=True)
    values = (1.0 + np.log(counts)) * block.idf[columns]
    values /= np.linalg.norm(values)
    # A feature's share goes to its occurrences alike, and within one to its words alike.
    scale = (values / counts)[feature] / found.sizes
    by_occurrence = scale[:, None] * block.weights[found.columns]
    for offset in range(int(found.sizes.max())):
        covers = found.sizes > offset
        np.add.at(shares, found.first_words[covers] + offset, by_occurrence[covers])
