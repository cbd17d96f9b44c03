"""The application, put together.

Which paths need an access key, where keys are set: `POST /v1/classify` and `POST /v1/classify-article`, which cost
something. What is said of the model, the documentation and the page are open; so are BentoML's health and metrics,
which probes and scrapers must reach (a proxy in front can close them).
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from mihwar import __version__
from serving.api.endpoints import Endpoints
from serving.api.guard import Guard
from serving.api.openapi import describe
from serving.api.page import page_routes
from serving.api.problems import ProblemError, http_problem, problem_response
from serving.batcher import Batcher, ThemeClassifier
from serving.settings import Settings

__all__ = ["create_app"]


def create_app(classifier: ThemeClassifier, settings: Settings) -> FastAPI:
    """Make the application.

    Args:
        classifier: Answers; is called from several threads.
        settings: Limits and keys.

    Returns:
        The application. Its `state.batcher` is to be closed when it is no longer needed.
    """
    batcher = Batcher(
        classifier,
        n_threads=settings.n_threads,
        max_waiting_paragraphs=settings.max_waiting_paragraphs,
        chunk_paragraphs=settings.chunk_paragraphs,
    )
    app = FastAPI(
        title="Mihwar",
        summary="Which security themes is each paragraph of Arabic news about?",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # FastAPI's pages load scripts of others
        redoc_url=None,
        redirect_slashes=False,  # the redirect would go wherever the Host header says
        routes=[*page_routes()],
    )
    app.state.batcher = batcher
    app.add_middleware(Guard)
    app.add_exception_handler(ProblemError, _answer_problem)
    app.add_exception_handler(HTTPException, _answer_http_error)
    app.include_router(Endpoints(classifier, settings, batcher).router())
    describe(app)
    return app


async def _answer_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101  # Starlette's signature is wider than what it passes
    return problem_response(request, error)


async def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # as above
    return problem_response(request, http_problem(error))
