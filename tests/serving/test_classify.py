"""POST /v1/classify."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from serving.api.schemas import ClassifyAnswer
from tests.serving.fakes import THEMES, FakeClassifier

CELL = "أوقفت المصالح خلية إرهابية"
BORDER = "دورية على الحدود"


def classify(client: TestClient, inputs: object, **options: object) -> list[dict[str, Any]]:
    response = client.post("/v1/classify", json={"inputs": inputs, **options})
    assert response.status_code == 200, response.text
    answer = response.json()
    ClassifyAnswer.model_validate(answer)
    assert answer["model"] == {"name": "fake", "version": "1.2.3"}
    assert answer["id"] == response.headers["x-request-id"]
    return answer["results"]  # type: ignore[no-any-return]  # validated above


def test_one_text(client: TestClient) -> None:
    assert classify(client, CELL) == [
        {
            "index": 0,
            "id": None,
            "labels": [{"label": "cell_dismantling", "score": 0.9}],
            "scores": [
                {"label": "cell_dismantling", "score": 0.9},
                {"label": "border_security", "score": 0.12},
                {"label": "cybersecurity", "score": 0.11},
            ],
            "uncertain": [],
            "usage": {"tokens": 4, "windows": 1},
            "warnings": [],
            "error": None,
        }
    ]


def test_texts_and_objects_come_back_in_order_with_their_ids(client: TestClient) -> None:
    results = classify(client, [CELL, {"id": "p-2", "text": BORDER}, {"text": ""}])
    assert [result["index"] for result in results] == [0, 1, 2]
    assert [result["id"] for result in results] == [None, "p-2", None]
    assert [[label["label"] for label in result["labels"]] for result in results] == [
        ["cell_dismantling"],
        ["border_security"],
        [],
    ]
    assert results[2]["warnings"] == ["empty"]


def test_labels_and_scores_are_sorted_and_top_k_limits_scores_only(client: TestClient) -> None:
    (result,) = classify(client, f"{CELL} {BORDER} اختراق", top_k=1)
    assert [label["label"] for label in result["labels"]] == ["border_security", "cybersecurity", "cell_dismantling"]
    assert [score["label"] for score in result["scores"]] == ["border_security"]
    (result,) = classify(client, CELL, top_k=100)
    assert len(result["scores"]) == len(THEMES)


def test_threshold_for_all_and_by_theme(client: TestClient) -> None:
    (result,) = classify(client, CELL, threshold=0.115)
    assert [label["label"] for label in result["labels"]] == ["cell_dismantling", "border_security"]
    (result,) = classify(client, CELL, threshold={"cell_dismantling": 0.95, "cybersecurity": 0.1})
    assert [label["label"] for label in result["labels"]] == ["cybersecurity"]


def test_operating_point_and_thresholds_on_top_of_it(client: TestClient) -> None:
    (result,) = classify(client, CELL, operating_point="high_recall")
    assert [label["label"] for label in result["labels"]] == ["cell_dismantling", "cybersecurity"]
    assert [one["label"] for one in result["uncertain"]] == ["cybersecurity"]
    assert classify(client, CELL, operating_point="balanced") == classify(client, CELL)


def test_unknown_operating_point_is_told_with_those_that_there_are(client: TestClient) -> None:
    response = client.post("/v1/classify", json={"inputs": CELL, "operating_point": "high_recal"})
    assert response.status_code == 422
    (fault,) = response.json()["errors"]
    assert fault["pointer"] == "/operating_point"
    assert "balanced, high_recall" in fault["detail"]
    assert "Did you mean high_recall?" in fault["detail"]


def test_evidence_adds_up(client: TestClient) -> None:
    plain, asked = classify(client, CELL)[0], classify(client, CELL, evidence=True)[0]
    assert "evidence" not in plain
    (evidence,) = asked["evidence"]
    assert evidence["label"] == "cell_dismantling"
    assert evidence["base"] + sum(span["contribution"] for span in evidence["spans"]) == evidence["logit"]
    best = max(evidence["spans"], key=lambda span: span["contribution"])
    assert CELL[best["start"] : best["end"]] == "خلية"


def test_null_options_are_as_good_as_none(client: TestClient) -> None:
    assert classify(client, CELL, threshold=None, top_k=None) == classify(client, CELL)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ("\ud800", "unpaired_surrogate"),
        ("جملة \udc12 مقطوعة", "unpaired_surrogate"),
        ("كلمة " * 20_001, "too_long"),
        ("نص مرفوض", "not_classifiable"),
    ],
)
def test_a_bad_item_does_not_harm_its_neighbours(client: TestClient, bad: str, code: str) -> None:
    body = json.dumps({"inputs": [CELL, bad, {"id": "x", "text": BORDER}], "evidence": True})
    response = client.post("/v1/classify", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200
    first, failed, last = response.json()["results"]
    assert first == classify(client, CELL, evidence=True)[0]
    assert last["labels"][0]["label"] == "border_security"
    assert failed["error"]["code"] == code
    assert "Text 0" not in failed["error"]["detail"]
    assert failed["labels"] == failed["scores"] == failed["evidence"] == []


def test_all_items_bad(client: TestClient) -> None:
    results = classify(client, ["مرفوض", "مرفوض"])
    assert [result["error"]["code"] for result in results] == ["not_classifiable"] * 2


def test_control_characters_and_endless_words_are_ordinary_text(client: TestClient) -> None:
    long_word = "ب" * 99_990 + " خلية"
    results = classify(client, ["\x00", f"\x00{CELL}\x00\x1b", long_word])
    assert [len(result["labels"]) for result in results] == [0, 1, 1]
    assert all(result["error"] is None for result in results)


def test_bom_is_ignored(client: TestClient) -> None:
    body = '\ufeff{"inputs": "خلية"}'.encode()
    response = client.post("/v1/classify", content=body, headers={"content-type": "application/json; charset=UTF-8"})
    assert response.status_code == 200


def test_large_requests_are_cut(client: TestClient, classifier: FakeClassifier) -> None:
    classify(client, [CELL] * 40)
    assert [len(call) for call in classifier.calls] == [16, 16, 8]
    classifier.calls.clear()
    classify(client, ["كلمة " * 3_000] * 3)
    assert [len(call) for call in classifier.calls] == [1, 1, 1]


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(alphabet=st.characters(codec=None), max_size=30), min_size=1, max_size=8))
def test_any_text_gets_an_answer(client: TestClient, texts: list[str]) -> None:
    response = client.post(
        "/v1/classify",
        content=json.dumps({"inputs": texts, "evidence": True}),
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 200
    results = ClassifyAnswer.model_validate(response.json()).results
    assert len(results) == len(texts)
    for text, result in zip(texts, results, strict=True):
        assert (result.error is not None) == any("\ud800" <= character <= "\udfff" for character in text)
