"""The report: what is in it, and what happens while it is written."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.report import Report, report_tables, to_summary, write_report
from evaluation.tables import Table, numeric_columns, to_markdown
from mihwar.errors import SaveError

FILES = ["predictions.jsonl", "report.json", "summary.md"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_json(tmp_path: Path, report: Report) -> None:
    write_report(tmp_path / "new" / "report", replace(report, engine_difference=0.01))
    folder = tmp_path / "new" / "report"
    assert names(folder) == FILES
    data = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    assert data["schema_version"] == 2
    assert data["created_at"] == "2026-01-02T03:04:05+00:00"
    assert data["model"] == {"name": "fake", "version": "1.0.0"}
    assert data["data"] == {"split": "test", "n_paragraphs": 4, "n_articles": 3, "corpus_sha256": "c" * 64}
    assert data["engine_difference"] == 0.01
    assert data["metrics"]["themes"][2]["f1"] == {"value": None, "low": None, "high": None}
    assert data["metrics"]["themes"][0]["f1"]["value"] == pytest.approx(2 / 3)


def test_predictions_hold_no_text(tmp_path: Path, report: Report) -> None:
    write_report(tmp_path, report)
    lines = [json.loads(line) for line in (tmp_path / "predictions.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[1] == {
        "id": "p2",
        "labels": ["rain"],
        "unknown": [],
        "predicted": ["fire", "rain"],
        "probabilities": {"fire": 0.9, "rain": 0.9, "snow": 0.123457},
    }
    assert lines[3]["unknown"] == ["rain", "snow"]
    for name in FILES:
        assert "سوق" not in (tmp_path / name).read_text(encoding="utf-8")


def test_summary_says_not_available(report: Report) -> None:
    summary = to_summary(report)
    assert summary.startswith("# fake 1.0.0\n\n4 paragraphs of 3 articles (split: test, corpus cccccccccccc).")
    assert "| fire | 0.667 |" in summary
    snow = next(line for line in summary.splitlines() if line.startswith("| snow"))
    assert snow == "| snow | n/a |  | n/a | n/a | n/a | 0 | 0.600 |"
    assert "false alarms (1 paragraphs without a theme)" in summary
    assert "engine" not in summary
    assert "| engine against trained model | 0.010 |" in to_summary(replace(report, engine_difference=0.01))


def test_comparison_shows_values_and_differences(report: Report) -> None:
    metrics = report.metrics
    worse_theme = replace(metrics.themes[0], f1=replace(metrics.themes[0].f1, value=0.5))
    other = replace(
        report,
        model_version="0.9.0",
        metrics=replace(
            metrics,
            themes=(worse_theme, *metrics.themes[1:]),
            micro_f1=replace(metrics.micro_f1, value=metrics.micro_f1.value - 0.125),
        ),
    )
    headline, themes = report_tables(report, other)
    assert headline.columns == ("metric", "value", "95 % interval", "other", "difference")
    assert headline.title == "All themes: fake 1.0.0 against fake 0.9.0"
    assert themes.title == "Each theme: fake 1.0.0 against fake 0.9.0"
    micro = next(row for row in headline.rows if row[0] == "micro F1")
    assert micro[4] == "+0.125"
    assert themes.rows[0][:4] == ("fire", "0.667", "0.500", "+0.167")
    assert themes.rows[2][:4] == ("snow", "n/a", "n/a", "n/a")
    assert "| +0.167 |" in to_summary(report, other)


def test_engine_difference_missing_in_the_other_report(report: Report) -> None:
    headline, _ = report_tables(replace(report, engine_difference=0.01), report)
    assert headline.rows[-1] == ("engine against trained model", "0.010", "", "n/a", "n/a")


def test_headline_is_plain_and_rounded(report: Report) -> None:
    headline = report.headline()
    assert headline["n_paragraphs"] == 4
    assert headline["macro_f1"]["value"] == round((2 / 3 + 1) / 2, 6)
    assert json.loads(json.dumps(headline, allow_nan=False)) == headline


def test_writing_again_replaces_the_report_and_nothing_else(tmp_path: Path, report: Report) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    write_report(tmp_path, report)
    write_report(tmp_path, replace(report, model_version="2.0.0"))
    assert names(tmp_path) == sorted(["mine.txt", *FILES])
    assert json.loads((tmp_path / "report.json").read_text())["model"]["version"] == "2.0.0"


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_full_disk_leaves_the_last_report_whole(
    tmp_path: Path, report: Report, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    write_report(tmp_path, report)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    calls = iter(range(1, 10))

    def fsync(_: int) -> None:
        if next(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(SaveError, match="No space left"):
        write_report(tmp_path, replace(report, model_version="2.0.0"))
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before
    assert names(tmp_path) == FILES


def test_folder_that_is_a_file(tmp_path: Path, report: Report) -> None:
    (tmp_path / "report").write_text("a file")
    with pytest.raises(SaveError, match="cannot be written"):
        write_report(tmp_path / "report", report)


def test_markdown_escapes_and_sets_numbers_right() -> None:
    table = Table("T", ("name", "n"), (("a|b", "1"), ("c\\d\ne", "n/a")))
    assert numeric_columns(table) == (False, True)
    assert to_markdown(table) == "## T\n\n| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n| c\\\\d e | n/a |\n"


def test_empty_table() -> None:
    assert numeric_columns(Table("T", ("a",), ())) == (False,)
    assert to_markdown(Table("T", ("a",), ())) == "## T\n\n| a |\n| --- |\n"
