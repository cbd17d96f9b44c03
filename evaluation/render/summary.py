"""The report in one page of Markdown, for a job summary: the verdict first, then what changed, then the rest."""

from __future__ import annotations

from evaluation.render.tables import gate_table, report_tables
from evaluation.report import Report
from evaluation.tables import Table, fixed, to_markdown

__all__ = ["to_summary"]

_MARKS = {"pass": "✅ pass", "warn": "⚠️ warn", "fail": "❌ fail"}


def to_summary(report: Report) -> str:
    """Write the summary.

    Args:
        report: The report.
    """
    metrics = report.metrics
    facts = [
        f"{metrics.n_paragraphs:,} paragraphs of {metrics.n_articles:,} articles (split: {report.data.split},"
        f" corpus {report.data.corpus_sha256[:12] or 'unknown'}). Intervals: 95 %, drawn by article."
    ]
    if report.comparison is not None:
        facts.append(
            f"Compared with {report.comparison.model} on {report.comparison.n_paragraphs:,} of them"
            " (differences are this model minus the other)."
        )
    if report.created_at:
        facts.append(f"Made {report.created_at}.")
    tables = [*report_tables(report), gate_table(report.verdict.gates)]
    if report.behaviour:
        tables.append(_behaviour(report))
    lines = [
        f"# {report.model.label}: {_MARKS[report.verdict.status]}",
        "",
        report.verdict.reason,
        "",
        " ".join(facts),
        "",
        *map(to_markdown, tables),
    ]
    return "\n".join(lines)


def _behaviour(report: Report) -> Table:
    rows = tuple(
        (
            outcome.name,
            outcome.question,
            "not gated" if not outcome.gated else "pass" if outcome.passed else "fail",
            f"{sum(case.passed for case in outcome.cases)} of {len(outcome.cases)}",
            ", ".join(f"{name} {fixed(value)}" for name, value in outcome.measured.items()),
        )
        for outcome in report.behaviour
    )
    return Table("Behaviour", ("suite", "question", "gate", "cases", "measured"), rows)
