"""Turns: bounded admission and fair use of the processor, off the event loop.

The engine runs each paragraph as an inference of its own, so paragraphs of different requests gain nothing from
being put together. What matters is that a request of many paragraphs does not keep a small one waiting: requests
are cut into chunks, and whoever waits longest has the next turn.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from mihwar.classifier import Prediction
from mihwar.decision import OperatingPoint
from mihwar.errors import MihwarError, TextError
from mihwar.themes import Themes

__all__ = ["Batcher", "ClientGoneError", "ClosedError", "OverloadError", "ThemeClassifier"]

P = ParamSpec("P")
R = TypeVar("R")

Thresholds = float | Mapping[str, float] | None
Classify = Callable[[Sequence[str]], list[Prediction]]

# About two hundred windows: a turn of long paragraphs ends soon enough, too.
_CHUNK_CHARACTERS = 20_000


class ThemeClassifier(Protocol):
    """What the service needs of `mihwar.classifier.Classifier`."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def version(self) -> str:
        """Version of the model."""

    @property
    def themes(self) -> Themes:
        """The taxonomy, in column order."""

    @property
    def thresholds(self) -> NDArray[np.float64]:
        """Probability from which each theme is given, shape (k,)."""

    @property
    def operating_points(self) -> Mapping[str, OperatingPoint]:
        """Other thresholds that can be asked for, by name."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the manifest says of the model."""

    def classify(
        self,
        texts: Sequence[str],
        *,
        thresholds: Thresholds = None,
        operating_point: str | None = None,
        evidence: bool = False,
    ) -> list[Prediction]:
        """Classify texts; raises TextError for one that cannot be classified."""


class OverloadError(MihwarError):
    """Too many paragraphs are waiting; this request was not let in.

    Attributes:
        retry_after_s: When it may be worth another try.
    """

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(f"Too many paragraphs are waiting. Try again in {retry_after_s} s.")


class ClosedError(MihwarError):
    """The service is shutting down."""


class ClientGoneError(MihwarError):
    """Nobody waits for the answer any more."""


async def _never() -> bool:
    return False


class Batcher:
    """Gives requests their turns. Belongs to one event loop."""

    def __init__(
        self, classifier: ThemeClassifier, *, n_threads: int, max_waiting_paragraphs: int, chunk_paragraphs: int
    ) -> None:
        """Start the threads.

        Args:
            classifier: Is called from several threads.
            n_threads: Turns that run at once.
            max_waiting_paragraphs: Paragraphs let in and not yet classified, over all requests.
            chunk_paragraphs: Most paragraphs in a turn.
        """
        self._classifier = classifier
        self._n_threads = n_threads
        self._max_waiting = max_waiting_paragraphs
        self._chunk_paragraphs = chunk_paragraphs
        self._waiting = 0
        self._seconds_per_paragraph = 0.02
        self._turns = asyncio.Semaphore(n_threads)
        self._pool = ThreadPoolExecutor(n_threads, thread_name_prefix="classify")
        self._closed = False

    @property
    def is_open(self) -> bool:
        """Whether requests are let in."""
        return not self._closed

    @property
    def n_waiting(self) -> int:
        """Paragraphs let in and not yet classified."""
        return self._waiting

    def close(self) -> None:
        """Let nobody in any more; turns that run come to their end."""
        self._closed = True
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run other work that keeps a processor busy, when its turn comes.

        Args:
            function: Is called in a thread.
            *args: Its arguments.
            **kwargs: Its arguments by name.

        Raises:
            ClosedError: If the service is shutting down.
        """
        async with self._turns:
            if self._closed:
                raise ClosedError("The service is shutting down.")
            return await asyncio.get_running_loop().run_in_executor(self._pool, partial(function, *args, **kwargs))

    async def classify(
        self,
        texts: Sequence[str],
        *,
        thresholds: Thresholds = None,
        operating_point: str | None = None,
        evidence: bool = False,
        is_gone: Callable[[], Awaitable[bool]] = _never,
    ) -> list[Prediction | TextError]:
        """Classify the paragraphs of one request.

        Args:
            texts: The paragraphs.
            thresholds: As `Classifier.classify` takes them.
            operating_point: As `Classifier.classify` takes it.
            evidence: Whether to say which words made each theme.
            is_gone: Asked before each turn; once it says yes, what is left is dropped.

        Returns:
            For each text its prediction, or why there is none.

        Raises:
            OverloadError: If too many paragraphs are waiting.
            ClosedError: If the service is shutting down.
            ClientGoneError: If `is_gone` said yes.
        """
        if self._waiting + len(texts) > self._max_waiting:
            raise OverloadError(self._retry_after_s())
        classify = partial(
            self._classifier.classify, thresholds=thresholds, operating_point=operating_point, evidence=evidence
        )
        self._waiting += len(texts)
        left = len(texts)
        answers: list[Prediction | TextError] = []
        try:
            for chunk in self._chunks(texts):
                if await is_gone():
                    raise ClientGoneError("The client closed the connection.")
                chunk_answers, seconds = await self.run(_timed_chunk, classify, chunk)
                answers += chunk_answers
                self._seconds_per_paragraph += 0.1 * (seconds / len(chunk) - self._seconds_per_paragraph)
                self._waiting -= len(chunk)
                left -= len(chunk)
        finally:
            self._waiting -= left
        return answers

    def _chunks(self, texts: Sequence[str]) -> Iterator[list[str]]:
        chunk: list[str] = []
        n_characters = 0
        for text in texts:
            if chunk and (len(chunk) == self._chunk_paragraphs or n_characters + len(text) > _CHUNK_CHARACTERS):
                yield chunk
                chunk, n_characters = [], 0
            chunk.append(text)
            n_characters += len(text)
        if chunk:
            yield chunk

    def _retry_after_s(self) -> int:
        return min(60, max(1, math.ceil(self._waiting * self._seconds_per_paragraph / self._n_threads)))


def _timed_chunk(classify: Classify, texts: Sequence[str]) -> tuple[Sequence[Prediction | TextError], float]:
    began = time.perf_counter()
    return _classify_chunk(classify, texts), time.perf_counter() - began


def _classify_chunk(classify: Classify, texts: Sequence[str]) -> Sequence[Prediction | TextError]:
    try:
        return classify(texts)
    except TextError as error:
        if len(texts) == 1:
            return [error]
    # One of them spoils the call: one by one, the others get their answers.
    return [answer for text in texts for answer in _classify_chunk(classify, [text])]
