"""The model folder: the contract between training and serving.

A folder is written aside and renamed into place, so that a half-written one is never seen, and is read
only after every file was checked against the manifest. Nothing in it is executable or pickled.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mihwar.decision import Decision
from mihwar.errors import (
    ArtefactAlteredError,
    ArtefactForeignError,
    ArtefactMissingError,
    SaveError,
)
from mihwar.text import NormaliserOptions
from mihwar.themes import Themes

__all__ = ["Artefact", "FileFacts", "Manifest", "file_facts", "read_artefact", "replace_folder", "write_json"]

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
DECISION = "decision.json"


@dataclass(frozen=True)
class FileFacts:
    """Size and hash of one file.

    Attributes:
        sha256: Hexadecimal SHA-256 of the content.
        size_bytes: Size of the content.
    """

    sha256: str
    size_bytes: int


@dataclass(frozen=True)
class Manifest:
    """What a model folder says of itself.

    Attributes:
        name: Name of the model.
        version: Version of the model.
        description: One sentence.
        themes: The taxonomy; column i of every score is theme i.
        normaliser: How text is cleaned before it is tokenised.
        engine: `kind` of the engine and its options.
        backbone: `id`, `revision` and `licence` of the pretrained weights.
        training: Hashes of config, corpus and split, seed, package versions, commit, times.
        metrics: Headline metrics on the untouched test split.
        files: Facts of every other file, by POSIX path relative to the folder.
    """

    name: str
    version: str
    description: str
    themes: Themes
    normaliser: NormaliserOptions
    engine: Mapping[str, Any]
    backbone: Mapping[str, Any]
    training: Mapping[str, Any]
    metrics: Mapping[str, Any]
    files: Mapping[str, FileFacts]

    def to_json(self) -> dict[str, Any]:
        """Return plain data that `from_json` reads back."""
        return {
            "schema_version": SCHEMA_VERSION,
            "name": self.name,
            "version": self.version,
            "description": self.description,
            "themes_sha256": self.themes.sha256,
            "themes": self.themes.to_json(),
            "normaliser": asdict(self.normaliser),
            "engine": dict(self.engine),
            "backbone": dict(self.backbone),
            "training": dict(self.training),
            "metrics": dict(self.metrics),
            "files": {path: asdict(facts) for path, facts in sorted(self.files.items())},
        }

    @classmethod
    def from_json(cls, data: object) -> Manifest:
        """Build from parsed JSON.

        Args:
            data: What `to_json` returned, after a round trip through a file.

        Raises:
            ArtefactForeignError: If it is no manifest, or one of another schema version.
            ArtefactAlteredError: If a part is missing or contradicts another.
        """
        if not isinstance(data, dict) or "schema_version" not in data:
            raise ArtefactForeignError(f"{MANIFEST} is not the manifest of a Mihwar model.")
        if data["schema_version"] != SCHEMA_VERSION:
            raise ArtefactForeignError(
                f"{MANIFEST} has schema version {data['schema_version']!r}; this version of Mihwar reads"
                f" {SCHEMA_VERSION}. Train the model again or use the Mihwar version that made it."
            )
        try:
            themes = Themes.from_json(data["themes"])
            manifest = cls(
                name=str(data["name"]),
                version=str(data["version"]),
                description=str(data["description"]),
                themes=themes,
                normaliser=NormaliserOptions(**data["normaliser"]),
                engine=dict(data["engine"]),
                backbone=dict(data["backbone"]),
                training=dict(data["training"]),
                metrics=dict(data["metrics"]),
                files={
                    str(path): FileFacts(str(facts["sha256"]), int(facts["size_bytes"]))
                    for path, facts in data["files"].items()
                },
            )
            stated_sha256 = data["themes_sha256"]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ArtefactAlteredError(f"{MANIFEST} is malformed: {error!r}.") from error
        if stated_sha256 != themes.sha256:
            raise ArtefactAlteredError(f"The themes in {MANIFEST} differ from their stated hash.")
        for path in manifest.files:
            parts = PurePosixPath(path).parts
            if not parts or path.startswith("/") or "\\" in path or ".." in parts:
                raise ArtefactForeignError(f"{MANIFEST} names a file outside the model folder: {path!r}.")
        return manifest


@dataclass(frozen=True)
class Artefact:
    """A model folder whose files were checked.

    Attributes:
        folder: Where it lies.
        manifest: What it says of itself.
        decision: Calibration and thresholds.
    """

    folder: Path
    manifest: Manifest
    decision: Decision


def read_artefact(folder: Path | str) -> Artefact:
    """Read a model folder and check every file of it.

    Args:
        folder: The model folder.

    Raises:
        ArtefactMissingError: If the folder or one of its files is missing.
        ArtefactAlteredError: If a file's size or hash differs from the manifest.
        ArtefactForeignError: If the folder is of another kind or version.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ArtefactMissingError(f"There is no model folder {folder}. Make one with `mihwar train CONFIG`.")
    manifest = Manifest.from_json(_read_json(folder / MANIFEST))
    for path, facts in manifest.files.items():
        _check_file(folder, path, facts)
    if DECISION not in manifest.files:
        raise ArtefactMissingError(f"The manifest of {folder} does not list {DECISION}.")
    decision = Decision.from_json(_read_json(folder / DECISION), manifest.themes.ids)
    return Artefact(folder, manifest, decision)


def _read_json(path: Path) -> Any:  # noqa: ANN401  JSON is anything
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtefactMissingError(f"{path} is missing: {path.parent} is not a whole model folder.") from error
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise ArtefactAlteredError(f"{path} is not valid JSON: {error}.") from error
    except OSError as error:
        raise ArtefactMissingError(f"{path} cannot be read: {error}.") from error


def _check_file(folder: Path, path: str, facts: FileFacts) -> None:
    try:
        found = file_facts(folder / path)
    except FileNotFoundError as error:
        raise ArtefactMissingError(f"The model folder {folder} lacks the file {path}.") from error
    except OSError as error:
        raise ArtefactMissingError(f"The file {path} of {folder} cannot be read: {error}.") from error
    if found.size_bytes != facts.size_bytes:
        raise ArtefactAlteredError(
            f"The file {path} of {folder} has {found.size_bytes:,} bytes instead of {facts.size_bytes:,}:"
            " it is truncated or belongs to another model. Copy the folder again."
        )
    if found.sha256 != facts.sha256:
        raise ArtefactAlteredError(
            f"The file {path} of {folder} was altered: its sha256 differs from the manifest. Copy the folder again."
        )


def file_facts(path: Path) -> FileFacts:
    """Return size and hash of a file."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileFacts(digest, os.fstat(file.fileno()).st_size)


def write_json(path: Path, data: object) -> None:
    """Write data as indented UTF-8 JSON with a final newline."""
    path.write_text(json.dumps(data, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


@contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Let the caller fill a new folder, then put it in the place of an old one in one step.

    Args:
        folder: The folder to make or to replace.

    Yields:
        An empty folder beside it. If the block raises, it is removed and the old folder stays as it was.

    Raises:
        SaveError: If writing fails (a full disk, missing rights); the old folder is untouched.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        aside.chmod(0o755)
    except OSError as error:
        raise SaveError(f"{folder.parent} cannot be written: {error}.") from error
    try:
        yield aside
        _sync(aside)
        _put_in_place(aside, folder)
    except OSError as error:
        raise SaveError(f"{folder} could not be written ({error}). What was there before is untouched.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sync(folder: Path) -> None:
    """Make sure that the content is on disk before the name points to it."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _put_in_place(aside: Path, folder: Path) -> None:
    if not folder.exists():
        aside.rename(folder)
    elif not _exchange(aside, folder):
        # No atomic exchange on this system: the old folder is out of sight for an instant, never lost.
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        folder.rename(old / folder.name)
        try:
            aside.rename(folder)
        except OSError:
            (old / folder.name).rename(folder)
            raise
        shutil.rmtree(old, ignore_errors=True)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two paths in one step (renameat2(2), Linux); return whether that was possible."""
    if not sys.platform.startswith("linux"):
        return False
    at_fdcwd, rename_exchange = -100, 2
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None, use_errno=True)
        swapped = libc.renameat2(at_fdcwd, os.fsencode(first), at_fdcwd, os.fsencode(second), rename_exchange)
        return bool(swapped == 0)
    return False
