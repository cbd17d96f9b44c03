"""A folder with a small theme file in which tests write their configs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mihwar.errors import ConfigError
from training.config import load_config

Write = Callable[[str, str], Path]
Complaints = Callable[..., list[str]]

THEMES = """\
schema_version: 1
name: two
themes:
  - id: one
    name: {ar: الأول, en: One}
    definition: The first.
  - id: two
    name: {ar: الثاني, en: Two}
    definition: The second.
"""


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file below the working directory, which is a fresh folder that holds `themes.yaml`."""
    monkeypatch.chdir(tmp_path)

    def write(name: str, text: str) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    write("themes.yaml", THEMES)
    return write


@pytest.fixture
def complaints(write: Write) -> Complaints:
    """Return what loading complains of, one line a problem; the config is `c.yaml` if it is given as text."""

    def complaints(config: str | Path, *overrides: str) -> list[str]:
        path = write("c.yaml", config) if isinstance(config, str) else config
        with pytest.raises(ConfigError) as error:
            load_config(path, overrides)
        return str(error.value).splitlines()

    return complaints
