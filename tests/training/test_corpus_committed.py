"""The corpus of the repository itself."""

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mihwar.themes import Theme, Themes
from training.corpus import Corpus, describe, load_corpus, read_references, to_line
from training.corpus.annotation import Annotation, agreement, read_annotations
from training.corpus.quality import near_duplicates, overlaps, read_fingerprints, worn_openings, worn_phrases
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
    assert len(corpus) >= 6000
    assert len({each.id for each in corpus.paragraphs}) == len(corpus)
    assert all(each.kind and each.source and each.annotator for each in corpus.paragraphs)


def test_every_line_is_canonical(corpus: Corpus) -> None:
    by_id = {each.id: each for each in corpus.paragraphs}
    for path in sorted(FOLDER.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]:
            assert line == to_line(by_id[json.loads(line)["id"]])


def test_the_mix_is_the_one_that_was_planned(corpus: Corpus) -> None:
    with_theme = [each for each in corpus.paragraphs if each.labels]
    several = sum(len(each.labels) > 1 for each in with_theme)
    kinds = Counter(each.kind for each in corpus.paragraphs)
    n = len(corpus)
    assert 0.5 <= len(with_theme) / n <= 0.62
    assert 0.3 <= several / len(with_theme) <= 0.48
    assert kinds["hard_negative"] / n >= 0.14
    assert (kinds["other_news"] + kinds["boilerplate"] + kinds["headline"]) / n >= 0.2
    positives = Counter(theme for each in with_theme for theme in each.labels)
    assert min(positives[theme] for theme in THEME_IDS) >= 250
    near = Counter(theme for each in corpus.paragraphs if not each.labels for theme in each.meta.get("near", ()))
    assert min(near[theme] for theme in THEME_IDS) >= 60


def test_lengths_are_those_of_news(corpus: Corpus) -> None:
    lengths = [len(each.text.split()) for each in corpus.paragraphs]
    assert 35 <= np.median(lengths) <= 50
    assert np.quantile(lengths, 0.95) >= 90
    assert max(lengths) <= 165
    assert np.mean(np.array(lengths) < 12) <= 0.05  # headlines and boilerplate


def test_no_paragraph_says_what_another_does(corpus: Corpus) -> None:
    assert near_duplicates(corpus.paragraphs, similarity=0.6) == []


def test_no_opening_and_no_phrase_is_worn_out(corpus: Corpus) -> None:
    written = [each for each in corpus.paragraphs if each.kind != "boilerplate"]
    assert worn_openings(written, n_words=3, limit=len(written) // 300) == []
    assert worn_phrases(written, n_words=6, limit=8) == []


def test_no_sentence_is_from_the_real_news_that_was_looked_at(corpus: Corpus) -> None:
    fingerprints = read_fingerprints(FOLDER / "external" / "fingerprints.npy")
    assert len(fingerprints) > 10_000
    assert overlaps(corpus.paragraphs, fingerprints) == []


@pytest.fixture(scope="module")
def annotations() -> list[Annotation]:
    return read_annotations(FOLDER / "annotations" / "labels.jsonl", THEME_IDS)


def test_every_paragraph_was_labelled_twice(corpus: Corpus, annotations: list[Annotation]) -> None:
    assert sorted(each.id for each in annotations) == [each.id for each in corpus.paragraphs]
    labels = {each.id: set(each.labels) for each in corpus.paragraphs}
    agreed = [each for each in annotations if set(each.first) == set(each.second)]
    assert all(labels[each.id] == set(each.first) for each in agreed)


def test_the_datasheet_tells_the_agreement(annotations: list[Annotation]) -> None:
    text = (FOLDER / "DATASHEET.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (0\.\d+|1\.000) \|$", text, re.M))
    found = agreement(annotations, THEME_IDS)
    assert told == {theme: f"{alpha:.3f}" for theme, alpha in found.alpha_by_theme.items() if alpha is not None}
    assert f"alpha {found.alpha:.3f}, micro-F1 {found.micro_f1:.3f}, macro-F1 {found.macro_f1:.3f}" in text
    assert f"all themes equal in {found.exact:.1%}" in text


def test_references_to_real_text_hold_no_text() -> None:
    references = read_references(FOLDER / "external" / "ant.jsonl", THEME_IDS)
    assert len(references) == 1718
    assert {each.paragraph.split for each in references} == {"train", "calibration"}
    longest = max(len(line) for line in (FOLDER / "external" / "ant.jsonl").read_text(encoding="utf-8").split("\n"))
    assert longest < 700


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
