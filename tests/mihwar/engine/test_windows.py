from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer

from mihwar.engine import WindowEncoder
from mihwar.errors import EngineError
from mihwar.text import NormaliserOptions


def encoder(folder: Path, **changes: object) -> WindowEncoder:
    options = {"prefix": "قال: ", "max_tokens": 24, "window_overlap_tokens": 8, **changes}
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return WindowEncoder(tokenizer, NormaliserOptions(), **options)  # type: ignore[arg-type]  # mixed option types


def test_window_is_what_the_tokenizer_makes_of_prefix_and_text(tiny_model: Path) -> None:
    tokenizer = Tokenizer.from_file(str(tiny_model / "tokenizer.json"))
    (window,) = encoder(tiny_model).encode("تفكيك خلية")
    assert window.token_ids.tolist() == tokenizer.encode("قال: تفكيك خلية").ids


def test_content_maps_to_the_raw_text(tiny_model: Path) -> None:
    raw = "  تَفْكِيك  خــلية، "
    (window,) = encoder(tiny_model).encode(raw)
    assert len(window.token_ids[window.content]) == len(window.starts) == len(window.ends)
    pieces = [raw[start:end] for start, end in zip(window.starts, window.ends, strict=True)]
    assert "".join(pieces).replace("ـ", "") == "تَفْكِيكخلية،"


@given(n_words=st.integers(0, 200))
def test_windows_cover_everything_and_overlap(tiny_model: Path, n_words: int) -> None:
    raw = " ".join(f"{i % 10}" for i in range(n_words))
    windows = encoder(tiny_model).encode(raw)
    assert all(len(window.token_ids) <= 24 for window in windows)
    covered = [range(window.first_token, window.first_token + len(window.starts)) for window in windows]
    assert set().union(*covered) == set(range(n_words))
    for before, after in pairwise(covered):
        assert before.stop - after.start == 8
    assert all(
        np.all(window.token_ids[: window.content.start] == windows[0].token_ids[: window.content.start])
        for window in windows
    )


def test_no_room_is_an_error(tiny_model: Path) -> None:
    with pytest.raises(EngineError, match="max_tokens=4"):
        encoder(tiny_model, max_tokens=4, window_overlap_tokens=2)
