"""The plain normaliser, and the repairs it shares with the repaired AraBERT one."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from mihwar.text import NormaliserOptions, normalise
from mihwar.text.repair import INVISIBLE


def plain(raw: str) -> str:
    return normalise(raw, NormaliserOptions("plain")).text


@pytest.mark.parametrize(
    "raw",
    [
        "Rabat, sécurité: BCIJ (DGSN) à 50%",
        "إلى مدرسة أإآؤئ",
        "3 < 5 و 6 > 4",
        "AT&T & R&D",
        "https://www.hespress.com/a_b?x=1&copy=2",
        "Mohammed III",
        "1000000 و 3.14",
        "日本 Привет हिन्दी 🔥",
    ],
)
def test_what_needs_no_change_stays(raw: str) -> None:
    assert plain(raw) == raw


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param("قَالَ الوَزِيرُ", "قال الوزير", id="tashkeel"),
        pytest.param("شدَّة شدّ\u064eة", "شدة شدة", id="tashkeel-order"),
        pytest.param("العـــربية الـ17 ـ", "العربية ال17", id="tatweel"),
        pytest.param("هٰذا", "هذا", id="dagger-alef"),
        pytest.param("ٱلله", "الله", id="alef-wasla"),
        pytest.param("ا\u0655ن ا\u0653ن و\u0654 ی\u0654", "إن آن ؤ ئ", id="decomposed"),
        pytest.param("ا\u064e\u0654من", "أمن", id="decomposed-with-tashkeel"),
        pytest.param("e\u0301", "é", id="nfc-latin"),
        pytest.param("ﻻ ﷲ ﺍﻟﺮﺑﺎﻁ", "لا الله الرباط", id="presentation-forms"),
        pytest.param("اﹰب اﱠب", "اب اب", id="presentation-marks"),
        pytest.param("الرسول ﷺ في", "الرسول في", id="honorific"),
        pytest.param("پلیس گروه ڤ چ ڭ ۀ ۓ", "بليس كروه ف ج ك ه ئ", id="persian"),
        pytest.param("ٯٮلة ڡں", "قبلة فن", id="undotted"),
        pytest.param("٢٠٢٤ ۲۰۲۴ ٪٥٠ ٣٫٥", "2024 2024 %50 3.5", id="digits"),
        pytest.param("\u202bنص\u202c \u2067ا\u2069 ب\u200f", "نص ا ب", id="bidi"),
        pytest.param("د\u200bا\u200cع\u2060ش", "داعش", id="zero-width"),
        pytest.param("كلمة\u200cزو كلمة\u200fأخرى", "كلمة زو كلمة أخرى", id="zero-width-for-space"),
        pytest.param("a\x00b\x7f\ufeff", "ab", id="controls"),
        pytest.param("«أ» “ب” „ج‟ ‹د› ''ه'' ’", '"أ" "ب" "ج" "د" "ه" \'', id="quotes"),
        pytest.param("أ – ب — ج − د", "أ - ب - ج - د", id="dashes"),
        pytest.param("أ... ب…… ج. . . د..", "أ… ب… ج… د…", id="ellipsis"),
        pytest.param("قال ، ثم ؟ نعم .", "قال، ثم؟ نعم.", id="space-before-punctuation"),
        pytest.param("عدد .5", "عدد .5", id="space-before-number"),
        pytest.param("هههههه!!!!! لااااا 1111 wwww", "هه!! لاا 1111 ww", id="repeats"),
        pytest.param(" a\u00a0b\n\n\tc\u2028d\u3000", "a b c d", id="white-space"),
        pytest.param("<p class='x'>نص<br/>جديد</p><!-- x -->", "نص جديد", id="tags"),
        pytest.param("x <a y <b>z</b>", "x <a y z", id="open-tag"),
        pytest.param("&laquo;كلمة&raquo;&nbsp;&#1575;&#x628;", '"كلمة" اب', id="entities"),
        pytest.param("&amp;quot;x&amp;quot; &am\u200bp; y", '"x" & y', id="entities-twice"),
        pytest.param("&lt;b&gt;x&lt;/b&gt;", "x", id="escaped-tags"),
        pytest.param("&nosuch; &#xD800;", "&nosuch; \ufffd", id="no-such-entity"),
        pytest.param("", "", id="empty"),
        pytest.param(" \u200f\u064e ", "", id="blank"),
    ],
)
def test_rule(raw: str, expected: str) -> None:
    assert plain(raw) == expected


def test_nothing_hostile_makes_a_text_much_longer() -> None:
    worst = "".join(map(chr, range(0xFB50, 0xFEFD)))
    for kind in ("plain", "arabert"):
        for character in worst:
            assert len(normalise(character, NormaliserOptions(kind)).text) <= 4, f"U+{ord(character):04X}"


def test_every_format_character_is_invisible() -> None:
    listed = {c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) == "Cf"}
    assert plain("".join(sorted(listed))) == ""


def test_invisible_characters_are_no_letters_and_no_spaces() -> None:
    ranges = iter(INVISIBLE.replace("-", ""))
    assert not any(character.isalnum() or character.isspace() for character in ranges)


def test_highlight_takes_the_marks_along() -> None:
    raw = "قال الوَزِيرُ أمس"
    normalised = normalise(raw, NormaliserOptions("plain"))
    start = normalised.text.index("الوزير")
    begin, end = normalised.raw_span(start, start + len("الوزير"))
    assert raw[begin:end] == "الوَزِيرُ"


def test_deep_nesting_of_entities_ends() -> None:
    assert "&" not in plain("&" + "amp;" * 50 + "lt;")
