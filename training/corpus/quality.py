"""What makes written paragraphs a poor teacher: copies, worn phrases, sentences from elsewhere.

All comparisons are made on folded text, where spelling and punctuation make no difference.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.similarity import similar_pairs
from mihwar.errors import CorpusError, Problem, SaveError
from mihwar.paragraph import LabelledParagraph
from mihwar.text import fold

__all__ = [
    "NearDuplicate",
    "Worn",
    "near_duplicates",
    "overlaps",
    "read_fingerprints",
    "shingle_hashes",
    "worn_openings",
    "worn_phrases",
    "write_fingerprints",
]

SHINGLE_WORDS = 8


@dataclass(frozen=True)
class NearDuplicate:
    """Two paragraphs that say the same in nearly the same letters.

    Attributes:
        first: Id of one.
        second: Id of the other.
        similarity: Cosine of their character 5-grams, up to 1.
    """

    first: str
    second: str
    similarity: float


@dataclass(frozen=True)
class Worn:
    """Words that too many paragraphs share.

    Attributes:
        words: The words, folded.
        ids: The paragraphs.
    """

    words: str
    ids: tuple[str, ...]


def near_duplicates(paragraphs: Sequence[LabelledParagraph], similarity: float = 0.6) -> list[NearDuplicate]:
    """Find pairs of nearly equal paragraphs, within articles and across.

    Args:
        paragraphs: The paragraphs.
        similarity: From which cosine of TF-IDF weighted character 5-grams a pair counts.

    Returns:
        The pairs, most similar first.
    """
    found = [
        NearDuplicate(paragraphs[first].id, paragraphs[second].id, value)
        for first, second, value in similar_pairs([paragraph.text for paragraph in paragraphs], similarity=similarity)
    ]
    return sorted(found, key=lambda pair: (-pair.similarity, pair.first, pair.second))


def worn_openings(paragraphs: Iterable[LabelledParagraph], n_words: int = 3, limit: int = 12) -> list[Worn]:
    """Find openings that more than `limit` paragraphs share.

    Args:
        paragraphs: The paragraphs.
        n_words: Words of an opening.
        limit: How many may share one.
    """
    by_opening: dict[str, list[str]] = defaultdict(list)
    for paragraph in paragraphs:
        words = fold(paragraph.text).split()
        if len(words) > n_words:
            by_opening[" ".join(words[:n_words])].append(paragraph.id)
    return _worn(by_opening, limit)


def worn_phrases(paragraphs: Iterable[LabelledParagraph], n_words: int = 6, limit: int = 8) -> list[Worn]:
    """Find runs of words that more than `limit` paragraphs share.

    Args:
        paragraphs: The paragraphs.
        n_words: Words of a run.
        limit: How many may share one.
    """
    by_run: dict[str, list[str]] = defaultdict(list)
    for paragraph in paragraphs:
        for run in sorted(set(_runs(paragraph.text, n_words))):
            by_run[run].append(paragraph.id)
    return _worn(by_run, limit)


def _worn(by_words: dict[str, list[str]], limit: int) -> list[Worn]:
    worn = [Worn(words, tuple(ids)) for words, ids in by_words.items() if len(ids) > limit]
    return sorted(worn, key=lambda each: (-len(each.ids), each.words))


def shingle_hashes(text: str) -> NDArray[np.uint32]:
    """Hash the runs of eight words of a text to 32 bits.

    Args:
        text: Any text.

    Returns:
        Sorted, without repetition. The words cannot be had back from them.
    """
    return np.unique(np.array([_hash(run) for run in _runs(text, SHINGLE_WORDS)], dtype=np.uint32))


def overlaps(
    paragraphs: Iterable[LabelledParagraph], fingerprints: NDArray[np.uint32], min_shared: int = 4
) -> list[Worn]:
    """Find paragraphs that share runs of eight words with the texts whose fingerprints are given.

    Args:
        paragraphs: The paragraphs.
        fingerprints: What `shingle_hashes` made of the other texts, all in one array.
        min_shared: Shared runs from which a paragraph counts: four are eleven words in a row. Fewer are mostly the long
            name of an office, or chance: one hash of 32 bits in some twenty thousand is among two hundred thousand.

    Returns:
        One entry per paragraph, with the first of its shared runs.
    """
    known = set(fingerprints.tolist())
    found = []
    for paragraph in paragraphs:
        shared = [run for run in dict.fromkeys(_runs(paragraph.text, SHINGLE_WORDS)) if _hash(run) in known]
        if len(shared) >= min_shared:
            found.append(Worn(shared[0], (paragraph.id,)))
    return found


def write_fingerprints(texts: Iterable[str], path: Path) -> int:
    """Write the fingerprints of texts.

    Args:
        texts: Texts that written paragraphs must not repeat.
        path: A NumPy file (`.npy`).

    Returns:
        How many there are.

    Raises:
        SaveError: If the file cannot be written.
    """
    hashes = np.unique(np.concatenate([np.empty(0, np.uint32), *map(shingle_hashes, texts)]))
    aside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with aside.open("wb") as file:
            np.save(file, hashes, allow_pickle=False)
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise SaveError(f"{path} cannot be written: {error}.") from error
    return len(hashes)


def read_fingerprints(path: Path) -> NDArray[np.uint32]:
    """Read what `write_fingerprints` wrote.

    Args:
        path: The file.

    Raises:
        CorpusError: If it is not such a file.
    """
    try:
        hashes = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise CorpusError([Problem(f"cannot be read as fingerprints: {error}", path=str(path))]) from error
    if not isinstance(hashes, np.ndarray) or hashes.dtype != np.uint32 or hashes.ndim != 1:
        raise CorpusError([Problem("holds something else than fingerprints", path=str(path))])
    return hashes


def _hash(run: str) -> int:
    return int.from_bytes(hashlib.sha256(run.encode()).digest()[:4], "big")


def _runs(text: str, n_words: int) -> Iterator[str]:
    words = fold(text).split()
    for start in range(len(words) - n_words + 1):
        yield " ".join(words[start : start + n_words])
