"""Where keys are set, what costs something is closed to others."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from serving.settings import key_digest

KEYS = ("0123456789abcdef", "another-long-key")


@pytest.fixture
def closed(make_client: Callable[..., TestClient]) -> TestClient:
    return make_client(api_key_digests=frozenset(map(key_digest, KEYS)))


@pytest.mark.parametrize("path", ["/v1/classify", "/v1/classify-article"])
@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        KEYS[0],
        f"Basic {KEYS[0]}",
        "Bearer",
        "Bearer ",
        f"Bearer {KEYS[0]}x",
        f"Bearer {KEYS[0][:-1]}",
        "Bearer é",
    ],
)
def test_without_a_key(closed: TestClient, path: str, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header.encode("latin-1")}
    response = closed.post(path, content=b"not even JSON", headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Bearer")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_with_a_key(closed: TestClient, scheme: str, key: str) -> None:
    response = closed.post("/v1/classify", json={"inputs": "خلية"}, headers={"authorization": f"{scheme} {key}"})
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/", "/page.js", "/v1/themes", "/v1/model", "/v1/openapi.json"])
def test_what_stays_open(closed: TestClient, path: str) -> None:
    assert closed.get(path).status_code == 200
