"""Every kind of fault of a config file: what is said of it, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from mihwar.errors import ConfigError
from training.config import TfidfConfig, TransformerConfig, load_config
from training.config.source import MAX_BYTES

HEAD = """\
schema_version: 1
name: a-model
version: "1.2.3"
themes: themes.yaml
corpus: {files: [corpus.jsonl]}
"""  # five lines: what a test adds begins in line 6


def test_a_small_config_is_filled_with_defaults(write: Any) -> None:
    loaded = load_config(write("c.yaml", HEAD))
    assert loaded.config.name == "a-model"
    assert loaded.config.training.epochs == 10
    assert isinstance(loaded.config.model, TransformerConfig)
    assert loaded.themes.ids == ("one", "two")


def test_numbers_without_a_point_or_a_sign_are_numbers(write: Any) -> None:
    loaded = load_config(write("c.yaml", HEAD + "training: {learning_rate: 2e-5, epochs: 6}\n"))
    assert loaded.config.training.learning_rate == 2e-5
    assert loaded.config.training.epochs == 6


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        # unknown keys
        (
            "training:\n  leraning_rate: 1\n",
            "c.yaml:7:3  training.leraning_rate: unknown key (did you mean 'learning_rate'?)",
        ),
        ("training:\n  lr: 1\n", "c.yaml:7:3  training.lr: unknown key (did you mean 'learning_rate'?)"),
        ("learning_rate: 1\n", "c.yaml:6:1  learning_rate: unknown key (did you mean 'training.learning_rate'?)"),
        ("extend: a.yaml\n", "c.yaml:6:1  extend: unknown key (did you mean 'extends'?)"),
        ("split: {xyz: 1}\n", "c.yaml:6:9  split.xyz: unknown key; known here: calibration, test, salt"),
        (
            "normaliser: {kind: plain, setting: repaired}\n",
            "c.yaml:6:27  normaliser.setting: belongs to kind 'arabert', but the kind here is 'plain'",
        ),
        (
            "model: {kind: tfidf, max_tokens: 64}\n",
            "c.yaml:6:22  model.max_tokens: belongs to kind 'transformer', but the kind here is 'tfidf'",
        ),
        ("model: {kind: tfidf, tfidf: 1}\n", "c.yaml:6:22  model.tfidf: unknown key; known here: kind, word_ngrams,"),
        ("<<: {a: 1}\n", "c.yaml:6:1  <<: unknown key; known here: schema_version,"),
        # types
        ("seed: ten\n", "c.yaml:6:7  seed: must be a whole number, got 'ten'"),
        ("seed: '10'\n", "c.yaml:6:7  seed: must be a whole number, got '10'; leave out the quotes"),
        ("seed: 1.0\n", "c.yaml:6:7  seed: must be a whole number, got 1.0"),
        ("seed: true\n", "c.yaml:6:7  seed: must be a whole number, got true"),
        ("seed:\n", "c.yaml:6:1  seed: must be a whole number, got nothing"),
        ("training:\n  epochs: true\n", "c.yaml:7:11  training.epochs: must be a number, got true"),
        (
            "training: {epochs: '10'}\n",
            "c.yaml:6:20  training.epochs: must be a number, got '10'; leave out the quotes",
        ),
        ("training: {epochs: .inf}\n", "c.yaml:6:20  training.epochs: must be a finite number, got .inf"),
        ("training: {epochs: .nan}\n", "c.yaml:6:20  training.epochs: must be a finite number, got .nan"),
        (
            "export: {keep_backbone: no}\n",
            "c.yaml:6:25  export.keep_backbone: must be true or false, got 'no'; write false",
        ),
        ("export: {keep_backbone: 1}\n", "c.yaml:6:25  export.keep_backbone: must be true or false, got 1"),
        ("description: 1.50\n", 'c.yaml:6:14  description: must be text, got 1.50; put it in quotes: "1.50"'),
        ("output: [a]\n", "c.yaml:6:9  output: must be text, got a list"),
        ("training: 5\n", "c.yaml:6:11  training: must be a section of `key: value` lines, got 5"),
        ("training:\n", "c.yaml:6:1  training: must be a section of `key: value` lines, got nothing"),
        ("model: [a]\n", "c.yaml:6:8  model: must be a section of `key: value` lines, got a list"),
        # values
        ("training: {batch_size: 0}\n", "c.yaml:6:24  training.batch_size: must be at least 1, got 0"),
        ("training: {learning_rate: 1}\n", "c.yaml:6:27  training.learning_rate: must be less than 1, got 1"),
        ("training: {learning_rate: 0.0}\n", "c.yaml:6:27  training.learning_rate: must be greater than 0, got 0.0"),
        ("decision: {out_of_fold: 21}\n", "c.yaml:6:25  decision.out_of_fold: must be at most 20, got 21"),
        ("seed: 4294967296\n", "c.yaml:6:7  seed: must be less than 4294967296, got 4294967296"),
        ("split: {salt: ''}\n", "c.yaml:6:15  split.salt: must not be empty"),
        ("output: ' '\n", "c.yaml:6:9  output: must not be blank"),
        (
            "training: {device: gpu}\n",
            "c.yaml:6:20  training.device: must be one of auto, cpu, cuda, mps; got 'gpu'",
        ),
        ("training: {precision: FP32}\n", "must be one of auto, fp32, bf16; got 'FP32' (did you mean 'fp32'?)"),
        # kinds
        (
            "model: {kind: transfomer}\n",
            "c.yaml:6:15  model.kind: must be one of transformer, tfidf; got 'transfomer'"
            " (did you mean 'transformer'?)",
        ),
        ("model: {kind: [a]}\n", "c.yaml:6:15  model.kind: must be one of transformer, tfidf; got a list"),
        ("model: {kind: }\n", "c.yaml:6:9  model.kind: must be one of transformer, tfidf; got nothing"),
        ("model: {max_tokens: 64}\n", "c.yaml:6:1  model.kind: is missing; it must be one of transformer, tfidf"),
        # lists
        ("model: {kind: tfidf, word_ngrams: 2}\n", "c.yaml:6:35  model.word_ngrams: must be a list, got 2; write [2]"),
        (
            "model: {kind: tfidf, word_ngrams: [1, a]}\n",
            "c.yaml:6:39  model.word_ngrams[1]: must be a whole number, got 'a'",
        ),
        ("model: {kind: tfidf, word_ngrams: [1]}\n", "c.yaml:6:22  model.word_ngrams[1]: is missing: Shortest and"),
        ("model: {kind: tfidf, word_ngrams: [1, 2, 3]}\n", "c.yaml:6:35  model.word_ngrams: must have 2 items, got 3"),
        # keys that do not fit each other
        (
            "model: {kind: tfidf, char_ngrams: [3, 2]}\n",
            "c.yaml:6:35  model.char_ngrams: must be two whole numbers, 1 <= shortest <= longest; got [3, 2]",
        ),
        (
            "model:\n  kind: transformer\n  max_tokens: 100\n",
            "c.yaml:6:1  model.window_overlap_tokens: must be at most half of max_tokens",
        ),
        ("decision: {out_of_fold: 1}\n", "c.yaml:6:25  decision.out_of_fold: must be 0 (off) or at least 2 folds"),
        # YAML
        ("seed: 1\nseed: 2\n", "c.yaml:7:1  seed: is given twice (first in line 6); keep one"),
        ("split:\n  test: 0.1\n  test: 0.2\n", "c.yaml:8:3  split.test: is given twice (first in line 7); keep one"),
        ("seed: &a 1\n", "c.yaml:6:7  seed: `&a` is not supported"),
        ("seed: *a\n", "c.yaml:6:7  seed: `*a` is not supported"),
        ("seed: !!int 1\n", "c.yaml:6:7  seed: YAML tags (`!...`) are not supported"),
        ('description: "\\0"\n', "c.yaml:6:14  description: holds the character U+0000"),
        ('description: "\\ud800"\n', "c.yaml:6:14  description: holds the character U+D800"),
        ("? [a]\n: 1\n", "c.yaml:6:3  a key must be a single word"),
        ("---\na: 1\n", "c.yaml:6:1  a second document begins here; only one is allowed"),
        ("split:\n\ttest: 0.1\n", "c.yaml:7:1  a tab cannot indent a line; use spaces"),
        ("output: a: b\n", "c.yaml:6:10  a `: ` cannot stand here; check the indentation or quote the value"),
        ("output: 'a\n", "c.yaml:6:9  a quotation mark is opened here and never closed"),
        ("output: [a\nseed: 1\n", "c.yaml:6:9  a list `[` begins here and is not closed with `]`"),
        ("split: {test: 1\nseed: 1\n", "c.yaml:6:8  a mapping `{` begins here and is not closed with `}`"),
        ("output\nseed: 1\n", "c.yaml:6:1  a key without `: value` after it"),
        (" output: 1\n", "c.yaml:6:2  does not line up with the lines above; check the indentation"),
        ("output: @a\n", "c.yaml:6:9  a value cannot begin with this character; put it in quotes"),
        ("output: a\x07b\n", "c.yaml:6:10  holds the character U+0007, which no text needs; remove it"),
        ('output: "\\UFFFFFFFF"\n', "c.yaml  holds an escape or a directive that cannot be read"),
        ("output: " + "[" * 30 + "\n", "c.yaml:6:29  is nested more than 20 levels deep"),
    ],
)
def test_one_fault_gives_one_complaint(complaints: Any, more: str, complaint: str) -> None:
    lines = complaints(HEAD + more)
    assert len(lines) == 1, lines
    assert complaint in lines[0]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("schema_version: 1", "schema_version: 2", "c.yaml:1:17  schema_version: must be 1; got 2"),
        (
            "schema_version: 1",
            "schema_version: 1.0",
            "c.yaml:1:17  schema_version: must be the whole number 1, got 1.0",
        ),
        (
            "schema_version: 1",
            "schema_version: true",
            "c.yaml:1:17  schema_version: must be the whole number 1, got true",
        ),
        ('"1.2.3"', "1.0", 'c.yaml:3:10  version: must be text, got 1.0; put it in quotes: "1.0"'),
        ('"1.2.3"', "v1", "c.yaml:3:10  version: must look like `1.2.3` (pattern ^[0-9]+"),
        ('"1.2.3"', "١.٢.٣", "c.yaml:3:10  version: must look like `1.2.3` (pattern"),
        ("a-model", "A Model", "c.yaml:2:7  name: must look like `security-themes` (pattern"),
        ("a-model", "../../etc", "c.yaml:2:7  name: must look like `security-themes` (pattern"),
        ("a-model", "a" * 65, "c.yaml:2:7  name: must have at most 64 characters"),
        ("[corpus.jsonl]", "[]", "c.yaml:5:17  corpus.files: must have at least 1 item, got 0"),
        (
            "[corpus.jsonl]",
            "corpus.jsonl",
            "c.yaml:5:17  corpus.files: must be a list, got 'corpus.jsonl'; write [corpus.jsonl]",
        ),
        ("[corpus.jsonl]", "[a, 5]", 'c.yaml:5:21  corpus.files[1]: must be text, got 5; put it in quotes: "5"'),
        ("name: a-model\n", "", "c.yaml:1:1  name: is missing: Name of the model, and of its folder."),
        ("{files: [corpus.jsonl]}", "{format: csv}", "c.yaml:5:1  corpus.files: is missing: Files or globs"),
        ("themes: themes.yaml\n", "", "c.yaml:1:1  themes: is missing: Theme file, relative to this file."),
        ("themes.yaml", "other.yaml", "c.yaml:4:9  themes: there is no such theme file: other.yaml"),
        ("themes.yaml", ".", "c.yaml:4:9  themes: there is no such theme file: ."),
        ("themes.yaml", "5", 'c.yaml:4:9  themes: must be text, got 5; put it in quotes: "5"'),
    ],
)
def test_faults_of_required_keys(complaints: Any, old: str, new: str, complaint: str) -> None:
    lines = complaints(HEAD.replace(old, new))
    assert len(lines) == 1, lines
    assert complaint in lines[0]


def test_all_faults_come_at_once_in_reading_order(complaints: Any) -> None:
    assert complaints(
        "schema_version: 1\n"
        "nmae: a-model\n"
        "version: 1.0\n"
        "themes: none.yaml\n"
        "corpus: {files: []}\n"
        "seed: 1\n"
        "seed: 2\n"
        "training:\n"
        "  epochs: ten\n"
        "  loss: {kind: bce, label_smoothing: 1}\n"
    ) == [
        "c.yaml:1:1  name: is missing: Name of the model, and of its folder.",
        "c.yaml:2:1  nmae: unknown key (did you mean 'name'?)",
        'c.yaml:3:10  version: must be text, got 1.0; put it in quotes: "1.0"',
        "c.yaml:4:9  themes: there is no such theme file: none.yaml",
        "c.yaml:5:17  corpus.files: must have at least 1 item, got 0",
        "c.yaml:7:1  seed: is given twice (first in line 6); keep one",
        "c.yaml:9:11  training.epochs: must be a number, got 'ten'",
        "c.yaml:10:38  training.loss.label_smoothing: must be less than 0.5, got 1",
    ]


def test_faults_of_the_theme_file_come_along(write: Any, complaints: Any) -> None:
    write("themes.yaml", "schema_version: 1\nname: x\nthemes: []\n")
    assert complaints(HEAD + "sed: 1\n") == [
        "c.yaml:6:1  sed: unknown key (did you mean 'seed'?)",
        "themes.yaml:3:9  themes: must have at least 1 item, got 0",
    ]


def test_long_values_are_shortened(complaints: Any) -> None:
    (line,) = complaints(HEAD + f"seed: {'x' * 10_000}\n")
    assert len(line) < 150


def test_columns_count_code_points(complaints: Any) -> None:
    assert complaints(HEAD + 'split: {salt: "ملح", tset: 0.1}\n') == [
        "c.yaml:6:22  split.tset: unknown key (did you mean 'test'?)"
    ]


def test_byte_order_mark_and_windows_line_ends(write: Any, complaints: Any) -> None:
    path = write("w.yaml", "\ufeff" + HEAD.replace("\n", "\r\n") + "sed: 1\r\n")
    assert complaints(path) == ["w.yaml:6:1  sed: unknown key (did you mean 'seed'?)"]


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "c.yaml:1:1  is empty; it must hold `key: value` lines"),
        (b"# nothing\n", "c.yaml:1:1  is empty; it must hold `key: value` lines"),
        (b"- a\n", "c.yaml:1:1  must hold `key: value` lines, not a list or a single value"),
        (b"name\n", "c.yaml:1:1  must hold `key: value` lines, not a list or a single value"),
        ("name: a\nx: é".encode("latin-1"), "c.yaml:2:4  is not UTF-8 (byte 0xe9); save the file as UTF-8"),
        ("name: a\n".encode("utf-16"), "c.yaml:1:1  is not UTF-8 (byte 0xff); save the file as UTF-8"),
        (b"a: b\n" * (MAX_BYTES // 5 + 1), "c.yaml  is larger than 256 KiB, too large for a file of this kind"),
    ],
)
def test_files_that_hold_no_mapping(write: Any, complaints: Any, data: bytes, complaint: str) -> None:
    path = write("c.yaml", "")
    path.write_bytes(data)
    assert complaints(path) == [complaint]


def test_files_that_are_not_there(write: Any, complaints: Any) -> None:
    assert complaints(Path("none.yaml")) == ["none.yaml  there is no such file"]
    assert complaints(Path()) == [".  is not a file"]
    (line,) = complaints(Path("x" * 5000))
    assert line.endswith("cannot be read: File name too long")


def test_paths_are_absolute_for_the_program(write: Any, tmp_path: Path) -> None:
    write("conf/themes.yaml", Path("themes.yaml").read_text(encoding="utf-8"))
    text = HEAD.replace("[corpus.jsonl]", "[../c/*.jsonl, /abs/a.csv, 'hub:owner/name', x.csv]")
    loaded = load_config(write("conf/c.yaml", text + "runs: ../r\nmodel: {kind: transformer, backbone: ./b}\n"))
    folder = tmp_path.resolve()
    assert loaded.corpus_files == (f"{folder}/c/*.jsonl", "/abs/a.csv", "hub:owner/name", f"{folder}/conf/x.csv")
    assert loaded.output == folder / "models"
    assert loaded.runs == folder / "r"
    assert loaded.backbone == f"{folder}/conf/b"
    assert loaded.themes_path == Path("conf/themes.yaml")


def test_a_glob_survives_brackets_in_the_folder_name(write: Any) -> None:
    write("a[1]/themes.yaml", Path("themes.yaml").read_text(encoding="utf-8"))
    write("a[1]/x.jsonl", "")
    loaded = load_config(write("a[1]/c.yaml", HEAD.replace("corpus.jsonl", "'*.jsonl', x.jsonl")))
    pattern, name = loaded.corpus_files
    assert [path.name for path in Path("/").glob(pattern[1:])] == ["x.jsonl"]
    assert Path(name).is_file()


def test_hub_ids_are_no_paths(write: Any) -> None:
    text = HEAD.replace("{files: [corpus.jsonl]}", "{files: [owner/name], format: hub}")
    loaded = load_config(write("c.yaml", text + "model: {kind: transformer, backbone: owner/model}\n"))
    assert loaded.corpus_files == ("owner/name",)
    assert loaded.backbone == "owner/model"
    assert load_config(write("t.yaml", text + "model: {kind: tfidf}\n")).backbone == ""


def test_a_config_moves_to_another_folder(write: Any) -> None:
    loaded = load_config(write("conf/c.yaml", HEAD.replace("themes.yaml", "../themes.yaml")))
    moved = loaded.relative_to(Path("deep/er"))
    assert moved.corpus.files == ("../../conf/corpus.jsonl",)
    assert (moved.themes, moved.output) == ("../../themes.yaml", "../../models")
    assert loaded.relative_to(Path("conf")) == loaded.config


NAMES = (
    "extends schema_version name version themes corpus files format split test model kind backbone max_tokens seed"
    " word_ngrams normaliser setting training probe epochs loss decision thresholds export output <<"
)
KEYS = st.text(max_size=5) | st.sampled_from(NAMES.split())
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["themes.yaml", "c.yaml", "transformer", "tfidf", "plain", "arabert", "a-model", "1.2.3", "bce"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(KEYS, VALUES, max_size=8), st.booleans())
def test_any_mapping_loads_or_is_a_config_error(write: Any, data: dict[str, Any], with_head: bool) -> None:
    path = write("c.yaml", HEAD if with_head else "")
    with path.open("a", encoding="utf-8", errors="replace") as file:
        YAML(typ="safe", pure=True).dump(data, file) if data else None
    try:
        load_config(path)
    except ConfigError as error:
        str(error).encode()  # can be printed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*"ab:-?[]{},'\"|>&*!%@`#\n\t0.~<\\", "\n  ", "- ", ": ", "--- ", "é"]), max_size=30))
def test_any_text_loads_or_is_a_config_error(write: Any, parts: list[str]) -> None:
    with pytest.raises(ConfigError):
        load_config(write("c.yaml", "".join(parts)))


@pytest.mark.parametrize("kind", ["transformer", "tfidf"])
def test_every_kind_of_model(write: Any, kind: str) -> None:
    model = load_config(write("c.yaml", HEAD + f"model: {{kind: {kind}}}\n")).config.model
    assert isinstance(model, TransformerConfig | TfidfConfig)
    assert model.kind == kind
