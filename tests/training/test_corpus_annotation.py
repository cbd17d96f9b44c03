"""Agreement of two labellings."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihwar.errors import CorpusError
from training.corpus.annotation import Annotation, agreement, read_annotations

THEMES = ("extremism", "cybersecurity", "prevention")


def test_alpha_of_a_worked_example() -> None:
    """Two coders, ten units, nominal: Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section A."""
    meg = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0]
    owen = [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    pairs = [
        Annotation(str(number), ("extremism",) * one, ("extremism",) * other)
        for number, (one, other) in enumerate(zip(meg, owen, strict=True))
    ]
    found = agreement(pairs, ("extremism",))
    assert found.alpha == pytest.approx(0.095, abs=0.001)
    assert found.exact == pytest.approx(0.6)
    assert found.counts["extremism"] == (2, 4, 1)
    assert found.micro_f1 == pytest.approx(2 / 6)


def test_a_theme_that_nobody_gave_has_no_alpha_and_does_not_count() -> None:
    found = agreement([Annotation("a", ("extremism",), ("extremism",)), Annotation("b", (), ())], THEMES)
    assert found.alpha_by_theme == {"extremism": 1.0, "cybersecurity": None, "prevention": None}
    assert (found.macro_f1, found.micro_f1, found.exact) == (1.0, 1.0, 1.0)


LABELS = st.lists(st.sampled_from(THEMES), unique=True).map(tuple)


@given(st.lists(st.tuples(LABELS, LABELS), min_size=1, max_size=20))
def test_agreement_does_not_depend_on_who_was_first(pairs: list[tuple[Any, Any]]) -> None:
    one = agreement([Annotation(str(n), a, b) for n, (a, b) in enumerate(pairs)], THEMES)
    other = agreement([Annotation(str(n), b, a) for n, (a, b) in enumerate(pairs)], THEMES)
    assert one.micro_f1 == pytest.approx(other.micro_f1)
    cells = {theme in labels for pair in pairs for labels in pair for theme in THEMES}
    assert (one.alpha is None) == (len(cells) == 1)
    if one.alpha is None:
        assert other.alpha is None
    else:
        assert one.alpha == pytest.approx(other.alpha)
        assert one.alpha <= 1


@pytest.mark.parametrize(
    "line",
    [
        {"id": "a", "first": []},
        {"id": "a", "first": [], "second": ["cyber"]},
        {"id": "a", "first": "extremism", "second": []},
        {"id": "a", "first": None, "second": []},
        {"id": "a", "first": 5, "second": []},
        {"id": "a", "first": ["extremism", "extremism"], "second": []},
        {"id": "a", "first": [["extremism"]], "second": []},
        {"id": "x", "first": [], "second": []},
        {"id": 5, "first": [], "second": []},
        {"id": "a", "first": [], "second": [], "third": []},
    ],
)
def test_broken_lines_are_told_with_their_place(tmp_path: Path, line: dict[str, Any]) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps({"id": "x", "first": [], "second": []}) + "\n" + json.dumps(line) + "\n")
    with pytest.raises(CorpusError, match=r"labels\.jsonl:2"):
        read_annotations(path, THEMES)
    path.write_text("")
    with pytest.raises(CorpusError, match="nothing in it"):
        read_annotations(path, THEMES)
