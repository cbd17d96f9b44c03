"""Other ways to write the same text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.behaviour.changes import CHANGES
from mihwar.text import NormaliserOptions, fold, normalise

TEXT = "أعلنت المصالح الأمنية في «مراكش» توقيف 12 شخصا بينهم ثلاث نساء على متن سيارة قديمة قرب المستشفى الإقليمي."
# What the plain normaliser undoes; the other changes are other letters, which an encoder may read differently.
UNDONE = ("vowelled", "stretched", "eastern_digits", "straight_quotes", "presentation_forms", "zero_width")


@pytest.mark.parametrize("name", CHANGES)
def test_each_changes_an_ordinary_text_and_no_word_of_it(name: str) -> None:
    changed = CHANGES[name](TEXT)
    assert changed != TEXT
    assert fold(changed) == fold(TEXT)


@pytest.mark.parametrize("name", [*UNDONE, "direction_marks"])
def test_the_normaliser_undoes_what_says_nothing(name: str) -> None:
    options = NormaliserOptions("plain")
    assert normalise(CHANGES[name](TEXT), options).text == normalise(TEXT, options).text


@given(st.text(max_size=80), st.sampled_from(sorted(CHANGES)))
def test_any_text_can_be_changed(text: str, name: str) -> None:
    assert isinstance(CHANGES[name](text), str)
