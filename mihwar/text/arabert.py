"""The text that AraBERT v0.2 was pretrained on.

Written from the behaviour of the original preprocessor (Antoun et al. 2020, "AraBERT:
Transformer-based Model for Arabic Language Understanding"), observed on inputs and outputs.
`compatible` equals it letter by letter, but for a host name of more than 256 characters and an
entity of more than 16 digits, where the original takes quadratic time or fails.
"""

from __future__ import annotations

import re
import unicodedata

from mihwar.text.collapse import collapse_repeats, collapse_spaces
from mihwar.text.markup import remove_markup, settle, unescape_leniently
from mihwar.text.repair import repair
from mihwar.text.traced import TracedText

__all__ = ["normalise_arabert_compatible", "normalise_arabert_repaired"]

# Patterns of one class that could begin anywhere in a long word are tied to the word's beginning
# by a lookbehind: the leftmost match begins there anyway, and the search stays linear.
_HOST = r"(?a:[\w\-.@:%+~#=])"
_LINKS = tuple(
    re.compile(pattern)
    for pattern in (
        # A host with a lower-case ending, then its path.
        rf"(?={_HOST})(?:https?://.|(?<!{_HOST}))(?:www\.)?{_HOST}{{2,256}}\.[a-z]{{2,6}}\b(?a:[\w\-.@:%+~#=/?&])*",
        r"https?://(?a:[\w\-./?&=%~])+",
        r"www(?a:[\w\-./?&=%~])+",
        r"(?:(?<![a-zA-Z])|(?<=\.com))[a-zA-Z]++\.com",
        r"http\S*",
        r"www\S*",
        r"://",
    )
)
_EMAILS = (
    re.compile(r"(?<![\w-])[\w-]++@(?:[\w-]++\.)+[\w-]++"),
    re.compile(r"(?<!\S)\S+@\S+"),
)
_MENTION = re.compile(r"@\w+")
_BREAK = re.compile("<br />")
_TAG = re.compile(r"<[^>]+>")

_TASHKEEL_AND_TATWEEL = re.compile("[\u064b-\u0652ـ]+")
_HINDI_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩", "0123456789")

_LETTERS = "ء-غف-ي"
# The other characters that are kept, set apart by spaces. Stranger ones are kept by oversight of the original.
_MARKS = r"!\"#$%'()*+,\-./:;<=>?@\\^_`{|}~«·»،؛؟\u0653-\u065f\u066a-\u066c\u0671-\u0674\u06da\u0b4d–—‘’“”…"
_WITHIN_WORDS = rf"0-9a-zA-Z{_LETTERS}\[\] "
_UNKNOWN = re.compile(f"[^{_WITHIN_WORDS}{_MARKS}]+")
_MARK_EDGE = re.compile(f"(?=[{_MARKS}])|(?<=[{_MARKS}])")
_NUMBER_AND_WORD = re.compile(f"(?<![0-9])[0-9]++([{_LETTERS}]++)")
_WORD_AND_NUMBER = re.compile(f"(?<![{_LETTERS}])[{_LETTERS}]++([0-9]++)")
_SLASH = str.maketrans("/", "-")

# What the vocabulary does not know but has another spelling for.
_FOREIGN = re.compile("[À-ɏḀ-ỿ‐‑‒―−‹›„‟′″‚‛´]")
_SPELLINGS = {
    **dict.fromkeys("‐‑‒―−", "-"),
    **dict.fromkeys("‹›„‟″", '"'),
    **dict.fromkeys("′‚‛´", "'"),
    **dict(zip("ÆæŒœßẞÞþ", ["AE", "ae", "OE", "oe", "ss", "SS", "Th", "th"], strict=True)),
    **dict(zip("ØøĐđÐðĦħıŁł", "OoDdDdHhiLl", strict=True)),
}
_ACCENTS = re.compile("[\u0300-\u036f]+")


def normalise_arabert_compatible(traced: TracedText) -> TracedText:
    """Normalise as the original does, its losses included."""
    traced = unescape_leniently(traced).sub(_TASHKEEL_AND_TATWEEL, "")
    traced = _replace_links(traced)
    traced = traced.sub(_BREAK, " ")
    # Up to the last closing bracket: beyond it nothing can match, and every bracket would be tried.
    traced = traced.sub(_TAG, " ", traced.text.rfind(">") + 1)
    return _separate(collapse_repeats(traced.translate(_HINDI_DIGITS)))


def normalise_arabert_repaired(traced: TracedText) -> TracedText:
    """Repair first what the original rules would lose, then apply them."""
    traced = settle(traced, lambda step: repair(remove_markup(step)))
    traced = traced.sub(_FOREIGN, _spell).absorb(_ACCENTS)
    return _separate(collapse_repeats(_replace_links(traced)))


def _replace_links(traced: TracedText) -> TracedText:
    """Put the special tokens of the vocabulary in place of links, e-mail addresses and mentions."""
    for pattern in _LINKS:
        traced = traced.sub(pattern, " [رابط] ")
    if "@" in traced.text:
        for pattern in _EMAILS:
            traced = traced.sub(pattern, " [بريد] ")
        traced = traced.sub(_MENTION, " [مستخدم] ")
    return traced


def _separate(traced: TracedText) -> TracedText:
    """Keep known characters alone, punctuation apart from words, digits apart from Arabic letters."""
    traced = traced.sub(_UNKNOWN, " ").sub(_MARK_EDGE, " ")
    for pattern in (_NUMBER_AND_WORD, _WORD_AND_NUMBER):
        edges = [e for match in pattern.finditer(traced.text) for e in (match.start(), match.start(1), match.end())]
        traced = traced.splice([(edge, edge) for edge in edges], [" "] * len(edges))
    return collapse_spaces(traced.translate(_SLASH))


def _spell(character: str) -> str:
    known = _SPELLINGS.get(character)
    return known if known is not None else unicodedata.normalize("NFD", character)[0]
