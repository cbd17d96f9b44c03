"""From the bytes of a request to a valid request, within limits."""

from __future__ import annotations

import asyncio
import difflib
import hmac
import re
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from email.message import Message
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect, Request

from serving.api.problems import CLIENT_GONE, Fault, ProblemError, pointer
from serving.api.schemas import UNION_TAGS
from serving.api.strict_json import parse_json
from serving.settings import Settings, key_digest

__all__ = ["Intake", "check_threshold"]

M = TypeVar("M", bound=BaseModel)

# A client that is still sending does not read: up to this many times the limit is read and dropped, so that the
# refusal arrives instead of a broken connection.
_DRAIN_FACTOR = 8
_RETRY_AFTER = {"Retry-After": "1"}


class Intake:
    """Lets requests in. One for all requests, since it bounds the sum of their bodies."""

    def __init__(self, settings: Settings) -> None:
        """Start with nothing held.

        Args:
            settings: Limits and keys.
        """
        self._settings = settings
        self._held_bytes = 0

    @asynccontextmanager
    async def admit(self, request: Request, model: type[M]) -> AsyncIterator[M]:
        """Read a request; its body counts as held until the block is left.

        Args:
            request: Not yet read.
            model: The shape of its body.

        Yields:
            The valid request.

        Raises:
            ProblemError: 400, 401, 408, 413, 415, 422, 429 or 499.
        """
        self._check_key(request)
        _check_content_type(request)
        held_before = self._held_bytes
        body = bytearray()
        try:
            async for piece in self._pieces(request):
                body += piece
                self._held_bytes += len(piece)
                if self._held_bytes > self._settings.max_held_bytes:
                    raise ProblemError(
                        429, "overload", "Too many requests are under way.", headers=_RETRY_AFTER
                    )
            del held_before
            yield _validated(bytes(body), model)
        finally:
            self._held_bytes -= len(body)

    def _check_key(self, request: Request) -> None:
        digests = self._settings.api_key_digests
        if not digests:
            return
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        given = key_digest(key.strip())
        # Compares with every key, so that the time tells nothing of which came near.
        matches = [hmac.compare_digest(given, digest) for digest in digests]
        if scheme.lower() != "bearer" or not any(matches):
            raise ProblemError(
                401,
                "unauthorized",
                "An access key is needed: send the header `Authorization: Bearer KEY`.",
                headers={"WWW-Authenticate": 'Bearer realm="mihwar"'},
            )

    async def _pieces(self, request: Request) -> AsyncIterator[bytes]:
        limit = self._settings.max_body_bytes
        too_large = ProblemError(
            413, "body-too-large", f"The body is longer than {limit:,} bytes. Send it in several requests."
        )
        declared = request.headers.get("content-length", "")
        if declared.isdecimal() and int(declared[:19]) > limit * _DRAIN_FACTOR:
            raise too_large
        n_bytes = 0
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                async for piece in request.stream():
                    n_bytes += len(piece)
                    if n_bytes > limit * _DRAIN_FACTOR:
                        break
                    if n_bytes <= limit:
                        yield piece
        except TimeoutError:
            raise ProblemError(
                408, "body-timeout", f"The body did not arrive within {self._settings.body_timeout_s} s."
            ) from None
        except ClientDisconnect:
            raise ProblemError(CLIENT_GONE, "client-gone", "The client closed the connection.") from None
        if n_bytes > limit:
            raise too_large
