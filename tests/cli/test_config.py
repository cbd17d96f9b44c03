"""`mihwar config`: check, show, schema."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def test_check_of_good_files(mihwar: Any) -> None:
    files = [CONFIGS / "default.yaml", CONFIGS / "themes" / "security.yaml"]
    outcome = mihwar("config", "check", *files)
    assert (outcome.code, outcome.errors) == (0, "")
    assert outcome.output == "".join(f"{file}: good\n" for file in files)


def test_check_tells_the_faults_of_all_files(mihwar: Any, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(f"extends: {CONFIGS}/default.yaml\ntraining:\n  epochz: 3\n  batch_size: 0\n")
    themes = tmp_path / "themes.yaml"
    themes.write_text("schema_version: 1\nname: x\nthemes:\n  - id: Bad\n")
    outcome = mihwar("config", "check", config, CONFIGS / "default.yaml", themes, tmp_path / "none.yaml")
    assert outcome.code == 2
    assert outcome.output == f"{CONFIGS}/default.yaml: good\n"
    for expected in (f"{config}:3:3", "epochs", f"{config}:4:", f"{themes}:4:", f"{tmp_path}/none.yaml"):
        assert expected in outcome.errors


def test_show_resolves_and_overrides(mihwar: Any) -> None:
    outcome = mihwar("config", "show", CONFIGS / "arabert.yaml", "--set", "training.epochs=3", "--set", "seed=7")
    assert outcome.code == 0
    shown = YAML(typ="safe", pure=True).load(outcome.output)
    assert (shown["training"]["epochs"], shown["seed"]) == (3, 7)
    assert "extends" not in shown


def test_show_with_a_wrong_override(mihwar: Any) -> None:
    outcome = mihwar("config", "show", CONFIGS / "default.yaml", "--set", "training.epoch=3")
    assert (outcome.code, outcome.output) == (2, "")
    assert "--set training.epoch=3" in outcome.errors
    assert "did you mean" in outcome.errors


@pytest.mark.parametrize(("options", "file"), [([], "schema.json"), (["--themes"], "themes/schema.json")])
def test_schema_is_the_committed_one(mihwar: Any, options: list[str], file: str) -> None:
    outcome = mihwar("config", "schema", *options)
    assert outcome.code == 0
    assert outcome.output == (CONFIGS / file).read_text(encoding="utf-8")
    assert json.loads(outcome.output)["$schema"]
