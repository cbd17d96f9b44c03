"""What each path of `/v1` does: read, classify, answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse

from mihwar.classifier import Prediction
from mihwar.decision import BALANCED
from mihwar.errors import TextError
from serving.api import openapi
from serving.api.answers import (
    Outcome,
    article_answer,
    classify_answer,
    item_error,
    model_answer,
    scored,
    themes_answer,
)
from serving.api.intake import Intake, check_operating_point, check_threshold
from serving.api.problems import CLIENT_GONE, Fault, ProblemError
from serving.api.schemas import ArticleRequest, ClassifyRequest
from serving.api.strict_json import SURROGATE
from serving.article import Document, split_html, split_text
from serving.batcher import Batcher, ClientGoneError, ClosedError, OverloadError, ThemeClassifier
from serving.settings import Settings

__all__ = ["Endpoints"]

# Boilerplate is not classified, but comes back: pages of many links are welcome, walls of line breaks are not.
_PARAGRAPHS_PER_ITEM = 8
_RESTART_S = 5


class Endpoints:
    """The paths and what they share."""

    def __init__(self, classifier: ThemeClassifier, settings: Settings, batcher: Batcher) -> None:
        """Keep the parts.

        Args:
            classifier: Describes the model.
            settings: Limits and keys.
            batcher: Classifies.
        """
        self._classifier = classifier
        self._settings = settings
        self._batcher = batcher
        self._intake = Intake(settings)
        self._model = {"name": classifier.name, "version": classifier.version}

    def router(self) -> APIRouter:
        """Make the routes."""
        router = APIRouter(prefix="/v1")
        router.add_api_route("/classify", self.classify, methods=["POST"], **openapi.CLASSIFY)
        router.add_api_route("/classify-article", self.classify_article, methods=["POST"], **openapi.CLASSIFY_ARTICLE)
        router.add_api_route("/themes", self.themes, methods=["GET"], **openapi.THEMES)
        router.add_api_route("/model", self.model, methods=["GET"], **openapi.MODEL)
        return router

    async def classify(self, request: Request) -> JSONResponse:
        """Classify paragraphs, each by itself."""
        async with self._intake.admit(request, ClassifyRequest) as body:
            self._check_options(body)
            entries = [body.inputs] if isinstance(body.inputs, str) else body.inputs
            self._check_count(len(entries), self._settings.max_items, "/inputs")
            texts = [entry if isinstance(entry, str) else entry.text for entry in entries]
            outcomes = await self._outcomes(request, texts, body)
            items = (
                scored(outcome, self._classifier.themes, top_k=body.top_k, evidence=body.evidence)
                for outcome in outcomes
            )
            ids = [None if isinstance(entry, str) else entry.id for entry in entries]
            return JSONResponse(classify_answer(request.state.request_id, self._model, ids, items))

    async def classify_article(self, request: Request) -> JSONResponse:
        """Split an article into paragraphs, tell it from the page around it, and classify it."""
        async with self._intake.admit(request, ArticleRequest) as body:
            self._check_options(body)
            document = await self._split(body)
            paragraphs = document.paragraphs
            texts = [
                None if paragraph.kind == "boilerplate" else document.text[paragraph.start : paragraph.end]
                for paragraph in paragraphs
            ]
            outcomes = await self._outcomes(request, texts, body)
            scored_paragraphs = (
                scored(
                    outcome,
                    self._classifier.themes,
                    top_k=body.top_k,
                    evidence=body.evidence,
                    shift=paragraph.start,
                )
                for outcome, paragraph in zip(outcomes, paragraphs, strict=True)
            )
            return JSONResponse(
                article_answer(
                    request.state.request_id,
                    self._model,
                    document,
                    scored_paragraphs,
                    with_text=body.html is not None,
                )
            )

    async def themes(self) -> JSONResponse:
        """List the themes that the model knows."""
        return JSONResponse(themes_answer(self._classifier))

    async def model(self) -> JSONResponse:
        """Say which model is served and what it was made of."""
        return JSONResponse(model_answer(self._classifier, self._settings))

    def _check_options(self, body: ClassifyRequest | ArticleRequest) -> None:
        check_threshold(body.threshold, self._classifier.themes.ids)
        check_operating_point(body.operating_point, (BALANCED, *self._classifier.operating_points))

    async def _split(self, body: ArticleRequest) -> Document:
        place = "/text" if body.html is None else "/html"
        surrogate = SURROGATE.search(body.text or "")
        if surrogate:
            raise _invalid(place, _surrogate_detail(surrogate))
        try:
            async with self._turn():
                if body.html is not None:
                    document = await self._batcher.run(split_html, body.html)
                else:
                    document = await self._batcher.run(split_text, body.text or "")
        except TextError as error:
            raise _invalid(place, str(error)) from None
        n_classified = sum(paragraph.kind != "boilerplate" for paragraph in document.paragraphs)
        self._check_count(n_classified, self._settings.max_items, place)
        self._check_count(len(document.paragraphs), self._settings.max_items * _PARAGRAPHS_PER_ITEM, place)
        return document

    async def _outcomes(
        self, request: Request, texts: Sequence[str | None], body: ClassifyRequest | ArticleRequest
    ) -> list[Outcome]:
        """Classify the texts that there are; what cannot be classified gets an error of its own."""
        outcomes: list[Outcome] = [None if text is None else self._item_error(text) for text in texts]
        accepted = [
            (index, text)
            for index, (text, error) in enumerate(zip(texts, outcomes, strict=True))
            if text is not None and error is None
        ]
        async with self._turn():
            predictions = await self._batcher.classify(
                [text for _, text in accepted],
                thresholds=body.threshold,
                operating_point=body.operating_point,
                evidence=body.evidence,
                is_gone=request.is_disconnected,
            )
        for (index, _), prediction in zip(accepted, predictions, strict=True):
            outcomes[index] = (
                prediction
                if isinstance(prediction, Prediction)
                else item_error("not_classifiable", str(prediction).removeprefix("Text 0: "))
            )
        return outcomes

    def _item_error(self, text: str) -> dict[str, str] | None:
        if len(text) > self._settings.max_characters:
            return item_error(
                "too_long",
                f"The text has {len(text):,} characters, more than {self._settings.max_characters:,}. Split it into"
                " paragraphs.",
            )
        surrogate = SURROGATE.search(text)
        return item_error("unpaired_surrogate", _surrogate_detail(surrogate)) if surrogate else None

    def _check_count(self, n_paragraphs: int, limit: int, place: str) -> None:
        if n_paragraphs > limit:
            raise _invalid(
                place, f"There are {n_paragraphs:,} paragraphs, more than {limit:,}. Send them in several requests."
            )

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Bound the time, and say in HTTP's terms why the batcher did not do its work."""
        timeout_s = self._settings.classify_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                yield
        except TimeoutError:
            raise ProblemError(
                504, "timeout", f"There was no answer within {timeout_s} s. Send less text at once."
            ) from None
        except OverloadError as error:
            raise ProblemError(429, "overload", str(error), headers={"Retry-After": str(error.retry_after_s)}) from None
        except ClosedError as error:
            raise ProblemError(503, "closed", str(error), headers={"Retry-After": str(_RESTART_S)}) from None
        except ClientGoneError as error:
            raise ProblemError(CLIENT_GONE, "client-gone", str(error)) from None


def _invalid(place: str, detail: str) -> ProblemError:
    return ProblemError(
        422, "invalid-request", "There is a fault in the body: see `errors`.", faults=[Fault(place, detail)]
    )


def _surrogate_detail(match: re.Match[str]) -> str:
    return (
        f"The character at position {match.start():,} is half of a surrogate pair: the text was cut within a "
        "character or decoded wrongly."
    )
