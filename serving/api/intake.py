"""From the bytes of a request to a valid request, within limits."""

from __future__ import annotations

import asyncio
import difflib
import hmac
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager
from email.message import Message
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import ClientDisconnect, Request

from serving.api.problems import CLIENT_GONE, Fault, ProblemError, pointer
from serving.api.schemas import UNION_TAGS
from serving.api.strict_json import parse_json
from serving.settings import Settings, key_digest

__all__ = ["Intake", "check_operating_point", "check_threshold"]

M = TypeVar("M", bound=BaseModel)

# A client that is still sending does not read: up to this many times the limit is read and dropped, so that the
# refusal arrives instead of a broken connection.
_DRAIN_FACTOR = 8


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
        body = bytearray()
        try:
            await self._read(request, body)
            yield _validated(body, model)
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

    async def _read(self, request: Request, body: bytearray) -> None:
        try:
            async with asyncio.timeout(self._settings.body_timeout_s):
                await self._read_within_limits(request, body)
        except TimeoutError:
            raise ProblemError(
                408, "body-timeout", f"The body did not arrive within {self._settings.body_timeout_s} s."
            ) from None
        except ClientDisconnect:
            raise ProblemError(CLIENT_GONE, "client-gone", "The client closed the connection.") from None

    async def _read_within_limits(self, request: Request, body: bytearray) -> None:
        limit = self._settings.max_body_bytes
        too_large = ProblemError(
            413, "body-too-large", f"The body is longer than {limit:,} bytes. Send it in several requests."
        )
        declared = request.headers.get("content-length", "")
        n_declared = int(declared[:19]) if declared.isdecimal() else 0
        waits_for_leave = request.headers.get("expect", "").lower() == "100-continue"
        if n_declared > (limit if waits_for_leave else limit * _DRAIN_FACTOR):
            raise too_large
        n_bytes = 0
        async for piece in request.stream():
            n_bytes += len(piece)
            if n_bytes > limit * _DRAIN_FACTOR:
                break
            if n_bytes > limit:
                continue
            if self._held_bytes + len(piece) > self._settings.max_held_bytes:
                raise ProblemError(429, "overload", "Too many requests are under way.", headers={"Retry-After": "1"})
            body += piece
            self._held_bytes += len(piece)
        if n_bytes > limit:
            raise too_large


def check_threshold(threshold: float | dict[str, float] | None, theme_ids: Collection[str]) -> None:
    """Refuse thresholds of themes that there are not.

    Args:
        threshold: As the request has it.
        theme_ids: The themes that there are.

    Raises:
        ProblemError: 422, one fault for each unknown theme.
    """
    if not isinstance(threshold, dict):
        return
    faults = [
        Fault(pointer("threshold", name), f"There is no such theme.{_did_you_mean(name, theme_ids)}")
        for name in threshold
        if name not in theme_ids
    ]
    if faults:
        raise ProblemError(
            422, "unknown-theme", "A threshold names a theme that there is not; see GET /v1/themes.", faults=faults
        )


def check_operating_point(name: str | None, known: Collection[str]) -> None:
    """Refuse an operating point that there is not.

    Args:
        name: As the request has it.
        known: The names of those that there are.

    Raises:
        ProblemError: 422.
    """
    if name is not None and name not in known:
        detail = f"There is no such operating point; there are {', '.join(known)}.{_did_you_mean(name, known)}"
        raise ProblemError(
            422,
            "unknown-operating-point",
            "The model has no such operating point; see GET /v1/model.",
            faults=[Fault(pointer("operating_point"), detail)],
        )


def _check_content_type(request: Request) -> None:
    header = Message()
    header["content-type"] = request.headers.get("content-type", "")
    charset = str(header.get_param("charset") or "utf-8").lower()
    if header.get_content_type() != "application/json" or charset not in ("utf-8", "utf8"):
        raise ProblemError(
            415,
            "unsupported-media-type",
            "The body must be JSON in UTF-8: send the header `Content-Type: application/json`.",
            headers={"Accept": "application/json"},
        )
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError(
            415,
            "unsupported-media-type",
            "Compressed bodies are not read; send the body as it is.",
            headers={"Accept-Encoding": "identity"},
        )


def _validated(body: bytearray, model: type[M]) -> M:
    try:
        data = parse_json(body)
    except ValueError as error:
        raise ProblemError(400, "malformed-json", str(error)) from None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = list(_faults(error.errors(include_url=False, include_input=False), model))
        plural = "are faults" if len(faults) > 1 else "is a fault"
        raise ProblemError(
            422, "invalid-request", f"There {plural} in the body: see `errors`.", faults=faults
        ) from None


def _faults(errors: Collection[ErrorDetails], model: type[BaseModel]) -> Iterator[Fault]:
    """Say pydantic's errors in our words, once for each place."""
    by_place: dict[str, list[ErrorDetails]] = {}
    for error in errors:
        place = pointer(*(part for part in error["loc"] if not _is_internal(part)))
        by_place.setdefault(place, []).append(error)
    for place, found in by_place.items():
        if place == "/threshold":
            yield Fault(place, "Must be a number between 0 and 1, or an object of such numbers by theme id.")
        else:
            yield Fault(place, _detail(found[0], model))


def _is_internal(part: str | int) -> bool:
    """Tell the names of pydantic's union members from the keys of the body."""
    return part in UNION_TAGS or part == "constrained-float" or str(part).startswith("dict[")


def _detail(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind = error["type"]
    if kind == "missing":
        return "This key is missing."
    if kind == "extra_forbidden":
        known = model.model_fields if len(error["loc"]) == 1 else ("id", "text")
        return f"There is no such key.{_did_you_mean(str(error['loc'][-1]), known)}"
    if kind == "model_type":
        return "The body must be an object."
    if kind == "too_short":
        return "The list is empty; give at least one paragraph."
    if kind == "string_unicode":
        return "Must not have unpaired surrogates."
    return error["msg"].replace("Input should be", "Must be")


def _did_you_mean(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name[:100], known, n=1)
    return f" Did you mean {near[0]}?" if near else ""
