"""Holding a classifier's answers against the gates of suites."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from ruamel.yaml import YAML

from evaluation.behaviour import Outcome, load_suites, run_suite
from mihwar.classifier import Classifier, Prediction
from mihwar.themes import Theme, Themes

WORDS = {"terrorist_attack": "انفجار", "extremism": "بايع", "terrorism_financing": "حوالات"}
THEMES = Themes("test", tuple(Theme(each, each, each, each) for each in WORDS))


class WordClassifier:
    """Gives a theme .9 where its word stands in the text, and .2 elsewhere; «شخص» costs a text .01 of everything."""

    themes = THEMES

    def classify(self, texts: Sequence[str]) -> list[Prediction]:
        return [self._predict(text) for text in texts]

    def _predict(self, text: str) -> Prediction:
        probabilities = np.array([0.9 if word in text else 0.2 for word in WORDS.values()])
        probabilities -= 0.01 if "شخص" in text else 0
        themes = tuple(theme for theme, word in WORDS.items() if word in text)
        warnings = ("not_arabic",) if text.isascii() else ()
        return Prediction(themes, probabilities, probabilities, (), 1, 1, warnings, None)


def outcome(tmp_path: Path, kind: str, gate: dict[str, Any], *cases: dict[str, Any]) -> Outcome:
    suite = {"name": "x", "question": "?", "kind": kind, "gate": gate}
    suite["cases"] = [{"id": f"c{number}", **case} for number, case in enumerate(cases)]
    with (tmp_path / "x.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(suite, file)
    return run_suite(load_suites(tmp_path, THEMES.ids)[0], cast("Classifier", WordClassifier()))


def test_invariance_counts_flips_of_the_counted_themes(tmp_path: Path) -> None:
    cases = ({"texts": ["وقع انفجار", "وقع حادث", "وقع انفجار شخص"]}, {"texts": ["بايع", "بايع"]})
    found = outcome(tmp_path, "invariance", {"max_flip_rate": 0.3}, *cases)
    assert found.measured["flip_rate"] == pytest.approx(1 / 3)
    assert found.failures == ("flip_rate is 0.333, must be at most 0.3",)
    assert [case.passed for case in found.cases] == [False, True]
    assert found.cases[0].detail == "variant 2: terrorist_attack"
    other = outcome(tmp_path, "invariance", {"max_flip_rate": 0.0, "themes": ["extremism"]}, *cases)
    assert other.passed
    assert other.measured["flip_rate"] == 0
    assert other.measured["flip_rate_of_any_theme"] == pytest.approx(1 / 3)


def test_invariance_bounds_the_shift_and_misses_of_what_must_be_there(tmp_path: Path) -> None:
    gate = {"max_flip_rate": 0.0, "max_mean_shift": 0.005}
    found = outcome(tmp_path, "invariance", gate, {"texts": ["نص", "نص شخص"]})
    assert found.failures == ("mean_shift is 0.010, must be at most 0.005",)
    found = outcome(tmp_path, "invariance", gate, {"texts": ["نص", "نص"], "has": ["extremism"]})
    assert found.measured["flip_rate"] == 1
    assert not found.passed


def test_invariance_under_a_change_of_spelling(tmp_path: Path) -> None:
    found = outcome(tmp_path, "invariance", {"max_flip_rate": 0.0}, {"texts": ["انفجار"], "changes": ["vowelled"]})
    assert not found.passed  # this classifier knows no normaliser


def test_expectations(tmp_path: Path) -> None:
    cases = (
        {"text": "انفجار", "has": ["terrorist_attack"], "lacks": ["extremism"]},
        {"text": "بايع", "nothing": True},
        {"text": "نص", "has": ["extremism"]},
    )
    found = outcome(tmp_path, "expectation", {"min_pass_rate": 0.5}, *cases)
    assert found.measured["pass_rate"] == pytest.approx(1 / 3)
    assert found.failures == ("pass_rate is 0.333, must be at least 0.5",)
    assert [case.detail for case in found.cases] == ["", "has extremism", "lacks extremism"]
    documented = outcome(tmp_path, "expectation", {"min_pass_rate": None}, *cases)
    assert (documented.passed, documented.gated) == (True, False)


def test_equal_recall(tmp_path: Path) -> None:
    gate = {"theme": "terrorist_attack", "max_gap": 0.2, "min_recall": 0.6}
    cases = [
        {"group": "one", "text": "انفجار"},
        {"group": "other", "text": "انفجار"},
        {"group": "other", "text": "حدث"},
    ]
    found = outcome(tmp_path, "equal_recall", gate, *cases)
    assert found.measured == {"recall_one": 1.0, "recall_other": 0.5, "gap": 0.5, "lowest": 0.5}
    assert found.failures == ("gap is 0.500, must be at most 0.2", "lowest is 0.500, must be at least 0.6")
    none = [{"group": "one", "text": "حدث"}, {"group": "other", "text": "حدث"}]
    assert not outcome(tmp_path, "equal_recall", gate, *none).passed


def test_direction(tmp_path: Path) -> None:
    gate = {"rises": "terrorism_financing", "min_pass_rate": 1.0, "max_other_shift": 0.05}
    found = outcome(tmp_path, "direction", gate, {"text": "نص", "added": "وصلت حوالات"})
    assert found.passed
    found = outcome(tmp_path, "direction", gate, {"text": "نص", "added": "وصل شخص"})
    assert [failure.split()[0] for failure in found.failures] == ["pass_rate"]
    found = outcome(tmp_path, "direction", gate, {"text": "نص", "added": "حوالات انفجار"})
    assert [failure.split()[0] for failure in found.failures] == ["other_shift"]


def test_flags(tmp_path: Path) -> None:
    cases = ({"text": "latin", "warning": "not_arabic"}, {"text": "عربي", "warning": None})
    assert outcome(tmp_path, "flag", {"min_pass_rate": 1.0}, *cases).passed
    found = outcome(tmp_path, "flag", {"min_pass_rate": 1.0}, {"text": "عربي", "warning": "suspicious_spelling"})
    assert found.cases[0].detail == "warned: nothing"


def test_company(tmp_path: Path) -> None:
    assert outcome(tmp_path, "company", {"max_shift": 0.0}, {"texts": ["انفجار", "نص", "بايع"]}).passed
