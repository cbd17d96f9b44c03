"""The normaliser of multilingual encoders: text that people call the same becomes the same text.

Case, punctuation, accents and every script stay; the tokenizer does its own NFKC afterwards.
"""

from __future__ import annotations

import re

from mihwar.text.collapse import collapse_spaces
from mihwar.text.markup import remove_markup, settle
from mihwar.text.repair import repair
from mihwar.text.traced import TracedText

__all__ = ["normalise_plain"]

_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("«»“”„‟‹›″〝〞", '"'),
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−﹘﹣", "-"),
        "٪": "%",
        "٫": ".",
        "٬": ",",
    }
)
_HAS_PUNCTUATION = re.compile(f"[{''.join(map(chr, _PUNCTUATION))}]")
_DOUBLE_APOSTROPHE = re.compile("''")
_SPACE_BEFORE_PUNCTUATION = re.compile(r" (?=[،؛؟!?:;,.…]++(?: |\Z))")
_ELLIPSIS = re.compile(r"(?:\.\.|…)[.…]*")
# «www» and «III» are words.
_REPEATED_BUT_LATIN = re.compile(r"(?![a-zA-Z])(\D)\1(?P<rest>\1+)")
_REPEATED_LATIN = re.compile(r"([a-zA-Z])\1(?P<rest>\1{2,})")


def normalise_plain(traced: TracedText) -> TracedText:
    """Normalise for a multilingual encoder: no markup, repaired letters, one spelling of punctuation."""
    return settle(traced, _one_pass)


def _one_pass(traced: TracedText) -> TracedText:
    traced = repair(remove_markup(traced))
    if _HAS_PUNCTUATION.search(traced.text):
        traced = traced.translate(_PUNCTUATION)
    traced = collapse_spaces(traced.sub(_DOUBLE_APOSTROPHE, '"'))
    traced = traced.sub(_SPACE_BEFORE_PUNCTUATION, "").sub(_ELLIPSIS, "…")
    return traced.absorb(_REPEATED_BUT_LATIN, "rest").absorb(_REPEATED_LATIN, "rest")
