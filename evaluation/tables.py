"""Tables as plain data: the command line shows them, reports write them as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Table", "fixed", "numeric_columns", "signed", "to_markdown"]

NOT_AVAILABLE = "n/a"


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        title: What it shows.
        columns: Heads of the columns.
        rows: The cells, one text per column.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def fixed(value: float | None, digits: int = 3) -> str:
    """Format a number; None is `n/a`."""
    return NOT_AVAILABLE if value is None else f"{value:.{digits}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """Format a difference with its sign; None is `n/a`."""
    return NOT_AVAILABLE if value is None else f"{value:+.{digits}f}"


def numeric_columns(table: Table) -> tuple[bool, ...]:
    """Say of each column whether all its cells are numbers or missing, so that it is set to the right."""
    return tuple(_all_numeric([row[index] for row in table.rows]) for index in range(len(table.columns)))


def _all_numeric(cells: Sequence[str]) -> bool:
    return bool(cells) and all(cell in ("", NOT_AVAILABLE) or cell.lstrip("+-")[:1].isdecimal() for cell in cells)


def to_markdown(table: Table) -> str:
    """Write a table in GitHub's Markdown, under a heading of the second level."""
    rules = ("---:" if numeric else "---" for numeric in numeric_columns(table))
    lines = [_row(table.columns), _row(rules), *map(_row, table.rows)]
    return "\n".join([f"## {table.title}", "", *lines, ""])


def _row(cells: Iterable[str]) -> str:
    escaped = (cell.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(escaped)} |"
