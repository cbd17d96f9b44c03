"""Folds of articles, for logits of paragraphs that a model was not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mihwar.paragraph import LabelledParagraph
from training.split import position_of

__all__ = ["article_folds"]


def article_folds(
    paragraphs: Sequence[LabelledParagraph], n_folds: int, salt: str
) -> Iterator[tuple[list[LabelledParagraph], list[LabelledParagraph]]]:
    """Yield (rest, fold); each article is in exactly one fold, found by the hash of its id.

    Args:
        paragraphs: The paragraphs to share out.
        n_folds: Number of folds, at least 2.
        salt: Another salt draws other folds.
    """
    for fold in range(n_folds):
        inside = [int(position_of(p.article_id, f"{salt}/folds") * n_folds) == fold for p in paragraphs]
        yield (
            [p for p, here in zip(paragraphs, inside, strict=True) if not here],
            [p for p, here in zip(paragraphs, inside, strict=True) if here],
        )
