"""OpenAPI tells the truth, and what can be asked about themes and model."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from serving.api import examples
from serving.api.schemas import ArticleAnswer, ClassifyAnswer, ModelAnswer, ThemesAnswer
from tests.serving.fakes import THEMES

PATHS = {"/v1/classify": "post", "/v1/classify-article": "post", "/v1/themes": "get", "/v1/model": "get"}


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    response = client.get("/v1/openapi.json")
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


def check(document: dict[str, Any], schema: dict[str, Any], value: object) -> None:
    Draft202012Validator({**schema, "components": document["components"]}).validate(value)


def references(node: object) -> set[str]:
    if isinstance(node, dict):
        found = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return found.union(*map(references, node.values()))
    return set().union(*map(references, node)) if isinstance(node, list) else set()


def test_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert {path: next(iter(methods)) for path, methods in document["paths"].items()} == PATHS
    schemas = document["components"]["schemas"]
    assert references(document) <= {f"#/components/schemas/{name}" for name in schemas}
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", ["/v1/classify", "/v1/classify-article"])
def test_examples_are_of_the_documented_shape_and_work(client: TestClient, document: dict[str, Any], path: str) -> None:
    operation = document["paths"][path]["post"]
    body = operation["requestBody"]["content"]["application/json"]
    assert body["examples"]
    for example in body["examples"].values():
        check(document, body["schema"], example["value"])
        response = client.post(path, json=example["value"])
        assert response.status_code == 200
        answer = operation["responses"]["200"]["content"]["application/json"]
        check(document, answer["schema"], response.json())
        for shown in answer["examples"].values():
            check(document, answer["schema"], shown["value"])


def test_answers_that_examples_show_fit_their_requests() -> None:
    request = examples.ARTICLE_REQUESTS["text"]["value"]
    answer = examples.ARTICLE_ANSWERS["text"]["value"]
    for paragraph in answer["paragraphs"]:
        assert request["text"][paragraph["start"] : paragraph["end"]] == paragraph["text"]
        assert len(paragraph["scores"]) <= request["top_k"]


@pytest.mark.parametrize(
    ("schema", "value", "is_valid"),
    [
        ("ClassifyRequest", {"inputs": "a"}, True),
        ("ClassifyRequest", {"inputs": ["a", {"text": "b"}], "threshold": {"x": 0.5}}, True),
        ("ClassifyRequest", {"inputs": []}, False),
        ("ClassifyRequest", {"inputs": 3}, False),
        ("ClassifyRequest", {"inputs": "a", "x": 1}, False),
        ("ClassifyRequest", {"inputs": "a", "threshold": 1}, False),
        ("ArticleRequest", {"text": "a"}, True),
        ("ArticleRequest", {"text": "a", "html": None}, True),
        ("ArticleRequest", {"text": "a", "html": "b"}, False),
        ("ArticleRequest", {}, False),
        ("ArticleRequest", {"text": None}, False),
    ],
)
def test_schemas_accept_what_the_service_accepts(
    document: dict[str, Any], schema: str, value: object, is_valid: bool
) -> None:
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": document["components"]})
    assert validator.is_valid(value) == is_valid


def test_problems_are_documented(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/classify"]["post"]["responses"]
    assert {"400", "401", "413", "415", "422", "429", "503"} <= set(responses)
    assert all("application/problem+json" in responses[status]["content"] for status in responses if status != "200")


def test_themes(client: TestClient) -> None:
    answer = client.get("/v1/themes").json()
    ThemesAnswer.model_validate(answer)
    assert [theme["id"] for theme in answer["themes"]] == list(THEMES.ids)
    assert answer["themes"][0] == {
        "id": "cell_dismantling",
        "name": {"ar": "تفكيك الخلايا", "en": "Dismantled cells"},
        "definition": "Cells.",
        "codes": {"gdelt": ["ARREST", "SEIZE"]},
        "threshold": 0.5,
    }


def test_model(client: TestClient) -> None:
    answer = client.get("/v1/model").json()
    ModelAnswer.model_validate(answer)
    assert (answer["name"], answer["version"], answer["n_themes"]) == ("fake", "1.2.3", 3)
    assert answer["limits"]["max_items"] == 512
    assert "files" not in answer


def test_answers_have_the_declared_models() -> None:
    ClassifyAnswer.model_validate(examples.CLASSIFY_ANSWERS["several"]["value"])
    ArticleAnswer.model_validate(examples.ARTICLE_ANSWERS["text"]["value"])
