"""Which values of a config are paths, and what they are relative to."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["absolute", "expanded", "is_folder", "move_paths", "real"]

HUB = "hub:"


def move_paths(data: dict[str, Any], folder_of: Callable[[str], Path], to: Path) -> None:
    """Rewrite the paths of a dumped config, in place.

    Args:
        data: What `Config.model_dump` returned.
        folder_of: The folder that the path of a dotted key is relative to.
        to: The folder that all of them shall be relative to.
    """
    for key in ("themes", "output", "runs"):
        data[key] = _moved(data[key], folder_of(key), to)
    corpus, model = data["corpus"], data["model"]
    if corpus["format"] != "hub":
        corpus["files"] = [_moved(name, folder_of("corpus.files"), to) for name in corpus["files"]]
    if is_folder(model.get("backbone", "")):
        moved = _moved(model["backbone"], folder_of("model.backbone"), to)
        model["backbone"] = moved if is_folder(moved) else f"./{moved}"


def absolute(name: str, folder: Path) -> str:
    """Return an absolute path or glob; a Hub data set stays as it is."""
    if name.startswith(HUB):
        return name
    return os.path.normpath(_escaped(folder, name) / expanded(name))


def expanded(name: str) -> str:
    """Replace a leading `~`; unlike `Path.expanduser` it never raises."""
    return os.path.expanduser(name)  # noqa: PTH111


def is_folder(backbone: str) -> bool:
    """Say whether a backbone is a local folder rather than `embedded` or a Hub id."""
    return backbone.startswith(("./", "../", "/", "~"))


def real(path: Path) -> Path:
    """Resolve symbolic links; unlike `Path.resolve` it never raises."""
    return Path(os.path.realpath(path))


def _moved(name: str, folder: Path, to: Path) -> str:
    if name.startswith((HUB, "~")) or Path(name).is_absolute() or real(folder) == real(to):
        return name
    return os.path.relpath(_escaped(folder, name) / name, _escaped(to, name))


def _escaped(folder: Path, name: str) -> Path:
    """The folder, so written that it can stand before a glob."""
    return Path(glob.escape(str(real(folder)))) if glob.has_magic(name) else real(folder)
