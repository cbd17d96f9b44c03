"""The folder of a report: what is in it, and what happens while it is written."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.folder import read_folder, read_report, write_report
from evaluation.report import Evaluation
from mihwar.errors import ReportError, SaveError

FILES = ["junit.xml", "predictions.jsonl", "report.html", "report.json", "summary.md"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def other(evaluation: Evaluation) -> Evaluation:
    return replace(
        evaluation, report=replace(evaluation.report, model=replace(evaluation.report.model, version="2.0.0"))
    )


def test_all_files_are_written_and_read_back(tmp_path: Path, evaluation: Evaluation) -> None:
    folder = tmp_path / "new" / "report"
    write_report(folder, evaluation)
    assert names(folder) == FILES
    report, predictions = read_folder(folder)
    assert report == evaluation.report
    assert predictions.paragraph_ids == evaluation.predictions.paragraph_ids
    assert predictions.decisions.tolist() == evaluation.predictions.decisions.tolist()


def test_predictions_hold_no_text(tmp_path: Path, evaluation: Evaluation) -> None:
    write_report(tmp_path, evaluation)
    content = (tmp_path / "predictions.jsonl").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in content.split("\n") if line]
    assert lines[1] == {
        "id": "p2",
        "article_id": "a1",
        "labels": ["rain"],
        "unknown": [],
        "predicted": ["fire", "rain"],
        "probabilities": {"fire": 0.9, "rain": 0.9, "snow": 0.123457},
    }
    assert lines[3]["unknown"] == ["rain", "snow"]
    assert "سوق" not in content


def test_writing_again_replaces_the_report_and_nothing_else(tmp_path: Path, evaluation: Evaluation) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    write_report(tmp_path, evaluation)
    write_report(tmp_path, other(evaluation))
    assert names(tmp_path) == sorted(["mine.txt", *FILES])
    assert read_report(tmp_path).model.version == "2.0.0"


@pytest.mark.parametrize("fails_at", [1, 2, 3, 4, 5])
def test_full_disk_leaves_the_last_report_whole(
    tmp_path: Path, evaluation: Evaluation, monkeypatch: pytest.MonkeyPatch, fails_at: int
) -> None:
    write_report(tmp_path, evaluation)
    before = {name: (tmp_path / name).read_bytes() for name in FILES}
    calls = iter(range(1, 10))

    def fsync(_: int) -> None:
        if next(calls) == fails_at:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", fsync)
    with pytest.raises(SaveError, match="No space left"):
        write_report(tmp_path, other(evaluation))
    assert {name: (tmp_path / name).read_bytes() for name in FILES} == before
    assert names(tmp_path) == FILES


def test_folder_that_is_a_file(tmp_path: Path, evaluation: Evaluation) -> None:
    (tmp_path / "report").write_text("a file")
    with pytest.raises(SaveError, match="cannot be written"):
        write_report(tmp_path / "report", evaluation)


def test_folder_without_a_report(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="mihwar evaluate --report"):
        read_report(tmp_path)
