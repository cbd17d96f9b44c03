"""The folder of a report: `report.html` for people, `report.json` and `predictions.jsonl` for programs, and more."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from evaluation.predictions import Predictions, prediction_lines, read_predictions
from evaluation.render.html import to_html
from evaluation.render.junit import to_junit
from evaluation.render.summary import to_summary
from evaluation.report import Evaluation, Report
from mihwar.errors import Problem, ReportError, SaveError

__all__ = ["PREDICTIONS", "REPORT", "read_folder", "read_report", "write_report"]

REPORT = "report.json"
PREDICTIONS = "predictions.jsonl"


def write_report(folder: Path | str, evaluation: Evaluation) -> None:
    """Write a report into a folder; other files in it stay as they are.

    Everything is written aside first, so that a full disk leaves the last report whole.

    Args:
        folder: Made if it is not there.
        evaluation: What to write.

    Raises:
        SaveError: If the folder cannot be written.
    """
    report = evaluation.report
    contents = {
        REPORT: report.to_json(),
        "report.html": to_html(report),
        "summary.md": to_summary(report),
        PREDICTIONS: "".join(prediction_lines(evaluation.predictions)),
        "junit.xml": to_junit(report),
    }
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".report-", dir=folder) as aside:
            for name, content in contents.items():
                _write(Path(aside) / name, content)
            for name in contents:
                (Path(aside) / name).replace(folder / name)
    except OSError as error:
        raise SaveError(f"The report cannot be written to {folder}: {error}.") from error


def read_report(folder: Path) -> Report:
    """Read `report.json` of a folder.

    Args:
        folder: The folder that `write_report` wrote.

    Raises:
        ReportError: If there is none, or one of another version.
    """
    path = folder / REPORT
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"cannot be read ({error}); name a folder that `mihwar evaluate --report` wrote"
        raise ReportError([Problem(message, str(path))]) from error
    return Report.from_json(text, str(path))


def read_folder(folder: Path) -> tuple[Report, Predictions]:
    """Read report and predictions of a folder.

    Args:
        folder: The folder that `write_report` wrote.

    Raises:
        ReportError: If one of them cannot be read.
    """
    return read_report(folder), read_predictions(folder / PREDICTIONS)


def _write(path: Path, content: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
