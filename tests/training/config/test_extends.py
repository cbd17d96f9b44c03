"""Configs that build on others, and overrides of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from training.config import load_config

BASE = """\
schema_version: 1
name: base
version: "1.2.3"
themes: themes.yaml
corpus: {files: [a.jsonl, b.jsonl]}
model:
  kind: transformer
  prefix: "query: "
  max_tokens: 128
training:
  epochs: 3
  loss: {kind: asymmetric, gamma_negative: 4.0}
"""


@pytest.fixture
def base(write: Any) -> Path:
    return write("base.yaml", BASE)


# --- extends --------------------------------------------------------------------------------------


def test_sections_are_merged_key_by_key(write: Any, base: Path) -> None:
    child = load_config(write("c.yaml", "extends: base.yaml\nname: child\ntraining: {batch_size: 4}\n")).config
    parent = load_config(base).config
    assert (child.name, child.training.batch_size) == ("child", 4)
    assert child.training.model_copy(update={"batch_size": 16}) == parent.training
    assert child.model == parent.model


def test_lists_are_replaced(write: Any, base: Path) -> None:
    child = load_config(write("c.yaml", "extends: base.yaml\ncorpus: {files: [c.jsonl]}\n")).config
    assert child.corpus.files == ("c.jsonl",)


def test_the_same_kind_is_merged_and_another_kind_replaces(write: Any, base: Path) -> None:
    same = load_config(write("c.yaml", "extends: base.yaml\ntraining: {loss: {kind: asymmetric, clip: 0.1}}\n")).config
    assert same.training.loss.model_dump() == {
        "kind": "asymmetric",
        "gamma_positive": 0,
        "gamma_negative": 4,
        "clip": 0.1,
    }
    other = load_config(write("c.yaml", "extends: base.yaml\nmodel: {kind: tfidf}\ntraining: {loss: {kind: bce}}\n"))
    assert other.config.model.kind == "tfidf"
    assert other.config.training.loss.model_dump() == {"kind": "bce", "label_smoothing": 0}
    assert other.config.training.epochs == 3


def test_a_null_overrides(write: Any) -> None:
    write("base.yaml", BASE.replace("  max_tokens", "  revision: abc\n  max_tokens"))
    child = load_config(write("c.yaml", "extends: base.yaml\nmodel: {revision: null}\n")).config
    assert child.model.model_dump()["revision"] is None


def test_a_chain_and_paths_of_the_files_that_set_them(write: Any, base: Path, tmp_path: Path) -> None:
    write("x/mid.yaml", "extends: ../base.yaml\noutput: out\nmodel: {backbone: ./weights}\n")
    child = write("x/y/c.yaml", "extends: ../mid.yaml\nruns: runs\n")
    loaded = load_config(child)
    folder = tmp_path.resolve()
    assert loaded.corpus_files == (f"{folder}/a.jsonl", f"{folder}/b.jsonl")
    assert loaded.output == folder / "x/out"
    assert loaded.runs == folder / "x/y/runs"
    assert loaded.backbone == f"{folder}/x/weights"
    # Relative to the child's folder, so that nothing of this machine is in the config.
    assert loaded.config.themes == "../../themes.yaml"
    assert loaded.config.corpus.files == ("../../a.jsonl", "../../b.jsonl")
    assert loaded.config.model.model_dump()["backbone"] == "../weights"
    assert loaded.themes_path.resolve() == folder / "themes.yaml"


def test_faults_point_to_the_file_that_holds_them(write: Any, complaints: Any) -> None:
    write("base.yaml", BASE.replace("epochs: 3", "epochs: three").replace("base\n", "Base\n"))
    child = "extends: base.yaml\nname: child\ntraining: {batch_size: 0}\n"
    assert complaints(child) == [
        "c.yaml:3:24  training.batch_size: must be at least 1, got 0",
        "base.yaml:11:11  training.epochs: must be a number, got 'three'",
    ]


def test_a_key_of_the_wrong_kind_in_a_child(complaints: Any, base: Path) -> None:
    assert complaints("extends: base.yaml\nmodel: {word_ngrams: [1, 1]}\n") == [
        "c.yaml:2:9  model.word_ngrams: belongs to kind 'tfidf', but the kind here is 'transformer'"
    ]


def test_a_circle_is_shown(write: Any, complaints: Any) -> None:
    write("a.yaml", "extends: b.yaml\n")
    write("b.yaml", "name: b\nextends: ./a.yaml\n")
    assert complaints(Path("a.yaml")) == [
        "b.yaml:2:10  extends: goes round in a circle: a.yaml -> b.yaml -> a.yaml",
    ]
    assert complaints("extends: c.yaml\n") == ["c.yaml:1:10  extends: goes round in a circle: c.yaml -> c.yaml"]


@pytest.mark.parametrize(
    ("value", "complaint"),
    [
        ("none.yaml", "c.yaml:1:10  extends: there is no such file: none.yaml"),
        ("[base.yaml]", "c.yaml:1:10  extends: must be the name of one config file"),
        ("''", "c.yaml:1:10  extends: must be the name of one config file"),
        ("'a\\0b'", "c.yaml:1:10  extends: there is no such file"),
    ],
)
def test_extends_that_cannot_be_followed(complaints: Any, base: Path, value: str, complaint: str) -> None:
    (line,) = complaints(f"extends: {value}\n")  # what could not be read is not called missing
    assert line.startswith(complaint)


def test_broken_parents_do_not_hide_faults_of_the_child(write: Any, complaints: Any) -> None:
    write("base.yaml", "name: [\n")
    assert complaints("extends: base.yaml\nsed: 1\n") == [
        "c.yaml:2:1  sed: unknown key (did you mean 'seed'?)",
        "base.yaml:2:1  the text ends before a `[` or `{` is closed",
    ]


# --- overrides ------------------------------------------------------------------------------------


def test_overrides_are_yaml(base: Path) -> None:
    overrides = ["training.learning_rate=3e-5", "corpus.files=[x.jsonl]", "description=a: b=c".replace(": ", ":")]
    config = load_config(base, [*overrides, "decision.thresholds={kind: fixed, value: 0.4}"]).config
    assert config.training.learning_rate == 3e-5
    assert config.training.epochs == 3
    assert config.corpus.files == ("x.jsonl",)
    assert config.description == "a:b=c"
    assert config.decision.thresholds.model_dump() == {"kind": "fixed", "value": 0.4}


def test_the_last_override_of_a_key_counts(base: Path) -> None:
    assert load_config(base, ["seed=1", "seed=2"]).config.seed == 2


def test_another_kind_keeps_what_other_overrides_say_whatever_their_order(base: Path) -> None:
    for overrides in (["model.kind=tfidf", "model.min_documents=9"], ["model.min_documents=9", "model.kind=tfidf"]):
        assert load_config(base, overrides).config.model.model_dump()["min_documents"] == 9


def test_override_paths_are_relative_to_the_working_directory(write: Any, tmp_path: Path) -> None:
    write("deep/themes.yaml", Path("themes.yaml").read_text(encoding="utf-8"))
    loaded = load_config(write("deep/c.yaml", BASE), ["output=out", "themes=themes.yaml"])
    assert loaded.output == tmp_path.resolve() / "out"
    assert loaded.config.output == "../out"
    assert loaded.themes_path == Path("themes.yaml")


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        ("training.epochs=ten", "training.epochs: must be a number, got 'ten'"),
        ("training.lr=1", "training.lr: unknown key (did you mean 'learning_rate'?)"),
        ("sed=1", "sed: unknown key (did you mean 'seed'?)"),
        ("version=1.0", 'version: must be text, got 1.0; put it in quotes: "1.0"'),
        ("description=", "description: must be text, got nothing"),
        ("corpus.files.0=x", "corpus.files: must be a list, got a section"),
        ("model={kind: tfidf, kind: tfidf}", "model.kind: is given twice; keep one"),
        ("themes=none.yaml", "themes: there is no such theme file: none.yaml"),
        ("extends=b.yaml", "extends: cannot be set; name the other config file instead"),
        ("seed", "must look like `training.epochs=5`"),
        ("=1", "must look like `training.epochs=5`"),
        ("a..b=1", "must look like `training.epochs=5`"),
        ("seed=[1", "seed: a list `[` begins here and is not closed with `]`"),
        ("seed=*a", "seed: `*a` is not supported; write the value out (or see `extends`)"),
    ],
)
def test_faulty_overrides(complaints: Any, base: Path, override: str, complaint: str) -> None:
    assert complaints(base, override) == [f"--set {override}  {complaint}"]


def test_faulty_overrides_come_after_the_files(write: Any, complaints: Any) -> None:
    path = write("c.yaml", BASE + "sed: 1\n")
    assert complaints(path, "training.epochs=0", "nonsense") == [
        "c.yaml:13:1  sed: unknown key (did you mean 'seed'?)",
        "--set nonsense  must look like `training.epochs=5`",
        "--set training.epochs=0  training.epochs: must be greater than 0, got 0",
    ]


def test_an_override_that_is_not_text(complaints: Any, base: Path) -> None:
    assert complaints(base, "name=\udcff") == ["--set name=\\udcff  is not UTF-8"]


def test_an_override_mends_a_fault_of_the_file(write: Any) -> None:
    path = write("c.yaml", BASE.replace("epochs: 3", "epochs: three"))
    assert load_config(path, ["training.epochs=4"]).config.training.epochs == 4
