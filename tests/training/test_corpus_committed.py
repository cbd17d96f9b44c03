"""The corpus of the repository itself."""

import json
import re
from pathlib import Path

import pytest

from mihwar.themes import Theme, Themes
from training.corpus import Corpus, describe, load_corpus, to_line
from training.split import split_corpus

FOLDER = Path(__file__).parents[2] / "corpus"
THEME_IDS = (
    "international_cooperation",
    "cell_dismantling",
    "terrorist_attack",
    "extremism",
    "prevention",
    "terrorism_financing",
    "organized_crime",
    "border_security",
    "cybersecurity",
    "judicial_proceedings",
    "security_capabilities",
    "international_recognition",
    "regional_conflict",
    "emerging_threats",
    "human_rights",
)
THEMES = Themes("security", tuple(Theme(each, each, each, each) for each in THEME_IDS))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return load_corpus([FOLDER / "*.jsonl"], THEMES)


def test_it_loads_without_a_problem(corpus: Corpus) -> None:
    assert len(corpus) >= 1570
    assert len({each.id for each in corpus.paragraphs}) == len(corpus)
    assert all(each.kind and each.source and each.annotator for each in corpus.paragraphs)


def test_every_line_is_canonical(corpus: Corpus) -> None:
    by_id = {each.id: each for each in corpus.paragraphs}
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            assert line == to_line(by_id[json.loads(line)["id"]])


def test_every_split_knows_every_theme(corpus: Corpus) -> None:
    splits = split_corpus(corpus)
    assert splits.warnings == ()
    assert len(splits.train) / len(corpus) == pytest.approx(0.7, abs=0.05)


def test_the_datasheet_tells_the_counts_of_the_file(corpus: Corpus) -> None:
    text = (FOLDER / "DATASHEET.md").read_text(encoding="utf-8")
    told = {name: int(count.replace(",", "")) for name, count in re.findall(r"^\| (.+) \| ([\d,]+) \|$", text, re.M)}
    rows = describe({"all": corpus.paragraphs}, THEMES)
    counted = {(row.section, row.name): row.counts[0] for row in rows}
    expected = {"all": counted["size", "paragraphs"]}
    for (section, name), count in counted.items():
        if section in ("theme", "kind"):
            expected[f"{section} `{name}`"] = count
        elif section == "themes per paragraph":
            expected[f"{name} theme" if name == "1" else f"{name} themes"] = count
    assert told == expected
    words = ", ".join(f"{name} {count}" for (section, name), count in counted.items() if section == "words")
    assert f"Length in words: {words}." in text
    assert f"({counted['size', 'articles']} articles;" in text


def test_every_theme_is_in_the_guide() -> None:
    guide = (FOLDER / "GUIDE.md").read_text(encoding="utf-8")
    assert [theme_id for theme_id in THEME_IDS if f"| `{theme_id}` |" not in guide] == []
