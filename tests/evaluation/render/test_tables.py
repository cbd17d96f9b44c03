"""Tables of a report, and its summary."""

from __future__ import annotations

from dataclasses import replace

from evaluation.gates import Gate
from evaluation.render.summary import to_summary
from evaluation.render.tables import compare_headlines, compare_reports, gate_table, quality_tables, report_tables
from evaluation.report import Agreement, Report
from evaluation.verdict import verdict_of


def with_verdict(report: Report, *gates: Gate) -> Report:
    return replace(report, verdict=verdict_of(gates))


def test_the_verdict_comes_first(report: Report) -> None:
    failed = with_verdict(report, Gate("floor macro_f1", "fail", "is 0.100, must be at least 0.5"))
    lines = to_summary(failed).splitlines()
    assert lines[0] == "# fake 1.0.0: ❌ fail"
    assert lines[2] == "1 of 1 gates failed: floor macro_f1 is 0.100, must be at least 0.5."
    assert to_summary(with_verdict(report)).startswith("# fake 1.0.0: ✅ pass\n")
    assert "| floor macro_f1 | fail | is 0.100, must be at least 0.5 |" in lines


def test_summary_says_not_available(report: Report) -> None:
    summary = to_summary(report)
    assert "4 paragraphs of 3 articles (split: test, corpus cccccccccccc)." in summary
    assert "| fire | 0.667 |" in summary
    snow = next(line for line in summary.splitlines() if line.startswith("| snow"))
    assert snow == "| snow | n/a |  | n/a | n/a | n/a | 0 | 0.600 |"
    assert "false alarms (1 paragraphs without a theme)" in summary
    assert "engine against" not in summary
    with_engine = replace(report, agreement=Agreement(0.01, 0.02, None))
    assert "| engine against trained model | 0.010 |" in to_summary(with_engine)
    assert "سوق" not in summary


def test_gates_that_did_not_pass_stand_first() -> None:
    gates = [Gate(status, status, "why") for status in ("pass", "insufficient", "fail", "warn")]  # type: ignore[arg-type]
    assert [row[0] for row in gate_table(gates).rows] == ["fail", "warn", "insufficient", "pass"]


def test_against_what_was_before(report: Report) -> None:
    before = report.headline()
    before["micro_f1"] = {"value": (report.metrics.micro_f1.value or 0) - 0.125}
    before.pop("exact_match")
    rows = {row[0]: row for row in compare_headlines(report, before).rows}
    assert rows["micro F1"][3] == "+0.125"
    assert rows["exact match"][2:] == ("n/a", "n/a")


def test_two_reports_without_common_paragraphs(report: Report) -> None:
    (headline,) = compare_reports(report, report, None)
    assert headline.columns[-1] == "difference on common paragraphs (95 %)"
    assert all(row[3] == "" for row in headline.rows)


def test_quality_of_several_sets(report: Report) -> None:
    quality, first, second, *calibrations = quality_tables(
        {"a": (report.metrics, report.calibration), "b": (report.metrics, report.calibration)}
    )
    assert quality.columns == ("metric", "a", "b")
    assert quality.rows[0] == ("paragraphs (articles)", "4 (3)", "4 (3)")
    assert (first.title, second.title) == ("Each theme, a", "Each theme, b")
    assert [row[0] for row in calibrations[0].rows] == ["fire", "rain", "snow"]


def test_tables_without_a_comparison_have_no_columns_for_it(report: Report) -> None:
    headline, themes = report_tables(report)
    assert headline.columns == ("metric", "value", "95 % interval")
    assert themes.title == "Each theme: fake 1.0.0"
