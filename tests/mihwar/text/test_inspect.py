"""Warnings about texts that should not be trusted to a classifier of Arabic news."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mihwar.text import warnings_for

NEWS = "أوقفت المصالح الأمنية ثلاثة أشخاص يشتبه في ارتباطهم بتنظيم "


@pytest.mark.parametrize(
    "raw",
    [
        "Attaque terroriste à Rabat : trois morts",
        "Police arrested three suspects",
        "el 3amaliya dyal lbare7 f Rabat",
        "Террористический акт",
        "قال BCIJ: three suspects were arrested",
    ],
)
def test_other_languages_are_not_arabic(raw: str) -> None:
    assert warnings_for(raw) == ("not_arabic",)


@pytest.mark.parametrize(
    "raw",
    [
        "د.ا.ع.ش",
        "د-ا-ع-ش",
        "د_ا_ع_ش",
        "د ا ع ش",
        "دَ.ا\u200b.ع.ش",
        "ا ل ا ر ه ا ب",
        "ق.ن.ب.ل.ة",
        "الٯٮٮلة والإرهاٮ",
        "إـرـهـاـب",
        "إرهoب",
        "دАعش",
    ],
)
def test_evasion_is_suspicious(raw: str) -> None:
    assert warnings_for(raw) == ("suspicious_spelling",)
    assert warnings_for(f"{NEWS}{raw} أمس.") == ("suspicious_spelling",)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "   ",
        "2024-05-13",
        "12 km",
        NEWS,
        "د. محمد و م. ع. و ب. ن.",
        "المتهمون ب. ع. و و. ع. ون. ا. م.",
        "المتهم ع. ا. م. ب.",
        "ص.ب 12، ت.ر.ع",
        "وكالة أ.ف.ب (أ ف ب) و.م.ع د.ب.أ",
        "شركة ش.ذ.م.م",
        "الفئات أ ب ج د هـ",
        "المجموعات أ و ب و ج و د",
        "المجموعات أ.ب.ج.د.هـ",
        "الـ17 من الشهر، بـ«المغرب»، 1445 هـ",
        "محمـــد وفعاليــات الجــمــعية",
        "قال الـBCIJ إن iPhone15 وصل",
        "فبراير2024م",
        "انظر https://www.example.com/a/very/long/path/of/latin/letters.html",
        "راسل a.very.long.address@example-of-a-host.com",
        "<p class='a very long attribute of latin letters'>خبر</p>",
        "پلیس گروه",
    ],
)
def test_ordinary_text_raises_no_alarm(raw: str) -> None:
    assert warnings_for(raw) == ()


def test_both_warnings_can_be_given() -> None:
    assert warnings_for("Attaque de د.ا.ع.ش à Rabat") == ("not_arabic", "suspicious_spelling")


@settings(derandomize=True, deadline=None)
@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_any_text_is_inspected(raw: str) -> None:
    assert set(warnings_for(raw)) <= {"not_arabic", "suspicious_spelling"}
