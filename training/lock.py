"""What a run depends on, as hashes: two runs with equal locks may go on from each other's checkpoints."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mihwar.artefact import write_json
from mihwar.errors import ConfigError, Problem, SaveError
from training.config import LoadedConfig
from training.recipe import Workspace

__all__ = ["Lock", "open_workspace"]

_FILE = "lock.json"
# Folders and words change nothing, nor does how the model is judged; themes and corpus are hashed by what they hold,
# wherever it lies.
_ELSEWHERE: dict[str, Any] = {
    "output": True,
    "runs": True,
    "description": True,
    "gates": True,
    "report": True,
    "themes": True,
    "corpus": {"files"},
}
_NAMES = {
    "config_sha256": "the config",
    "themes_sha256": "the theme file",
    "corpus_sha256": "the corpus",
    "split_sha256": "the split",
}


@dataclass(frozen=True)
class Lock:
    """Hashes of everything a run depends on.

    Attributes:
        config_sha256: The resolved config, without paths of themes, corpus and output.
        themes_sha256: The taxonomy.
        corpus_sha256: Every record.
        split_sha256: Which article is in which split.
        seed: Seed of everything random.
    """

    config_sha256: str
    themes_sha256: str
    corpus_sha256: str
    split_sha256: str
    seed: int

    @classmethod
    def of(cls, loaded: LoadedConfig, corpus_sha256: str, split_sha256: str) -> Lock:
        """Hash a config with its themes.

        Args:
            loaded: The config.
            corpus_sha256: Hash of its corpus.
            split_sha256: Hash of its split.
        """
        data = loaded.config.model_dump(mode="json", exclude=_ELSEWHERE)
        canonical = json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return cls(
            config_sha256=hashlib.sha256(canonical.encode()).hexdigest(),
            themes_sha256=loaded.themes.sha256,
            corpus_sha256=corpus_sha256,
            split_sha256=split_sha256,
            seed=loaded.config.seed,
        )

    def differs_from(self, other: Lock) -> list[str]:
        """Name what differs, in words."""
        mine, theirs = asdict(self), asdict(other)
        return [words for key, words in _NAMES.items() if mine[key] != theirs[key]]


def open_workspace(folder: Path, lock: Lock, resume: bool | None) -> Workspace:
    """Prepare the folder of a run.

    Args:
        folder: Where its checkpoints go.
        lock: What it depends on.
        resume: True goes on and refuses if anything changed; None goes on if nothing changed; False starts afresh.

    Raises:
        ConfigError: If `resume` is True and there is nothing to go on from.
        SaveError: If the folder cannot be written.
    """
    last = _read(folder / _FILE)
    changed = lock.differs_from(last) if last else []
    if resume and last is None:
        raise ConfigError([Problem(f"there is no unfinished run in {folder}: leave --resume out to start one")])
    if resume and changed:
        raise ConfigError(
            [
                Problem(
                    f"the unfinished run in {folder} was started before {' and '.join(changed)} changed:"
                    " undo the change, or start afresh with --no-resume"
                )
            ]
        )
    go_on = last is not None and not changed and resume is not False
    try:
        if not go_on:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / _FILE, asdict(lock))
    except OSError as error:
        raise SaveError(f"The folder for checkpoints, {folder}, cannot be written: {error}.") from error
    return Workspace(folder, go_on)


def _read(path: Path) -> Lock | None:
    try:
        return Lock(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None  # absent, or killed while it was being written: nothing to go on from
