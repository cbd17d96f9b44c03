"""Theme files: YAML in, the taxonomy out."""

from __future__ import annotations

from pathlib import Path

from mihwar.errors import ConfigError, Problem
from mihwar.text import fold
from mihwar.themes import Theme, Themes
from training.config.explain import validate
from training.config.schema import ThemeEntry, ThemeFile
from training.config.source import Node, read_mapping

__all__ = ["load_themes", "read_themes"]


def load_themes(path: Path) -> Themes:
    """Load a theme file.

    Args:
        path: The YAML file.

    Returns:
        The themes, in the order of the file.

    Raises:
        ConfigError: With every problem that was found.
    """
    problems: list[Problem] = []
    themes = read_themes(Path(path), problems)
    if themes is None:
        raise ConfigError(sorted(problems, key=lambda problem: (problem.line, problem.column)))
    return themes


def read_themes(path: Path, problems: list[Problem]) -> Themes | None:
    """Read a theme file, appending its faults to `problems`; None if there are any."""
    before = len(problems)
    tree = read_mapping(path, problems)
    if tree is None:
        return None
    file = validate(tree, ThemeFile, problems)
    _report_twins(tree, problems)
    if file is None or len(problems) > before:
        return None
    return Themes(name=file.name, items=tuple(map(_theme, file.themes)))


def _theme(entry: ThemeEntry) -> Theme:
    codes = {scheme: tuple(values) for scheme, values in entry.codes.model_dump().items() if values}
    return Theme(entry.id, entry.name.ar, entry.name.en, entry.definition, codes)


def _report_twins(tree: Node, problems: list[Problem]) -> None:
    """Ids and names must differ, names also where only marks, hamza seats or case tell them apart."""
    themes = node.items if (node := tree.at("themes")) else []
    for key in ("id", "name.ar", "name.en"):
        first: dict[str, Node] = {}
        for index, theme in enumerate(themes):
            node = theme.at(key)
            if node is None or not isinstance(node.value, str):
                continue
            folded = node.value if key == "id" else fold(node.value)
            twin = first.setdefault(folded, node)
            if twin is not node:
                message = f"{node.text!r} is taken by the theme in line {twin.place.line}; choose another"
                problems.append(node.place.problem(message, f"themes[{index}].{key}"))
