"""Which regions and religions a paragraph names, by the lists in `mentions.yaml`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from mihwar.text import fold

__all__ = ["FAMILIES", "mentions"]

FAMILIES = ("regions", "religions")
_LISTS = Path(__file__).with_name("mentions.yaml")
_BEFORE = r"\b[وف]?(?:[بلك]?(?:ال)?|لل)"
_AFTER = r"ي?(?:ه|ا|ون|ين|ات)?\b"


def mentions(text: str, family: str) -> tuple[str, ...]:
    """Name the groups of a family that a text mentions, in the order of the lists.

    Args:
        text: A paragraph.
        family: One of `FAMILIES`.
    """
    folded = fold(text)
    return tuple(name for name, pattern in _patterns()[family].items() if pattern.search(folded))


@cache
def _patterns() -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    lists = YAML(typ="safe", pure=True).load(_LISTS)
    return {
        family: {
            name: re.compile(f"{_BEFORE}(?:{'|'.join(re.escape(fold(word)) for word in words)}){_AFTER}")
            for name, words in groups.items()
        }
        for family, groups in lists.items()
    }
