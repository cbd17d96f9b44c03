"""Reading records from files: every reader yields (place, record) or a problem, and goes on.

JSON lines and CSV are read here and not through `datasets`, whose readers lose the line numbers
that every message must have (and pandas, below its CSV reader, fills short rows up in silence).
Parquet and Hub data sets come through `datasets`.
"""

from __future__ import annotations

import csv
import glob
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mihwar.errors import Problem
from training.corpus.record import FIELDS, Place, suggestion

__all__ = ["Item", "read_csv", "read_hub", "read_jsonl", "read_parquet"]

Item = tuple[Place, Mapping[str, Any]] | Problem

UTF8_BOM = b"\xef\xbb\xbf"
UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# What a cell of a theme's column may say; None and NaN are how Parquet writes an empty one.
STATES = {
    **dict.fromkeys(("1", "1.0", "true", "yes"), "yes"),
    **dict.fromkeys(("0", "0.0", "false", "no"), "no"),
    **dict.fromkeys(("", "none", "nan"), "not judged"),
}


def read_jsonl(path: Path) -> Iterator[Item]:
    """Read JSON lines: UTF-8, with or without byte order mark, any line ends, blank lines skipped."""
    for number, line in _utf8_lines(path):
        place = Place(str(path), line=number)
        if isinstance(line, Problem):
            yield line
        elif line.strip():
            try:
                record = json.loads(line, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
            except json.JSONDecodeError as error:
                yield Problem(f"not JSON: {error.msg}", path=str(path), line=number, column=error.colno)
            except RecursionError:
                yield place.problem("not a record: nested too deeply")
            except ValueError as error:
                yield place.problem(f"not JSON: {error}")
            else:
                if isinstance(record, dict):
                    yield place, record
                else:
                    yield place.problem("must be one JSON object per line")


def read_csv(path: Path, theme_ids: Sequence[str]) -> Iterator[Item]:
    """Read CSV with a header: UTF-8, with or without byte order mark; comma, semicolon or tab.

    Columns are the keys of a record (`meta.x` for entries of `meta`), and either `labels` (theme ids
    joined by `|`; empty: no theme; `?`: not judged) or one column per theme (1, 0, or empty: not
    judged; a theme without a column is not judged).
    """
    lines = list(_utf8_lines(path))
    broken = [line for _, line in lines if isinstance(line, Problem)]
    if broken:
        yield from broken
        return
    text = "".join(line for _, line in lines if isinstance(line, str))
    header_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=header_line.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line_number = 1
    columns: list[str] | None = None
    try:
        for cells in rows:
            place = Place(str(path), line=line_number)
            line_number = rows.line_num + 1
            if not any(cells):
                continue
            if columns is None:
                columns = [cell.strip() for cell in cells]
                problems = _check_columns(columns, place, theme_ids)
                yield from problems
                if problems:
                    return
            elif len(cells) != len(columns):
                yield place.problem(
                    f"{len(cells)} cells where the header has {len(columns)};"
                    f" put cells that hold {delimiter!r} into double quotes"
                )
            else:
                yield from _row_items(dict(zip(columns, cells, strict=True)), place, theme_ids)
    except csv.Error as error:
        yield Place(str(path), line=line_number).problem(f"not CSV from this row on: {error}")


def read_parquet(path: Path, theme_ids: Sequence[str]) -> Iterator[Item]:
    """Read Parquet: the columns of a record as they are, or one column per theme as in CSV."""
    from datasets import IterableDataset

    # Streaming writes no Arrow copy; its lock file goes where it is deleted. Names are globs to `datasets`.
    with tempfile.TemporaryDirectory() as cache, _quiet_datasets():
        try:
            table = IterableDataset.from_parquet(glob.escape(str(path)), cache_dir=cache)
            yield from _table_items(str(path), table.column_names or [], table, theme_ids)
        except (OSError, ValueError) as error:
            yield Problem(f"cannot be read as Parquet: {_brief(error)}", path=str(path))


def read_hub(name: str, split: str, theme_ids: Sequence[str]) -> Iterator[Item]:
    """Read one split of a data set of the Hugging Face Hub; columns as in Parquet.

    Args:
        name: `owner/name`.
        split: Which of its splits.
        theme_ids: The themes.
    """
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    path = f"hub:{name}"
    with _quiet_datasets():
        try:
            table = load_dataset(name, split=split)
            yield from _table_items(path, table.column_names, table, theme_ids)
        except (OSError, ValueError, DatasetsError) as error:
            yield Problem(f"split {split!r} cannot be read: {_brief(error)}", path=path)


def _utf8_lines(path: Path) -> Iterator[tuple[int, str | Problem]]:
    """Yield numbered lines with their ends; a line that is not UTF-8 becomes a problem."""
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if number == 1 and line.startswith(UTF16_BOMS):
                    yield 1, Problem("is UTF-16; save it as UTF-8", path=str(path))
                    return
                try:
                    yield number, (line.removeprefix(UTF8_BOM) if number == 1 else line).decode("utf-8")
                except UnicodeDecodeError as error:
                    message = (
                        f"not UTF-8 (byte 0x{line[error.start]:02X}); save the file as UTF-8"
                        " (Arabic files of Excel are often Windows-1256)"
                    )
                    yield number, Problem(message, path=str(path), line=number)
    except OSError as error:
        yield 0, Problem(f"cannot be read: {error.strerror or error}", path=str(path))


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"key {twice!r} is given twice")
    return record


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def _table_items(
    path: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]], theme_ids: Sequence[str]
) -> Iterator[Item]:
    problems = _check_columns(columns, Place(path), theme_ids)
    yield from problems
    if not problems:
        for number, row in enumerate(rows, start=1):
            yield from _row_items(row, Place(path, row=number), theme_ids)


def _check_columns(columns: Sequence[str], place: Place, theme_ids: Sequence[str]) -> list[Problem]:
    """Find faults of a table's columns, so that they are told once and not for every row."""
    problems = [place.problem("column is missing", key) for key in ("id", "text") if key not in columns]
    known = (*FIELDS, *theme_ids)
    for index, column in enumerate(columns):
        name = repr(column)[1:-1]
        if column in columns[:index]:
            problems.append(place.problem("column is there twice", name))
        elif column not in known and not column.startswith("meta."):
            hint = suggestion(column, known)
            problems.append(place.problem(f"unknown column{hint}; name it 'meta.{name}' to keep it", name))
    if "labels" in columns and (wide := [column for column in columns if column in theme_ids]):
        message = f"column beside columns of themes ({', '.join(wide)}): keep one of the two forms"
        problems.append(place.problem(message, "labels"))
    return problems


def _row_items(row: Mapping[str, Any], place: Place, theme_ids: Sequence[str]) -> Iterator[Item]:
    """Turn a row of a table into a record."""
    record: dict[str, Any] = {key: value for key, value in row.items() if key in FIELDS}
    for key in ("labels", "unknown"):
        if isinstance(cell := record.get(key), str):
            record[key] = None if cell.strip() == "?" else [part.strip() for part in cell.split("|") if part.strip()]
    meta = {key.removeprefix("meta."): value for key, value in row.items() if key.startswith("meta.")}
    record["meta"] = {key: value for key, value in meta.items() if value != ""} or record.get("meta") or None
    wide = [theme_id for theme_id in theme_ids if theme_id in row and theme_id not in FIELDS]
    if wide:
        states = {theme_id: STATES.get(str(row[theme_id]).strip().casefold()) for theme_id in wide}
        for theme_id in wide:
            if states[theme_id] is None:
                yield place.problem(f"must be 1, 0 or empty (not judged), not {row[theme_id]!r}", theme_id)
        # A theme that is refused is not judged: the rest of the row is still worth checking.
        record["labels"] = [theme_id for theme_id in wide if states[theme_id] == "yes"]
        judged = [theme_id for theme_id in wide if states[theme_id] in ("yes", "no")]
        declared = record.get("unknown") or []
        record["unknown"] = [*declared, *(each for each in theme_ids if each not in (*judged, *declared))]
    yield place, record


@contextmanager
def _quiet_datasets() -> Iterator[None]:
    """Keep progress bars, log lines and download counting of `datasets` away while reading."""
    import datasets

    verbosity = datasets.logging.get_verbosity()
    had_bars = datasets.is_progress_bar_enabled()
    counts = datasets.config.HF_UPDATE_DOWNLOAD_COUNTS
    datasets.logging.set_verbosity(datasets.logging.CRITICAL)
    datasets.disable_progress_bars()
    datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = False
    try:
        yield
    finally:
        datasets.logging.set_verbosity(verbosity)
        datasets.config.HF_UPDATE_DOWNLOAD_COUNTS = counts
        if had_bars:
            datasets.enable_progress_bars()


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
