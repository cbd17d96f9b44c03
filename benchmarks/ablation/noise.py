"""Texts as other people write them: the orthographic noise of Arabic newsrooms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["without_words", "written_differently"]

_HAMZA = str.maketrans("أإآ", "ااا")
_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_QUOTES = str.maketrans({"«": '"', "»": '"', "“": '"', "”": '"'})


def written_differently(text: str, random: np.random.Generator) -> str:
    """Return a text with some habits of spelling changed throughout and a few slips.

    Args:
        text: The text.
        random: Source of chance.
    """
    habits: list[tuple[float, Callable[[str], str]]] = [
        (0.4, lambda t: t.translate(_HAMZA)),
        (0.25, lambda t: _at_word_ends(t, "ي", "ى")),
        (0.15, lambda t: _at_word_ends(t, "ى", "ي")),
        (0.25, lambda t: _at_word_ends(t, "ة", "ه")),
        (0.25, lambda t: t.translate(_DIGITS)),
        (0.3, lambda t: t.translate(_QUOTES)),
        (0.2, lambda t: t.replace("، ", "،").replace(". ", ".")),
        (0.2, lambda t: t.replace("،", ",")),
    ]
    for probability, change in habits:
        if random.random() < probability:
            text = change(text)
    return " ".join(_slip(word, random) if random.random() < 0.02 else word for word in text.split(" "))


def without_words(text: str, share: float, random: np.random.Generator) -> str:
    """Leave words out at random, never all of them.

    Args:
        text: The text.
        share: Probability for each word.
        random: Source of chance.
    """
    words = text.split()
    kept = [word for word in words if random.random() >= share]
    return " ".join(kept or words)


def _at_word_ends(text: str, old: str, new: str) -> str:
    return " ".join(word[:-1] + new if word.endswith(old) else word for word in text.split(" "))


def _slip(word: str, random: np.random.Generator) -> str:
    if len(word) < 4:
        return word
    at = int(random.integers(1, len(word) - 2))
    if random.random() < 0.5:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
