"""A key under which spellings of the same words meet: for matching and de-duplication alone."""

from __future__ import annotations

import re
import unicodedata

from mihwar.text.repair import repair
from mihwar.text.traced import TracedText

__all__ = ["fold"]

_ENDINGS = str.maketrans("ىة", "يه")
_NO_WORD = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Fold spelling away; never feed the result to an encoder.

    One letter for all forms of alef, for ى and ي, ة and ه, ؤ and و, ئ and ي; no marks, accents,
    tatweel or punctuation; no difference of case or width; single spaces.

    Args:
        text: Any text.

    Returns:
        The folded text; `fold(fold(text)) == fold(text)`.
    """
    text = _without_accents(repair(TracedText.of(text)).text.casefold())
    # Decomposition takes the hamza off its seat and accents off Latin letters. Loose accents went
    # before it, since ordering n of them on one letter takes n² steps.
    text = _without_accents(unicodedata.normalize("NFKD", text))
    text = unicodedata.normalize("NFC", text.casefold().translate(_ENDINGS))
    return _NO_WORD.sub(" ", text).strip()


def _without_accents(text: str) -> str:
    return "".join(character for character in text if not unicodedata.combining(character))
