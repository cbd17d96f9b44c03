"""The `mihwar` command: what it offers, and how it ends."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, NoReturn

import typer

from cli import classify, config, corpus, evaluate, quality, report, serve, train
from cli.console import ExitCode, explain, write_line
from mihwar import __version__

__all__ = ["app", "main", "run"]

app = typer.Typer(
    name="mihwar",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""Examples:

  mihwar classify article.txt
  mihwar serve --port 3000
  mihwar train configs/default.yaml --dry-run
  mihwar COMMAND --help

Exit codes: 0 done; 1 a quality gate failed; 2 wrong use, input, config or model; 3 crash; 130 interrupted.""",
)


@dataclass
class Session:
    """What holds for the whole command.

    Attributes:
        debug: Whether to show tracebacks.
    """

    debug: bool = False


def _print_version(wanted: bool) -> None:
    if wanted:
        write_line(f"mihwar {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[  # noqa: ARG001  handled by its callback
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Mihwar (محور): which security themes is each paragraph of Arabic news about?"""
    context.obj.debug = debug


def _add(command: Callable[..., None], examples: str) -> None:
    # Each paragraph of the docstring in one line: the terminal's width breaks it, not the source's.
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    app.command(help="\n\n".join(" ".join(each.split()) for each in paragraphs), epilog=examples)(command)


_add(classify.classify, classify.EXAMPLES)
_add(evaluate.evaluate, evaluate.EXAMPLES)
_add(quality.quality, quality.EXAMPLES)
_add(report.compare, report.EXAMPLES)
_add(train.train, train.EXAMPLES)
_add(serve.serve, serve.EXAMPLES)
app.add_typer(config.app)
app.add_typer(corpus.app)
app.add_typer(report.app)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code.

    Args:
        arguments: What comes after `mihwar`; by default what the process was given.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError):  # replaced by something simpler, as tests do
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # not every TextIO has it
    session = Session()
    command = typer.main.get_command(app)
    try:
        command(args=arguments, prog_name="mihwar", obj=session)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.SUCCESS
    except Exception as error:  # the outermost place: whatever comes gets a message and an exit code
        return explain(error, session.debug)
    return ExitCode.SUCCESS


def main() -> NoReturn:
    """Run the command and leave the process with its exit code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
