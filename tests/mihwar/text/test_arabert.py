"""The AraBERT v0.2 rules: equal to the original, or repaired first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mihwar.text import NormaliserOptions, normalise

GOLDEN: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "arabert_v02_golden.json").read_text(encoding="utf-8")
)


def compatible(raw: str) -> str:
    return normalise(raw, NormaliserOptions("arabert", "compatible")).text


def repaired(raw: str) -> str:
    return normalise(raw, NormaliserOptions("arabert", "repaired")).text


def test_there_are_31_golden_pairs() -> None:
    assert len(GOLDEN) == 31


@pytest.mark.parametrize("pair", GOLDEN, ids=[pair["id"] for pair in GOLDEN])
def test_compatible_equals_the_original(pair: dict[str, Any]) -> None:
    assert compatible(pair["input"]) == pair["output"]


# Outputs of the original preprocessor, observed beyond the golden pairs.
@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ab5جد6x", "ab 5 جد 6x"),
        ("xجد6ب7y", "xجد 6 ب 7y"),
        ("xجد6y", "x جد 6 y"),
        ("[5ا]", "[ 5 ا ]"),
        ("5a", "5a"),
        ("xhttps://foo.com/a?b=1 x", "x [رابط] x"),
        ("http://مصر.com/x y", "[رابط] y"),
        ("a://b", "a [رابط] b"),
        ("a.com", "[رابط]"),
        ("hespress.comhespress.com٣", "[رابط] [رابط] 3"),
        ("hespress.comمغرب", "[رابط] مغرب"),
        ("HESPRESS.COM", "HESPRESS . COM"),
        ("(علي@موقع.مغرب)", "( [بريد] )"),
        (".@DGSN", "[بريد]"),
        ("@a@b", "[بريد]"),
        ("a@b.c.d@e", "[بريد] [مستخدم]"),
        ("a@", "a @"),
        ("&notit;", "it ;"),
        ("&amp;lt;", "lt ;"),
        ("<>", "< >"),
        ("</>", ""),
        ("<x<br/>y>z", "y > z"),
        ("&lt؛-<br />12>", ""),
        ("<<br />b", "< b"),
        ("///", "- -"),
        ("111 ١١١ aaa", "111 111 aa"),
    ],
)
def test_compatible_beyond_the_golden_pairs(raw: str, expected: str) -> None:
    assert compatible(raw) == expected


# Each defect of v0.2 that was measured, and what becomes of it.
@pytest.mark.parametrize(
    ("raw", "lost", "expected"),
    [
        ("هٰذا الرحمٰن", "ه ذا الرحم ن", "هذا الرحمن"),
        ("ﻻ ﷲ ﺍﻟ", "", "لا الله ال"),
        ("گروه پلیس", "روه ل س", "كروه بليس"),
        ("ڭ گ پ چ ڤ", "", "ك ك ب ج ف"),
        ("ڨفصة أݣادير", "فصة أ ادير", "قفصة أكادير"),
        ("۲۰۲۴", "", "2024"),
        ("sécurité à Œuvre", "s curit uvre", "securite a OEuvre"),
        ("se\u0301curite\u0301", "se curite", "securite"),
        ("الا\u0654من", "الا \u0654 من", "الأمن"),
        ("ٱلله", "ٱ لله", "الله"),
        ("3 < 5 و 6 > 4", "3 4", "3 < 5 و 6 > 4"),
        ("دا\u200bعش", "دا عش", "داعش"),
        ("الر\u200dباط", "الر باط", "الرباط"),
        ("‹a› ‑ b", "a b", '" a " - b'),
    ],
)
def test_repaired_keeps_what_the_original_loses(raw: str, lost: str, expected: str) -> None:
    assert compatible(raw) == lost
    assert repaired(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("عام ٢٠٢٤/٠٥/١٣", "عام 2024 - 05 - 13"),
        ("فبراير2024م", "فبراير 2024 م"),
        ("«الخلية» (DGSN)", "« الخلية » ( DGSN )"),
        ("انظر https://www.hespress.com/a.html أو a.b@dgsn.ma أو @DGSN_MAROC", "انظر [رابط] أو [رابط] أو [مستخدم]"),
        ("<p>نص<br />جديد</p> &laquo;كلمة&raquo;", "نص جديد « كلمة »"),
        ("هههههه!!!", "هه ! !"),
        ("كلمة\u200cزو", "كلمة زو"),
        ("إلى مدرسة أؤئآ", "إلى مدرسة أؤئآ"),
        ("خبر 🔥", "خبر"),
        ("ﷺ", ""),
    ],
)
def test_repaired_then_applies_the_rules(raw: str, expected: str) -> None:
    assert repaired(raw) == expected


def test_repaired_equals_compatible_on_clean_news() -> None:
    raw = "أوقفت المصالح الأمنية، يوم 13 ماي 2024، ثلاثة أشخاص بمدينة «سلا» (BCIJ)؛ وحجزت 1,500 درهم."
    assert repaired(raw) == compatible(raw)


def test_special_tokens_point_at_what_they_replace() -> None:
    raw = "انظر https://x.ma/y الآن"
    for setting in ("compatible", "repaired"):
        normalised = normalise(raw, NormaliserOptions("arabert", setting))
        start = normalised.text.index("[رابط]")
        begin, end = normalised.raw_span(start, start + len("[رابط]"))
        assert raw[begin:end] == "https://x.ma/y"
