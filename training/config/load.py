"""Config files in, one validated config out.

A config may build on another: `extends: default.yaml`, relative to the file that says so. Sections are
merged key by key, lists are replaced, and a section that states another `kind` than its parent's replaces
the parent's section, since the keys of one kind mean nothing to the other.

Paths mean what they mean in the file where they stand; those of `--set` are relative to the working
directory. After loading, all of them are relative to the config file that was asked for, so that a config
that was saved says nothing of the machine it ran on; `LoadedConfig` makes them absolute.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from pathlib import Path

from mihwar.errors import ConfigError, Problem
from mihwar.themes import Themes
from training.config.explain import validate
from training.config.paths import absolute, expanded, is_folder, move_paths, real
from training.config.schema import Config
from training.config.source import Node, Place, parse, read_mapping
from training.config.themes import read_themes

__all__ = ["LoadedConfig", "load_config"]


@dataclass(frozen=True)
class LoadedConfig:
    """A validated config with its themes, and what its paths mean on this machine.

    Attributes:
        config: The config; its paths are relative to the folder of `path`.
        themes: The taxonomy that it names.
        path: The config file that was loaded.
        themes_path: The theme file.
    """

    config: Config
    themes: Themes
    path: Path
    themes_path: Path

    @property
    def corpus_files(self) -> tuple[str, ...]:
        """Absolute files and globs of the corpus; Hub data sets as `hub:owner/name`."""
        corpus = self.config.corpus
        if corpus.format == "hub":
            return corpus.files
        return tuple(absolute(name, self.path.parent) for name in corpus.files)

    @property
    def output(self) -> Path:
        """Absolute folder in which the model folder is written."""
        return Path(absolute(self.config.output, self.path.parent))

    @property
    def runs(self) -> Path:
        """Absolute folder in which unfinished runs are kept."""
        return Path(absolute(self.config.runs, self.path.parent))

    @property
    def backbone(self) -> str:
        """`embedded`, a Hub id, or an absolute folder; the empty string if the model has no backbone."""
        name = getattr(self.config.model, "backbone", "")
        return absolute(name, self.path.parent) if is_folder(name) else name

    def relative_to(self, folder: Path) -> Config:
        """Return the config as a file in `folder` would have to say it."""
        data = self.config.model_dump()
        move_paths(data, lambda _: self.path.parent, folder)
        return Config.model_validate(data)


def load_config(path: Path, overrides: Sequence[str] = ()) -> LoadedConfig:
    """Load a config file, what it extends, and its theme file.

    Args:
        path: The YAML file.
        overrides: `a.b=value` each, with a YAML value; the last one of a key counts.

    Returns:
        The validated config.

    Raises:
        ConfigError: With every problem that was found in any of the files and overrides.
    """
    path = Path(path)
    problems: list[Problem] = []
    files, complete = _read_chain(path, problems)
    changes = [node for text in overrides if (node := _override(text, problems))]
    if not files:
        raise ConfigError(problems)
    tree = reduce(_merge, reversed(files))
    if changes:
        # Among themselves first: a new `kind` must not undo what an earlier override set for it.
        tree = _merge(tree, reduce(_merge, changes))
    tree = replace(tree, place=files[0].place, key_place=files[0].key_place)
    config = validate(tree, Config, problems, more_keys=("extends",), complete=complete)
    themes, themes_path = _themes(tree, problems)
    if problems or config is None or themes is None:
        names = [file.place.path for file in files]
        raise ConfigError(_in_reading_order(problems, [*names, str(themes_path)]))
    data = config.model_dump()
    move_paths(data, lambda key: _folder(tree.at(key)) or path.parent, path.parent)
    return LoadedConfig(Config.model_validate(data), themes, path, themes_path)


def _read_chain(path: Path, problems: list[Problem]) -> tuple[list[Node], bool]:
    """Read a file and what it extends, the file itself first; say whether all of it could be read."""
    files: list[Node] = []
    seen: list[Path] = []
    while (tree := read_mapping(path, problems)) is not None:
        seen.append(path)
        extends = tree.entries.get("extends")
        files.append(replace(tree, value={k: v for k, v in tree.entries.items() if k != "extends"}))
        if extends is None:
            return files, True
        if not isinstance(extends.value, str) or not extends.value.strip():
            problems.append(extends.place.problem("must be the name of one config file", "extends"))
            break
        path = path.parent / extends.value
        if real(path) in map(real, seen):
            circle = " -> ".join(map(str, [*seen, path]))
            problems.append(extends.place.problem(f"goes round in a circle: {circle}", "extends"))
            break
        if not os.path.isfile(path):  # noqa: PTH113  Path.is_file raises on odd names
            problems.append(extends.place.problem(f"there is no such file: {path}", "extends"))
            break
    return files, False


def _override(text: str, problems: list[Problem]) -> Node | None:
    shown = text.encode("utf-8", "backslashreplace").decode()
    place = Place(f"--set {shown}")
    key, equals, value = text.partition("=")
    names = key.strip().split(".")
    if shown != text:
        problems.append(place.problem("is not UTF-8"))
    elif not equals or not all(names):
        problems.append(place.problem("must look like `training.epochs=5`"))
    elif names[0] == "extends":
        problems.append(place.problem("cannot be set; name the other config file instead", "extends"))
    elif node := parse(value, place.path, problems, key=".".join(names), placed=False):
        for name in reversed(names):
            node = Node({name: node}, place, place)
        return node
    return None


def _merge(base: Node, over: Node) -> Node:
    """Lay one value over another: mappings key by key, anything else replaces."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    if "kind" in base.value and "kind" in over.value and base.value["kind"].value != over.value["kind"].value:
        return over
    merged = {key: _merge(base.value[key], node) if key in base.value else node for key, node in over.value.items()}
    return replace(over, value={**base.value, **merged})


def _themes(tree: Node, problems: list[Problem]) -> tuple[Themes | None, Path]:
    node = tree.entries.get("themes")
    if node is None or not isinstance(node.value, str) or not node.value.strip():
        return None, Path()  # the config's own validation says so
    path = Path(_folder(node) or "", expanded(node.value))
    if not os.path.isfile(path):  # noqa: PTH113
        problems.append(node.place.problem(f"there is no such theme file: {path}", "themes"))
        return None, path
    return read_themes(path, problems), path


def _in_reading_order(problems: Iterable[Problem], names: Sequence[str]) -> list[Problem]:
    """Sort by file, line and column; of two problems of one value the first is kept."""
    first = {(problem.path, problem.line, problem.column, problem.key): problem for problem in reversed(list(problems))}
    rank = {name: index for index, name in enumerate(names)}
    return sorted(first.values(), key=lambda p: (rank.get(p.path, len(rank)), p.path, p.line, p.column, p.key))


def _folder(node: Node | None) -> Path | None:
    """The folder that a path in this node is relative to."""
    if node is None:
        return None
    return Path(node.place.path).parent if node.place.line else Path()
