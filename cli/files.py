"""Reading what `mihwar classify` is given: plain text, HTML, or JSON lines; from a file or standard input."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from mihwar.errors import Problem, ProblemsError, first_problems

__all__ = ["Format", "Item", "read_items"]

MAX_PROBLEMS = 50
STDIN = "-"
_DECLARED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_DECLARED_WITHIN_BYTES = 4096


class Format(StrEnum):
    """What a file holds."""

    AUTO = "auto"
    TEXT = "text"
    HTML = "html"
    JSONL = "jsonl"


_ENDINGS = {
    ".txt": Format.TEXT,
    ".text": Format.TEXT,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
}


@dataclass(frozen=True)
class Item:
    """One paragraph to classify.

    Attributes:
        id: The record's id, or the paragraph's number from 1.
        kind: `body`, `heading`, or `boilerplate`, which is not classified.
        text: The paragraph.
        start: First code point in the article's text; 0 for a record.
        end: One past the last.
    """

    id: str
    kind: str
    text: str
    start: int
    end: int


def read_items(name: str, format: Format = Format.AUTO) -> list[Item]:  # noqa: A002  the option's own word
    """Read the paragraphs of an article or the records of a file.

    Args:
        name: A file, or `-` for standard input.
        format: What it holds; `auto` goes by the file's ending, on standard input by how the text begins.

    Raises:
        ProblemsError: If it cannot be read, with every place.
        TextError: If HTML is too deep or too large to be a page.
    """
    shown = "standard input" if name == STDIN else name
    chosen = _format_of(name) if format is Format.AUTO and name != STDIN else format
    content = _read(name, shown)
    if chosen is Format.AUTO:
        chosen = Format.HTML if content.lstrip()[:15].lower().startswith((b"<!doctype", b"<html")) else Format.TEXT
    if chosen is Format.HTML:
        content = _recoded(content)
    text = _decoded(content, shown)
    items = list(_records(text, shown)) if chosen is Format.JSONL else _paragraphs(text, chosen)
    if not items:
        raise _problem(shown, "there is no text in it")
    return items


def _format_of(name: str) -> Format:
    found = _ENDINGS.get(Path(name).suffix.lower())
    if found is None:
        raise _problem(name, f"ends with none of {', '.join(_ENDINGS)}; say what it holds with --format")
    return found


def _read(name: str, shown: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except FileNotFoundError as error:
        raise _problem(shown, "there is no such file") from error
    except IsADirectoryError as error:
        raise _problem(shown, "is a folder; name a file in it") from error
    except (OSError, ValueError) as error:
        raise _problem(shown, f"cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _recoded(page: bytes) -> bytes:
    """Bring a page that states another encoding to UTF-8."""
    declared = _DECLARED.search(page[:_DECLARED_WITHIN_BYTES])
    if declared is None:
        return page
    try:
        return page.decode(declared[1].decode("ascii")).encode()
    except (LookupError, UnicodeError):
        return page  # an encoding that is not one, or not the page's: UTF-8 is the better guess


def _decoded(content: bytes, shown: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _problem(
            shown,
            f"is not UTF-8 (byte 0x{content[error.start]:02x});"
            " convert it first, for instance with `iconv -f WINDOWS-1256 -t UTF-8`",
            line,
        ) from error


def _paragraphs(text: str, chosen: Format) -> list[Item]:
    # Imported here: only articles need the rules for them.
    from serving.article import split_html, split_text

    document = split_html(text) if chosen is Format.HTML else split_text(text)
    return [
        Item(str(number), part.kind, document.text[part.start : part.end], part.start, part.end)
        for number, part in enumerate(document.paragraphs, start=1)
    ]


def _records(text: str, shown: str) -> Iterator[Item]:
    problems: list[Problem] = []
    # Not splitlines(), which also splits at line separators that JSON allows within a string.
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        found = _record(line, number, shown)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            yield found
    if problems:
        raise ProblemsError(first_problems(problems, MAX_PROBLEMS))


def _record(line: str, number: int, shown: str) -> Item | Problem:
    def problem(message: str, key: str = "", column: int = 0) -> Problem:
        return Problem(message, shown, number, column, key)

    try:
        record: Any = json.loads(line)
    except json.JSONDecodeError as error:
        return problem(f"is not valid JSON: {error.msg}", column=error.colno)
    except (ValueError, RecursionError):
        return problem("is not JSON that can be read: it is nested too deeply or holds a number that is too long")
    if not isinstance(record, dict):
        return problem('must be an object such as {"id": "1", "text": "..."}')
    text, record_id = record.get("text"), record.get("id", number)
    if not isinstance(text, str):
        return problem("must be a string" if "text" in record else "is missing", "text")
    if isinstance(record_id, bool) or not isinstance(record_id, str | int):
        return problem("must be a string or a whole number", "id")
    for key, value in (("text", text), ("id", str(record_id))):
        if any("\ud800" <= character <= "\udfff" for character in value):
            return problem("holds half of a surrogate pair (a character cut in two); repair the source", key)
    return Item(str(record_id), "body", text, 0, len(text))


def _problem(path: str, message: str, line: int = 0) -> ProblemsError:
    return ProblemsError([Problem(message, path, line)])
