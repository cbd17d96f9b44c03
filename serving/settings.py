"""What an operator may set: limits, the model folder and access keys, from environment variables.

Each field of `Settings` is read from `MIHWAR_` and its name in capitals (`MIHWAR_MAX_ITEMS`); the access keys
from `MIHWAR_API_KEYS`, separated by commas.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mihwar.errors import ConfigError, Problem

__all__ = ["MAX_TIMEOUT_S", "Settings", "key_digest", "settings_from"]

MAX_TIMEOUT_S = 100
_ROOT = Path(__file__).resolve().parent.parent
_MODEL = "MIHWAR_MODEL"
_API_KEYS = "MIHWAR_API_KEYS"
# Printable ASCII without the comma that separates keys; 16 characters are the least that is not guessed.
_API_KEY = re.compile(r"[!-+\--~]{16,256}")
_RANGES: Mapping[str, tuple[int, int]] = {
    "max_body_bytes": (1_024, 64 << 20),
    "max_held_bytes": (1_024, 16 << 30),
    "max_items": (1, 100_000),
    "max_characters": (1, 10_000_000),
    "max_waiting_paragraphs": (1, 1_000_000),
    "chunk_paragraphs": (1, 1_000),
    "n_threads": (1, 64),
    "body_timeout_s": (1, MAX_TIMEOUT_S),
    "classify_timeout_s": (1, MAX_TIMEOUT_S),
}
_NAMES = {f"MIHWAR_{name.upper()}": name for name in _RANGES}


@dataclass(frozen=True)
class Settings:
    """Limits of the service; the defaults suit two processor cores.

    Attributes:
        model: The model folder.
        api_key_digests: SHA-256 digests of the keys that open the service; empty: it is open.
        max_body_bytes: Longest body of a request.
        max_held_bytes: Sum of the bodies of all requests under way.
        max_items: Most paragraphs in a request, those of an article included.
        max_characters: Longest paragraph, in code points.
        max_waiting_paragraphs: Paragraphs that may wait, over all requests; beyond, requests are refused with 429.
        chunk_paragraphs: Paragraphs that are classified in one turn before another request gets its own.
        n_threads: Turns that run at once.
        body_timeout_s: Time within which a body must arrive.
        classify_timeout_s: Time within which a request is answered once its body is there.
    """

    model: Path = _ROOT / "models" / "security-themes"
    api_key_digests: frozenset[bytes] = field(default=frozenset(), repr=False)
    max_body_bytes: int = 2 << 20
    max_held_bytes: int = 64 << 20
    max_items: int = 512
    max_characters: int = 100_000
    max_waiting_paragraphs: int = 2_048
    chunk_paragraphs: int = 16
    n_threads: int = 2
    body_timeout_s: int = 30
    classify_timeout_s: int = 60


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Read the settings.

    Args:
        environment: Environment variables; of these, the ones that begin with `MIHWAR_` matter.

    Raises:
        ConfigError: If a value cannot be used, or a name looks like a misspelt one; all faults at once.
    """
    problems = list(_misspelt(environment))
    integers: dict[str, int] = {}
    for variable, name in _NAMES.items():
        if variable not in environment:
            continue
        try:
            integers[name] = _integer(environment[variable], *_RANGES[name])
        except ValueError as error:
            problems.append(Problem(str(error), key=variable))
    keys = [key.strip() for key in environment.get(_API_KEYS, "").split(",")] if environment.get(_API_KEYS) else []
    if not all(_API_KEY.fullmatch(key) for key in keys):
        # The value itself is a secret and stays out of the message.
        problems.append(
            Problem("must be keys of 16 to 256 printable ASCII characters, separated by commas.", key=_API_KEYS)
        )
    settings = Settings(
        model=Path(environment.get(_MODEL) or Settings.model),
        api_key_digests=frozenset(map(key_digest, keys)),
        **integers,
    )
    problems.extend(_contradictions(settings))
    if problems:
        raise ConfigError(problems)
    return settings


def key_digest(key: str) -> bytes:
    """Hash an access key, so that keys of any length are compared in the same time."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


def _integer(value: str, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,15}", value) or not least <= int(value) <= most:
        raise ValueError(f"must be a whole number from {least} to {most} in plain digits; got {value[:40]!r}.")
    return int(value)


def _misspelt(environment: Mapping[str, str]) -> Iterator[Problem]:
    known = [*_NAMES, _MODEL, _API_KEYS]
    for name in sorted(environment):
        if name.startswith("MIHWAR_") and name not in known:
            # A key in a variable that nobody reads would leave the service open.
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.85)
            if near:
                yield Problem(f"is not a setting; did you mean {near[0]}?", key=name)


def _contradictions(settings: Settings) -> Iterator[Problem]:
    if settings.max_waiting_paragraphs < settings.max_items:
        yield Problem(
            f"({settings.max_waiting_paragraphs}) is below MIHWAR_MAX_ITEMS ({settings.max_items}): a request of that"
            " size would always be refused. Raise the one or lower the other.",
            key="MIHWAR_MAX_WAITING_PARAGRAPHS",
        )
    if settings.max_held_bytes < settings.max_body_bytes:
        yield Problem(
            f"({settings.max_held_bytes}) is below MIHWAR_MAX_BODY_BYTES ({settings.max_body_bytes}): a body of that"
            " size would always be refused. Raise the one or lower the other.",
            key="MIHWAR_MAX_HELD_BYTES",
        )
