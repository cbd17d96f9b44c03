"""Warnings about a text for which a classifier of Arabic news should not be trusted."""

from __future__ import annotations

import re

from mihwar.text.markup import remove_markup
from mihwar.text.repair import ARABIC_LETTER, INVISIBLE
from mihwar.text.traced import TracedText

__all__ = ["warnings_for"]

_LINK = re.compile(r"(?:https?://|www\.)\S*|(?<!\S)[^\s@]++@\S*")
_OVERLAY = re.compile(f"[{INVISIBLE}\u0610-\u061a\u064b-\u065f\u0670]+")
_LETTER = re.compile(r"[^\W\d_ـ]")
_ARABIC_LETTER = re.compile(f"[{ARABIC_LETTER}]")
# Fewer letters, such as those of «12 km», do not tell a language.
_MIN_LETTERS = 3
_MIN_ARABIC_SHARE = 0.5

# Single letters in a row, set apart by punctuation or by blanks; never by both in turn, as the
# initials of two people are: «ب. ع. و م. ن.».
_SINGLE = rf"[{ARABIC_LETTER}](?![^\W_])"
_SPELLED_OUT = re.compile(
    rf"(?<![^\W_]){_SINGLE}(?:(?: ?[.·•*_|/\\~^ـ'‐‑–—-]{{1,3}}+ ?{_SINGLE}){{3,}}+|(?: {{1,3}}+{_SINGLE}){{3,}}+)"
)
_ABBREVIATION_STYLE = re.compile(r"\. ")
_ALPHABETS = ("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "ابجدهوزحطيكلمنسعفصقرشتثخذضظغ")
_ALEFS = str.maketrans("أإآ", "ااا")
_LONG_VOWEL = re.compile("[اوي]")

# Letters without their dots, which Arabic keyboards do not have.
_UNDOTTED = re.compile("[ٮٯڡ]")
_MIN_UNDOTTED = 2

# Headlines are stretched for beauty at one or two places of a word.
_STRETCHED_THROUGHOUT = re.compile(rf"(?:[{ARABIC_LETTER}]ـ++){{3}}[{ARABIC_LETTER}]")

# One or two letters of another script between two Arabic ones: «إرهoب».
_LOOKALIKE = re.compile(rf"(?<=[{ARABIC_LETTER}])(?:(?![{ARABIC_LETTER}])[^\W\d_ـ]){{1,2}}(?=[{ARABIC_LETTER}])")


def warnings_for(raw: str) -> tuple[str, ...]:
    """Say why scores for a text should not be trusted.

    Args:
        raw: The text as it was given.

    Returns:
        Codes out of `not_arabic` (under half of its letters are Arabic) and `suspicious_spelling`
        (words are spelled so as to escape a reader of words: single letters set apart, letters
        without dots, stretched throughout, or mixed with another script).
    """
    text = _OVERLAY.sub("", remove_markup(TracedText.of(raw)).text)
    checks = {"not_arabic": _is_not_arabic, "suspicious_spelling": _is_suspicious}
    return tuple(code for code, applies in checks.items() if applies(text))


def _is_not_arabic(text: str) -> bool:
    text = _LINK.sub(" ", text)
    letters = len(_LETTER.findall(text))
    return letters >= _MIN_LETTERS and len(_ARABIC_LETTER.findall(text)) < _MIN_ARABIC_SHARE * letters


def _is_suspicious(text: str) -> bool:
    return (
        _STRETCHED_THROUGHOUT.search(text) is not None
        or _LOOKALIKE.search(text) is not None
        or len(_UNDOTTED.findall(text)) >= _MIN_UNDOTTED
        or any(_is_a_word(match.group()) for match in _SPELLED_OUT.finditer(text))
    )


def _is_a_word(spelled: str) -> bool:
    """Tell a word spelled out («د.ا.ع.ش») from an abbreviation («ش.ذ.م.م») and a list («أ ب ج د»)."""
    letters = "".join(_ARABIC_LETTER.findall(spelled)).translate(_ALEFS)
    if any(letters in alphabet for alphabet in _ALPHABETS) or set(letters[1::2]) == {"و"}:
        return False
    if len(letters) > 4:
        return True
    return _ABBREVIATION_STYLE.search(spelled) is None and _LONG_VOWEL.search(letters, 1) is not None
