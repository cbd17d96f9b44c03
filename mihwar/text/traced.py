"""A text under edit that remembers where each of its characters came from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["TracedText"]


@dataclass(frozen=True)
class TracedText:
    """A text and, for each of its n characters, the span of the raw text that it stems from.

    Both offset arrays never decrease, so the raw span of any run of characters is
    `starts[first]` to `ends[last]`. Every edit returns a new text and takes time linear in its length.

    Attributes:
        text: The text as edited so far.
        starts: Shape (n,), code-point offsets into the raw text.
        ends: Shape (n,).
    """

    text: str
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    @classmethod
    def of(cls, raw: str) -> TracedText:
        """Begin with the raw text itself."""
        offsets = np.arange(len(raw) + 1, dtype=np.int32)
        return cls(raw, offsets[:-1], offsets[1:])

    def translate(self, table: Mapping[int, int | str]) -> TracedText:
        """Replace characters one for one.

        Args:
            table: Code point to single character, as `str.maketrans` makes it.
        """
        return TracedText(self.text.translate(table), self.starts, self.ends)

    def sub(
        self, pattern: re.Pattern[str], replacement: str | Callable[[str], str], stop: int | None = None
    ) -> TracedText:
        """Replace every match; an empty match is an insertion.

        Args:
            pattern: What to look for.
            replacement: The new text, or a function from the matched text to the new one.
            stop: Look before this character only; None looks everywhere.
        """
        stop = len(self.text) if stop is None else stop
        spans = [match.span() for match in pattern.finditer(self.text, 0, stop)]
        if isinstance(replacement, str):
            return self.splice(spans, [replacement] * len(spans))
        return self.splice(spans, [replacement(self.text[start:end]) for start, end in spans])

    def splice(self, spans: Sequence[tuple[int, int]], replacements: Sequence[str]) -> TracedText:
        """Replace some spans.

        Each character of a replacement stems from all that its span stems from; an inserted one
        from the empty place before the character that follows it.

        Args:
            spans: In text order, without overlap.
            replacements: One for each span.
        """
        changes = [
            (span, new) for span, new in zip(spans, replacements, strict=True) if self.text[span[0] : span[1]] != new
        ]
        if not changes:
            return self
        pieces: list[str] = []
        done = 0
        for (start, end), new in changes:
            pieces += (self.text[done:start], new)
            done = end
        pieces.append(self.text[done:])

        size = len(self.text)
        begins, stops = np.array([span for span, _ in changes], dtype=np.int32).T
        lengths = np.array([len(new) for _, new in changes], dtype=np.int32)
        inside = np.bincount(begins, minlength=size + 1) - np.bincount(stops, minlength=size + 1)
        kept = np.cumsum(inside)[:size] == 0
        kept_before = np.concatenate(([0], np.cumsum(kept)))
        starts = np.append(self.starts, self.ends[-1:])[begins] if size else np.zeros_like(begins)
        # For an insertion this is the end of what precedes it: nothing overlaps unless the raw spans do.
        ends = np.maximum(starts, np.append(np.int32(0), self.ends)[stops])
        at = np.repeat(kept_before[begins], lengths)
        return TracedText(
            "".join(pieces),
            np.insert(self.starts[kept], at, np.repeat(starts, lengths)),
            np.insert(self.ends[kept], at, np.repeat(ends, lengths)),
        )

    def absorb(self, pattern: re.Pattern[str], group: int | str = 0) -> TracedText:
        """Drop every match and let the character before it stand for it too.

        So a highlighted letter carries its vowel mark along.

        Args:
            pattern: What to look for; must not match the empty string.
            group: Which group of the pattern to drop.
        """
        spans = [match.span(group) for match in pattern.finditer(self.text)]
        if not spans:
            return self
        begins, stops = np.array(spans, dtype=np.int32).T
        has_letter = begins > 0
        ends = self.ends.copy()
        ends[begins[has_letter] - 1] = ends[stops[has_letter] - 1]
        return TracedText(self.text, self.starts, ends).splice(spans, [""] * len(spans))

    def strip(self) -> TracedText:
        """Drop spaces at both ends."""
        start = len(self.text) - len(self.text.lstrip(" "))
        stop = max(start, len(self.text.rstrip(" ")))
        return TracedText(self.text[start:stop], self.starts[start:stop], self.ends[start:stop])
