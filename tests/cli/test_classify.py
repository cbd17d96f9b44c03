"""`mihwar classify`: the table and the JSON lines."""

import io
import json
import os
import pty
import sys
from pathlib import Path
from typing import Any

import pytest

ARTICLE = """وقع انفجار كبير في وسط المدينة صباح اليوم وأعقبه اعتقال ثلاثة أشخاص.

نقلت سيارات الإسعاف الجرحى إلى المستشفى القريب من المكان.

اقرأ أيضا: أخبار أخرى
"""

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "article.txt"
    path.write_text(ARTICLE, encoding="utf-8")
    return path


def test_json_lines(mihwar: Any, article: Path) -> None:
    outcome = mihwar("classify", article, "--json")
    assert (outcome.code, outcome.errors) == (0, "")
    first, second, third = map(json.loads, outcome.output.splitlines())
    assert first == {
        "id": "1",
        "kind": "body",
        "start": 0,
        "end": len(first["text"]),
        "text": ARTICLE.splitlines()[0],
        "labels": [{"label": "bombing", "score": 0.9}, {"label": "arrest", "score": 0.9}],
        "scores": [
            {"label": "bombing", "score": 0.9},
            {"label": "arrest", "score": 0.9},
            {"label": "court", "score": 0.2},
        ],
        "uncertain": [],
        "warnings": [],
    }
    assert second["labels"] == []
    assert ARTICLE[second["start"] : second["end"]] == second["text"]
    assert (third["kind"], third["labels"], third["scores"]) == ("boilerplate", [], [])


def test_operating_point_and_what_is_uncertain(mihwar: Any, article: Path) -> None:
    outcome = mihwar("classify", article, "--json", "--operating-point", "high_recall")
    first = json.loads(outcome.output.splitlines()[0])
    assert [label["label"] for label in first["labels"]] == ["bombing", "arrest", "court"]
    assert first["uncertain"] == ["court"]
    outcome = mihwar("classify", article, "--threshold", "court=0.3")
    assert "0.20\u200e?" in outcome.output
    outcome = mihwar("classify", article, "--operating-point", "high_recal")
    assert outcome.code == 2
    assert "it has balanced, high_recall" in outcome.errors


def test_boilerplate_before_the_body_moves_no_answer(mihwar: Any, tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_text("اقرأ أيضا: أخبار أخرى\n\n" + ARTICLE, encoding="utf-8")
    records = [json.loads(line) for line in mihwar("classify", path, "--json").output.splitlines()]
    assert [(record["kind"], len(record["labels"])) for record in records] == [
        ("boilerplate", 0),
        ("body", 2),
        ("body", 0),
        ("boilerplate", 0),
    ]


def test_json_with_evidence(mihwar: Any, article: Path) -> None:
    outcome = mihwar("classify", article, "--json", "--evidence")
    first, second, third = map(json.loads, outcome.output.splitlines())
    bombing = first["evidence"][0]
    assert (bombing["label"], bombing["logit"], bombing["base"]) == ("bombing", 2.0, 0.5)
    (span,) = bombing["spans"]
    assert first["text"][span["start"] : span["end"]] == "انفجار"
    assert second["evidence"] == []
    assert "evidence" not in third


def test_table(mihwar: Any, article: Path) -> None:
    outcome = mihwar("classify", article)
    assert outcome.code == 0
    assert "\x1b" not in outcome.output
    for expected in ("تفجير", "اعتقال", "0.90", "boilerplate", "وقع انفجار كبير"):
        assert expected in outcome.output
    assert "محكمة" not in outcome.output
    # marks that keep the columns in their places
    assert "\u200eتفجير\u200e 0.90\u200e" in outcome.output


def test_table_with_evidence_shows_words(mihwar: Any, article: Path) -> None:
    outcome = mihwar("classify", article, "--evidence")
    assert "تفجير\u200e: \u200eانفجار\u200e +1.50" in outcome.output


def test_long_paragraphs_are_cut_in_the_table_alone(mihwar: Any, tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_text(json.dumps({"text": "كلمة " * 200 + "انفجار"}), encoding="utf-8")
    table = mihwar("classify", path)
    assert "…" in table.output
    assert "تفجير" in table.output
    assert "انفجار" not in table.output
    assert json.loads(mihwar("classify", path, "--json").output)["text"].endswith("انفجار")


def test_nothing_in_a_text_steers_the_terminal(mihwar: Any, tmp_path: Path) -> None:
    path = tmp_path / "evil.jsonl"
    path.write_text(json.dumps({"id": "\x1b[2J", "text": "\x1b]0;title\x07 [red]انفجار[/red] [/]"}), encoding="utf-8")
    outcome = mihwar("classify", path)
    assert outcome.code == 0
    assert "\x1b" not in outcome.output
    assert "[red]انفجار[/red]" in outcome.output


def test_blank_record_gets_its_warning(mihwar: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": " "}\n', encoding="utf-8")
    assert json.loads(mihwar("classify", path, "--json").output)["warnings"] == ["empty"]
    assert "empty" in mihwar("classify", path).output


def test_many_records_keep_their_order(mihwar: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    texts = ["انفجار" if number % 3 else "شيء" for number in range(50)]
    path.write_text("\n".join(json.dumps({"text": text}) for text in texts), encoding="utf-8")
    records = [json.loads(line) for line in mihwar("classify", path, "--json").output.splitlines()]
    assert [record["text"] for record in records] == texts
    assert [bool(record["labels"]) for record in records] == [text == "انفجار" for text in texts]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["0.1"], ["bombing", "arrest", "court"]),
        (["0.95"], []),
        (["court=0.1"], ["bombing", "arrest", "court"]),
        (["bombing=0.95", "0.1"], ["arrest", "court"]),
    ],
)
def test_thresholds(mihwar: Any, article: Path, options: list[str], expected: list[str]) -> None:
    arguments = [part for option in options for part in ("--threshold", option)]
    outcome = mihwar("classify", article, "--json", *arguments)
    first = json.loads(outcome.output.splitlines()[0])
    assert [label["label"] for label in first["labels"]] == expected


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("much", "'much' is not a number between 0 and 1"),
        ("1", "'1' is not a number"),
        ("0", "'0' is not a number"),
        ("nan", "'nan' is not a number"),
        ("bombing=", "'' is not a number"),
        ("bombin=0.5", "did you mean 'bombing'?"),
        ("zzz=0.5", "its themes: bombing, arrest, court"),
    ],
)
def test_wrong_thresholds(mihwar: Any, article: Path, option: str, message: str) -> None:
    outcome = mihwar("classify", article, "--threshold", option)
    assert (outcome.code, outcome.output) == (2, "")
    assert message in outcome.errors


def test_broken_input_is_2_with_every_place(mihwar: Any, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "x"}\n{"text": 1}\nnonsense\n', encoding="utf-8")
    outcome = mihwar("classify", path, "--json")
    assert (outcome.code, outcome.output) == (2, "")
    first, second = outcome.errors.splitlines()
    assert first == f"error: {path}:2  text: must be a string"
    assert second.strip().startswith(f"{path}:3:1  is not valid JSON")


def test_standard_input(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("وقع انفجار في المدينة".encode())))
    outcome = mihwar("classify", "-", "--json")
    assert json.loads(outcome.output)["labels"] == [{"label": "bombing", "score": 0.9}]


@pytest.mark.parametrize("no_color", [False, True])
def test_colour_on_terminals_only(mihwar: Any, article: Path, monkeypatch: pytest.MonkeyPatch, no_color: bool) -> None:
    main, terminal = pty.openpty()
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "120")
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    with open(terminal, "w", encoding="utf-8") as stream:  # noqa: PTH123
        monkeypatch.setattr(sys, "stdout", stream)
        assert mihwar("classify", article).code == 0
        stream.flush()
        shown = os.read(main, 100_000).decode(errors="replace")
    os.close(main)
    assert "تفجير" in shown
    assert ("36m" in shown) is not no_color


def test_progress_goes_to_the_terminal_and_results_do_not(
    mihwar: Any, article: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    main, terminal = pty.openpty()
    monkeypatch.setenv("TERM", "xterm-256color")
    with (
        open(terminal, "w", encoding="utf-8") as errors,  # noqa: PTH123
        (tmp_path / "out.jsonl").open("w", encoding="utf-8") as output,
    ):
        monkeypatch.setattr(sys, "stderr", errors)
        monkeypatch.setattr(sys, "stdout", output)
        assert mihwar("classify", article, "--json").code == 0
        errors.flush()
        shown = os.read(main, 100_000).decode(errors="replace")
    os.close(main)
    assert "Classifying" in shown
    assert "labels" not in shown
    assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 3
