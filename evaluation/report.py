"""The report on a classifier, and the folder it is written to: `report.json`, `summary.md`, `predictions.jsonl`.

No text of a paragraph is written, so that a report may be shown where the corpus may not.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Estimate, Metrics, expected_calibration_error
from evaluation.tables import Table, fixed, signed, to_markdown
from mihwar.decision import sigmoid
from mihwar.errors import SaveError

__all__ = [
    "SCHEMA_VERSION",
    "Report",
    "compare_headlines",
    "quality_tables",
    "report_tables",
    "to_summary",
    "write_report",
]

SCHEMA_VERSION = 2
_DIGITS = 6
_QUALITY = (
    "macro_f1_frequent",
    "micro_f1",
    "mean_average_precision_frequent",
    "exact_match",
    "false_alarm_rate",
    "expected_calibration_error",
)


@dataclass(frozen=True, eq=False)
class Report:
    """What was found out about a classifier on labelled paragraphs.

    Attributes:
        model_name: Name of the model.
        model_version: Version of the model.
        metrics: How good it is.
        split: Which paragraphs of the corpus it was judged on (`test`, `all`).
        corpus_sha256: Hash of the corpus they are from.
        created_at: When, as ISO 8601, if it matters.
        paragraph_ids: Ids of the n paragraphs.
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        probabilities: Shape (n, k).
        decisions: Shape (n, k), boolean.
        logits: Shape (n, k), before calibration; None where they were not kept.
        engine_difference: Share of the predicted positives that differ between the trained model and the engine
            that serves (`evaluation.run.compare_decisions`); None where it was not measured.
        engine_difference_avx2: The same with the engine limited to AVX2 instructions, as on older processors.
    """

    model_name: str
    model_version: str
    metrics: Metrics
    split: str
    corpus_sha256: str
    created_at: str | None
    paragraph_ids: tuple[str, ...] = field(repr=False)
    targets: NDArray[np.floating] = field(repr=False)
    probabilities: NDArray[np.float64] = field(repr=False)
    decisions: NDArray[np.bool_] = field(repr=False)
    logits: NDArray[np.float64] | None = field(default=None, repr=False)
    engine_difference: float | None = None
    engine_difference_avx2: float | None = None

    @property
    def model(self) -> str:
        """Name and version."""
        return f"{self.model_name} {self.model_version}"

    def headline(self) -> dict[str, Any]:
        """Return the metrics that a manifest carries, as plain data."""
        metrics = self.metrics
        return {
            "n_paragraphs": metrics.n_paragraphs,
            "n_articles": metrics.n_articles,
            **{key: _rounded(value) for _, key, value in _headline(self)},
        }

    def to_json(self) -> dict[str, Any]:
        """Return the report without single predictions, as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "created_at": self.created_at,
            "model": {"name": self.model_name, "version": self.model_version},
            "data": {
                "split": self.split,
                "n_paragraphs": self.metrics.n_paragraphs,
                "n_articles": self.metrics.n_articles,
                "corpus_sha256": self.corpus_sha256,
            },
            "metrics": asdict(self.metrics),
            "engine_difference": self.engine_difference,
            "engine_difference_avx2": self.engine_difference_avx2,
        }


def write_report(folder: Path | str, report: Report, against: Report | None = None) -> None:
    """Write a report into a folder; other files in it stay as they are.

    Everything is written aside first, so that a full disk leaves the last report whole.

    Args:
        folder: Made if it is not there.
        report: What to write.
        against: Report of another model on the same paragraphs, to show differences.

    Raises:
        SaveError: If the folder cannot be written.
    """
    contents = {
        "report.json": json.dumps(report.to_json(), ensure_ascii=False, indent=2, allow_nan=False) + "\n",
        "summary.md": to_summary(report, against),
        "predictions.jsonl": "".join(_prediction_lines(report)),
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


def to_summary(report: Report, against: Report | None = None) -> str:
    """Return the report for people, as Markdown."""
    metrics = report.metrics
    facts = [
        f"{metrics.n_paragraphs:,} paragraphs of {metrics.n_articles:,} articles (split: {report.split},"
        f" corpus {report.corpus_sha256[:12] or 'unknown'}). Intervals: 95 %, drawn by article."
    ]
    if report.created_at:
        facts.append(f"Made {report.created_at}.")
    tables = map(to_markdown, report_tables(report, against))
    return "\n".join([f"# {report.model}", "", " ".join(facts), "", *tables])


def report_tables(report: Report, against: Report | None = None) -> tuple[Table, ...]:
    """Return the headline metrics and the metrics of each theme.

    Args:
        report: The report.
        against: Report of another model on the same paragraphs; adds its values and the differences.
    """
    return _headline_table(report, against), _theme_table(report, against)


def quality_tables(reports: Mapping[str, Report]) -> tuple[Table, ...]:
    """Return one table over several sets of paragraphs, every figure with its interval, and two for each set's themes.

    Args:
        reports: One model's reports, by the name of the set.
    """
    names = {key: name.partition(" (")[0] for report in reports.values() for name, key, _ in _headline(report)}
    headlines = {what: {key: value for _, key, value in _headline(report)} for what, report in reports.items()}
    rows = [
        ("paragraphs (articles)", *(f"{r.metrics.n_paragraphs} ({r.metrics.n_articles})" for r in reports.values())),
        ("without a theme", *(str(r.metrics.n_without_theme) for r in reports.values())),
        ("themes in the means", *(str(r.metrics.n_frequent_themes) for r in reports.values())),
        *((names[key], *(_with_interval(each.get(key)) for each in headlines.values())) for key in _QUALITY),
    ]
    themes = [
        Table(
            f"Each theme, {what}",
            ("theme", "positives", "F1", "precision", "recall", "AP"),
            tuple(
                (
                    theme.theme,
                    str(theme.support),
                    *map(_with_interval, (theme.f1, theme.precision, theme.recall, theme.average_precision)),
                )
                for theme in report.metrics.themes
            ),
        )
        for what, report in reports.items()
    ]
    calibration = [
        Table(
            f"Calibration error of each theme, {what}",
            ("theme", "before calibration", "after"),
            tuple(
                (
                    theme.theme,
                    *(
                        fixed(expected_calibration_error(report.targets[:, j].astype(np.float64), each[:, j]))
                        for each in pair
                    ),
                )
                for j, theme in enumerate(report.metrics.themes)
            ),
        )
        for what, report in reports.items()
        if report.logits is not None
        for pair in [(sigmoid(report.logits), report.probabilities)]
    ]
    return Table("Quality", ("metric", *reports), tuple(rows)), *themes, *calibration


def compare_headlines(report: Report, before: Mapping[str, Any]) -> Table:
    """Hold a report against the headline metrics of another model on the same paragraphs.

    Args:
        report: The report.
        before: What `Report.headline` returned for the other model.
    """
    rows = []
    for name, key, value in _headline(report):
        entry = before.get(key)
        other = entry.get("value") if isinstance(entry, Mapping) else entry
        rows.append((name, fixed(_value(value)), fixed(other), signed(_difference(_value(value), other))))
    return Table("Against the model it replaces", ("metric", "now", "before", "difference"), tuple(rows))


def _headline_table(report: Report, against: Report | None) -> Table:
    columns: tuple[str, ...] = ("metric", "value", "95 % interval")
    others: Mapping[str, float | None] = {}
    if against is not None:
        columns = (*columns, "other", "difference")
        others = {key: _value(value) for _, key, value in _headline(against)}
    rows = []
    for name, key, value in _headline(report):
        row = [name, fixed(_value(value)), _interval(value)]
        if against is not None:
            other = others.get(key)
            row += [fixed(other), signed(_difference(_value(value), other))]
        rows.append(tuple(row))
    return Table(_title("All themes", report, against), columns, tuple(rows))


def _title(what: str, report: Report, against: Report | None) -> str:
    return f"{what}: {report.model}" + (f" against {against.model}" if against is not None else "")


def _theme_table(report: Report, against: Report | None) -> Table:
    columns = ["theme", "F1", "95 % interval", "precision", "recall", "AP", "positives", "threshold"]
    others: Mapping[str, float | None] = {}
    if against is not None:
        columns[2:2] = ["other F1", "difference"]
        others = {theme.theme: theme.f1.value for theme in against.metrics.themes}
    rows = []
    for theme in report.metrics.themes:
        other = others.get(theme.theme)
        compared = [fixed(other), signed(_difference(theme.f1.value, other))] if against is not None else []
        rows.append(
            (
                theme.theme,
                fixed(theme.f1.value),
                *compared,
                _interval(theme.f1),
                fixed(theme.precision.value),
                fixed(theme.recall.value),
                fixed(theme.average_precision.value),
                str(theme.support),
                fixed(theme.threshold),
            )
        )
    return Table(_title("Each theme", report, against), tuple(columns), tuple(rows))


def _headline(report: Report) -> Iterator[tuple[str, str, Estimate | float | None]]:
    """The headline metrics: name, key, value."""
    metrics = report.metrics
    yield f"macro F1 ({metrics.n_themes} themes)", "macro_f1", metrics.macro_f1
    frequent = f"{metrics.n_frequent_themes} themes with {metrics.frequent_support} positives or more"
    yield f"macro F1 ({frequent})", "macro_f1_frequent", metrics.macro_f1_frequent
    yield "micro F1", "micro_f1", metrics.micro_f1
    yield (
        f"mean average precision ({metrics.n_themes} themes)",
        "mean_average_precision",
        metrics.mean_average_precision,
    )
    yield (
        f"mean average precision ({frequent})",
        "mean_average_precision_frequent",
        metrics.mean_average_precision_frequent,
    )
    yield "exact match", "exact_match", metrics.exact_match
    without = f"{metrics.n_without_theme} paragraphs without a theme"
    yield f"false alarms ({without})", "false_alarm_rate", metrics.false_alarm_rate
    yield "calibration error", "expected_calibration_error", metrics.expected_calibration_error
    if report.engine_difference is not None:
        yield "engine against trained model", "engine_difference", report.engine_difference
    if report.engine_difference_avx2 is not None:
        yield "the same with AVX2 alone", "engine_difference_avx2", report.engine_difference_avx2


def _value(metric: Estimate | float | None) -> float | None:
    return metric.value if isinstance(metric, Estimate) else metric


def _interval(metric: Estimate | float | None) -> str:
    if isinstance(metric, Estimate) and metric.low is not None and metric.high is not None:
        return f"{metric.low:.3f}–{metric.high:.3f}"
    return ""


def _with_interval(metric: Estimate | float | None) -> str:
    interval = _interval(metric)
    return fixed(_value(metric)) + (f" ({interval})" if interval else "")


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other


def _rounded(metric: Estimate | float | None) -> Any:  # noqa: ANN401  plain JSON data
    if isinstance(metric, Estimate):
        return {key: _rounded(value) for key, value in asdict(metric).items()}
    return None if metric is None else round(metric, _DIGITS)


def _prediction_lines(report: Report) -> Iterator[str]:
    themes = [theme.theme for theme in report.metrics.themes]
    rows = zip(report.paragraph_ids, report.targets, report.probabilities, report.decisions, strict=True)
    for paragraph_id, targets, probabilities, decisions in rows:
        record: dict[str, Any] = {
            "id": paragraph_id,
            "labels": [theme for theme, target in zip(themes, targets, strict=True) if target == 1],
            "unknown": [theme for theme, target in zip(themes, targets, strict=True) if np.isnan(target)],
            "predicted": [theme for theme, given in zip(themes, decisions, strict=True) if given],
            "probabilities": {
                theme: round(float(probability), _DIGITS)
                for theme, probability in zip(themes, probabilities, strict=True)
            },
        }
        yield json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


def _write(path: Path, content: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
