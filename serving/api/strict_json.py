"""JSON as RFC 8259 has it, without what Python's reader lets pass."""

from __future__ import annotations

import json
import re
from typing import NoReturn

__all__ = ["SURROGATE", "parse_json"]

SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAX_DIGITS = 100


def parse_json(body: bytes | bytearray) -> object:
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
        data: object = json.loads(text, parse_int=_integer, parse_constant=_refuse_constant, object_pairs_hook=_object)
        return data
    except json.JSONDecodeError as error:
        raise ValueError(f"The body is not JSON: {error}.") from None
    except RecursionError:
        raise ValueError("The body is nested too deeply.") from None


def _integer(digits: str) -> int:
    # Python refuses numbers of 4,301 digits with advice that is not for clients.
    if len(digits) > _MAX_DIGITS:
        raise ValueError(f"The body has a whole number of more than {_MAX_DIGITS} digits.")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"The body is not JSON: {name} is not a JSON number.")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = dict(pairs)
    if any(not key.isascii() and SURROGATE.search(key) for key in keys):
        raise ValueError("The body has an object with half of a surrogate pair in a key.")
    if len(keys) < len(pairs):
        raise ValueError("The body has an object in which a key occurs twice; only one could count.")
    return keys
