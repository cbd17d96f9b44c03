"""What a report says, as tables for the terminal and for Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evaluation.bootstrap import Estimate
from evaluation.calibration import Calibration
from evaluation.comparison import COMPARED, Comparison
from evaluation.gates import Gate
from evaluation.metrics import Metrics
from evaluation.report import Report
from evaluation.tables import Table, fixed, signed

__all__ = [
    "compare_headlines",
    "compare_reports",
    "gate_table",
    "headline_names",
    "quality_tables",
    "report_tables",
    "with_interval",
]

_QUALITY = (
    "macro_f1_frequent",
    "micro_f1",
    "mean_average_precision_frequent",
    "exact_match",
    "false_alarm_rate",
    "expected_calibration_error",
)
_AGREEMENT = {
    "engine_difference": "engine against trained model",
    "engine_difference_avx2": "the same with AVX2 alone",
}


def report_tables(report: Report) -> tuple[Table, ...]:
    """Return the headline metrics and the metrics of each theme, with what changed against the other model.

    Args:
        report: The report.
    """
    return _headline_table(report), _theme_table(report)


def gate_table(gates: Sequence[Gate]) -> Table:
    """Return the gates, those first that did not pass.

    Args:
        gates: The gates.
    """
    order = ("fail", "warn", "insufficient", "pass")
    rows = sorted(gates, key=lambda gate: order.index(gate.status))
    return Table("Gates", ("gate", "verdict", "why"), tuple((gate.name, gate.status, gate.reason) for gate in rows))


def headline_names(metrics: Metrics) -> dict[str, str]:
    """Name the headline metrics in words, by their names in `Metrics`.

    Args:
        metrics: Says how many themes and paragraphs count.
    """
    frequent = f"{metrics.n_frequent_themes} themes with {metrics.frequent_support} positives or more"
    return {
        "macro_f1": f"macro F1 ({metrics.n_themes} themes)",
        "macro_f1_frequent": f"macro F1 ({frequent})",
        "micro_f1": "micro F1",
        "mean_average_precision": f"mean average precision ({metrics.n_themes} themes)",
        "mean_average_precision_frequent": f"mean average precision ({frequent})",
        "exact_match": "exact match",
        "false_alarm_rate": f"false alarms ({metrics.n_without_theme} paragraphs without a theme)",
        "expected_calibration_error": "calibration error",
    }


def quality_tables(sets: Mapping[str, tuple[Metrics, Sequence[Calibration]]]) -> tuple[Table, ...]:
    """Return one table over several sets of paragraphs, every figure with its interval, and two for each set's themes.

    Args:
        sets: One model's metrics and calibration, by the name of the set.
    """
    all_metrics = [metrics for metrics, _ in sets.values()]
    names = {key: name.partition(" (")[0] for key, name in headline_names(all_metrics[0]).items()}
    rows = [
        ("paragraphs (articles)", *(f"{each.n_paragraphs} ({each.n_articles})" for each in all_metrics)),
        ("without a theme", *(str(each.n_without_theme) for each in all_metrics)),
        ("themes in the means", *(str(each.n_frequent_themes) for each in all_metrics)),
        *((names[key], *(with_interval(getattr(each, key)) for each in all_metrics)) for key in _QUALITY),
    ]
    themes = [
        Table(
            f"Each theme, {what}",
            ("theme", "positives", "F1", "precision", "recall", "AP"),
            tuple(
                (
                    theme.theme,
                    str(theme.support),
                    *map(with_interval, (theme.f1, theme.precision, theme.recall, theme.average_precision)),
                )
                for theme in metrics.themes
            ),
        )
        for what, (metrics, _) in sets.items()
    ]
    calibrations = [
        Table(
            f"Calibration error of each theme, {what}",
            ("theme", "before calibration", "after"),
            tuple((each.theme or "", fixed(each.error_before), fixed(each.error)) for each in found if each.theme),
        )
        for what, (_, found) in sets.items()
    ]
    return Table("Quality", ("metric", *sets), tuple(rows)), *themes, *calibrations


def compare_headlines(report: Report, before: Mapping[str, Any]) -> Table:
    """Hold a report against the headline metrics of another model on the same paragraphs.

    Args:
        report: The report.
        before: What `Report.headline` returned for the other model.
    """
    rows = []
    for key, name, value in _headline(report):
        entry = before.get(key)
        other = entry.get("value") if isinstance(entry, Mapping) else entry
        rows.append((name, fixed(_value(value)), fixed(other), signed(_difference(_value(value), other))))
    return Table("Against the model it replaces", ("metric", "now", "before", "difference"), tuple(rows))


def compare_reports(first: Report, second: Report, comparison: Comparison | None) -> tuple[Table, ...]:
    """Hold two reports against each other.

    Args:
        first: One report.
        second: The other.
        comparison: First minus second on the paragraphs of both; None if they have none in common.
    """
    names = {key: name.partition(" (")[0] for key, name in headline_names(first.metrics).items()}
    paired = {} if comparison is None else comparison.differences
    headline = Table(
        f"{first.model.label} against {second.model.label}",
        ("metric", first.model.label, second.model.label, "difference on common paragraphs (95 %)"),
        tuple(
            (
                names[key],
                fixed(getattr(first.metrics, key).value),
                fixed(getattr(second.metrics, key).value),
                _signed_interval(paired.get(key)),
            )
            for key in COMPARED
        ),
    )
    if comparison is None:
        return (headline,)
    themes = Table(
        "Each theme, on common paragraphs",
        ("theme", "F1 difference (95 %)", "mended", "broken", "p (McNemar, Holm)"),
        tuple(
            (each.theme, _signed_interval(each.f1), str(each.mended), str(each.broken), fixed(each.p_value))
            for each in comparison.themes
        ),
    )
    return headline, themes


def _headline_table(report: Report) -> Table:
    comparison = report.comparison
    columns: tuple[str, ...] = ("metric", "value", "95 % interval")
    if comparison is not None:
        columns = (*columns, "other", "difference (95 %)")
    rows = []
    for key, name, value in _headline(report):
        row = [name, fixed(_value(value)), _interval(value)]
        if comparison is not None:
            row += [fixed(comparison.others.get(key)), _signed_interval(comparison.differences.get(key))]
        rows.append(tuple(row))
    return Table(_title("All themes", report), columns, tuple(rows))


def _title(what: str, report: Report) -> str:
    against = f" against {report.comparison.model}" if report.comparison is not None else ""
    return f"{what}: {report.model.label}{against}"


def _theme_table(report: Report) -> Table:
    columns = ["theme", "F1", "95 % interval", "precision", "recall", "AP", "positives", "threshold"]
    changes = {} if report.comparison is None else {each.theme: each for each in report.comparison.themes}
    if changes:
        columns[2:2] = ["difference (95 %)"]
    rows = []
    for theme in report.metrics.themes:
        change = [_signed_interval(changes[theme.theme].f1)] if changes else []
        rows.append(
            (
                theme.theme,
                fixed(theme.f1.value),
                *change,
                _interval(theme.f1),
                fixed(theme.precision.value),
                fixed(theme.recall.value),
                fixed(theme.average_precision.value),
                str(theme.support),
                fixed(theme.threshold),
            )
        )
    return Table(_title("Each theme", report), tuple(columns), tuple(rows))


def _headline(report: Report) -> Iterator[tuple[str, str, Estimate | float | None]]:
    """The headline metrics: key, name, value."""
    for key, name in headline_names(report.metrics).items():
        yield key, name, getattr(report.metrics, key)
    values = (report.agreement.trained_model, report.agreement.trained_model_avx2)
    for (key, name), value in zip(_AGREEMENT.items(), values, strict=True):
        if value is not None:
            yield key, name, value


def _value(metric: Estimate | float | None) -> float | None:
    return metric.value if isinstance(metric, Estimate) else metric


def _interval(metric: Estimate | float | None) -> str:
    if isinstance(metric, Estimate) and metric.low is not None and metric.high is not None:
        return f"{metric.low:.3f}–{metric.high:.3f}"
    return ""


def with_interval(metric: Estimate | float | None) -> str:
    """Format a metric with its interval, if it has one."""
    interval = _interval(metric)
    return fixed(_value(metric)) + (f" ({interval})" if interval else "")


def _signed_interval(difference: Estimate | None) -> str:
    if difference is None:
        return ""
    known = difference.low is not None and difference.high is not None
    return signed(difference.value) + (f" ({difference.low:+.3f} to {difference.high:+.3f})" if known else "")


def _difference(value: float | None, other: float | None) -> float | None:
    return None if value is None or other is None else value - other
