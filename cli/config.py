"""`mihwar config`: checking config files, showing what they say, and their schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from cli.console import output_console, write_line

__all__ = ["Overrides", "app"]

CHECK = "mihwar config check configs/*.yaml configs/themes/*.yaml"
SHOW = "mihwar config show configs/arabert.yaml --set training.epochs=5"
SCHEMA = "mihwar config schema > schema.json"

app = typer.Typer(
    name="config",
    help="Check config files, show what they say, print their schema.",
    no_args_is_help=True,
    epilog=f"Examples:\n\n  {CHECK}\n  {SHOW}\n  {SCHEMA}",
)

Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a key: --set training.epochs=5; repeatable."),
]


@app.command(epilog=f"Example:\n\n  {CHECK}")
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Config files or theme files.")],
) -> None:
    """Check config files and theme files, and tell every fault with its place."""
    from mihwar.errors import ConfigError, Problem
    from training.config import load_config, load_themes

    problems: list[Problem] = []
    console = output_console()
    for file in files:
        try:
            if _is_theme_file(file):
                load_themes(file)
            else:
                load_config(file)
        except ConfigError as error:
            problems += [problem for problem in error.problems if problem not in problems]
        else:
            console.print(f"{file}: good", markup=False, soft_wrap=True)
    if problems:
        raise ConfigError(problems)


@app.command(epilog=f"Example:\n\n  {SHOW}")
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Config file.")],
    overrides: Overrides = None,
) -> None:
    """Print a config with all that it extends and every default written out."""
    from rich.syntax import Syntax

    from training.config import load_config, to_yaml

    text = to_yaml(load_config(file, overrides or []).config)
    console = output_console()
    if console.is_terminal:
        console.print(Syntax(text, "yaml", background_color="default", theme="ansi_dark"))
    else:
        write_line(text.rstrip("\n"))


@app.command(epilog=f"Example:\n\n  {SCHEMA}")
def schema(
    themes: Annotated[bool, typer.Option("--themes", help="The schema of theme files instead.")] = False,
) -> None:
    """Print the JSON Schema of config files, for editors."""
    from training.config import json_schema, themes_json_schema

    write_line(json.dumps(themes_json_schema() if themes else json_schema(), indent=2, ensure_ascii=False))


def _is_theme_file(path: Path) -> bool:
    """Theme files hold their themes; config files name the file that does."""
    from training.config.source import read_mapping

    tree = read_mapping(path, [])
    themes = tree.entries.get("themes") if tree is not None else None
    return themes is not None and isinstance(themes.value, list)
