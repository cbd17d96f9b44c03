"""Texts as other people write them: the orthographic noise of Arabic newsrooms."""

from __future__ import annotations

import numpy as np

from evaluation.behaviour.changes import CHANGES

__all__ = ["without_words", "written_differently"]

# How often a writer has a habit; the habits themselves are those that the behavioural cases try.
_HABITS = {
    "without_hamza": 0.4,
    "ya_as_alef": 0.25,
    "ta_as_ha": 0.25,
    "eastern_digits": 0.25,
    "straight_quotes": 0.3,
}


def written_differently(text: str, random: np.random.Generator) -> str:
    """Return a text with some habits of spelling changed throughout and a few slips.

    Args:
        text: The text.
        random: Source of chance.
    """
    for name, probability in _HABITS.items():
        if random.random() < probability:
            text = CHANGES[name](text)
    if random.random() < 0.2:
        text = text.replace("، ", "،").replace(". ", ".")
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


def _slip(word: str, random: np.random.Generator) -> str:
    if len(word) < 4:
        return word
    at = int(random.integers(1, len(word) - 2))
    if random.random() < 0.5:
        return word[:at] + word[at + 1 :]
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
