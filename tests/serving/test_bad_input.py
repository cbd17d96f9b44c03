"""Whatever arrives, the answer is a problem document that says what was wrong."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from serving.api.schemas import ProblemDocument

JSON = {"content-type": "application/json"}
PATHS = ["/v1/classify", "/v1/classify-article"]


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    ProblemDocument.model_validate(document)
    assert document["status"] == status
    assert document["request_id"] == response.headers["x-request-id"]
    assert document["detail"]
    return document


def pointers(document: dict[str, Any]) -> set[str]:
    return {fault["pointer"] for fault in document["errors"]}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b'{"inputs": "a"} x', "not JSON"),
        (b"{'inputs': 'a'}", "not JSON"),
        (b'{"inputs": NaN}', "NaN"),
        (b'{"threshold": -Infinity}', "Infinity"),
        (b'{"inputs": "\xff"}', "not UTF-8 (byte 12)"),
        ('{"inputs": "a"}'.encode("utf-16"), "not UTF-8"),
        (b'{"inputs": "\xed\xa0\x80"}', "not UTF-8"),
        (b'{"inputs": "a", "inputs": "b"}', "twice"),
        (b'{"inputs": [{"text": "a", "text": "b"}]}', "twice"),
        (b"[" * 100_000, "too deeply"),
        (b'{"a":' * 100_000, "too deeply"),
        (b'{"top_k": ' + b"9" * 5_000 + b"}", "100 digits"),
        (b'{"inputs": "a\x00b"}', "not JSON"),
        (b'{"inputs": "a", "\\ud800": 1}', "surrogate"),
        (b'{"inputs": "a", "threshold": {"\\ud800": 0.5}}', "surrogate"),
    ],
)
def test_malformed_json(client: TestClient, path: str, body: bytes, says: str) -> None:
    document = problem(client.post(path, content=body, headers=JSON), 400)
    assert says in document["detail"]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ([], {""}),
        ("a", {""}),
        (None, {""}),
        ({}, {"/inputs"}),
        ({"inputs": []}, {"/inputs"}),
        ({"inputs": None}, {"/inputs"}),
        ({"inputs": 3}, {"/inputs"}),
        ({"inputs": {"text": "a"}}, {"/inputs"}),
        ({"inputs": [1, "a", None, ["b"]]}, {"/inputs/0", "/inputs/2", "/inputs/3"}),
        ({"inputs": ["a", {"id": "x"}]}, {"/inputs/1/text"}),
        ({"inputs": [{"text": 5, "id": 7}]}, {"/inputs/0/text", "/inputs/0/id"}),
        ({"inputs": [{"text": "a", "id": "x" * 257}]}, {"/inputs/0/id"}),
        ({"inputs": [{"text": "a", "id": "\ud800"}]}, {"/inputs/0/id"}),
        ({"inputs": [{"text": "a", "kind": "x"}]}, {"/inputs/0/kind"}),
        ({"inputs": "a", "tresh/o~ld": 1, "نص": 1}, {"/tresh~1o~0ld", "/نص"}),
        ({"inputs": "a", "top_k": 0}, {"/top_k"}),
        ({"inputs": "a", "top_k": True}, {"/top_k"}),
        ({"inputs": "a", "top_k": "3"}, {"/top_k"}),
        ({"inputs": "a", "top_k": 1.5}, {"/top_k"}),
        ({"inputs": "a", "evidence": 1}, {"/evidence"}),
        ({"inputs": "a", "evidence": "true"}, {"/evidence"}),
        ({"inputs": "a", "threshold": 0}, {"/threshold"}),
        ({"inputs": "a", "threshold": 1}, {"/threshold"}),
        ({"inputs": "a", "threshold": 1e400}, {"/threshold"}),
        ({"inputs": "a", "threshold": True}, {"/threshold"}),
        ({"inputs": "a", "threshold": "0.5"}, {"/threshold"}),
        ({"inputs": "a", "threshold": [0.5]}, {"/threshold"}),
        ({"inputs": "a", "threshold": {"cybersecurity": 2}}, {"/threshold", "/threshold/cybersecurity"}),
        (
            {"inputs": "a", "threshold": {"cyber_security": 0.5, "x": 0.5}},
            {"/threshold/cyber_security", "/threshold/x"},
        ),
    ],
)
def test_invalid_classify_requests(client: TestClient, body: object, places: set[str]) -> None:
    content = json.dumps(body).replace("Infinity", "1e400")
    document = problem(client.post("/v1/classify", content=content, headers=JSON), 422)
    assert pointers(document) == places


def test_faults_help(client: TestClient) -> None:
    document = problem(client.post("/v1/classify", json={"inputs": "a", "treshold": 0.5}), 422)
    assert document["errors"] == [{"pointer": "/treshold", "detail": "There is no such key. Did you mean threshold?"}]
    document = problem(client.post("/v1/classify", json={"inputs": "a", "threshold": {"cyber_security": 0.5}}), 422)
    assert "Did you mean cybersecurity?" in document["errors"][0]["detail"]


def test_many_faults_are_not_all_listed(client: TestClient) -> None:
    document = problem(client.post("/v1/classify", json={"inputs": [1] * 100}), 422)
    assert len(document["errors"]) == 21
    assert "80 further faults" in document["errors"][-1]["detail"]


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, {""}),
        ({"text": "a", "html": "b"}, {""}),
        ({"text": None}, {""}),
        ({"text": 3}, {"/text"}),
        ({"text": ["a"]}, {"/text"}),
        ({"html": {}}, {"/html"}),
        ({"text": "a", "url": "http://a"}, {"/url"}),
        ({"text": "جملة \ud83d مقطوعة"}, {"/text"}),
        ({"text": "a", "threshold": {"x": 0.5}}, {"/threshold/x"}),
        ({"html": "<b>" * 50_000}, {"/html"}),
    ],
)
def test_invalid_article_requests(client: TestClient, body: object, places: set[str]) -> None:
    document = problem(client.post("/v1/classify-article", content=json.dumps(body), headers=JSON), 422)
    assert pointers(document) == places


def test_too_many_paragraphs(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_items=3)
    document = problem(client.post("/v1/classify", json={"inputs": ["a"] * 4}), 422)
    assert pointers(document) == {"/inputs"}
    sentence = "قال المتحدث إن المصالح أوقفت خلية إرهابية في العاصمة يوم أمس بعد أشهر من المتابعة."
    document = problem(client.post("/v1/classify-article", json={"text": f"{sentence}\n\n" * 4}), 422)
    assert pointers(document) == {"/text"}
    document = problem(client.post("/v1/classify-article", json={"text": "شارك\n\n" * 25}), 422)
    assert pointers(document) == {"/text"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
        {"content-type": "application/vnd.bentoml+pickle"},
        {"content-type": "application/json; charset=windows-1256"},
        {"content-type": "application/json", "content-encoding": "gzip"},
        {"content-type": ""},
    ],
)
def test_content_type(client: TestClient, path: str, headers: dict[str, str]) -> None:
    problem(client.post(path, content=b'{"inputs": "a"}', headers=headers), 415)


@pytest.mark.parametrize("path", PATHS)
def test_body_too_large(client: TestClient, path: str) -> None:
    def chunked() -> Iterator[bytes]:
        yield b'{"inputs": "'
        for _ in range(20):
            yield b"a" * 500_000

    declared = b'{"inputs": "' + b"a" * 10_000_000 + b'"}'
    for content in (declared, chunked()):
        document = problem(client.post(path, content=content, headers=JSON), 413)
        assert "2,097,152 bytes" in document["detail"]


def test_body_of_the_longest_length(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_body_bytes=2_000)
    body = b'{"inputs": "a"}'.ljust(2_000)
    assert client.post("/v1/classify", content=body, headers=JSON).status_code == 200
    problem(client.post("/v1/classify", content=body + b" ", headers=JSON), 413)


def test_bodies_under_way_are_bounded_and_released(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_body_bytes=2_000, max_held_bytes=2_000)
    for _ in range(3):
        assert client.post("/v1/classify", content=b'{"inputs": "a"}'.ljust(1_500), headers=JSON).status_code == 200
        problem(client.post("/v1/classify", content=b"x" * 1_500, headers=JSON), 400)
        problem(client.post("/v1/classify", content=b"x" * 3_000, headers=JSON), 413)


def test_paths_and_methods(client: TestClient) -> None:
    problem(client.get("/nothing"), 404)
    problem(client.get("/docs"), 404)
    problem(client.get("/docs.json"), 404)
    problem(client.post("/v1/classify/", json={"inputs": "a"}), 404)
    response = client.get("/v1/classify")
    problem(response, 405)
    assert response.headers["allow"] == "POST"
    problem(client.delete("/v1/themes"), 405)
    problem(client.post("/"), 405)


def test_request_ids(client: TestClient) -> None:
    assert client.get("/v1/model", headers={"x-request-id": "abc-1.2:3"}).headers["x-request-id"] == "abc-1.2:3"
    problem(client.get("/nothing", headers={"x-request-id": "abc"}), 404)
    for bad in ("", "a b", "<script>", "a" * 129, "-x", "é"):
        given_id = client.get("/v1/model", headers={"x-request-id": bad.encode("latin-1")}).headers["x-request-id"]
        assert given_id != bad
        assert len(given_id) == 32


def test_failures_are_answered_and_logged_without_the_text(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        document = problem(client.post("/v1/classify", json={"inputs": "كلام سري عطل"}), 500)
    assert "RuntimeError" in caplog.text
    assert "fakes.py" in caplog.text
    assert document["request_id"] in caplog.text
    for shown in (caplog.text, json.dumps(document, ensure_ascii=False)):
        assert "سري" not in shown


def test_faults_of_users_are_not_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        client.post("/v1/classify", json={"inputs": 3})
        client.post("/v1/classify", content=b"{", headers=JSON)
        client.post("/v1/classify", json={"inputs": "مرفوض"})
    assert not caplog.records


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(["inputs", "threshold", "top_k", "evidence", "text", "html", "x"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), body=st.dictionaries(keys, json_values, max_size=4))
def test_any_json_gets_an_answer_or_a_problem(client: TestClient, path: str, body: dict[str, Any]) -> None:
    response = client.post(path, content=json.dumps(body).replace("Infinity", "1e999"), headers=JSON)
    if response.status_code != 200:
        problem(response, response.status_code)
        assert response.status_code in (400, 422)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=st.sampled_from(PATHS), body=st.binary(max_size=200))
def test_any_bytes_get_a_problem(client: TestClient, path: str, body: bytes) -> None:
    problem(client.post(path, content=body, headers=JSON), client.post(path, content=body, headers=JSON).status_code)
