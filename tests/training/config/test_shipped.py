"""The configs in the repository, their JSON Schemas, and configs written back as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from training.config import Config, json_schema, load_config, load_themes, themes_json_schema, to_yaml
from training.config.source import read_mapping

CONFIGS = Path(__file__).parents[3] / "configs"
SHIPPED = sorted(CONFIGS.glob("*.yaml"))
THEME_IDS = (
    "international_cooperation cell_dismantling terrorist_attack extremism prevention terrorism_financing"
    " organized_crime border_security cybersecurity judicial_proceedings security_capabilities"
    " international_recognition regional_conflict emerging_threats human_rights"
)


def by_name(path: Path) -> str:
    return path.stem


def plain(path: Path) -> Any:
    tree = read_mapping(path, [])
    assert tree is not None
    return tree.plain()


def faults(schema: dict[str, Any], data: Any) -> list[str]:
    return [error.message for error in Draft202012Validator(schema).iter_errors(data)]


def test_what_is_shipped() -> None:
    assert [path.name for path in SHIPPED] == [
        "arabert.yaml",
        "baseline.yaml",
        "ci.yaml",
        "default.yaml",
        "shipped.yaml",
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=by_name)
def test_shipped_configs_load(path: Path) -> None:
    loaded = load_config(path)
    assert " ".join(loaded.themes.ids) == THEME_IDS
    corpus = CONFIGS.parent.resolve() / "corpus"
    real = (str(corpus / "external/ant.joined.jsonl"),) if path.stem == "shipped" else ()
    assert loaded.corpus_files == (str(corpus / "*.jsonl"), *real)
    assert loaded.output == CONFIGS.parent.resolve() / "models"


def test_what_the_shipped_configs_say() -> None:
    default, arabert, baseline, shipped = (
        load_config(CONFIGS / f"{name}.yaml").config for name in ("default", "arabert", "baseline", "shipped")
    )
    assert (default.name, default.normaliser.kind, default.model.kind) == (
        "security-themes-authored",
        "plain",
        "transformer",
    )
    assert shipped.name == "security-themes"
    # Trained alike, so that the reports tell what real text brings.
    assert (shipped.training, shipped.model, shipped.split) == (default.training, default.model, default.split)
    assert default.model.model_dump()["prefix"] == "query: "
    assert arabert.normaliser.model_dump() == {"kind": "arabert", "setting": "repaired"}
    assert arabert.model.model_dump()["backbone"] == "aubmindlab/bert-base-arabertv02"
    assert arabert.model.model_dump()["prefix"] == ""
    assert (baseline.name, baseline.model.kind) == ("security-themes-baseline", "tfidf")
    assert default.split == arabert.split == baseline.split  # the reports compare the same paragraphs


@pytest.mark.parametrize("path", SHIPPED, ids=by_name)
def test_shipped_configs_follow_the_committed_schema(path: Path) -> None:
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
    assert faults(json.loads((CONFIGS / "schema.json").read_text(encoding="utf-8")), plain(path)) == []


def test_shipped_themes_follow_the_committed_schema() -> None:
    path = CONFIGS / "themes/security.yaml"
    assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema=schema.json\n")
    assert faults(json.loads((path.parent / "schema.json").read_text(encoding="utf-8")), plain(path)) == []
    assert len(load_themes(path)) == 15


@pytest.mark.parametrize(
    ("name", "schema", "command"),
    [
        ("schema.json", json_schema, "mihwar config schema > configs/schema.json"),
        ("themes/schema.json", themes_json_schema, "mihwar config schema --themes > configs/themes/schema.json"),
    ],
)
def test_committed_schemas_are_up_to_date(name: str, schema: Any, command: str) -> None:
    committed = json.loads((CONFIGS / name).read_text(encoding="utf-8"))
    assert committed == schema(), f"The schema has changed; run `{command}`."
    Draft202012Validator.check_schema(committed)


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ({"extends": "default.yaml"}, True),
        ({"extends": "default.yaml", "model": {"max_tokens": 64}, "corpus": {"format": "csv"}}, True),
        ({"extends": "default.yaml", "model": {"max_tokns": 64}}, False),
        ({"extends": "default.yaml", "seed": "ten"}, False),
        ({"extends": 5}, False),
        ({"name": "a"}, False),
        ({"sed": 1}, False),
    ],
)
def test_the_schema_asks_for_everything_only_where_nothing_is_extended(data: dict[str, Any], fits: bool) -> None:
    assert (not faults(json_schema(), data)) == fits


def test_every_key_is_described() -> None:
    def properties(rules: Any) -> Iterator[tuple[str, Any]]:
        for value in rules.values() if isinstance(rules, dict) else rules if isinstance(rules, list) else ():
            yield from properties(value)
        if isinstance(rules, dict):
            yield from rules.get("properties", {}).items()

    for schema in (json_schema(), themes_json_schema()):
        assert [name for name, rules in properties(schema) if not rules.get("description")] == []


# --- writing back ---------------------------------------------------------------------------------

TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\n\t\x85 :#'\"\\-?[]{}0.1e"), max_size=30
)
NAMES = TEXTS.filter(str.strip) | st.sampled_from(
    ["null", "1e5", ".5e5", "0x1F", "no", "~", "- a", "2024-01-01", "1_0"]
)
MODELS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("transformer"), "prefix": TEXTS, "revision": st.none() | TEXTS, "backbone": NAMES}
    ),
    st.fixed_dictionaries({"kind": st.just("tfidf"), "inverse_regularisation": st.floats(1e-300, 1e300)}),
)
CONFIG = st.fixed_dictionaries(
    {
        "schema_version": st.just(1),
        "name": st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,20}\Z"),
        "version": st.just("1.2.3"),
        "description": TEXTS,
        "seed": st.integers(0, 2**32 - 1),
        "themes": st.just("themes.yaml"),
        "corpus": st.fixed_dictionaries({"files": st.lists(NAMES, min_size=1, max_size=3)}),
        "model": MODELS,
        "training": st.fixed_dictionaries({"learning_rate": st.floats(1e-12, 0.99), "epochs": st.floats(1e-3, 1e6)}),
        "output": NAMES,
    }
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CONFIG)
def test_a_config_written_back_is_the_same_config(write: Any, data: dict[str, Any]) -> None:
    config = Config.model_validate(data)
    path = write("c.yaml", to_yaml(config))
    assert load_config(path).config == config
    other = YAML(typ="safe", pure=True).load(path)  # another reader reads the same
    assert other == config.model_dump(mode="json")


def test_words_that_older_yaml_takes_for_something_else_are_quoted() -> None:
    config = load_config(CONFIGS / "default.yaml").config.model_copy(update={"description": "No", "output": "on/off"})
    assert 'description: "No"\n' in to_yaml(config)
    assert "output: on/off\n" in to_yaml(config)


@pytest.mark.parametrize("path", SHIPPED, ids=by_name)
def test_shipped_configs_written_back(path: Path, tmp_path: Path) -> None:
    loaded = load_config(path)
    copy = tmp_path / "config.yaml"
    copy.write_text(to_yaml(loaded.relative_to(tmp_path)), encoding="utf-8")
    again = load_config(copy)
    assert again.themes == loaded.themes
    assert again.corpus_files == loaded.corpus_files
    assert again.relative_to(CONFIGS) == loaded.config
    assert "null" in copy.read_text(encoding="utf-8") or loaded.config.model.kind == "tfidf"
