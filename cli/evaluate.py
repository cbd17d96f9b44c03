"""`mihwar evaluate`: how good a model is on labelled paragraphs."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import ExitCode, output_console, progress_bar, show
from cli.model import hidden_sources, load_classifier, load_gates, model_folder, split_corpus_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evaluation.run import Other
    from mihwar.classifier import Classifier
    from mihwar.paragraph import LabelledParagraph
    from mihwar.themes import Themes
    from training.corpus import Corpus

__all__ = ["EXAMPLES", "evaluate", "theme_differences"]

EXAMPLES = """Examples:

  mihwar evaluate models/security-themes --data "corpus/*.jsonl" --quick
  mihwar evaluate models/new --data "corpus/*.jsonl" --against models/security-themes --report reports/new
  mihwar evaluate models/new --data "corpus/*.jsonl" --against reports/last --gates configs/ci.yaml
  mihwar evaluate models/security-themes --data mine.csv --split all"""


class Split(StrEnum):
    """Which paragraphs to judge on."""

    TEST = "test"
    ALL = "all"


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Model folder.")],
    data: Annotated[list[str], typer.Option(help="Labelled paragraphs: .jsonl, .csv, .parquet; globs; repeatable.")],
    split: Annotated[
        Split,
        typer.Option(help="test: what the model's own split keeps for the test; all: everything in the files."),
    ] = Split.TEST,
    against: Annotated[
        Path | None, typer.Option(help="Another model folder, or the folder of a report, to be held against.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Folder to write the report to.")] = None,
    gates: Annotated[
        Path | None, typer.Option(help="Config whose `gates:` count instead of those the model was trained with.")
    ] = None,
    themes: Annotated[
        Path | None, typer.Option(help="Theme file; refused unless it is the one the model was trained with.")
    ] = None,
    texts: Annotated[
        bool, typer.Option("--texts/--no-texts", help="Show the texts of errors in the report, or no text at all.")
    ] = True,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out behavioural suites, noise and clock, which take minutes.")
    ] = False,
) -> None:
    """Judge a model on labelled paragraphs that it was not trained on, and say whether it may ship.

    The very classifier that serves makes the predictions. Intervals come from drawing articles again and again.

    With --report a folder is written: report.html (for people), report.json and predictions.jsonl (for programs),
    summary.md (for a job summary) and junit.xml. Ends with exit code 1 if a gate fails.
    """
    # Imported here: scikit-learn and the readers of corpora take seconds, which `--help` need not wait for.
    from evaluation.folder import write_report
    from evaluation.render.tables import gate_table, report_tables
    from evaluation.run import Paragraphs, evaluate_classifier
    from training.corpus import load_corpus

    folder = model_folder(model)
    classifier = load_classifier(model)
    bounds = load_gates(folder if gates is None else gates)
    if themes is not None:
        _check_themes(classifier, themes)
    corpus = load_corpus(data, classifier.themes)
    judged, training = split_corpus_of(folder, corpus) if split is Split.TEST else (corpus.paragraphs, ())
    other = None if against is None else _other(classifier, against, judged)
    hidden = {paragraph.source for paragraph in judged} if not texts else hidden_sources(folder)
    with progress_bar(f"Judging {classifier.name} {classifier.version}") as progress:
        evaluation = evaluate_classifier(
            classifier,
            Paragraphs(judged, training, split.value, corpus.sha256, hidden),
            gates=bounds,
            other=other,
            folder=folder,
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            thorough=not quick,
            progress=progress,
        )
    found = evaluation.report
    notes = [f"judged on {len(judged):,} of {len(corpus):,} paragraphs (--split {split.value})"]
    show(
        (*report_tables(found), gate_table(found.verdict.gates)),
        [*notes, *_cautions(classifier, None if other is None else other.classifier, corpus, split)],
    )
    if report is not None:
        write_report(report, evaluation)
        output_console().print(f"Report: {report}/report.html", markup=False, soft_wrap=True)
    output_console().print(f"Verdict: {found.verdict.status}. {found.verdict.reason}", markup=False, soft_wrap=True)
    if found.verdict.status == "fail":
        raise typer.Exit(ExitCode.GATE_FAILED)


def _other(classifier: Classifier, path: Path, judged: Sequence[LabelledParagraph]) -> Other:
    """Take another model's answers from its report where that has them all, or let it answer."""
    from evaluation.folder import PREDICTIONS, REPORT, read_folder
    from evaluation.predictions import read_predictions
    from evaluation.run import Other, predict

    if (path / REPORT).exists():
        report, predictions = read_folder(path)
        return Other(report.model.label, predictions)
    other = load_classifier(path)
    _check_same_themes(classifier, other)
    model = f"{other.name} {other.version}"
    stored = model_folder(path) / "report" / PREDICTIONS
    if stored.exists():
        predictions = read_predictions(stored)
        if {paragraph.id for paragraph in judged} <= set(predictions.paragraph_ids):
            return Other(model, predictions, other)
    with progress_bar(f"Judging {model}") as progress:
        return Other(model, predict(other, judged, progress), other)


def _check_themes(classifier: Classifier, path: Path) -> None:
    from mihwar.errors import ConfigError, Problem
    from training.config import load_themes

    differences = theme_differences(classifier.themes, load_themes(path))
    if differences:
        intro = f"is not the theme file that {classifier.name} {classifier.version} was trained with; train again"
        raise ConfigError([Problem(intro, str(path)), *map(Problem, differences)])


def theme_differences(trained: Themes, given: Themes) -> list[str]:
    """Say in words how a taxonomy differs from the one a model was trained with.

    Args:
        trained: The model's.
        given: The other.

    Returns:
        One sentence per difference; none if they are equal.
    """
    before = {theme.id: theme for theme in trained.items}
    now = {theme.id: theme for theme in given.items}
    differences = [f"theme {theme!r} is missing" for theme in before if theme not in now]
    differences += [f"theme {theme!r} is new" for theme in now if theme not in before]
    common = [theme for theme in before if theme in now]
    if common != [theme for theme in now if theme in before]:
        differences.append(f"the order differs; the model's is {', '.join(common)}")
    for theme in common:
        was, is_now = before[theme], now[theme]
        if was.name_ar != is_now.name_ar:
            differences.append(f"theme {theme!r}: the Arabic name was {was.name_ar!r} and is {is_now.name_ar!r}")
        if was.name_en != is_now.name_en:
            differences.append(f"theme {theme!r}: the English name was {was.name_en!r} and is {is_now.name_en!r}")
        if was.definition != is_now.definition:
            differences.append(f"theme {theme!r}: the definition has changed")
        if was.codes != is_now.codes:
            differences.append(f"theme {theme!r}: the codes have changed")
    if trained.name != given.name:
        differences.append(f"its name was {trained.name!r} and is {given.name!r}")
    return differences


def _check_same_themes(classifier: Classifier, other: Classifier) -> None:
    from mihwar.errors import ArtefactForeignError

    if set(classifier.themes.ids) != set(other.themes.ids):
        odd = sorted(set(classifier.themes.ids) ^ set(other.themes.ids))
        raise ArtefactForeignError(
            f"{classifier.name} and {other.name} cannot be compared: only one of them knows {', '.join(odd)}."
        )


def _cautions(classifier: Classifier, other: Classifier | None, corpus: Corpus, split: Split) -> list[str]:
    """What a reader must know who would otherwise trust the numbers too much."""
    cautions = []
    for each in filter(None, (classifier, other)):
        model = f"{each.name} {each.version}"
        if _fact(each, "corpus_sha256") != corpus.sha256:
            cautions.append(f"{model} was trained on another corpus; paragraphs that are in both flatter it")
        elif split is Split.ALL:
            cautions.append(f"{model} was trained on some of these paragraphs, which flatters it; see --split test")
        elif _fact(each, "split_sha256") != _fact(classifier, "split_sha256"):
            cautions.append(f"{model} was trained on another split; paragraphs that it was trained on flatter it")
    return cautions


def _fact(classifier: Classifier, key: str) -> object:
    return classifier.facts.get("training", {}).get(key)
