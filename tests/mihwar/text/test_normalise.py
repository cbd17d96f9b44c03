"""What holds for every normaliser and any text."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mihwar.errors import ArtefactForeignError, TextError
from mihwar.text import NormaliserOptions, fold, normalise, warnings_for

PLAIN = NormaliserOptions("plain")
COMPATIBLE = NormaliserOptions("arabert", "compatible")
REPAIRED = NormaliserOptions("arabert", "repaired")
ALL = [PLAIN, COMPATIBLE, REPAIRED]

FRAGMENTS = """
    http:// https:// www. .com .ma a.b hespress.com /x?y=1&z=2 @ @x a@b علي@ < > <p> </p> <br/> <a & &amp; &lt; &gt;
    &nbsp; &notit; &#65; &#x41; &copy [رابط] [ ] كلمة قال هههه ااا ٣ ٢٠٢٤ 5 1234 Xyz aaaa é œ İ ß ـ ـــ ﻻ ﷲ ﷺ ﹰ ٪ % ؟
    ، ؛ ! !!! . .. ... … « » “ ” ‹ ' '' – — - ٱ پ ک ی ۲ / // # _ + 🔥 ² ( ) " \\ 日 한 ९
""".split()  # noqa: SIM905 - a line for each otherwise
INVISIBLE_FRAGMENTS = [
    *" \t\n\r\x00\x1c\x85\u00a0\u2028\u3000",
    *"\u064e\u0651\u0653\u0654\u0655\u0670\u06da\u0301\u0323\u0338",
    *"\u200b\u200c\u200d\u200f\u202b\u2069\ufeff\ufe0f\ufdfb\u1100\u1161\u11a8\uffff",
]
texts = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(FRAGMENTS + INVISIBLE_FRAGMENTS), max_size=14).map("".join),
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=3)), max_size=8).map(" ".join),
)
many = settings(derandomize=True, deadline=None, max_examples=400)


@pytest.mark.parametrize("options", ALL, ids=str)
@many
@given(raw=texts)
def test_offsets_lie_in_order_within_the_raw_text(options: NormaliserOptions, raw: str) -> None:
    normalised = normalise(raw, options)
    n = len(normalised.text)
    assert normalised.raw == raw
    assert normalised.starts.shape == normalised.ends.shape == (n,)
    assert np.all(np.diff(normalised.starts) >= 0)
    assert np.all(np.diff(normalised.ends) >= 0)
    for start in range(n + 1):
        for end in range(start, min(n, start + 5) + 1):
            begin, stop = normalised.raw_span(start, end)
            assert 0 <= begin <= stop <= len(raw)
            if start == end:
                assert begin == stop


# Letters that no rule changes or makes, and what is dropped around them.
LETTERS = [*"بتثجح"]
DROPPED = ["\u064e", "\u200b", "ـ"]


@pytest.mark.parametrize("options", ALL, ids=str)
@many
@given(raw=st.lists(st.sampled_from([*LETTERS, *DROPPED, "قال", " ", "،", "<p>", "٣", "»"])).map("".join))
def test_unchanged_letters_stem_from_themselves(options: NormaliserOptions, raw: str) -> None:
    normalised = normalise(raw, options)
    for index, character in enumerate(normalised.text):
        start, end = normalised.raw_span(index, index + 1)
        if character in LETTERS:
            assert raw[start] == character
            assert set(raw[start + 1 : end]) <= {character, *DROPPED}


@pytest.mark.parametrize("options", [PLAIN, REPAIRED], ids=str)
@many
@given(raw=texts)
@example(raw="&am\u200bp;lt;b>")
@example(raw=". . .")
@example(raw="! ! !")
@example(raw="'''''")
@example(raw="ى\u0654ی\u0654")
@example(raw="z\u0654\u0301")
def test_own_output_stays(options: NormaliserOptions, raw: str) -> None:
    text = normalise(raw, options).text
    assert normalise(text, options).text == text


@many
@given(raw=texts)
def test_output_is_clean(raw: str) -> None:
    for options in ALL:
        text = normalise(raw, options).text
        assert text == text.strip()
        assert "  " not in text
        assert not any(character.isspace() and character != " " for character in text)


def test_empty_spans_stay_empty() -> None:
    normalised = normalise(" ab ", PLAIN)
    assert [normalised.raw_span(i, i) for i in range(3)] == [(0, 0), (2, 2), (3, 3)]
    assert normalise("", PLAIN).raw_span(0, 0) == (0, 0)


@pytest.mark.parametrize("span", [(-1, 1), (0, 3), (2, 1)])
def test_spans_outside_the_text_are_refused(span: tuple[int, int]) -> None:
    with pytest.raises(IndexError, match="does not lie within 2 characters"):
        normalise("ab", PLAIN).raw_span(*span)


@pytest.mark.parametrize("options", ALL, ids=str)
@pytest.mark.parametrize("surrogate", [0xD800, 0xDFFF])
def test_unpaired_surrogates_are_refused_with_their_place(options: NormaliserOptions, surrogate: int) -> None:
    with pytest.raises(TextError, match=rf"Code point 4 .* U\+{surrogate:04X}"):
        normalise(f"خبر {chr(surrogate)}", options)


def test_astral_characters_are_no_surrogates() -> None:
    assert normalise("\U0001f525", PLAIN).text == "\U0001f525"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "plain", "setting": "compatible"}, "no normaliser plain compatible"),
        ({"kind": "camel"}, "no normaliser camel repaired"),
        ({"version": 2}, "version 2, this Mihwar has version 1"),
    ],
)
def test_unknown_rules_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArtefactForeignError, match=message):
        NormaliserOptions(**arguments)


HOSTILE = {
    "same-letter": "ا",
    "same-latin": "a",
    "digits": "1",
    "brackets": "<",
    "open-tags": "<a ",
    "comments": "<!--",
    "ampersands": "&",
    "entities": "&amp;",
    "number-entity": "&#9",
    "at": "@",
    "emails": "a@",
    "hosts": "a.",
    "links": "https://",
    "www": "www",
    "spaces": " ",
    "dots": ". ",
    "marks": "\u0301\u0323",
    "tashkeel": "\u064e\u0651",
    "spelled-out": "ا.",
    "spaced-out": "ا ",
    "stretched": "اـ",
    "lookalikes": "اa",
    "presentation": "ﷲ",
}


def _seconds(function: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(3):
        begun = time.perf_counter()
        function(text)
        best = min(best, time.perf_counter() - begun)
    return best


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_with_length_not_with_its_square(unit: str) -> None:
    def everything(text: str) -> None:
        for options in ALL:
            normalise(text, options)
        fold(text)
        warnings_for(text)

    # Rules that look for these first must not be skipped.
    short, long = ("@ & < > " + (unit * size)[:size] for size in (2_000, 32_000))
    everything(short)
    # Sixteen times for linear, 256 times for quadratic growth.
    assert _seconds(everything, long) < 100 * _seconds(everything, short)
