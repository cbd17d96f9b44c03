"""JSON as RFC 8259 has it, without what Python's reader lets pass."""

from __future__ import annotations

import json
from typing import Any, NoReturn

__all__ = ["parse_json"]


def parse_json(body: bytes) -> Any:
    """Parse a body.

    Python's reader also takes NaN and Infinity, the last of several equal keys, and UTF-16. A byte order mark
    is ignored, as RFC 8259 allows.

    Args:
        body: UTF-8.

    Raises:
        ValueError: If it is not JSON; the message says what is wrong and quotes none of the text.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"The body is not UTF-8 (byte {error.start:,}).") from None
    try:
        return json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise ValueError(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise ValueError("The body is nested too deeply.") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"The body is not JSON: {name} is not a JSON number.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = dict(pairs)
    if len(keys) < len(pairs):
        raise ValueError("The body has an object in which a key occurs twice; only one could count.")
    return keys
