"""`mihwar quality`: one table, and what it says where there is no real news."""

import json
from pathlib import Path
from typing import Any

import pytest

from mihwar.themes import Theme, Themes
from training.corpus import load_corpus
from training.split import split_corpus

THEMES = Themes("test", tuple(Theme(each, each, each, each) for each in ("bombing", "arrest", "court")))
TEXTS = {"bombing": "وقع انفجار رقم {} في المدينة", "court": "انعقدت محكمة رقم {} اليوم", "": "طقس اليوم {} جميل"}


def write(path: Path, n: int, first: int = 0) -> Path:
    records = []
    for number in range(first, first + n):
        theme = list(TEXTS)[number % 3]
        text, labels = TEXTS[theme].format(number), [theme] if theme else []
        records.append({"id": f"p{number}", "article_id": f"a{number // 2}", "text": text, "labels": labels})
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path / "corpus.jsonl", 90)


@pytest.fixture
def model(tmp_path: Path, models: dict[str, Any], classifier_class: Any) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.yaml").write_text("split:\n  calibration: 0.15\n  test: 0.4\n  salt: mihwar\n")
    models["model"] = classifier_class("fake")
    return folder


def test_one_table_of_both_sets(mihwar: Any, model: Path, corpus: Path, tmp_path: Path) -> None:
    real = write(tmp_path / "real.jsonl", 30, first=1000)
    outcome = mihwar("quality", model, "--real", real, "--test", corpus)
    assert (outcome.code, outcome.errors) == (0, "")
    header = next(line for line in outcome.output.splitlines() if "metric" in line)
    assert header.index("real news") < header.index("test split")
    for name in ("macro F1", "micro F1", "mean average precision", "exact match", "false alarms", "calibration error"):
        assert any(line.split("  ")[1].strip() == name for line in outcome.output.splitlines() if name in line)
    assert "30 (15)" in outcome.output
    assert "Each theme, real news" in outcome.output
    assert "Each theme, test split" in outcome.output
    assert "SKIPPED" not in outcome.output


@pytest.mark.parametrize("real", ["none.jsonl", None])
def test_real_news_that_is_not_there_is_said_to_be_skipped(
    mihwar: Any, model: Path, corpus: Path, tmp_path: Path, real: str | None
) -> None:
    options = ("--real", tmp_path / real) if real else ()
    outcome = mihwar("quality", model, *options, "--test", corpus)
    assert outcome.code == 0
    assert "real news: SKIPPED" in outcome.output
    assert "Each theme, real news" not in outcome.output


def test_a_test_split_that_is_not_the_models_own_is_cautioned_about(mihwar: Any, model: Path, corpus: Path) -> None:
    outcome = mihwar("quality", model, "--test", corpus)
    assert "it may have been trained on some" in outcome.output
    (model / "report").mkdir()
    loaded = load_corpus([corpus], THEMES)
    test = split_corpus(loaded, calibration=0.15, test=0.4, salt="mihwar").test
    (model / "report" / "predictions.jsonl").write_text("".join(f'{{"id": "{each.id}"}}\n' for each in test))
    outcome = mihwar("quality", model, "--test", corpus)
    assert outcome.code == 0
    assert "it may have been trained on some" not in outcome.output


def test_faults_of_both_files_are_found_before_anything_is_judged(mihwar: Any, model: Path, tmp_path: Path) -> None:
    real = write(tmp_path / "real.jsonl", 30)
    outcome = mihwar("quality", model, "--real", real, "--test", tmp_path / "none.jsonl")
    assert outcome.code == 2
    assert "no such file" in outcome.errors
    real.write_text('{"id": "a"}\n')
    outcome = mihwar("quality", model, "--real", real)
    assert outcome.code == 2
    assert f"{real}:1" in outcome.errors
