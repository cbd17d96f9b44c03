"""Other ways to write the same text, by name: spelling habits, marks, and what copying and typing leave behind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

__all__ = ["CHANGES"]

_LETTER = "ء-غف-ي"
_FATHA, _SUKUN = "\u064e", "\u0652"


def _without_hamza(text: str) -> str:
    return re.sub("[أإآ]", "ا", text)


def _ya_as_alef(text: str) -> str:
    return re.sub(r"ي(?!\w)", "ى", text)


def _ta_as_ha(text: str) -> str:
    return re.sub(r"ة(?!\w)", "ه", text)


def _vowelled(text: str) -> str:
    return re.sub(f"([{_LETTER}])(?=[{_LETTER}])", rf"\1{_FATHA}", re.sub(r"ن(?!\w)", f"ن{_SUKUN}", text))


def _stretched(text: str) -> str:
    """Stretch the first long word, as headlines do."""
    return re.sub(rf"\b([{_LETTER}]{{2}}[بتثجحخسشصضطظعغفقكلمنهي])(?=[{_LETTER}]{{2}})", r"\1ـــ", text, count=1)


def _eastern_digits(text: str) -> str:
    return text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))


def _straight_quotes(text: str) -> str:
    return re.sub("[«»“”„]", '"', text)


def _presentation_forms(text: str) -> str:
    """Write isolated presentation forms, as old PDF files do."""
    forms = {
        unicodedata.normalize("NFKC", chr(code)): chr(code)
        for code in range(0xFE8D, 0xFEF5)
        if "ISOLATED" in unicodedata.name(chr(code), "")
    }
    return "".join(forms.get(character, character) for character in text)


def _zero_width(text: str) -> str:
    return re.sub(r"(?<=\w\w)(?=\w\w)", "\u200b", text, count=5)


def _direction_marks(text: str) -> str:
    return "\u202b" + re.sub(r"(\d+)", "\u200e\\1\u200f", text) + "\u202c"


CHANGES: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "without_hamza": _without_hamza,
        "ya_as_alef": _ya_as_alef,
        "ta_as_ha": _ta_as_ha,
        "vowelled": _vowelled,
        "stretched": _stretched,
        "eastern_digits": _eastern_digits,
        "straight_quotes": _straight_quotes,
        "presentation_forms": _presentation_forms,
        "zero_width": _zero_width,
        "direction_marks": _direction_marks,
    }
)
"""Each takes a text and returns it as somebody else would have written or copied it."""
