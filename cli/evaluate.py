"""`mihwar evaluate`: how good a model is on labelled paragraphs."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import output_console, progress_bar, show
from cli.model import load_classifier, model_folder, test_split

if TYPE_CHECKING:
    from mihwar.classifier import Classifier
    from mihwar.themes import Themes
    from training.corpus import Corpus

__all__ = ["EXAMPLES", "evaluate", "theme_differences"]

EXAMPLES = """Examples:

  mihwar evaluate models/security-themes --data "corpus/*.jsonl"
  mihwar evaluate models/new --data "corpus/*.jsonl" --against models/security-themes --report report
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
    against: Annotated[Path | None, typer.Option(help="Another model folder, to show differences.")] = None,
    report: Annotated[Path | None, typer.Option(help="Folder to write the report to.")] = None,
    themes: Annotated[
        Path | None, typer.Option(help="Theme file; refused unless it is the one the model was trained with.")
    ] = None,
) -> None:
    """Judge a model on labelled paragraphs that it was not trained on.

    The very classifier that serves makes the predictions. Intervals come from drawing articles again and again.
    """
    # Imported here: scikit-learn and the readers of corpora take seconds, which `--help` need not wait for.
    from evaluation.report import report_tables, write_report
    from evaluation.run import evaluate_classifier
    from training.corpus import load_corpus

    classifier = load_classifier(model)
    other = load_classifier(against) if against is not None else None
    if themes is not None:
        _check_themes(classifier, themes)
    if other is not None:
        _check_same_themes(classifier, other)
    corpus = load_corpus(data, classifier.themes)
    paragraphs = corpus.paragraphs if split is Split.ALL else test_split(model_folder(model), corpus)
    created_at = datetime.now(UTC).isoformat(timespec="seconds")
    reports = []
    for each in filter(None, (classifier, other)):
        with progress_bar(f"Judging {each.name} {each.version}") as progress:
            reports.append(
                evaluate_classifier(
                    each,
                    paragraphs,
                    corpus_sha256=corpus.sha256,
                    split=split.value,
                    created_at=created_at,
                    progress=progress,
                )
            )
    compared = reports[1] if other is not None else None
    notes = [f"judged on {len(paragraphs):,} of {len(corpus):,} paragraphs (--split {split.value})"]
    show(report_tables(reports[0], compared), [*notes, *_cautions(classifier, other, corpus, split)])
    if report is not None:
        write_report(report, reports[0], compared)
        output_console().print(f"Report: {report}/summary.md", markup=False, soft_wrap=True)


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
