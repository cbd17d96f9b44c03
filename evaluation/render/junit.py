"""The report as JUnit XML, which CI systems show: a test case for each gate and each behavioural case."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from evaluation.report import Report

__all__ = ["to_junit"]

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(report: Report) -> str:
    """Write the XML.

    A gate for which the evidence is insufficient is skipped; one that warns passes, with the warning as its output.
    Behavioural cases of a suite that keeps its bound pass, whatever single cases did: what they did is in the output.

    Args:
        report: The report.
    """
    root = ET.Element("testsuites", name=_clean(report.model.label))
    gates = ET.SubElement(root, "testsuite", name="gates")
    for gate in report.verdict.gates:
        case = ET.SubElement(gates, "testcase", classname="gates", name=_clean(gate.name))
        if gate.status == "fail":
            ET.SubElement(case, "failure", message=_clean(gate.reason))
        elif gate.status == "insufficient":
            ET.SubElement(case, "skipped", message=_clean(gate.reason))
        else:
            ET.SubElement(case, "system-out").text = _clean(f"{gate.status}: {gate.reason}")
    for outcome in report.behaviour:
        suite = ET.SubElement(root, "testsuite", name=f"behaviour.{outcome.name}")
        for each in outcome.cases:
            case = ET.SubElement(suite, "testcase", classname=f"behaviour.{outcome.name}", name=each.id)
            if not each.passed and not outcome.passed:
                ET.SubElement(case, "failure", message=_clean(each.detail))
            elif not each.passed:
                ET.SubElement(case, "system-out").text = _clean(f"within the bound of the suite: {each.detail}")
    for suite in root:
        cases = list(suite)
        suite.set("tests", str(len(cases)))
        suite.set("failures", str(sum(case.find("failure") is not None for case in cases)))
        suite.set("skipped", str(sum(case.find("skipped") is not None for case in cases)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _NOT_XML.sub("�", text)
