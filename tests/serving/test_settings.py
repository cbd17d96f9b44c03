"""Settings from environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from mihwar.errors import ConfigError
from serving.settings import Settings, key_digest, settings_from


def faults(**environment: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        settings_from(environment)
    return {problem.key: problem.message for problem in caught.value.problems}


def test_defaults() -> None:
    settings = settings_from({"PATH": "/bin"})
    assert settings == Settings()
    assert settings.model.parts[-2:] == ("models", "security-themes")
    assert settings.model.is_absolute()


def test_all_can_be_set() -> None:
    settings = settings_from(
        {
            "MIHWAR_MODEL": "elsewhere",
            "MIHWAR_MAX_ITEMS": "5",
            "MIHWAR_MAX_BODY_BYTES": "2000",
            "MIHWAR_API_KEYS": "0123456789abcdef, fedcba9876543210",
            "MIHWAR_CACHE": "elsewhere",
        }
    )
    assert settings.model == Path("elsewhere")
    assert (settings.max_items, settings.max_body_bytes) == (5, 2_000)
    assert settings.api_key_digests == {key_digest("0123456789abcdef"), key_digest("fedcba9876543210")}


@pytest.mark.parametrize("value", ["", "0", "-1", "1e3", "1_000", "٥", " 5", "many", "9" * 30])
def test_bad_numbers(value: str) -> None:
    assert "whole number from 1 to 100000" in faults(MIHWAR_MAX_ITEMS=value)["MIHWAR_MAX_ITEMS"]


def test_all_faults_at_once() -> None:
    assert set(faults(MIHWAR_MAX_ITEMS="x", MIHWAR_N_THREADS="0", MIHWAR_API_KEYS="a")) == {
        "MIHWAR_MAX_ITEMS",
        "MIHWAR_N_THREADS",
        "MIHWAR_API_KEYS",
    }


def test_misspelt_names_do_not_open_the_service() -> None:
    found = faults(MIHWAR_API_KEY="0123456789abcdef")
    assert "did you mean MIHWAR_API_KEYS?" in found["MIHWAR_API_KEY"]


@pytest.mark.parametrize(
    "keys", ["short", "0123456789abcdef,", "0123456789abcdef,,0123456789abcdeg", "مفتاح سري طويل جدا", ","]
)
def test_bad_keys_are_not_shown(keys: str) -> None:
    with pytest.raises(ConfigError) as caught:
        settings_from({"MIHWAR_API_KEYS": keys})
    assert "MIHWAR_API_KEYS" in str(caught.value)
    assert keys == "," or keys not in str(caught.value)


def test_keys_are_not_shown() -> None:
    assert "digest" not in repr(settings_from({"MIHWAR_API_KEYS": "0123456789abcdef"}))


def test_contradictions() -> None:
    assert set(faults(MIHWAR_MAX_WAITING_PARAGRAPHS="10", MIHWAR_MAX_HELD_BYTES="2000")) == {
        "MIHWAR_MAX_WAITING_PARAGRAPHS",
        "MIHWAR_MAX_HELD_BYTES",
    }
