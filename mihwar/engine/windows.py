"""Raw text to token windows, with the place of every token in the raw text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mihwar.errors import EngineError
from mihwar.text import NormaliserOptions, normalise

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = ["Window", "WindowEncoder", "raw_pieces"]


@dataclass(frozen=True)
class Window:
    """A piece of a text that fits the network.

    Attributes:
        token_ids: Shape (t,): special tokens, prefix and content.
        content: The slice of `token_ids` that holds the m content tokens.
        first_token: Position of the first content token in the whole text.
        starts: Shape (m,): first code point of each content token in the raw text.
        ends: Shape (m,): one past its last.
        words: The content as normalised words, for engines that do without token ids.
        of_ngrams: The same piece of text as words, where an n-gram model scores it as well.
    """

    token_ids: NDArray[np.int64]
    content: slice
    first_token: int
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    words: tuple[str, ...] = ()
    of_ngrams: Window | None = None


def raw_pieces(raw: str, windows: Sequence[Window]) -> list[tuple[int, str]]:
    """Return what each window of a text covers: where the piece begins, and the piece itself.

    Args:
        raw: The text.
        windows: Its windows; one alone covers all of it.
    """
    if len(windows) == 1:
        return [(0, raw)]
    ranges = [(int(window.starts[0]), int(window.ends[-1])) for window in windows]
    return [(start, raw[start:end]) for start, end in ranges]


class WindowEncoder:
    """Normalises, tokenises and cuts texts; training and serving share it."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        normaliser: NormaliserOptions,
        *,
        prefix: str,
        max_tokens: int,
        window_overlap_tokens: int,
    ) -> None:
        """Prepare the parts that are the same for every text.

        Args:
            tokenizer: A fast tokenizer; its own truncation and padding are switched off.
            normaliser: The rules the model was trained with.
            prefix: Put before every window, not part of the evidence.
            max_tokens: Longest window, special tokens and prefix included.
            window_overlap_tokens: Content tokens shared by neighbouring windows.

        Raises:
            EngineError: If prefix and special tokens leave no room for content.
        """
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self._normaliser = normaliser
        self.max_tokens = max_tokens
        # What the tokenizer puts around a text, found by looking: `<s> A </s>`, `[CLS] A [SEP]` ...
        around = tokenizer.encode("")
        if len(around.ids) != tokenizer.num_special_tokens_to_add(is_pair=False):
            raise EngineError("The tokenizer makes tokens out of an empty text.")
        probe = tokenizer.encode("0")
        head = next(i for i, special in enumerate(probe.special_tokens_mask) if not special)
        prefix_ids = tokenizer.encode(prefix.strip(), add_special_tokens=False).ids
        self._head = [*around.ids[:head], *prefix_ids]
        self._tail = around.ids[head:]
        self._room = max_tokens - len(self._head) - len(self._tail)
        self._step = self._room - window_overlap_tokens
        if self._step < 1:
            raise EngineError(f"max_tokens={max_tokens} leaves no room beside prefix, specials and overlap.")

    def encode(self, raw: str) -> list[Window]:
        """Cut one text into windows.

        Args:
            raw: The text as it was given.

        Returns:
            At least one window; several overlapping ones when the text is long.

        Raises:
            TextError: If the text has unpaired surrogates.
        """
        text = normalise(raw, self._normaliser)
        encoding = self._tokenizer.encode(text.text, add_special_tokens=False)
        ids = np.array(encoding.ids, dtype=np.int64)
        spans = np.array([text.raw_span(start, end) for start, end in encoding.offsets], dtype=np.int32)
        spans = spans.reshape(-1, 2)
        return [self._window(cut.start, ids[cut], spans[cut]) for cut in self._cuts(len(ids))]

    def _cuts(self, n_tokens: int) -> list[slice]:
        cuts = [slice(0, self._room)]
        while cuts[-1].stop < n_tokens:
            start = cuts[-1].start + self._step
            cuts.append(slice(start, start + self._room))
        return cuts

    def _window(self, first_token: int, ids: NDArray[np.int64], spans: NDArray[np.int32]) -> Window:
        head = len(self._head)
        token_ids = np.concatenate([self._head, ids, self._tail]).astype(np.int64)
        return Window(token_ids, slice(head, head + len(ids)), first_token, spans[:, 0], spans[:, 1])
