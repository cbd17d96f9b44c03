"""Repairs that leave the words as they are: one code point for one letter, no marks, no controls.

Every normaliser but the letter-by-letter AraBERT one begins here. Alef, ya and ta marbuta are
not folded: encoders know their variants as different letters (see `fold` for matching).
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from mihwar.text.traced import TracedText

__all__ = ["ARABIC_LETTER", "INVISIBLE", "repair"]

ARABIC_LETTER = r"ؠ-ؿف-يٮٯٱ-ۓەۥۦۮۯۺ-ۼۿݐ-ݿࡰ-ࢇࢉ-ࢎࢠ-ࣉﭐ-ﮱﯓ-ﴽﵐ-ﷇﷰ-ﷹﹰ-ﻼ"
"""Letters of the Arabic script, all languages, without tatweel; for use in a character class."""

INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # controls that are not white space
    "\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180f"
    "\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffc"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
"""Format characters (bidi, zero width, variation selectors ...) and controls; for a character class."""

# Honorific formulas in one code point. NFKC would make 18 characters of the first, so that a
# hostile text could grow eighteenfold; they say nothing about any theme.
_FORMULA = re.compile("[\ufdfa\ufdfb\ufdfd]+")
_PRESENTATION_FORM = re.compile("[\ufb50-\ufdff\ufe70-\ufefc\U0001ee00-\U0001eeff]")
_MARKS = re.compile(
    "[\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u0674\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff]+"
)
# Left for NFC, which makes one letter of a letter and its hamza or madda.
_HAMZA_AND_MADDA = re.compile("[\u0653-\u0655]+")
_TATWEEL = re.compile("ـ+")
# Nothing follows ة or ى within a word: an invisible character there stood for a space.
_INVISIBLE_SPACE = re.compile(f"(?<=[ةى])[{INVISIBLE}]+(?=[{ARABIC_LETTER}])")
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")

# By Arabic letter: its counterparts on Persian, Urdu and Maghribi keyboards, and skeletons without dots.
_VARIANTS = {
    "ا": "ٱ",
    "أ": "ٲٵ",
    "إ": "ٳ",
    "ب": "پٮ",
    "ت": "ٹ",
    "ة": "ۃ",
    "ج": "چ",
    "د": "ڈ",
    "ر": "ڑ",
    "ز": "ژ",
    "ف": "ڤڡڢڥ",
    "ق": "ٯڧڨ",
    "ك": "کگڪڭڬݣ",
    "ن": "ں",
    "ه": "ۀہۂھە",
    "و": "ۋۏۅ",
    "ؤ": "ٶٷ",
    "ي": "یےېۍێ",
    "ئ": "ٸۓ",
    "(": "\ufd3f",
    ")": "\ufd3e",
}
_LETTERS_AND_DIGITS = {
    **{ord(variant): letter for letter, variants in _VARIANTS.items() for variant in variants},
    **{ord(digit): str(value) for value, digit in enumerate("٠١٢٣٤٥٦٧٨٩")},
    **{ord(digit): str(value) for value, digit in enumerate("۰۱۲۳۴۵۶۷۸۹")},
}
_HAS_VARIANTS = re.compile(f"[{''.join(map(chr, _LETTERS_AND_DIGITS))}]")

# Unicode's stream-safe text format (UAX #15) bounds the marks on one letter likewise; without a
# bound, ordering n marks takes n² steps.
_MAX_MARKS = 30


def repair(traced: TracedText) -> TracedText:
    """Mend what encoders and people take for the same text.

    NFC; NFKC for Arabic presentation forms alone; no invisible characters, no tatweel, no Arabic
    marks; letters of neighbouring alphabets become the Arabic letter they stand for; Arabic-Indic
    and Persian digits become ASCII digits.
    """
    traced = traced.sub(_FORMULA, " ")
    traced = traced.sub(_PRESENTATION_FORM, _presented_letters)
    traced = traced.absorb(_MARKS)
    traced = traced.sub(_TATWEEL, "")
    traced = traced.sub(_INVISIBLE_SPACE, " ").sub(_INVISIBLE, "")
    if _HAS_VARIANTS.search(traced.text):
        traced = traced.translate(_LETTERS_AND_DIGITS)
    # A mark that was left over may have kept others from their letter.
    return _compose(_compose(traced).absorb(_HAMZA_AND_MADDA))


@cache  # of some nine hundred forms
def _presented_letters(form: str) -> str:
    # An isolated mark decomposes into a space and the mark.
    return unicodedata.normalize("NFKC", form).lstrip(" ")


def _compose(traced: TracedText) -> TracedText:
    """NFC, letter by letter."""
    text = traced.text
    if unicodedata.is_normalized("NFC", text):
        return traced
    spans: list[tuple[int, int]] = []
    composed: list[str] = []
    start = 0
    for index in range(1, len(text) + 1):
        if index < len(text) and index - start <= _MAX_MARKS and _joins_left(text[index]):
            continue
        letter = text[start:index]
        if not unicodedata.is_normalized("NFC", letter):
            spans.append((start, index))
            composed.append(unicodedata.normalize("NFC", letter))
        start = index
    return traced.splice(spans, composed)


def _joins_left(character: str) -> bool:
    """Tell whether NFC may make one letter of the previous character and this one."""
    return unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff"
