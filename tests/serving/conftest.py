"""The application over a fake classifier, called in process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from serving.api import create_app
from serving.settings import Settings
from tests.serving.fakes import FakeClassifier


@pytest.fixture
def classifier() -> FakeClassifier:
    """Return the classifier that `client` asks."""
    return FakeClassifier()


@pytest.fixture
def make_client(classifier: FakeClassifier) -> Iterator[Callable[..., TestClient]]:
    """Return a function that makes a client of an application with the given settings."""
    opened: list[TestClient] = []

    def make(**settings: object) -> TestClient:
        app = create_app(classifier, Settings(**settings))  # type: ignore[arg-type]  # names and types of Settings
        client = TestClient(app, raise_server_exceptions=True)
        opened.append(client.__enter__())
        return client

    yield make
    for client in opened:
        client.app.state.batcher.close()  # type: ignore[attr-defined]  # TestClient's app is a bare ASGI callable
        client.__exit__()


@pytest.fixture
def client(make_client: Callable[..., TestClient]) -> TestClient:
    """Return a client of an application with default settings."""
    return make_client()
