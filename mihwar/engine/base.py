"""What every engine offers: windows of a text in, theme logits and their shares out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mihwar.engine.windows import Window

__all__ = ["Engine", "WindowScores"]


@dataclass(frozen=True)
class WindowScores:
    """What the engine says of one window.

    Attributes:
        logits: Shape (k,): one per theme.
        shares: Shape (m, k): additive share of each content token.
        base: Shape (k,): share of bias, prefix and special tokens; `base + shares.sum(0)` is `logits`.
    """

    logits: NDArray[np.float64]
    shares: NDArray[np.float64]
    base: NDArray[np.float64]


class Engine(Protocol):
    """Runs a trained model. Safe to call from several threads."""

    def encode(self, raw: str) -> list[Window]:
        """Cut one raw text into windows; raises TextError for a text that has no meaning."""

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows; the result of one does not depend on the others."""
