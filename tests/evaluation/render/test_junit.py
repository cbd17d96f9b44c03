"""The report as JUnit XML."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

from evaluation.behaviour import Outcome
from evaluation.behaviour.run import CaseOutcome
from evaluation.gates import Gate
from evaluation.render.junit import to_junit
from evaluation.report import Report
from evaluation.verdict import verdict_of


def test_a_case_for_each_gate_and_each_behavioural_case(report: Report) -> None:
    gates = [
        Gate(f"g {status}", status, f"<why> & \x0b {status}") for status in ("pass", "warn", "fail", "insufficient")
    ]  # type: ignore[arg-type]
    cases = (CaseOutcome("one", True), CaseOutcome("two", False, "lacks x"))
    broken = Outcome("broken", "q", False, {}, ("too few",), True, cases)
    kept = Outcome("kept", "q", False, {}, (), True, cases)
    root = ET.fromstring(  # noqa: S314  our own
        to_junit(replace(report, verdict=verdict_of(gates), behaviour=(broken, kept)))
    )
    suites = {suite.get("name"): suite for suite in root}
    assert set(suites) == {"gates", "behaviour.broken", "behaviour.kept"}
    assert [suites["gates"].get(key) for key in ("tests", "failures", "skipped")] == ["4", "1", "1"]
    assert suites["gates"].find("testcase/failure").get("message") == "<why> & � fail"  # type: ignore[union-attr]
    assert [suites["behaviour.broken"].get(key) for key in ("tests", "failures")] == ["2", "1"]
    assert suites["behaviour.kept"].get("failures") == "0"
    assert "lacks x" in ET.tostring(suites["behaviour.kept"], encoding="unicode")
