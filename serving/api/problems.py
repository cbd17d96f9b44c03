"""Problem documents (RFC 9457): the one shape in which the service says what went wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

__all__ = ["CLIENT_GONE", "Fault", "ProblemError", "http_problem", "pointer", "problem_response"]

MEDIA_TYPE = "application/problem+json"
# Status of an answer that nobody reads (customary in access logs; not a registered status).
CLIENT_GONE = 499
_MAX_FAULTS = 20
_TITLES = {CLIENT_GONE: "Client closed the request"}


@dataclass(frozen=True)
class Fault:
    """One fault of a request.

    Attributes:
        pointer: JSON Pointer (RFC 6901) into the body; empty for the body as a whole.
        detail: What is wrong and what would be right.
    """

    pointer: str
    detail: str


class ProblemError(Exception):
    """A request that cannot be answered as asked.

    Attributes:
        status: HTTP status.
        slug: Names the kind of problem; the last part of its `type`.
        detail: What was wrong, for people.
        faults: Where in the body.
        headers: Headers of the answer.
    """

    def __init__(
        self,
        status: int,
        slug: str,
        detail: str,
        *,
        faults: Iterable[Fault] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.slug = slug
        self.detail = detail
        self.faults = tuple(faults)
        self.headers = dict(headers or {})


def pointer(*parts: str | int) -> str:
    """Write a JSON Pointer.

    Args:
        *parts: Keys and indices, from the outside in.
    """
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def problem_response(request: Request, problem: ProblemError) -> Response:
    """Render a problem.

    Args:
        request: Carries its id in `state.request_id`.
        problem: What went wrong.
    """
    document: dict[str, Any] = {
        "type": f"urn:mihwar:problem:{problem.slug}",
        "title": _TITLES.get(problem.status) or HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "request_id": getattr(request.state, "request_id", ""),
    }
    if problem.faults:
        document["errors"] = _listed(problem.faults)
    body = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, problem.status, media_type=MEDIA_TYPE, headers=problem.headers)


def http_problem(error: HTTPException) -> ProblemError:
    """Turn an error of the router into a problem: no such path, no such method.

    Args:
        error: Raised by Starlette.
    """
    details = {
        404: "There is nothing at this path. GET /v1/openapi.json lists what there is.",
        405: "This path does not take this method; the Allow header lists those it takes.",
    }
    slug = re.sub(r"[^a-z]+", "-", HTTPStatus(error.status_code).phrase.lower())
    detail = details.get(error.status_code, str(error.detail))
    return ProblemError(error.status_code, slug, detail, headers=error.headers)


def _listed(faults: Sequence[Fault]) -> list[dict[str, str]]:
    listed = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults[:_MAX_FAULTS]]
    if len(faults) > _MAX_FAULTS:
        listed.append({"pointer": "", "detail": f"{len(faults) - _MAX_FAULTS} further faults are not listed."})
    return listed
