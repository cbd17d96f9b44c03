"""Has the model seen what it is judged on?

A model folder keeps a hash of every text it was trained on, so that a paragraph which slipped into training is found
whatever corpus it came from and whatever id it has. Where the training paragraphs are at hand, near copies are found
as well.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.similarity import similar_pairs
from mihwar.errors import ArtefactAlteredError
from mihwar.paragraph import LabelledParagraph
from mihwar.text import fold

__all__ = ["TRAINED_ON", "Leak", "find_leaks", "read_trained_on", "trained_on_bytes"]

TRAINED_ON = "trained_on.npy"
"""File of a model folder with the hashes."""
SIMILARITY = 0.8


@dataclass(frozen=True)
class Leak:
    """A paragraph that the model is judged on and has learnt from.

    Attributes:
        paragraph_id: The paragraph.
        trained_id: The paragraph of the training split that it equals; None where only its hash is known.
        similarity: 1 if it is the same text but for spelling, less for a near copy.
    """

    paragraph_id: str
    trained_id: str | None
    similarity: float


def trained_on_bytes(texts: Iterable[str]) -> bytes:
    """Return what `trained_on.npy` holds: 64-bit hashes of folded texts, which cannot be had back from them.

    Args:
        texts: The texts that a model was trained on.
    """
    file = io.BytesIO()
    np.save(file, np.unique(np.array([_hash(text) for text in texts], dtype=np.uint64)), allow_pickle=False)
    return file.getvalue()


def read_trained_on(folder: Path) -> NDArray[np.uint64] | None:
    """Read the hashes of a model folder.

    Args:
        folder: The folder.

    Returns:
        The hashes; None if the model was made before they were kept.

    Raises:
        ArtefactAlteredError: If the file is no such file.
    """
    path = folder / TRAINED_ON
    if not path.exists():
        return None
    try:
        hashes = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise ArtefactAlteredError(f"{path} cannot be read: {error}.") from error
    if not isinstance(hashes, np.ndarray) or hashes.dtype != np.uint64 or hashes.ndim != 1:
        raise ArtefactAlteredError(f"{path} holds something else than hashes.")
    return hashes


def find_leaks(
    paragraphs: Sequence[LabelledParagraph],
    trained_on: NDArray[np.uint64] | None,
    training: Sequence[LabelledParagraph] = (),
) -> tuple[Leak, ...]:
    """Name the paragraphs that a model has learnt from.

    Args:
        paragraphs: What it is judged on.
        trained_on: Hashes of what it was trained on, if they are known.
        training: Paragraphs it was trained on, as far as they are at hand; near copies of them count as well.

    Returns:
        The leaks, worst first, one a paragraph.
    """
    known = set() if trained_on is None else set(trained_on.tolist())
    hashes = {_hash(each.text): each.id for each in reversed(training)}
    found = {}
    for paragraph in paragraphs:
        key = _hash(paragraph.text)
        if key in known or key in hashes:
            found[paragraph.id] = Leak(paragraph.id, hashes.get(key), 1.0)
    texts, of_training = [each.text for each in paragraphs], [each.text for each in training]
    for row, column, value in similar_pairs(texts, of_training, SIMILARITY):
        leak = Leak(paragraphs[row].id, training[column].id, round(value, 3))
        if leak.paragraph_id not in found or found[leak.paragraph_id].similarity < leak.similarity:
            found[leak.paragraph_id] = leak
    return tuple(sorted(found.values(), key=lambda leak: (-leak.similarity, leak.paragraph_id)))


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(fold(text).encode()).digest()[:8], "big")
