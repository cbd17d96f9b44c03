"""`mihwar compare` and `mihwar report`: reports that were written before."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import output_console, show
from cli.model import DEFAULT_MODEL, model_folder

if TYPE_CHECKING:
    from evaluation.predictions import Predictions
    from evaluation.report import Report

__all__ = ["EXAMPLES", "app", "compare"]

EXAMPLES = """Examples:

  mihwar compare reports/new reports/last
  mihwar compare models/new models/security-themes"""

app = typer.Typer(
    name="report",
    help="Look at reports, and say what report.json holds.",
    no_args_is_help=True,
    epilog="Examples:\n\n  mihwar report open\n  mihwar report open reports/new\n  mihwar report schema",
)

_Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a report, or of a model that carries one.")]


def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of a report, or of a model that carries one.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The other one.")],
) -> None:
    """Hold two reports against each other: A minus B.

    Differences and their intervals are of the paragraphs that both were judged on, from paired draws of articles.
    """
    from evaluation.comparison import compare as compare_predictions
    from evaluation.render.tables import compare_reports
    from mihwar.errors import Problem, ReportError

    (one, mine), (other, theirs) = _read(first), _read(second)
    try:
        comparison = compare_predictions(mine, theirs, other.model.label)
    except ValueError as error:
        raise ReportError([Problem(f"cannot be compared with {second}: {error}", str(first))]) from error
    notes = ["the two reports have no paragraph in common: differences would mean nothing"]
    if comparison is not None:
        notes = [f"{comparison.n_paragraphs:,} paragraphs in common, {comparison.n_left_out:,} of A left out"]
    show(compare_reports(one, other, comparison), notes)


@app.command("open")
def open_report(folder: _Folder = DEFAULT_MODEL) -> None:
    """Open report.html in the browser."""
    from mihwar.errors import Problem, ReportError

    page = _folder(folder) / "report.html"
    if not page.exists():
        raise ReportError([Problem("there is no report.html; make it with `mihwar evaluate --report`", str(page))])
    if not webbrowser.open(page.resolve().as_uri()):
        output_console().print(f"There is no browser here; open {page.resolve()}", markup=False, soft_wrap=True)


@app.command()
def schema() -> None:
    """Print the JSON Schema of report.json."""
    import json

    from cli.console import write_line
    from evaluation.report import Report

    write_line(json.dumps(Report.schema(), indent=2, ensure_ascii=False))


def _folder(folder: Path) -> Path:
    folder = model_folder(folder)
    return folder / "report" if (folder / "report").is_dir() else folder


def _read(folder: Path) -> tuple[Report, Predictions]:
    from evaluation.folder import read_folder

    return read_folder(_folder(folder))
