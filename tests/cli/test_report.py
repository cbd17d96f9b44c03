"""`mihwar compare` and `mihwar report`: reports that were written before."""

from __future__ import annotations

import json
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from evaluation.folder import write_report
from evaluation.run import Paragraphs, evaluate_classifier
from mihwar.paragraph import LabelledParagraph


@pytest.fixture
def reports(tmp_path: Path, classifier_class: Any) -> tuple[Path, Path]:
    words = {"انفجار": ("bombing",), "محكمة": ("court",), "طقس": ()}
    paragraphs = [
        LabelledParagraph(f"p{i}", f"{word} {i}", labels, article_id=f"a{i // 2}")
        for i, (word, labels) in enumerate(list(words.items()) * 10)
    ]
    folders = tmp_path / "first", tmp_path / "model" / "report"
    for name, folder, part in (("new", folders[0], paragraphs), ("old", folders[1], paragraphs[5:])):
        made = evaluate_classifier(classifier_class(name), Paragraphs(part), thorough=False, draws=20)
        write_report(folder, made)
    return folders


def test_two_reports(mihwar: Any, reports: tuple[Path, Path]) -> None:
    outcome = mihwar("compare", reports[0], reports[1].parent)  # a model folder that carries its report
    assert (outcome.code, outcome.errors) == (0, "")
    assert "new 1.2.3 against old 1.2.3" in outcome.output
    assert "25 paragraphs in common, 5 of A left out" in outcome.output
    assert "p (McNemar, Holm)" in outcome.output


def test_reports_without_common_paragraphs(mihwar: Any, reports: tuple[Path, Path], tmp_path: Path) -> None:
    path = reports[1] / "predictions.jsonl"
    path.write_text(path.read_text().replace('"id": "p', '"id": "q'))
    outcome = mihwar("compare", *reports)
    assert outcome.code == 0
    assert "no paragraph in common" in outcome.output


def test_reports_of_other_themes(mihwar: Any, reports: tuple[Path, Path]) -> None:
    path = reports[1] / "predictions.jsonl"
    path.write_text(path.read_text().replace("court", "fire"))
    outcome = mihwar("compare", *reports)
    assert outcome.code == 2
    assert "only one of the two models knows court, fire" in outcome.errors


def test_what_is_no_report(mihwar: Any, reports: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = mihwar("compare", reports[0], tmp_path / "nowhere")
    assert outcome.code == 2
    assert "mihwar evaluate --report" in outcome.errors
    (reports[0] / "report.json").write_text('{"schema_version": 2}')
    outcome = mihwar("compare", *reports)
    assert outcome.code == 2
    assert "make the report anew" in outcome.errors


def test_open(mihwar: Any, reports: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda address: not opened.append(address))
    assert mihwar("report", "open", reports[1].parent).code == 0
    assert opened == [(reports[1] / "report.html").as_uri()]
    monkeypatch.setattr(webbrowser, "open", lambda _: False)
    assert "There is no browser here" in mihwar("report", "open", reports[0]).output
    outcome = mihwar("report", "open", tmp_path)
    assert outcome.code == 2
    assert "there is no report.html" in outcome.errors


def test_schema(mihwar: Any) -> None:
    outcome = mihwar("report", "schema")
    assert outcome.code == 0
    assert json.loads(outcome.output)["title"] == "Report on a Mihwar model"
