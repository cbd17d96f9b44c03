"""Folding, for matching and de-duplication."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mihwar.text import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("أإآٱا", "ااااا"),
        ("إلى مدرسة", "الي مدرسه"),
        ("مسؤول بيئي", "مسوول بييي"),
        ("الأَمْنُ الوَطَنِيّ", "الامن الوطني"),
        ("العـــربية، «خبر»!", "العربيه خبر"),
        ("Sécurité DGSN", "securite dgsn"),
        ("٢٠٢٤/۰۵", "2024 05"),
        ("ﻻ ﷲ", "لا الله"),
        ("ＡＢＣ ①", "abc 1"),
        ("STRASSE straße", "strasse strasse"),
        ("  \n—\u200f ", ""),
    ],
)
def test_spellings_meet(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_words_that_differ_stay_apart() -> None:
    assert fold("قتل") != fold("فتل")
    assert fold("و/أو") == fold("و أو") != fold("وأو")


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert folded == folded.strip()
