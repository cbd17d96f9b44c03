"""YAML text as a tree in which every key and value knows its place.

Parsing is ruamel's; scalars are resolved by the core schema of YAML 1.2 (so `2e-5` is a number,
`no` a text, and a date stays a text). What a config never needs and what makes YAML dangerous is
refused: anchors and aliases, tags, several documents, files above `MAX_BYTES`, nesting beyond
`MAX_DEPTH`. Faults are collected, so that one reading reports as many of them as possible.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from mihwar.errors import Problem

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Node",
    "Place",
    "Scalar",
    "parse",
    "parse_mapping",
    "read_mapping",
    "resolve",
]

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20

Scalar = str | int | float | bool | None
Plain = Scalar | list["Plain"] | dict[str, "Plain"]


@dataclass(frozen=True)
class Place:
    """Where something stands.

    Attributes:
        path: The file as the person named it, or a command-line override as it was given.
        line: Line number from 1; 0 for an override.
        column: Column number from 1, in code points; 0 for an override.
    """

    path: str
    line: int = 0
    column: int = 0

    def problem(self, message: str, key: str = "") -> Problem:
        """Return a problem at this place."""
        return Problem(message, path=self.path, line=self.line, column=self.column, key=key)


@dataclass(frozen=True)
class Node:
    """A value of a YAML file.

    Attributes:
        value: A scalar, or the nodes of a list or of a mapping.
        place: Where the value begins.
        key_place: Where its key begins; the value's own place if it has no key.
        text: A scalar as it was written, without quotation marks.
    """

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    key_place: Place
    text: str = field(default="", compare=False)

    @property
    def entries(self) -> dict[str, Node]:
        """Entries of a mapping; nothing for any other node."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def items(self) -> list[Node]:
        """Items of a list; nothing for any other node."""
        return self.value if isinstance(self.value, list) else []

    def child(self, part: str | int) -> Node | None:
        """Return an entry by name or an item by position, if it is there."""
        if isinstance(part, str):
            return self.entries.get(part)
        return self.items[part] if part < len(self.items) else None

    def at(self, key: str) -> Node | None:
        """Return the node of a dotted key below this one, if it is there."""
        node: Node | None = self
        for name in key.split("."):
            node = node.child(name) if node else None
        return node

    def plain(self) -> Plain:
        """Return the same data without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_mapping(path: Path, problems: list[Problem]) -> Node | None:
    """Read a YAML file that holds one mapping.

    Args:
        path: The file, UTF-8 with or without a byte order mark.
        problems: Faults are appended here.

    Returns:
        The mapping, without the parts that could not be used; None if nothing could be read.
    """
    place = Place(str(path))
    try:
        if not path.exists():
            problems.append(place.problem("there is no such file"))
            return None
        if not path.is_file():
            problems.append(place.problem("is not a file"))
            return None
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        problems.append(place.problem(f"cannot be read: {error.strerror or error}"))
        return None
    if len(data) > MAX_BYTES:
        problems.append(place.problem(f"is larger than {MAX_BYTES // 1024} KiB, too large for a file of this kind"))
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig", errors="replace")
        place = _place_in(before, len(before), str(path))
        problems.append(place.problem(f"is not UTF-8 (byte 0x{data[error.start]:02x}); save the file as UTF-8"))
        return None
    return parse_mapping(text, str(path), problems)


def parse_mapping(text: str, path: str, problems: list[Problem]) -> Node | None:
    """Parse YAML text that holds one mapping; see `read_mapping`."""
    before = len(problems)
    node = parse(text, path, problems)
    if node is None or isinstance(node.value, dict):
        return node
    if len(problems) == before:
        if node.value is None:
            problems.append(Place(path, 1, 1).problem("is empty; it must hold `key: value` lines"))
        else:
            problems.append(node.place.problem("must hold `key: value` lines, not a list or a single value"))
    return None


def parse(text: str, path: str, problems: list[Problem], *, key: str = "", placed: bool = True) -> Node | None:
    """Parse YAML text that holds one value.

    Args:
        text: The YAML text.
        path: The name of its file, for the places.
        problems: Faults are appended here.
        key: The dotted key that the value is for.
        placed: Whether lines and columns mean something to the reader.

    Returns:
        The value (a null for empty text); None if the text is not YAML.
    """
    try:
        return _Builder(text, path, problems, placed).document(key)
    except ReaderError as error:
        place = _place_in(text, error.position, path) if placed else Place(path)
        problems.append(place.problem(_unwanted(text[error.position]), key))
    except MarkedYAMLError as error:
        message, mark = _syntax_problem(error)
        place = Place(path, mark.line + 1, mark.column + 1) if placed and mark else Place(path)
        problems.append(place.problem(message, key))
    except YAMLError as error:
        problems.append(Place(path).problem(f"is not valid YAML: {error}", key))
    except (OverflowError, ValueError) as error:  # ruamel on "\\UFFFFFFFF" and on %YAML with huge numbers
        problems.append(Place(path).problem(f"holds an escape or a directive that cannot be read: {error}", key))
    except _TooDeepError as error:
        problems.append(error.place.problem(f"is nested more than {MAX_DEPTH} levels deep", key))
    return None


_Value = AliasEvent | ScalarEvent | MappingStartEvent | SequenceStartEvent


class _TooDeepError(Exception):
    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.place = place


class _Builder:
    """Turns ruamel's events into nodes. Refused parts are read over and reported."""

    def __init__(self, text: str, path: str, problems: list[Problem], placed: bool) -> None:
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
        self._path = path
        self._problems = problems
        self._placed = placed

    def document(self, key: str) -> Node:
        start = Place(self._path, 1, 1) if self._placed else Place(self._path)
        root: Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    self._report(event, "", "a second document begins here; only one is allowed")
                    break
                if event.version not in (None, (1, 2)):
                    self._report(event, "", "only YAML 1.2 is read; remove the `%YAML` line")
                root = self._node(next(self._events), key, depth=0)
        return root or Node(None, start, start)

    def _node(self, event: _Value, key: str, depth: int, key_place: Place | None = None) -> Node:
        place = self._place(event)
        if depth > MAX_DEPTH:
            raise _TooDeepError(place)
        if isinstance(event, AliasEvent):
            self._report(event, key, f"`*{event.anchor}` is not supported; write the value out (or see `extends`)")
            return Node(None, place, key_place or place)
        if event.anchor is not None:
            self._report(event, key, f"`&{event.anchor}` is not supported; write values out where they are used")
        if event.tag is not None:
            self._report(event, key, "YAML tags (`!...`) are not supported; write the plain value")
        if isinstance(event, MappingStartEvent):
            return Node(self._entries(key, depth + 1), place, key_place or place)
        if isinstance(event, SequenceStartEvent):
            return Node(self._items(key, depth + 1), place, key_place or place)
        return self._scalar(event, key, key_place)

    def _entries(self, prefix: str, depth: int) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            place = self._place(event)
            if not isinstance(event, ScalarEvent):
                self._report(event, prefix, "a key must be a single word")
                self._node(event, prefix, depth)
                self._node(next(self._events), prefix, depth)
                continue
            name = self._scalar(event, prefix).text
            key = f"{prefix}.{name}" if prefix else name
            node = self._node(next(self._events), key, depth, key_place=place)
            if name in entries:
                line = entries[name].key_place.line
                self._report(event, key, f"is given twice{f' (first in line {line})' if line else ''}; keep one")
            else:
                entries[name] = node
        return entries

    def _items(self, key: str, depth: int) -> list[Node]:
        items: list[Node] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, f"{key}[{len(items)}]", depth))
        return items

    def _scalar(self, event: ScalarEvent, key: str, key_place: Place | None = None) -> Node:
        place = self._place(event)
        text: str = event.value
        plain = event.style is None
        if plain and not text and key_place:
            place = key_place  # ruamel places a value that is not there on the next line
        if bad := _UNWANTED.search(text):
            self._report(event, key, _unwanted(bad[0]))
            text = _UNWANTED.sub("\N{REPLACEMENT CHARACTER}", text)
        return Node(resolve(text) if plain else text, place, key_place or place, text)

    def _place(self, event: Event) -> Place:
        mark = event.start_mark
        return Place(self._path, mark.line + 1, mark.column + 1) if self._placed else Place(self._path)

    def _report(self, event: Event, key: str, message: str) -> None:
        self._problems.append(self._place(event).problem(message, key))


# Control characters and unpaired surrogates, which double-quoted escapes can bring in.
_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")


def _unwanted(character: str) -> str:
    return f"holds the character U+{ord(character):04X}, which no text needs; remove it"


# YAML 1.2.2, section 10.3.2 (core schema). Lengths are bounded: longer numbers are no numbers of a config.
_CONSTANTS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DECIMAL = re.compile(r"[-+]?[0-9]{1,30}")
_OCTAL = re.compile(r"0o([0-7]{1,30})")
_HEXADECIMAL = re.compile(r"0x([0-9a-fA-F]{1,30})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def resolve(text: str) -> Scalar:
    """Return what an unquoted scalar means in YAML 1.2."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _DECIMAL.fullmatch(text):
        return int(text)
    if match := _OCTAL.fullmatch(text):
        return int(match[1], 8)
    if match := _HEXADECIMAL.fullmatch(text):
        return int(match[1], 16)
    if match := _FLOAT.fullmatch(text):
        return float(text.replace(".", "")) if match[4] or match[5] else float(text)
    return text


# What ruamel says, the beginning of it or a part; what a person needs to hear; whether the fault
# lies where the construct began rather than where the parser gave up.
_SYNTAX: tuple[tuple[str, str, bool], ...] = (
    ("found character '\\t'", "a tab cannot indent a line; use spaces", False),
    (
        "mapping values are not allowed here",
        "a `: ` cannot stand here; check the indentation or quote the value",
        False,
    ),
    ("found unexpected end of stream", "a quotation mark is opened here and never closed", True),
    ("expected <block end>", "does not line up with the lines above; check the indentation", False),
    ("expected ',' or ']'", "a list `[` begins here and is not closed with `]`", True),
    ("expected ',' or '}'", "a mapping `{` begins here and is not closed with `}`", True),
    ("expected '<document start>'", "nothing can follow here; check quotation marks and indentation", False),
    ("but found '<stream end>'", "the text ends before a `[` or `{` is closed", False),
    ("expected the node content", "a value is missing here", False),
    ("could not find expected ':'", "a key without `: value` after it", True),
    ("that cannot start any token", "a value cannot begin with this character; put it in quotes", False),
)


def _syntax_problem(error: MarkedYAMLError) -> tuple[str, Any]:
    said = str(error.problem)
    for part, message, at_start in _SYNTAX:
        if part in said:
            mark = error.context_mark if at_start else error.problem_mark
            return message, mark or error.problem_mark
    context = f"{error.context}, " if error.context else ""
    return f"is not valid YAML: {context}{said}", error.problem_mark or error.context_mark


def _place_in(text: str, position: int, path: str) -> Place:
    line = text.count("\n", 0, position) + 1
    return Place(path, line, position - (text.rfind("\n", 0, position) + 1) + 1)
