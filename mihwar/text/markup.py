"""Left-overs of HTML in text: entities and tags."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from html.entities import html5

from mihwar.text.traced import TracedText

__all__ = ["remove_markup", "settle", "unescape_leniently"]

_MARKUP_START = re.compile("[&<]")
# Feeds escape twice; what is escaped more often than this is hostile.
_MAX_STEPS = 4
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")
_LENIENT_ENTITY = re.compile(r"&(?:#[0-9]{1,16};?|#[xX][0-9a-fA-F]{1,16};?|[^\t\n\f <&#;]{1,32};?)")
# A tag begins with a letter right after its bracket, so «3 < 5 و 6 > 4» holds none. Neither the
# name nor the attributes may hold a bracket, and both are bounded, so time stays linear.
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9:-]{0,31}(?:[\s/][^<>]{0,1024})?>|<![^<>]{0,1024}>")


def settle(traced: TracedText, step: Callable[[TracedText], TracedText]) -> TracedText:
    """Repeat a step that removes markup until it changes nothing.

    One step can uncover markup: an entity within an entity, a tag broken by an invisible character.

    Args:
        traced: The text.
        step: What to do; must be idempotent on text without `&` and `<`.
    """
    for _ in range(_MAX_STEPS):
        before = traced.text
        traced = step(traced)
        if traced.text == before or not _MARKUP_START.search(traced.text):
            return traced
    return step(traced.sub(_MARKUP_START, " "))


def remove_markup(traced: TracedText) -> TracedText:
    """Replace known entities by their character, then tags and comments by a space."""
    if "&" in traced.text:
        traced = traced.sub(_ENTITY, _unescape)
    if "<" in traced.text:
        traced = traced.sub(_TAG, " ")
    return traced


def unescape_leniently(traced: TracedText) -> TracedText:
    """Replace entities as browsers do: without their semicolon, and by the longest known name."""
    return traced.sub(_LENIENT_ENTITY, html.unescape) if "&" in traced.text else traced


def _unescape(entity: str) -> str:
    return html.unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)
