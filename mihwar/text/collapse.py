"""Repetition that says nothing."""

from __future__ import annotations

import re

from mihwar.text.traced import TracedText

__all__ = ["collapse_repeats", "collapse_spaces"]

_REPEATED = re.compile(r"(\D)\1(?P<rest>\1+)")
_SPACES = re.compile(r"\s{2,}|[^\S ]")


def collapse_repeats(traced: TracedText) -> TracedText:
    """Shorten three or more of the same character, digits excepted, to two."""
    return traced.absorb(_REPEATED, "rest")


def collapse_spaces(traced: TracedText) -> TracedText:
    """Make one space of any white space, and none at the ends."""
    return traced.sub(_SPACES, " ").strip()
