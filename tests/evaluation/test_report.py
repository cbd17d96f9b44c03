"""report.json: what is in it, reading it again, and files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from evaluation.report import Report
from mihwar.errors import ReportError

SCHEMA = Path(__file__).parent.parent.parent / "evaluation" / "report.schema.json"


def test_it_is_read_back_as_it_was(report: Report) -> None:
    assert Report.from_json(report.to_json()) == report


def test_it_follows_the_committed_schema(report: Report) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    data = json.loads(report.to_json())
    jsonschema.validate(data, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**data, "metrics": None}, schema)


def test_the_committed_schema_is_that_of_the_code() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == Report.schema(), "run `make schema`"


def test_what_it_says(report: Report) -> None:
    data = json.loads(report.to_json())
    assert data["schema_version"] == 3
    assert data["created_at"] == "2026-01-02T03:04:05+00:00"
    assert (data["model"]["name"], data["model"]["version"]) == ("fake", "1.0.0")
    assert data["model"]["themes"][0] == {"id": "fire", "name_ar": "محور fire", "name_en": "fire"}
    assert data["data"]["corpus_sha256"] == "c" * 64
    assert data["metrics"]["themes"][2]["f1"] == {"value": None, "low": None, "high": None}
    assert data["metrics"]["themes"][0]["f1"]["value"] == pytest.approx(2 / 3)


def test_headline_is_plain_and_rounded(report: Report) -> None:
    headline = report.headline()
    assert headline["n_paragraphs"] == 4
    assert headline["macro_f1"]["value"] == round((2 / 3 + 1) / 2, 6)
    assert json.loads(json.dumps(headline, allow_nan=False)) == headline


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not valid JSON"),
        ("[" * 100000, "not valid JSON"),
        ("[]", "schema version None"),
        ('{"schema_version": 2}', "schema version 2, not 3: make the report anew"),
        ('{"schema_version": 3}', "model: Field required"),
    ],
)
def test_what_is_no_report(content: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        Report.from_json(content, "report.json")


def test_every_fault_is_named(report: Report) -> None:
    data = json.loads(report.to_json())
    data["verdict"]["status"] = "maybe"
    data["metrics"]["n_articles"] = "three"
    data["surprise"] = 1
    with pytest.raises(ReportError) as caught:
        Report.from_json(json.dumps(data), "r.json")
    assert "r.json  verdict.status" in str(caught.value)
    assert "metrics.n_articles" in str(caught.value)
    assert "surprise" in str(caught.value)
