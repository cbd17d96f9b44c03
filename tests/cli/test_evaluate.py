"""`mihwar evaluate`: tables, report, and refusals."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.evaluate import theme_differences
from mihwar.themes import Theme, Themes
from training.corpus import load_corpus
from training.split import split_corpus

TEXTS = {"bombing": "وقع انفجار رقم {} في المدينة", "court": "انعقدت محكمة رقم {} اليوم", "": "طقس اليوم {} جميل"}
SPLIT = "split:\n  calibration: 0.15\n  test: 0.3\n  salt: mihwar\n"
LENIENT = "gates:\n  ceilings: {}\n  behaviour: false\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    records = []
    for number in range(60):
        theme = list(TEXTS)[number % 3]
        labels = [theme] if theme else []
        text = TEXTS[theme].format(number)
        records.append({"id": f"p{number}", "article_id": f"a{number // 2}", "text": text, "labels": labels})
    path = tmp_path / "corpus.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def model(tmp_path: Path, models: dict[str, Any], classifier_class: Any, corpus: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.yaml").write_text(SPLIT + LENIENT)
    fake = classifier_class("fake")
    loaded = load_corpus([corpus], fake.themes)
    splits = split_corpus(loaded, calibration=0.15, test=0.3, salt="mihwar")
    fake.facts = {"training": {"corpus_sha256": loaded.sha256, "split_sha256": splits.sha256}}
    models["model"] = fake
    return folder


def test_test_split_of_the_model_is_judged(mihwar: Any, model: Path, corpus: Path) -> None:
    outcome = mihwar("evaluate", model, "--data", corpus)
    assert (outcome.code, outcome.errors) == (0, "")
    assert "All themes: fake 1.2.3" in outcome.output
    assert "macro F1 (2 themes)" in outcome.output
    assert "arrest" in outcome.output
    assert "n/a" in outcome.output
    assert "of 60 paragraphs (--split test)" in outcome.output
    assert "flatter" not in outcome.output
    n_test = int(outcome.output.partition("judged on ")[2].split()[0])
    assert 0 < n_test < 40
    assert n_test % 2 == 0  # whole articles


def test_report_is_written(mihwar: Any, model: Path, corpus: Path, tmp_path: Path) -> None:
    outcome = mihwar("evaluate", model, "--data", corpus, "--split", "all", "--report", tmp_path / "report")
    assert outcome.code == 0
    assert "was trained on some of these paragraphs" in outcome.output
    assert f"Report: {tmp_path}/report/report.html" in outcome.output
    data = json.loads((tmp_path / "report" / "report.json").read_text())
    assert data["data"]["split"] == "all"
    assert data["metrics"]["n_paragraphs"] == 60
    assert data["metrics"]["exact_match"]["value"] == 1.0
    assert data["created_at"].endswith("+00:00")


def test_against_another_model(
    mihwar: Any, model: Path, corpus: Path, tmp_path: Path, models: dict[str, Any], classifier_class: Any
) -> None:
    models["other"] = classifier_class("older", training={**models["model"].facts["training"], "split_sha256": "x"})
    arguments = ("evaluate", model, "--data", corpus, "--against", tmp_path / "other", "--report", tmp_path / "report")
    outcome = mihwar(*arguments)
    assert outcome.code == 0
    assert "All themes: fake 1.2.3 against older 1.2.3" in outcome.output
    assert "+0.000" in outcome.output
    assert "older 1.2.3 was trained on another split" in outcome.output
    assert "fake 1.2.3 was trained on" not in outcome.output
    assert "older 1.2.3" in (tmp_path / "report" / "summary.md").read_text()


def test_against_the_report_of_another_model(mihwar: Any, model: Path, corpus: Path, tmp_path: Path) -> None:
    assert mihwar("evaluate", model, "--data", corpus, "--report", tmp_path / "last", "--quick").code == 0
    outcome = mihwar("evaluate", model, "--data", corpus, "--against", tmp_path / "last", "--quick")
    assert outcome.code == 0
    assert "All themes: fake 1.2.3 against fake 1.2.3" in outcome.output
    assert "not worse micro_f1" in outcome.output


def test_the_stored_report_of_another_model_saves_its_inference(
    mihwar: Any, model: Path, corpus: Path, tmp_path: Path, models: dict[str, Any], classifier_class: Any
) -> None:
    models["other"] = classifier_class("older")
    stored = tmp_path / "other" / "report"
    assert mihwar("evaluate", model, "--data", corpus, "--report", stored, "--quick").code == 0

    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("was asked")

    models["other"].classify = never
    arguments = ("evaluate", model, "--data", corpus, "--against", tmp_path / "other", "--quick")
    assert mihwar(*arguments).code == 0


def test_a_gate_that_fails_is_1(mihwar: Any, model: Path, corpus: Path, tmp_path: Path) -> None:
    (model / "config.yaml").write_text(SPLIT + "gates:\n  ceilings: {expected_calibration_error: 0.0001}\n")
    outcome = mihwar("evaluate", model, "--data", corpus, "--quick", "--report", tmp_path / "report")
    assert outcome.code == 1
    assert "Verdict: fail. 1 of " in outcome.output
    assert "ceiling expected_calibration_error" in outcome.output
    assert (tmp_path / "report" / "junit.xml").read_text().count("<failure") == 1


def test_gates_of_another_config(mihwar: Any, model: Path, corpus: Path, tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    strict = tmp_path / "strict.yaml"
    strict.write_text(
        f"extends: {root}/configs/baseline.yaml\ngates: {{ceilings: {{expected_calibration_error: 0.0001}}}}\n"
    )
    assert mihwar("evaluate", model, "--data", corpus, "--quick", "--gates", strict).code == 1
    strict.write_text(f"extends: {root}/configs/baseline.yaml\ngates: {{ceilngs: {{}}}}\n")
    outcome = mihwar("evaluate", model, "--data", corpus, "--quick", "--gates", strict)
    assert outcome.code == 2
    assert "did you mean" in outcome.errors


def test_no_texts(mihwar: Any, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.jsonl"
    lines = [{"id": f"p{i}", "article_id": str(i), "text": f"انفجار سري {i}", "labels": ["court"]} for i in range(20)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for option, shown in (("--texts", True), ("--no-texts", False)):
        mihwar("evaluate", model, "--data", path, "--split", "all", "--quick", option, "--report", tmp_path / "r")
        assert ("سري" in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")) == shown


def test_against_a_model_with_other_themes(
    mihwar: Any, model: Path, corpus: Path, tmp_path: Path, models: dict[str, Any], classifier_class: Any
) -> None:
    models["other"] = classifier_class("older", themes=Themes("test", models["model"].themes.items[:2]))
    outcome = mihwar("evaluate", model, "--data", corpus, "--against", tmp_path / "other")
    assert outcome.code == 2
    assert "only one of them knows court" in outcome.errors


def test_other_corpus_is_said(mihwar: Any, model: Path, corpus: Path, models: dict[str, Any]) -> None:
    models["model"].facts = {"training": {"corpus_sha256": "other"}}
    assert "was trained on another corpus" in mihwar("evaluate", model, "--data", corpus).output


@pytest.mark.parametrize(
    "content", [None, "split: [", "split: {}\n", "name: x\n", "split:\n  tset: 0.3\n", "- 1\n", "\xff"]
)
def test_model_that_does_not_say_its_split(mihwar: Any, model: Path, corpus: Path, content: str | None) -> None:
    (model / "config.yaml").unlink()
    if content is not None:
        (model / "config.yaml").write_bytes(content.encode("latin-1"))
    outcome = mihwar("evaluate", model, "--data", corpus)
    readable = content in (None, "split: {}\n", "name: x\n", "split:\n  tset: 0.3\n")
    if content == "split: {}\n":  # the defaults of the schema
        assert outcome.code in (0, 1)
    elif readable:
        assert outcome.code == 2
        assert "say --split all" in outcome.errors
    else:
        assert outcome.code == 2
        assert "config.yaml cannot be read" in outcome.errors
    if readable:
        assert mihwar("evaluate", model, "--data", corpus, "--split", "all").code in (0, 1)


def test_too_few_articles_for_a_split(mihwar: Any, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps({"id": "1", "article_id": "a", "text": "انفجار", "labels": ["bombing"]}))
    outcome = mihwar("evaluate", model, "--data", path)
    assert outcome.code == 2
    assert "to judge on all paragraphs, say --split all" in outcome.errors
    assert mihwar("evaluate", model, "--data", path, "--split", "all").code == 0


def test_broken_corpus_is_2_with_the_line(mihwar: Any, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"id": "1", "text": "x", "labels": ["bombin"]}\n')
    outcome = mihwar("evaluate", model, "--data", path)
    assert outcome.code == 2
    assert f"{path}:1" in outcome.errors
    assert "bombing" in outcome.errors


def test_report_folder_that_cannot_be_written(mihwar: Any, model: Path, corpus: Path) -> None:
    outcome = mihwar("evaluate", model, "--data", corpus, "--report", corpus / "report")
    assert outcome.code == 2
    assert "cannot be written" in outcome.errors


# --- themes ---------------------------------------------------------------------------------------


def theme_file(path: Path, themes: Themes) -> Path:
    lines = ["schema_version: 1", f"name: {themes.name}", "themes:"]
    for theme in themes.items:
        lines += [f"  - id: {theme.id}", f"    name: {{ar: {theme.name_ar}, en: {theme.name_en}}}"]
        lines += [f"    definition: {theme.definition}"]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_equal_theme_file_is_accepted(
    mihwar: Any, model: Path, corpus: Path, tmp_path: Path, models: dict[str, Any]
) -> None:
    path = theme_file(tmp_path / "themes.yaml", models["model"].themes)
    assert mihwar("evaluate", model, "--data", corpus, "--themes", path).code == 0


def test_changed_theme_file_is_refused(
    mihwar: Any, model: Path, corpus: Path, tmp_path: Path, models: dict[str, Any]
) -> None:
    themes = models["model"].themes
    changed = Themes(themes.name, (replace(themes.items[0], definition="Fire."), *themes.items[1:]))
    path = theme_file(tmp_path / "themes.yaml", changed)
    outcome = mihwar("evaluate", model, "--data", corpus, "--themes", path)
    assert (outcome.code, outcome.output) == (2, "")
    assert f"{path}  is not the theme file that fake 1.2.3 was trained with" in outcome.errors
    assert "theme 'bombing': the definition has changed" in outcome.errors


def test_differences_of_themes(models: dict[str, Any]) -> None:
    themes: Themes = models["security-themes"].themes
    a, b, c = themes.items
    new = Theme("new", "جديد", "New", "New.")
    assert theme_differences(themes, themes) == []
    assert theme_differences(themes, Themes("test", (a, c, new))) == [
        "theme 'arrest' is missing",
        "theme 'new' is new",
    ]
    assert theme_differences(themes, Themes("test", (b, a, c))) == [
        "the order differs; the model's is bombing, arrest, court"
    ]
    renamed = replace(a, name_ar="انفجار", codes={"iptc": ("medtop:1",)})
    assert theme_differences(themes, Themes("mine", (renamed, b, c))) == [
        "theme 'bombing': the Arabic name was 'تفجير' and is 'انفجار'",
        "theme 'bombing': the codes have changed",
        "its name was 'test' and is 'mine'",
    ]
