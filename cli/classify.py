"""`mihwar classify`: the themes of each paragraph of an article or of a file of paragraphs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from cli.console import output_console, printable, progress_bar, write_line
from cli.files import Format, Item, read_items
from cli.model import DEFAULT_MODEL, MODEL_VARIABLE, load_classifier
from mihwar.errors import Problem, ProblemsError

if TYPE_CHECKING:
    from mihwar.classifier import Classifier, Prediction

__all__ = ["EXAMPLES", "classify"]

EXAMPLES = """Examples:

  mihwar classify article.txt
  mihwar classify page.html --evidence
  mihwar classify paragraphs.jsonl --json > themes.jsonl
  echo "أعلنت الشرطة تفكيك خلية إرهابية" | mihwar classify -
  mihwar classify article.txt --threshold 0.3 --threshold terrorist_attack=0.6"""

BOILERPLATE = "boilerplate"
_TEXTS_AT_ONCE = 16
_EXCERPT_CHARS = 160
_WORDS_SHOWN = 5
_DIGITS = 4
# Left-to-right marks keep columns apart where a terminal reorders Arabic: without them two Arabic cells are one run.
_LRM = "\u200e"


def classify(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="A .txt, .html or .jsonl file; - is standard input.")],
    model: Annotated[Path, typer.Option(help="Model folder.", envvar=MODEL_VARIABLE)] = DEFAULT_MODEL,
    threshold: Annotated[
        list[str] | None,
        typer.Option(metavar="NUMBER|THEME=NUMBER", help="Probability from which a theme is given; repeatable."),
    ] = None,
    operating_point: Annotated[
        str | None,
        typer.Option(help="Thresholds to begin with: balanced, or one of the model's, such as high_recall."),
    ] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Show which words made each theme.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and paragraph.")] = False,
    format: Annotated[  # noqa: A002  the option's name
        Format, typer.Option(help="What the file holds; auto goes by its name.")
    ] = Format.AUTO,
) -> None:
    """Say which themes each paragraph of an article is about.

    Plain text and HTML are split into paragraphs; menus, sources and comment forms are shown in grey and not
    classified. JSON lines hold one paragraph each: an object with "text" and, if you like, "id".

    A question mark: the probability is too near to the threshold to be trusted; such themes are shown in grey where
    they were not given.
    """
    items = read_items(file, format)
    classifier = load_classifier(model)
    thresholds = _thresholds(threshold or [], classifier.themes.ids)
    _check_operating_point(operating_point, classifier)
    with progress_bar("Classifying", shown=not (as_json and sys.stdout.isatty())) as progress:
        classify_texts = partial(
            classifier.classify, thresholds=thresholds, operating_point=operating_point, evidence=evidence
        )
        answers = _answers(classify_texts, items, progress)
        if as_json:
            for item, prediction in answers:
                write_line(_to_json(classifier, item, prediction))
            return
        table = _table(classifier, answers)
    output_console().print(table)


def _thresholds(given: Sequence[str], theme_ids: Sequence[str]) -> dict[str, float] | None:
    thresholds: dict[str, float] = {}
    # A bare number is for all themes, wherever it stands; single themes go over it.
    for text in sorted(given, key=lambda text: "=" in text):
        theme, equals, number = text.rpartition("=")
        if equals and theme not in theme_ids:
            near = get_close_matches(theme, theme_ids, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"its themes: {', '.join(theme_ids)}"
            raise _wrong_threshold(f"the model has no theme {theme!r}; {hint}")
        try:
            value = float(number)
        except ValueError:
            value = 0.0
        if not 0 < value < 1:
            raise _wrong_threshold(f"{number!r} is not a number between 0 and 1, such as 0.4")
        thresholds.update(dict.fromkeys([theme] if equals else theme_ids, value))
    return thresholds or None


def _check_operating_point(name: str | None, classifier: Classifier) -> None:
    from mihwar.decision import BALANCED

    known = (BALANCED, *classifier.operating_points)
    if name is not None and name not in known:
        message = f"the model has no operating point {name!r}; it has {', '.join(known)}"
        raise ProblemsError([Problem(message, key="--operating-point")])


def _wrong_threshold(message: str) -> ProblemsError:
    return ProblemsError([Problem(message, key="--threshold")])


def _answers(
    classify_texts: Callable[[Sequence[str]], list[Prediction]],
    items: Sequence[Item],
    progress: Callable[[int, int], None],
) -> Iterator[tuple[Item, Prediction | None]]:
    """Classify a few paragraphs at a time; boilerplate gets None."""
    for start in range(0, len(items), _TEXTS_AT_ONCE):
        part = items[start : start + _TEXTS_AT_ONCE]
        texts = [item.text for item in part if item.kind != BOILERPLATE]
        predictions = iter(classify_texts(texts) if texts else [])
        for item in part:
            yield item, None if item.kind == BOILERPLATE else next(predictions)
        progress(start + len(part), len(items))


def _to_json(classifier: Classifier, item: Item, prediction: Prediction | None) -> str:
    record: dict[str, Any] = {
        "id": item.id,
        "kind": item.kind,
        "start": item.start,
        "end": item.end,
        "text": item.text,
        "labels": [],
        "scores": [],
        "uncertain": [],
        "warnings": [],
    }
    if prediction is not None:
        scores = _scores(classifier, prediction)
        ranked = sorted(scores, key=lambda theme: -scores[theme])
        record["labels"] = [{"label": theme, "score": scores[theme]} for theme in prediction.themes]
        record["scores"] = [{"label": theme, "score": scores[theme]} for theme in ranked]
        record["uncertain"] = [theme for theme in ranked if theme in prediction.uncertain]
        record["warnings"] = list(prediction.warnings)
        if prediction.evidence is not None:
            record["evidence"] = [
                {
                    "label": each.theme,
                    "logit": round(each.logit, _DIGITS),
                    "base": round(each.base, _DIGITS),
                    "spans": [
                        {"start": span.start, "end": span.end, "contribution": round(span.contribution, _DIGITS)}
                        for span in each.spans
                    ],
                }
                for each in prediction.evidence
            ]
    return json.dumps(record, ensure_ascii=False)


def _scores(classifier: Classifier, prediction: Prediction) -> dict[str, float]:
    pairs = zip(classifier.themes.ids, prediction.probabilities, strict=True)
    return {theme: round(float(probability), _DIGITS) for theme, probability in pairs}


# --- the table ------------------------------------------------------------------------------------


def _table(classifier: Classifier, answers: Iterator[tuple[Item, Prediction | None]]) -> Table:
    # No vertical lines, and paragraphs last: the less stands beside Arabic, the less can be reordered.
    table = Table(box=SIMPLE_HEAD, expand=False)
    table.add_column("id", justify="right", style="dim", overflow="fold")
    table.add_column("themes", overflow="fold")
    table.add_column("paragraph", justify="right", overflow="fold")
    name_of = {theme.id: theme.name_ar for theme in classifier.themes.items}
    for item, prediction in answers:
        themes = _themes_cell(item, prediction, name_of, _scores(classifier, prediction) if prediction else {})
        table.add_row(Text(printable(item.id)), themes, _paragraph_cell(item, prediction, name_of))
    return table


def _themes_cell(
    item: Item, prediction: Prediction | None, name_of: Mapping[str, str], scores: Mapping[str, float]
) -> Text:
    if prediction is None:
        return Text(item.kind, style="dim")
    lines = [
        _theme_line(name_of[theme], scores[theme], "bold cyan", theme in prediction.uncertain)
        for theme in prediction.themes
    ]
    near = [theme for theme in prediction.uncertain if theme not in prediction.themes]
    lines += [_theme_line(name_of[theme], scores[theme], "dim", True) for theme in near]
    lines += [Text(warning, style="yellow") for warning in prediction.warnings]
    return Text("\n").join(lines) if lines else Text("-", style="dim")


def _theme_line(name: str, score: float, style: str, is_uncertain: bool) -> Text:
    mark = f"?{_LRM}" if is_uncertain else ""
    return Text.assemble((f"{_LRM}{name}{_LRM} ", style), (f"{score:.2f}{_LRM}", "green"), (mark, "yellow"))


def _paragraph_cell(item: Item, prediction: Prediction | None, name_of: Mapping[str, str]) -> Text:
    evidence = (prediction.evidence or ()) if prediction else ()
    text = printable(item.text)
    style = {"body": "", "heading": "bold"}.get(item.kind, "dim")
    cell = Text(_LRM, style=style)
    if not evidence:
        return cell.append(text if len(text) <= _EXCERPT_CHARS else f"{text[:_EXCERPT_CHARS].rstrip()}…")
    paragraph = Text(text)
    lines = []
    for each in evidence:
        spans = sorted(each.spans, key=lambda span: -span.contribution)[:_WORDS_SHOWN]
        words = [f"{text[span.start : span.end]}{_LRM} {span.contribution:+.2f}" for span in spans]
        lines.append(
            Text(f"{_LRM}{name_of[each.theme]}{_LRM}: {_LRM}{f'{_LRM}, {_LRM}'.join(words)}{_LRM}", style="dim")
        )
        for span in spans:
            if span.contribution > 0:
                paragraph.stylize("bold underline magenta", span.start, span.end)
    return Text("\n").join([cell.append_text(paragraph), *lines])
