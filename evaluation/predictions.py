"""What a model said of labelled paragraphs, and `predictions.jsonl`, which keeps it without their texts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihwar.errors import Problem, ReportError

__all__ = ["Predictions", "prediction_lines", "read_predictions"]

_DIGITS = 6


@dataclass(frozen=True, eq=False)
class Predictions:
    """Labels and answers for n paragraphs and k themes.

    Attributes:
        theme_ids: The k theme ids, in column order.
        paragraph_ids: Ids of the n paragraphs.
        article_ids: Their articles.
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        probabilities: Shape (n, k), calibrated.
        decisions: Shape (n, k), boolean.
        logits: Shape (n, k), before calibration; None where they were not kept.
    """

    theme_ids: tuple[str, ...]
    paragraph_ids: tuple[str, ...]
    article_ids: tuple[str, ...] = field(repr=False)
    targets: NDArray[np.float64] = field(repr=False)
    probabilities: NDArray[np.float64] = field(repr=False)
    decisions: NDArray[np.bool_] = field(repr=False)
    logits: NDArray[np.float64] | None = field(default=None, repr=False)

    def of_rows(self, rows: Sequence[int] | NDArray[np.intp]) -> Predictions:
        """Return some of the paragraphs."""
        return replace(
            self,
            paragraph_ids=tuple(self.paragraph_ids[row] for row in rows),
            article_ids=tuple(self.article_ids[row] for row in rows),
            targets=self.targets[rows],
            probabilities=self.probabilities[rows],
            decisions=self.decisions[rows],
            logits=None if self.logits is None else self.logits[rows],
        )

    def with_themes(self, theme_ids: Sequence[str]) -> Predictions:
        """Return the same with the columns in another order."""
        columns = [self.theme_ids.index(theme) for theme in theme_ids]
        return replace(
            self,
            theme_ids=tuple(theme_ids),
            targets=self.targets[:, columns],
            probabilities=self.probabilities[:, columns],
            decisions=self.decisions[:, columns],
            logits=None if self.logits is None else self.logits[:, columns],
        )


def prediction_lines(predictions: Predictions) -> Iterator[str]:
    """Write predictions as lines of JSON, one a paragraph, without texts."""
    themes = predictions.theme_ids
    rows = zip(
        predictions.paragraph_ids,
        predictions.article_ids,
        predictions.targets,
        predictions.probabilities,
        predictions.decisions,
        strict=True,
    )
    for paragraph_id, article_id, targets, probabilities, decisions in rows:
        record: dict[str, Any] = {
            "id": paragraph_id,
            "article_id": article_id,
            "labels": [theme for theme, target in zip(themes, targets, strict=True) if target == 1],
            "unknown": [theme for theme, target in zip(themes, targets, strict=True) if np.isnan(target)],
            "predicted": [theme for theme, given in zip(themes, decisions, strict=True) if given],
            "probabilities": {
                theme: round(float(probability), _DIGITS)
                for theme, probability in zip(themes, probabilities, strict=True)
            },
        }
        yield json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def read_predictions(path: Path) -> Predictions:
    """Read `predictions.jsonl`.

    Args:
        path: The file.

    Raises:
        ReportError: If it cannot be read, with the line at fault.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _problem(path, f"cannot be read: {error}") from error
    records = []
    for number, line in enumerate(lines, start=1):
        if line:
            try:
                records.append(_record(json.loads(line)))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise _problem(path, f"is no prediction as `mihwar evaluate` writes it: {error!r}", number) from error
    if not records:
        raise _problem(path, "holds no prediction")
    themes = tuple(records[0]["probabilities"])
    for number, record in enumerate(records, start=1):
        if set(record["probabilities"]) != set(themes):
            raise _problem(path, "names other themes than the lines before", number)
    return Predictions(
        theme_ids=themes,
        paragraph_ids=tuple(record["id"] for record in records),
        article_ids=tuple(record["article_id"] for record in records),
        targets=np.array([[_target(record, theme) for theme in themes] for record in records]),
        probabilities=np.array([[record["probabilities"][theme] for theme in themes] for record in records]),
        decisions=np.array([[theme in record["predicted"] for theme in themes] for record in records]),
    )


def _record(data: dict[str, Any]) -> dict[str, Any]:
    probabilities = {str(theme): float(value) for theme, value in data["probabilities"].items()}
    labels, unknown, predicted = (frozenset(data[key]) for key in ("labels", "unknown", "predicted"))
    if not all(0 <= value <= 1 for value in probabilities.values()):
        raise ValueError("probabilities must lie between 0 and 1")
    if odd := (labels | unknown | predicted) - set(probabilities):
        raise ValueError(f"no probability of {', '.join(sorted(odd))}")
    return {
        "id": str(data["id"]),
        # Reports of before 2026-11-25 know no articles: there, each paragraph stands alone.
        "article_id": str(data.get("article_id", "")),
        "labels": labels,
        "unknown": unknown,
        "predicted": predicted,
        "probabilities": probabilities,
    }


def _target(record: dict[str, Any], theme: str) -> float:
    return np.nan if theme in record["unknown"] else float(theme in record["labels"])


def _problem(path: Path, message: str, line: int = 0) -> ReportError:
    return ReportError([Problem(message, str(path), line)])
