"""The documentation of the interface: OpenAPI 3.1, with examples.

The endpoints read their bodies themselves, so FastAPI does not see what they take; it is told here.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from serving.api import examples
from serving.api.problems import MEDIA_TYPE
from serving.api.schemas import (
    ArticleAnswer,
    ArticleRequest,
    ClassifyAnswer,
    ClassifyRequest,
    ModelAnswer,
    ProblemDocument,
    ThemesAnswer,
)

__all__ = ["CLASSIFY", "CLASSIFY_ARTICLE", "MODEL", "THEMES", "describe"]

_COMPONENT = "#/components/schemas/{model}"
_JSON = "application/json"
_PROBLEMS = {
    400: "The body is not JSON.",
    401: "An access key is needed.",
    408: "The body did not arrive in time.",
    413: "The body is too large.",
    415: "The body is not declared as JSON in UTF-8.",
    422: "The body has faults; `errors` says where.",
    429: "Too much is waiting; see Retry-After.",
    500: "Something went wrong in the service.",
    503: "The service is shutting down; see Retry-After.",
    504: "There was no answer in time.",
}
_SECURITY_SCHEME = "accessKey"


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _COMPONENT.format(model=model.__name__)}


def _responses(model: type[BaseModel], description: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": description, "content": {_JSON: {"schema": _reference(model)}}}}


def _post(summary: str, request: type[BaseModel], answer: type[BaseModel]) -> dict[str, Any]:
    problem = {MEDIA_TYPE: {"schema": _reference(ProblemDocument)}}
    return {
        "summary": summary,
        "responses": {
            **_responses(answer, "The themes."),
            **{status: {"description": text, "content": problem} for status, text in _PROBLEMS.items()},
        },
        "openapi_extra": {
            "requestBody": {"required": True, "content": {_JSON: {"schema": _reference(request)}}},
            "security": [{}, {_SECURITY_SCHEME: []}],
        },
    }


CLASSIFY = _post("Classify paragraphs", ClassifyRequest, ClassifyAnswer)
CLASSIFY_ARTICLE = _post("Classify an article", ArticleRequest, ArticleAnswer)
THEMES: dict[str, Any] = {"summary": "The themes", "responses": _responses(ThemesAnswer, "The taxonomy.")}
MODEL: dict[str, Any] = {"summary": "The model", "responses": _responses(ModelAnswer, "Facts of the model.")}


def describe(app: FastAPI) -> None:
    """Make the application's documentation complete.

    Args:
        app: Its routes are in place.
    """
    document = app.openapi()
    _, definitions = models_json_schema(
        [
            (ClassifyRequest, "validation"),
            (ArticleRequest, "validation"),
            *((model, "serialization") for model in (ClassifyAnswer, ArticleAnswer, ThemesAnswer, ModelAnswer)),
            (ProblemDocument, "serialization"),
        ],
        ref_template=_COMPONENT,
    )
    components = document.setdefault("components", {})
    components["schemas"] = definitions["$defs"]
    components["securitySchemes"] = {
        _SECURITY_SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "Only where the operator has set keys.",
        }
    }
    # Put in afterwards: FastAPI drops every null, in examples too.
    for path, (requests, answers) in {
        "/v1/classify": (examples.CLASSIFY_REQUESTS, examples.CLASSIFY_ANSWERS),
        "/v1/classify-article": (examples.ARTICLE_REQUESTS, examples.ARTICLE_ANSWERS),
    }.items():
        operation = document["paths"][path]["post"]
        operation["requestBody"]["content"][_JSON]["examples"] = requests
        operation["responses"]["200"]["content"][_JSON]["examples"] = answers
