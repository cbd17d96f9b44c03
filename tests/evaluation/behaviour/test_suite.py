"""Reading files of behavioural cases."""

from collections import Counter
from pathlib import Path

import pytest

from evaluation.behaviour import CASES, load_suites
from mihwar.errors import ConfigError
from training.config import load_themes

THEMES = ("extremism", "terrorist_attack")
GOOD = """
name: neutral
question: Is nothing found?
kind: expectation
gate: {min_pass_rate: 1.0}
cases:
  - {id: a, text: "نص", nothing: true}
"""


def write(folder: Path, *texts: str) -> Path:
    for number, text in enumerate(texts):
        (folder / f"{number:02d}-x.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_cases_of_the_repository() -> None:
    theme_ids = load_themes(Path(__file__).parents[3] / "configs" / "themes" / "security.yaml").ids
    suites = load_suites(CASES, theme_ids)
    assert len(suites) == 12
    assert sum(len(suite.cases) for suite in suites) >= 300
    assert {suite.name for suite in suites if suite.fairness} >= {"religion", "identity", "ideology-recall"}
    # Only what documents, and gates nothing, may go without a bound.
    assert [s.name for s in suites if getattr(s.gate, "min_pass_rate", 1.0) is None] == ["negation"]
    texts = [text for suite in suites for case in suite.cases for text in getattr(case, "texts", ())[:1]]
    assert [text for text, count in Counter(texts).items() if count > 1] == []


def test_a_good_file(tmp_path: Path) -> None:
    (suite,) = load_suites(write(tmp_path, GOOD), THEMES)
    assert (suite.name, suite.fairness, suite.cases[0].id) == ("neutral", False, "a")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("kind: expectation", "kind: wish", "kind"),
        ("name: neutral", "nam: neutral", "nam"),
        ("nothing: true", "nothing: yes please", "cases.0.nothing"),
        ("nothing: true", "has: [extremizm]", "unknown theme 'extremizm'"),
        ("nothing: true", "", "must say what it has"),
        ("min_pass_rate: 1.0", "min_pass_rate: 2.0", "min_pass_rate"),
        ('text: "نص"', 'text: " "', "text"),
        ("cases:", "cases: [", "cannot be read"),
        ("  - {id: a", '  - {id: a, text: "x", nothing: true}\n  - {id: a', "the case 'a' is there twice"),
    ],
)
def test_faults_are_told_with_their_file(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigError) as caught:
        load_suites(write(tmp_path, GOOD.replace(old, new)), THEMES)
    assert any("00-x.yaml" in str(problem) and expected in str(problem) for problem in caught.value.problems)


def test_names_twice_and_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file of cases"):
        load_suites(tmp_path, THEMES)
    with pytest.raises(ConfigError, match="'neutral' is there twice"):
        load_suites(write(tmp_path, GOOD, GOOD), THEMES)


@pytest.mark.parametrize(
    ("case", "expected"),
    [("texts: [a]", "needs two texts"), ("texts: [a], changes: [upside_down]", "unknown changes upside_down")],
)
def test_an_invariance_needs_something_to_compare(tmp_path: Path, case: str, expected: str) -> None:
    text = GOOD.replace("expectation", "invariance").replace("min_pass_rate", "max_flip_rate")
    text = text.replace('text: "نص", nothing: true', case)
    with pytest.raises(ConfigError, match=expected):
        load_suites(write(tmp_path, text), THEMES)
