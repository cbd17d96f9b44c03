"""What an article is split into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Document", "Kind", "Paragraph"]

Kind = Literal["body", "heading", "boilerplate"]


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a document.

    Attributes:
        kind: `body`, `heading` (title and subheadings), or `boilerplate` (whatever belongs to the page and
            not to the article: menus, bylines, sources, links, forms).
        start: First code point in the document's text.
        end: One past the last; the slice begins and ends with a visible character.
    """

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True)
class Document:
    """A text and its paragraphs.

    Attributes:
        text: What the offsets refer to: the plain text as it was sent, or the text extracted from HTML.
        paragraphs: In the order of the text, not overlapping, none of them blank; together they hold every
            visible character.
    """

    text: str
    paragraphs: tuple[Paragraph, ...]
