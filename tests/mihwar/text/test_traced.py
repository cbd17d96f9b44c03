"""Edits of a text that carry offsets along."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mihwar.text.traced import TracedText


def spans(traced: TracedText) -> list[tuple[str, int, int]]:
    return list(zip(traced.text, traced.starts.tolist(), traced.ends.tolist(), strict=True))


def test_raw_text_maps_to_itself() -> None:
    assert spans(TracedText.of("ab")) == [("a", 0, 1), ("b", 1, 2)]
    assert spans(TracedText.of("")) == []


def test_replacement_stems_from_its_whole_match() -> None:
    traced = TracedText.of("a--b").sub(re.compile("-+"), "xyz")
    assert spans(traced) == [("a", 0, 1), ("x", 1, 3), ("y", 1, 3), ("z", 1, 3), ("b", 3, 4)]


def test_replacement_by_function_leaves_unchanged_matches_alone() -> None:
    traced = TracedText.of("aBc").sub(re.compile("[a-zA-Z]+"), str.lower)
    assert spans(traced) == [("a", 0, 3), ("b", 0, 3), ("c", 0, 3)]
    assert spans(TracedText.of("abc").sub(re.compile("[a-z]+"), str.lower)) == spans(TracedText.of("abc"))


def test_insertion_stems_from_an_empty_place() -> None:
    traced = TracedText.of("ab").sub(re.compile("(?=b)|$"), " ")
    assert spans(traced) == [("a", 0, 1), (" ", 1, 1), ("b", 1, 2), (" ", 2, 2)]


def test_insertion_into_an_empty_text() -> None:
    assert spans(TracedText.of("").sub(re.compile("^"), "ab")) == [("a", 0, 0), ("b", 0, 0)]


def test_two_insertions_at_one_place_keep_their_order() -> None:
    assert TracedText.of("ab").splice([(1, 1), (1, 1)], ["x", "y"]).text == "axyb"


def test_insertion_within_an_expansion_keeps_offsets_in_order() -> None:
    traced = TracedText.of("a&b").sub(re.compile("&"), "xy").sub(re.compile("(?=y)"), " ")
    assert traced.text == "ax yb"
    assert np.all(np.diff(traced.starts) >= 0)
    assert np.all(np.diff(traced.ends) >= 0)


def test_search_stops_where_told() -> None:
    assert TracedText.of("aaa").sub(re.compile("a"), "b", 2).text == "bba"


def test_absorbed_characters_belong_to_the_one_before() -> None:
    traced = TracedText.of("-a--b-").absorb(re.compile("-+"))
    assert spans(traced) == [("a", 1, 4), ("b", 4, 6)]


def test_only_the_named_group_is_absorbed() -> None:
    assert spans(TracedText.of("xaaab").absorb(re.compile(r"(a)(a+)"), 2)) == [
        ("x", 0, 1),
        ("a", 1, 4),
        ("b", 4, 5),
    ]


@pytest.mark.parametrize(("raw", "text"), [("  a b ", "a b"), ("   ", ""), ("", "")])
def test_strip(raw: str, text: str) -> None:
    traced = TracedText.of(raw).strip()
    assert (traced.text, len(traced.starts), len(traced.ends)) == (text, len(text), len(text))


PATTERNS = [re.compile(p) for p in ("a", "b+", "(?=a)", "(?<=b)", "ab|ba", "a*", r"(.)\1")]


@settings(derandomize=True, deadline=None)
@given(
    st.text("ab ", max_size=12),
    st.lists(st.tuples(st.sampled_from(PATTERNS), st.sampled_from(["", "a", " b ", "bab"]))),
)
def test_any_edits_keep_text_and_offsets_consistent(raw: str, edits: list[tuple[re.Pattern[str], str]]) -> None:
    traced = TracedText.of(raw)
    for pattern, replacement in edits[:5]:
        expected = pattern.sub(replacement, traced.text)
        traced = traced.sub(pattern, replacement)
        assert traced.text == expected
    assert len(traced.text) == len(traced.starts) == len(traced.ends)
    assert traced.starts.dtype == traced.ends.dtype == np.int32
    assert np.all(np.diff(traced.starts) >= 0)
    assert np.all(np.diff(traced.ends) >= 0)
    assert np.all((traced.starts >= 0) & (traced.starts <= traced.ends) & (traced.ends <= len(raw)))
