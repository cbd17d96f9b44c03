"""Plain text to paragraphs: where each begins and ends."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from serving.article.boilerplate import classify
from serving.article.document import Document, Paragraph

__all__ = ["paragraph_spans", "split_text"]

_SENTENCE_ENDS = frozenset('.!?؟…۔:»”"')
_BULLETS = frozenset("-–—•*·▪◦●■►")

# Hard wraps: no line is longer than this (but for a few that could not be wrapped), and the first word of the
# next line would hardly have fitted.
_WIDEST_WRAP = 100
_NARROWEST_WRAP = 40
_WRAP_SLACK = 0.9


@dataclass(frozen=True)
class _Line:
    """A line without the white space around it."""

    start: int
    end: int
    text: str
    after_blank: bool


def split_text(text: str) -> Document:
    """Split a plain text into paragraphs and tell the article from what was copied along with it.

    Args:
        text: Any text, as it was sent.

    Returns:
        The text itself with its paragraphs.
    """
    spans = paragraph_spans(text)
    kinds = classify([text[start:end] for start, end in spans])
    paragraphs = (Paragraph(kind, start, end) for kind, (start, end) in zip(kinds, spans, strict=True))
    return Document(text, tuple(paragraphs))


def paragraph_spans(text: str) -> list[tuple[int, int]]:
    """Find the paragraphs of a plain text.

    A line is a paragraph, except where lines are hard wraps of one: then blank lines, or for want of them
    ends of sentences at the end of a line, separate paragraphs.

    Args:
        text: Any text.

    Returns:
        Code-point offsets (start, end) in order; the slices are stripped, and outside of them there is
        nothing visible.
    """
    lines = list(_lines(text))
    width = _wrap_width(lines)
    has_blocks = any(line.after_blank for line in lines[1:])
    spans: list[tuple[int, int]] = []
    for index, line in enumerate(lines):
        if width and index and _continues(lines[index - 1], line, width, has_blocks):
            spans[-1] = (spans[-1][0], line.end)
        else:
            spans.append((line.start, line.end))
    return spans


def _lines(text: str) -> Iterator[_Line]:
    """Yield the lines that show something, whatever marks their ends (CRLF, form feed, U+2028 ...)."""
    position = 0
    after_blank = False
    for raw in text.splitlines(keepends=True):
        stripped = raw.strip()
        if any(map(_visible, stripped)):
            start = position + len(raw) - len(raw.lstrip())
            yield _Line(start, start + len(stripped), stripped, after_blank)
            after_blank = False
        else:
            after_blank = True
        position += len(raw)


def _visible(character: str) -> bool:
    """Tell whether a character shows; white space has been stripped, marks of direction do not count."""
    return unicodedata.category(character) not in ("Cc", "Cf") and not character.isspace()


def _wrap_width(lines: Sequence[_Line]) -> int:
    """Return the width at which lines were hard-wrapped, 0 if they were not."""
    lengths = [len(line.text) for line in lines]
    wrapped = [length for length in lengths if length <= _WIDEST_WRAP]
    width = max(wrapped, default=0)
    if width < _NARROWEST_WRAP or len(lengths) - len(wrapped) > len(lengths) // 10:
        return 0
    neighbours = [pair for pair in pairwise(lines) if not pair[1].after_blank]
    continuing = sum(_continues(*pair, width, has_blocks=False) for pair in neighbours)
    # Two full lines one after the other, and not among many that end early: a list of headlines does.
    return width if continuing >= 2 and continuing * 3 >= len(neighbours) else 0


def _continues(previous: _Line, line: _Line, width: int, has_blocks: bool) -> bool:
    """Tell whether a line goes on with the paragraph of the line before it."""
    if line.after_blank or line.text[0] in _BULLETS or len(previous.text) > _WIDEST_WRAP:
        return False
    if not has_blocks and previous.text[-1] in _SENTENCE_ENDS:
        return False
    first_word = line.text.split(maxsplit=1)[0]
    return len(previous.text) + 1 + len(first_word) >= width * _WRAP_SLACK
