"""An encoder and an n-gram model side by side: the weighted sum of their logits.

The encoder knows meanings, the n-grams know words that it has hardly seen; their errors differ, so the sum ranks better
than either. Both give exact shares, hence so does the sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mihwar.engine.base import Engine, WindowScores
from mihwar.engine.windows import Window, raw_pieces

__all__ = ["BlendEngine", "Scales"]


@dataclass(frozen=True)
class Scales:
    """What the logits of both are multiplied by before they are added."""

    encoder: float
    ngrams: float


class BlendEngine:
    """Two engines that answer as one; see `mihwar.engine.base.Engine`."""

    def __init__(self, encoder: Engine, ngrams: Engine, scales: Scales) -> None:
        """Put two engines together.

        Args:
            encoder: Cuts texts into windows of tokens.
            ngrams: Takes any text as one window, whose tokens are words.
            scales: Weights of both.
        """
        self._encoder = encoder
        self._ngrams = ngrams
        self._scales = scales

    def encode(self, raw: str) -> list[Window]:
        """Cut one raw text into windows."""
        windows = self._encoder.encode(raw)
        pieces = raw_pieces(raw, windows)
        return [replace(window, of_ngrams=self._words(*piece)) for window, piece in zip(windows, pieces, strict=True)]

    def _words(self, start: int, piece: str) -> Window:
        (window,) = self._ngrams.encode(piece)
        return replace(window, starts=window.starts + start, ends=window.ends + start)

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows."""
        words = [window.of_ngrams for window in windows if window.of_ngrams is not None]
        both = zip(windows, self._encoder.run(windows), words, self._ngrams.run(words), strict=True)
        return [self._sum(*each) for each in both]

    def _sum(self, window: Window, first: WindowScores, words: Window, second: WindowScores) -> WindowScores:
        logits = self._scales.encoder * first.logits + self._scales.ngrams * second.logits
        shares = self._scales.encoder * first.shares
        if len(shares):
            # A word's share goes to the token that holds its last letter.
            tokens = np.minimum(np.searchsorted(window.ends, words.ends), len(shares) - 1)
            np.add.at(shares, tokens, self._scales.ngrams * second.shares)
        return WindowScores(logits, shares, logits - shares.sum(axis=0))
