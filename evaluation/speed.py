"""How fast and how large the engine is, and how fast against another model in the same minutes."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mihwar.classifier import Classifier

__all__ = ["Speed", "measure_speed"]

_ROUNDS = 5
_TEXTS = 32


@dataclass(frozen=True)
class Speed:
    """Time and size.

    Attributes:
        engine: Kind of the engine.
        size_mib: Size of the model folder without its report.
        ms_alone: Median time of one paragraph by itself, in milliseconds.
        ms_alone_p95: What 95 % of them stay below.
        paragraphs_per_second: In batches of 32.
        mean_words: Mean length of the paragraphs that were timed.
        processors: Processors of the machine.
        machine: Its architecture.
        ratio: Time of this model through that of the other, in turns on the same paragraphs; None without another.
    """

    engine: str
    size_mib: float | None
    ms_alone: float
    ms_alone_p95: float
    paragraphs_per_second: float
    mean_words: float
    processors: int
    machine: str
    ratio: float | None


def measure_speed(
    classifier: Classifier, texts: Sequence[str], folder: Path | None = None, other: Classifier | None = None
) -> Speed:
    """Time a classifier.

    Args:
        classifier: The classifier.
        texts: Paragraphs; the first 32 are used.
        folder: Its model folder, to tell its size.
        other: Another one, timed in turns with it.
    """
    chosen = list(texts[:_TEXTS])
    classifier.classify(chosen)  # warm up
    alone = np.array([_seconds(classifier, [text]) for text in chosen])
    mine, others = [], []
    if other is not None:
        other.classify(chosen)
    for _ in range(_ROUNDS):
        mine.append(_seconds(classifier, chosen))
        if other is not None:
            others.append(_seconds(other, chosen))
    return Speed(
        engine=str(classifier.facts.get("engine", {}).get("kind", "")),
        size_mib=None if folder is None else round(_size_bytes(folder) / 2**20, 1),
        ms_alone=float(np.median(alone) * 1e3),
        ms_alone_p95=float(np.quantile(alone, 0.95) * 1e3),
        paragraphs_per_second=float(len(chosen) / np.median(mine)),
        mean_words=float(np.mean([len(text.split()) for text in chosen])),
        processors=os.cpu_count() or 1,
        machine=platform.machine(),
        ratio=float(np.median(np.array(mine) / np.array(others))) if others else None,
    )


def _seconds(classifier: Classifier, texts: Sequence[str]) -> float:
    started = time.perf_counter()
    classifier.classify(texts)
    return time.perf_counter() - started


def _size_bytes(folder: Path) -> int:
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and "report" not in path.relative_to(folder).parts
    )
