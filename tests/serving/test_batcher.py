"""Turns, admission and dropped work, by themselves and over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from mihwar.classifier import Prediction
from mihwar.errors import TextError
from serving.api import create_app
from serving.batcher import Batcher, ClientGoneError, ClosedError, OverloadError
from serving.settings import Settings
from tests.serving.fakes import FakeClassifier


def make(classifier: FakeClassifier, **options: Any) -> Batcher:
    return Batcher(classifier, **{"n_threads": 1, "max_waiting_paragraphs": 100, "chunk_paragraphs": 4, **options})


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


def test_answers_are_in_order_and_refused_texts_have_errors(classifier: FakeClassifier) -> None:
    async def run() -> None:
        batcher = make(classifier)
        answers = await batcher.classify(["خلية", "مرفوض", "الحدود", "", "مرفوض"])
        kinds = [isinstance(answer, Prediction) for answer in answers]
        assert kinds == [True, False, True, True, False]
        assert isinstance(answers[1], TextError)
        assert isinstance(answers[2], Prediction)
        assert answers[2].themes == ("border_security",)
        assert batcher.n_waiting == 0
        batcher.close()

    asyncio.run(run())


def test_a_small_request_does_not_wait_for_a_large_one(classifier: FakeClassifier) -> None:
    async def run() -> None:
        batcher = make(classifier)
        classifier.gate.clear()
        large = asyncio.create_task(batcher.classify(["كبير"] * 40))
        await until(lambda: len(classifier.calls) == 1)
        small = asyncio.create_task(batcher.classify(["صغير"]))
        await until(lambda: batcher.n_waiting == 41)
        classifier.gate.set()
        await asyncio.gather(large, small)
        assert [call[0] for call in classifier.calls].index("صغير") <= 2
        assert len(classifier.calls) == 11
        batcher.close()

    asyncio.run(run())


def test_admission_is_bounded(classifier: FakeClassifier) -> None:
    async def run() -> None:
        batcher = make(classifier, max_waiting_paragraphs=5)
        classifier.gate.clear()
        waiting = asyncio.create_task(batcher.classify(["نص"] * 4))
        await until(lambda: len(classifier.calls) == 1)
        with pytest.raises(OverloadError) as refused:
            await batcher.classify(["نص"] * 2)
        assert 1 <= refused.value.retry_after_s <= 60
        fits = asyncio.create_task(batcher.classify(["نص"]))
        await until(lambda: batcher.n_waiting == 5)
        classifier.gate.set()
        await asyncio.gather(waiting, fits)
        assert batcher.n_waiting == 0
        batcher.close()

    asyncio.run(run())


def test_what_nobody_waits_for_is_dropped(classifier: FakeClassifier) -> None:
    async def run() -> None:
        batcher = make(classifier)
        answers = iter([False, False, True])

        async def is_gone() -> bool:
            return next(answers)

        with pytest.raises(ClientGoneError):
            await batcher.classify(["نص"] * 40, is_gone=is_gone)
        assert len(classifier.calls) == 2
        assert batcher.n_waiting == 0
        classifier.gate.clear()
        task = asyncio.create_task(batcher.classify(["نص"] * 40))
        await until(lambda: len(classifier.calls) == 3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        classifier.gate.set()
        assert batcher.n_waiting == 0
        assert len(await batcher.classify(["نص"])) == 1
        batcher.close()

    asyncio.run(run())


def test_failures_release_what_waited(classifier: FakeClassifier) -> None:
    async def run() -> None:
        batcher = make(classifier)
        with pytest.raises(RuntimeError):
            await batcher.classify(["نص"] * 10 + ["عطل"])
        assert batcher.n_waiting == 0
        batcher.close()

    asyncio.run(run())


def test_closed(classifier: FakeClassifier) -> None:
    async def run() -> None:
        batcher = make(classifier)
        assert batcher.is_open
        batcher.close()
        assert not batcher.is_open
        with pytest.raises(ClosedError):
            await batcher.classify(["نص"])
        with pytest.raises(ClosedError):
            await batcher.run(len, "نص")

    asyncio.run(run())


def test_overload_timeout_and_closing_over_http(classifier: FakeClassifier) -> None:
    async def run() -> None:
        app = create_app(classifier, Settings(max_items=4, max_waiting_paragraphs=4, classify_timeout_s=1))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            classifier.gate.clear()
            slow = asyncio.create_task(client.post("/v1/classify", json={"inputs": ["نص"] * 4}))
            await until(lambda: len(classifier.calls) == 1)
            refused = await client.post("/v1/classify", json={"inputs": "نص"})
            assert refused.status_code == 429
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert refused.headers["content-type"] == "application/problem+json"
            late = await slow
            assert late.status_code == 504
            classifier.gate.set()
            assert (await client.post("/v1/classify", json={"inputs": "نص"})).status_code == 200
            app.state.batcher.close()
            closed = await client.post("/v1/classify", json={"inputs": "نص"})
            assert closed.status_code == 503
            assert "retry-after" in closed.headers

    asyncio.run(run())


def test_disconnected_clients_free_the_processor(classifier: FakeClassifier) -> None:
    async def run() -> None:
        app = create_app(classifier, Settings())
        classifier.gate.clear()
        body = b'{"inputs": [' + b",".join([b'"a"'] * 64) + b"]}"
        gone = asyncio.Event()
        received = iter([{"type": "http.request", "body": body, "more_body": False}])
        sent: list[Any] = []

        async def receive() -> Any:
            for message in received:
                return message
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/v1/classify",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        task = asyncio.create_task(app(scope, receive, send))
        await until(lambda: len(classifier.calls) == 1)
        gone.set()
        classifier.gate.set()
        await task
        # Answered although nobody listens: BentoML would otherwise wait for its timeout.
        assert sent[0]["status"] == 499
        assert len(classifier.calls) == 1
        app.state.batcher.close()

    asyncio.run(run())


def test_bodies_that_stop_coming(classifier: FakeClassifier) -> None:
    async def run() -> None:
        app = create_app(classifier, Settings(body_timeout_s=1))

        async def content() -> Any:
            yield b"{"
            await asyncio.sleep(30)

        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            headers = {"content-type": "application/json"}
            response = await client.post("/v1/classify", content=content(), headers=headers)
        assert response.status_code == 408
        app.state.batcher.close()

    asyncio.run(run())
