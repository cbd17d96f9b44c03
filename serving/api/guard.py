"""The outermost layer: a request id and security headers on every answer, and an answer to every request."""

from __future__ import annotations

import logging
import re
import traceback
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.api.problems import ProblemError, problem_response

__all__ = ["Guard"]

_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/+=-]{0,127}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_log = logging.getLogger("mihwar.serving")


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application.

        Args:
            app: The application.
        """
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope).get("x-request-id", ""))
        scope["state"] = {**scope.get("state", {}), "request_id": request_id}
        has_started = False

        async def send_guarded(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except Exception as error:  # without an answer, the client would wait until BentoML's timeout
            # The message of an exception may quote the text that was sent, and texts are never logged.
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("Request %s failed with %s:\n%s", request_id, type(error).__name__, frames)
            if not has_started:
                problem = ProblemError(
                    500, "internal", "Something went wrong here. The log has the details under the request id."
                )
                await problem_response(Request(scope), problem)(scope, receive, send_guarded)


def _request_id(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
