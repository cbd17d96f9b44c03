"""One record of a corpus: what it may say, and its canonical form.

A record is a mapping with these keys; `id` and `text` must be there, null counts as absent:

| key | value |
|---|---|
| `id` | unique in the corpus |
| `text` | the paragraph |
| `labels` | list of theme ids; `[]`: judged, no theme; absent: judged on no theme at all |
| `unknown` | list of theme ids on which nobody has judged |
| `article_id` | its article, never split apart; absent: the paragraph is its own article |
| `kind`, `source`, `annotator`, `url`, `published` | strings |
| `split` | `train`, `calibration` or `test`, for the whole article; absent: by hash |
| `meta` | an object with anything else |
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mihwar.errors import Problem, SaveError
from mihwar.paragraph import LabelledParagraph

__all__ = [
    "FIELDS",
    "MAX_TEXT_CHARACTERS",
    "SPLITS",
    "Place",
    "parse_record",
    "suggestion",
    "to_line",
    "to_record",
    "write_records",
]

SPLITS = ("train", "calibration", "test")
STRINGS = ("article_id", "kind", "source", "split", "annotator", "url", "published")
FIELDS = ("id", "article_id", "text", "labels", "unknown", *STRINGS[1:], "meta")

# A book chapter pasted into one record is a mistake, and would take minutes of window after window.
MAX_TEXT_CHARACTERS = 50_000


@dataclass(frozen=True)
class Place:
    """Where a record stands.

    Attributes:
        path: The file or data set, as the person named it.
        line: Line number from 1; 0 where the format has no lines.
        row: Row number from 1, for formats without lines.
    """

    path: str
    line: int = 0
    row: int = 0

    def __str__(self) -> str:
        """Render as `file:line` or `file, row n`."""
        return f"{self.path}:{self.line}" if self.line else f"{self.path}, row {self.row}"

    def problem(self, message: str, key: str = "") -> Problem:
        """Describe a fault at this place.

        Args:
            message: What is wrong and what to do.
            key: The key of the record that is at fault.
        """
        if self.row:
            key = f"row {self.row}, {key}" if key else f"row {self.row}"
        return Problem(message, path=self.path, line=self.line, key=key)


def suggestion(word: object, known: Iterable[str]) -> str:
    """Return ` (did you mean 'x'?)` for the known word nearest to a misspelt one, or nothing."""
    near = difflib.get_close_matches(str(word), list(known), n=1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def parse_record(
    raw: Mapping[str, Any], place: Place, theme_ids: Sequence[str]
) -> tuple[LabelledParagraph | None, list[Problem]]:
    """Check one record and build its paragraph.

    Args:
        raw: The record, as its file has it.
        place: Where it stands, for the messages.
        theme_ids: The themes, in column order; labels are put into this order.

    Returns:
        The paragraph and no problem, or None and every problem of the record.
    """
    given = {key: value for key, value in raw.items() if value is not None}
    problems = [
        place.problem(f"unknown key{suggestion(key, FIELDS)}; put it under 'meta' to keep it", repr(key)[1:-1])
        for key in given
        if key not in FIELDS
    ]
    problems += _check_required(given, place)
    problems += [
        place.problem(f"must be a string, not {_type_name(given[key])}", key)
        for key in STRINGS
        if key in given and not isinstance(given[key], str)
    ]
    if isinstance(split := given.get("split"), str) and split not in (*SPLITS, ""):
        problems.append(place.problem(f"must be one of {', '.join(SPLITS)}, not {split!r}", "split"))
    labels, unknown, theme_problems = _parse_themes(given, place, theme_ids)
    problems += theme_problems
    meta = given.get("meta", {})
    if not isinstance(meta, Mapping):
        problems.append(place.problem(f"must be an object, not {_type_name(meta)}", "meta"))
    problems += [
        place.problem("holds half of a surrogate pair (a character cut in two); repair the source", key)
        for key, value in given.items()
        if key in FIELDS and _has_lone_surrogate(value)
    ]
    if problems:
        return None, problems
    strings = {key: given[key] for key in STRINGS if given.get(key)}
    paragraph = LabelledParagraph(
        id=given["id"],
        text=given["text"],
        labels=labels,
        unknown=unknown,
        meta={key: value for key, value in meta.items() if value is not None},
        **{"article_id": given["id"], **strings},
    )
    return paragraph, []


def to_record(paragraph: LabelledParagraph) -> dict[str, Any]:
    """Return a paragraph's canonical record: keys and themes in fixed order, nothing empty but `labels`."""
    record: dict[str, Any] = {
        "id": paragraph.id,
        "article_id": paragraph.article_id,
        "text": paragraph.text,
        "labels": sorted(paragraph.labels),
    }
    optional = {
        "unknown": sorted(paragraph.unknown),
        **{key: getattr(paragraph, key) for key in STRINGS[1:]},
        "meta": dict(paragraph.meta),
    }
    return record | {key: value for key, value in optional.items() if value}


def to_line(paragraph: LabelledParagraph) -> str:
    """Return the canonical record as one line of JSON, without the line break."""
    return json.dumps(to_record(paragraph), ensure_ascii=False)


def write_records(paragraphs: Iterable[LabelledParagraph], path: Path) -> None:
    """Write a corpus file in canonical form, at once or not at all.

    Args:
        paragraphs: The paragraphs, in the order of the file.
        path: The file; its folder is made if it is not there.

    Raises:
        SaveError: If it cannot be written.
    """
    aside = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text("".join(to_line(paragraph) + "\n" for paragraph in paragraphs), encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        with suppress(OSError):
            aside.unlink()
        raise SaveError(f"{path} cannot be written: {error}.") from error


def _check_required(given: Mapping[str, Any], place: Place) -> list[Problem]:
    problems = []
    for key in ("id", "text"):
        value = given.get(key)
        if value is None:
            problems.append(place.problem("missing", key))
        elif not isinstance(value, str):
            problems.append(place.problem(f"must be a string, not {_type_name(value)}", key))
        elif not value.strip():
            problems.append(place.problem("empty", key))
    text = given.get("text")
    if isinstance(text, str) and len(text) > MAX_TEXT_CHARACTERS:
        message = f"{len(text):,} characters; a paragraph has at most {MAX_TEXT_CHARACTERS:,}: split it"
        problems.append(place.problem(message, "text"))
    return problems


def _parse_themes(
    given: Mapping[str, Any], place: Place, theme_ids: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], list[Problem]]:
    problems: list[Problem] = []
    chosen: dict[str, set[str]] = {}
    for key in ("labels", "unknown"):
        values = given.get(key, [])
        if not isinstance(values, list):
            problems.append(place.problem(f"must be a list of theme ids, not {_type_name(values)}", key))
            continue
        for index, value in enumerate(values):
            if not isinstance(value, str):
                problems.append(place.problem(f"must be theme ids, not {_type_name(value)}", f"{key}[{index}]"))
            elif value not in theme_ids:
                problems.append(
                    place.problem(f"unknown theme {value!r}{suggestion(value, theme_ids)}", f"{key}[{index}]")
                )
            elif value in values[:index]:
                problems.append(place.problem(f"theme {value!r} is given twice", f"{key}[{index}]"))
        chosen[key] = {value for value in values if isinstance(value, str)}
    labels, unknown = chosen.get("labels", set()), chosen.get("unknown", set())
    problems += [
        place.problem(f"theme {theme_id!r} is in labels as well; it is either given or not judged", "unknown")
        for theme_id in theme_ids
        if theme_id in labels and theme_id in unknown
    ]
    if "labels" not in given:
        unknown = set(theme_ids)
    return (
        tuple(theme_id for theme_id in theme_ids if theme_id in labels),
        tuple(theme_id for theme_id in theme_ids if theme_id in unknown),
        problems,
    )


def _has_lone_surrogate(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    return False


def _type_name(value: object) -> str:
    """Name a type as JSON does, for people who do not write Python."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a string"}
    names |= {list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value), type(value).__name__)
