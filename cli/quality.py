"""`mihwar quality`: one table of how good a model is, on real news and on its test split."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import output_console, progress_bar, show
from cli.model import DEFAULT_MODEL, MODEL_VARIABLE, load_classifier, model_folder, split_corpus_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluation.calibration import Calibration
    from evaluation.metrics import Metrics
    from mihwar.classifier import Classifier
    from mihwar.paragraph import LabelledParagraph

__all__ = ["EXAMPLES", "quality"]

EXAMPLES = """Examples:

  mihwar quality models/security-themes --real ../real_dev.jsonl
  mihwar quality models/security-themes --real mine.jsonl --test "corpus/*.jsonl\""""

REAL, TEST = "real news", "test split"


def quality(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="Model folder.", envvar=MODEL_VARIABLE)
    ] = DEFAULT_MODEL,
    real: Annotated[
        Path | None, typer.Option(help="Labelled paragraphs of real news, none of which the model has seen.")
    ] = None,
    test: Annotated[
        list[str] | None, typer.Option(help="Corpus whose test split is judged; default corpus/*.jsonl; repeatable.")
    ] = None,
) -> None:
    """Print one table: the model on real news and on its own test split, with 95 % intervals drawn by article.

    Means are over the themes with at least 10 positives. Thresholds are the model's; nothing is tuned here.
    """
    from evaluation.render.tables import quality_tables
    from training.corpus import load_corpus

    classifier = load_classifier(model)
    notes: list[str] = []
    sets: dict[str, Sequence[LabelledParagraph]] = {}
    if real is None or not real.is_file():
        why = "no file was named" if real is None else f"{real} is not there"
        notes.append(f"{REAL}: SKIPPED, {why}; the test split alone says little about real news")
    else:
        sets[REAL] = load_corpus([real], classifier.themes).paragraphs
    corpus = load_corpus(test or ["corpus/*.jsonl"], classifier.themes)
    sets[TEST] = split_corpus_of(model_folder(model), corpus)[0]
    if {paragraph.id for paragraph in sets[TEST]} != _ids_of_report(model_folder(model)):
        notes.append(
            f"{TEST}: not the paragraphs that the model's own report was made on; it may have been trained on some"
        )
    judged = {name: _judged(classifier, paragraphs, name) for name, paragraphs in sets.items()}
    show(quality_tables(judged), notes)
    output_console().print(f"Model: {classifier.name} {classifier.version}", markup=False, soft_wrap=True)


def _judged(
    classifier: Classifier, paragraphs: Sequence[LabelledParagraph], what: str
) -> tuple[Metrics, Sequence[Calibration]]:
    from evaluation.calibration import calibration
    from evaluation.run import metrics_of, predict

    with progress_bar(f"Judging on {what}") as progress:
        predictions = predict(classifier, paragraphs, progress)
    return metrics_of(predictions, classifier.thresholds), calibration(predictions)


def _ids_of_report(folder: Path) -> set[str]:
    """Return the ids of the paragraphs that the report in a model folder judged; none if there is no report."""
    try:
        lines = (folder / "report" / "predictions.jsonl").read_text(encoding="utf-8").split("\n")
        return {str(json.loads(line)["id"]) for line in lines if line}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
