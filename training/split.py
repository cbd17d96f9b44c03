"""Sharing articles out among train, calibration and test.

The share of an article depends on its id and the salt alone: growing the corpus never moves an
article, and paragraphs of one article are never told apart by a test that saw their neighbours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from mihwar.errors import CorpusError, Problem
from mihwar.paragraph import LabelledParagraph
from training.corpus import Corpus

__all__ = ["SplitName", "Splits", "position_of", "split_corpus", "split_of"]

SplitName = Literal["train", "calibration", "test"]


@dataclass(frozen=True)
class Splits:
    """A corpus, shared out.

    Attributes:
        train: Paragraphs the weights are trained on.
        calibration: Paragraphs for choosing the epoch, calibration and thresholds.
        test: Paragraphs for the report alone.
        sha256: Hash of which article is where.
        warnings: Themes that a split says too little about, one sentence each.
    """

    train: tuple[LabelledParagraph, ...]
    calibration: tuple[LabelledParagraph, ...]
    test: tuple[LabelledParagraph, ...]
    sha256: str
    warnings: tuple[str, ...]

    def by_name(self) -> dict[str, tuple[LabelledParagraph, ...]]:
        """Return the splits by name, in the order train, calibration, test."""
        return {"train": self.train, "calibration": self.calibration, "test": self.test}


def split_of(article_id: str, calibration: float = 0.15, test: float = 0.15, salt: str = "mihwar") -> SplitName:
    """Say which split an article belongs to.

    Args:
        article_id: Id of the article.
        calibration: Share of articles for calibration, from 0 to 1.
        test: Share of articles for the test, from 0 to 1.
        salt: Another salt draws another split.
    """
    position = position_of(article_id, salt)
    if position < test:
        return "test"
    return "calibration" if position < test + calibration else "train"


def position_of(article_id: str, salt: str) -> float:
    """Return a number in [0, 1) that depends on the article's id and the salt alone."""
    digest = hashlib.sha256(f"{salt}\0{article_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def split_corpus(corpus: Corpus, calibration: float = 0.15, test: float = 0.15, salt: str = "mihwar") -> Splits:
    """Share the articles of a corpus out.

    A split that a record demands holds for its whole article, whatever the hash says.

    Args:
        corpus: The corpus.
        calibration: Share of articles for calibration, from 0 to 1.
        test: Share of articles for the test, from 0 to 1.
        salt: Another salt draws another split.

    Returns:
        The splits, each in the order of the corpus.

    Raises:
        CorpusError: If a split is empty.
    """
    demanded = {each.article_id: each.split for each in corpus.paragraphs if each.split}
    place = {
        article_id: demanded.get(article_id) or split_of(article_id, calibration, test, salt)
        for article_id in sorted({each.article_id for each in corpus.paragraphs})
    }
    parts: dict[str, list[LabelledParagraph]] = {"train": [], "calibration": [], "test": []}
    for paragraph in corpus.paragraphs:
        parts[place[paragraph.article_id]].append(paragraph)
    if empty := [name for name, part in parts.items() if not part]:
        raise CorpusError(
            Problem(
                f"none of the {len(place)} articles falls into it; add articles, change the salt, or"
                " give records a 'split'",
                key=f"split {name}",
            )
            for name in empty
        )
    digest = hashlib.sha256()
    for article_id, name in place.items():
        digest.update(f"{article_id}\0{name}\n".encode())
    return Splits(
        train=tuple(parts["train"]),
        calibration=tuple(parts["calibration"]),
        test=tuple(parts["test"]),
        sha256=digest.hexdigest(),
        warnings=_warnings(parts, corpus.themes.ids),
    )


def _warnings(parts: Mapping[str, Sequence[LabelledParagraph]], theme_ids: Sequence[str]) -> tuple[str, ...]:
    consequence = {
        "train": "it will not be learnt",
        "calibration": "its threshold will be the common one",
        "test": "the report cannot judge it",
    }
    present = {name: {theme for each in part for theme in each.labels} for name, part in parts.items()}
    return tuple(
        f"theme {theme_id!r} has no paragraph in the {name} split: {consequence[name]}"
        for theme_id in theme_ids
        for name in consequence
        if theme_id not in present[name]
    )
