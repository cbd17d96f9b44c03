"""Normalisation with an offset map: what every tokenizer of this project is fed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mihwar.errors import ArtefactForeignError, TextError
from mihwar.text.arabert import normalise_arabert_compatible, normalise_arabert_repaired
from mihwar.text.plain import normalise_plain
from mihwar.text.traced import TracedText

__all__ = ["NormalisedText", "NormaliserOptions", "normalise"]

_VERSION = 1
_NORMALISERS: Mapping[tuple[str, str], Callable[[TracedText], TracedText]] = {
    ("plain", "repaired"): normalise_plain,
    ("arabert", "compatible"): normalise_arabert_compatible,
    ("arabert", "repaired"): normalise_arabert_repaired,
}
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class NormaliserOptions:
    """Which rules a model was trained with; kept in its manifest.

    Attributes:
        kind: `plain` (multilingual backbones) or `arabert` (AraBERT v0.2).
        setting: For `arabert`: `compatible` (letter by letter) or `repaired`. `plain` has `repaired` alone.
        version: Version of the rules; a change of any output raises it.

    Raises:
        ArtefactForeignError: If this version of Mihwar has no such rules.
    """

    kind: Literal["plain", "arabert"] = "plain"
    setting: Literal["compatible", "repaired"] = "repaired"
    version: int = _VERSION

    def __post_init__(self) -> None:
        if (self.kind, self.setting) not in _NORMALISERS:
            known = ", ".join(" ".join(names) for names in _NORMALISERS)
            raise ArtefactForeignError(f"There is no normaliser {self.kind} {self.setting}; there are: {known}.")
        if self.version != _VERSION:
            raise ArtefactForeignError(
                f"The normaliser rules are of version {self.version}, this Mihwar has version {_VERSION}: "
                "train the model again, or use the Mihwar that it was trained with."
            )


@dataclass(frozen=True)
class NormalisedText:
    """A normalised text and where each of its characters came from.

    Attributes:
        raw: The text as it was given.
        text: The normalised text, n code points.
        starts: Shape (n,). Character i stems from `raw[starts[i]:ends[i]]` (code points).
        ends: Shape (n,).
    """

    raw: str
    text: str
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the normalised text to the span of the raw text that it stems from.

        Args:
            start: First code point of the normalised text.
            end: One past the last.

        Returns:
            Code-point offsets (start, end) into `raw`; empty spans stay empty.

        Raises:
            IndexError: If the span does not lie within the text.
        """
        if not 0 <= start <= end <= len(self.text):
            raise IndexError(f"The span ({start}, {end}) does not lie within {len(self.text)} characters.")
        if start < end:
            return int(self.starts[start]), int(self.ends[end - 1])
        place = int(self.ends[start - 1]) if start else 0
        return place, place


def normalise(raw: str, options: NormaliserOptions) -> NormalisedText:
    """Normalise one text.

    Takes time linear in the length of the text. The rules other than `compatible` leave their own
    output as it is.

    Args:
        raw: Any text.
        options: Which rules.

    Returns:
        The normalised text with its offset map.

    Raises:
        TextError: If the text has an unpaired surrogate.
    """
    surrogate = _SURROGATE.search(raw)
    if surrogate:
        raise TextError(
            f"Code point {surrogate.start()} (counted from 0) is the unpaired surrogate "
            f"U+{ord(surrogate.group()):04X}, which is no character: decode the text properly before sending it."
        )
    traced = _NORMALISERS[options.kind, options.setting](TracedText.of(raw))
    return NormalisedText(raw, traced.text, traced.starts, traced.ends)
