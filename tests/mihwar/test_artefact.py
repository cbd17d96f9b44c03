from __future__ import annotations

import errno
import json
import re
from pathlib import Path

import numpy as np
import pytest

from mihwar import artefact
from mihwar.artefact import read_artefact, replace_folder
from mihwar.classifier import Classifier
from mihwar.errors import (
    ArtefactAlteredError,
    ArtefactError,
    ArtefactForeignError,
    ArtefactMissingError,
    SaveError,
)


def edit_manifest(folder: Path, **changes: object) -> None:
    path = folder / "manifest.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**data, **changes}), encoding="utf-8")


def test_reads_what_training_wrote(tiny_model: Path) -> None:
    read = read_artefact(tiny_model)
    assert read.manifest.name == "tiny"
    assert read.manifest.themes.ids == ("cell_dismantling", "cybersecurity", "border_security")
    assert {"engine.xml", "engine.bin", "tokenizer.json", "decision.json", "README.md"} <= set(read.manifest.files)
    assert read.manifest.to_json() == json.loads((tiny_model / "manifest.json").read_text(encoding="utf-8"))


def test_nothing_in_the_folder_is_pickled(tiny_model: Path) -> None:
    suffixes = {path.suffix for path in tiny_model.rglob("*") if path.is_file()}
    assert suffixes <= {".json", ".jsonl", ".xml", ".bin", ".md", ".yaml", ".html", ".npy", ".safetensors"}
    for path in tiny_model.rglob("*.npy"):
        np.load(path, allow_pickle=False)
    for path in tiny_model.rglob("*.bin"):
        assert path.read_bytes()[:2] not in {b"\x80\x02", b"\x80\x04", b"PK"}


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(ArtefactMissingError, match="no model folder .*mihwar train"):
        read_artefact(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["engine.bin", "tokenizer.json", "decision.json", "engine.xml"])
def test_missing_file_is_named(model_copy: Path, name: str) -> None:
    (model_copy / name).unlink()
    with pytest.raises(ArtefactMissingError, match=name):
        read_artefact(model_copy)


def test_missing_manifest(model_copy: Path) -> None:
    (model_copy / "manifest.json").unlink()
    with pytest.raises(ArtefactMissingError, match="manifest.json is missing"):
        read_artefact(model_copy)


def test_truncated_file_is_named(model_copy: Path) -> None:
    path = model_copy / "engine.bin"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ArtefactAlteredError, match=r"engine\.bin .*truncated"):
        read_artefact(model_copy)


@pytest.mark.parametrize("name", ["engine.bin", "tokenizer.json", "decision.json", "README.md"])
def test_altered_byte_is_found(model_copy: Path, name: str) -> None:
    path = model_copy / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(ArtefactAlteredError, match=name):
        read_artefact(model_copy)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"name": "x"}', '{"a":' * 100_000, "\ufeff{}"])
def test_manifest_that_is_none(model_copy: Path, content: str) -> None:
    (model_copy / "manifest.json").write_text(content, encoding="utf-8")
    with pytest.raises(ArtefactError):
        read_artefact(model_copy)


def test_manifest_of_a_later_version(model_copy: Path) -> None:
    edit_manifest(model_copy, schema_version=2)
    with pytest.raises(ArtefactForeignError, match="schema version 2"):
        read_artefact(model_copy)


@pytest.mark.parametrize("path", ["../secret", "/etc/passwd", "a/../../b", "c\\..\\d"])
def test_manifest_cannot_point_outside(model_copy: Path, path: str) -> None:
    edit_manifest(model_copy, files={path: {"sha256": "0" * 64, "size_bytes": 1}})
    with pytest.raises(ArtefactForeignError, match="outside"):
        read_artefact(model_copy)


def test_themes_cannot_be_swapped(model_copy: Path) -> None:
    data = json.loads((model_copy / "manifest.json").read_text(encoding="utf-8"))
    data["themes"]["items"].reverse()
    edit_manifest(model_copy, themes=data["themes"])
    with pytest.raises(ArtefactAlteredError, match="stated hash"):
        read_artefact(model_copy)


@pytest.mark.parametrize("key", ["name", "themes", "normaliser", "engine", "files", "themes_sha256"])
def test_manifest_without_a_part(model_copy: Path, key: str) -> None:
    path = model_copy / "manifest.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    del data[key]
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ArtefactAlteredError, match=key):
        read_artefact(model_copy)


def test_replace_folder_swaps_whole_folders(tmp_path: Path) -> None:
    target = tmp_path / "model"
    for content in ("one", "two"):
        with replace_folder(target) as aside:
            (aside / "file").write_text(content)
            assert not target.exists() or (target / "file").read_text() == "one"
        assert (target / "file").read_text() == content
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_replace_folder_without_an_atomic_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artefact, "_exchange", lambda first, second: False)
    test_replace_folder_swaps_whole_folders(tmp_path)


def test_full_disk_leaves_the_old_folder(tmp_path: Path) -> None:
    target = tmp_path / "model"
    target.mkdir()
    (target / "file").write_text("old")
    with pytest.raises(SaveError, match="No space left.*untouched"), replace_folder(target) as aside:
        (aside / "file").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert (target / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_other_errors_pass_and_clean_up(tmp_path: Path) -> None:
    with pytest.raises(KeyError), replace_folder(tmp_path / "model"):
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="cannot be written"), replace_folder(tmp_path / "file" / "model"):
        pass


@pytest.mark.parametrize("name", ["engine.xml", "engine.bin", "tokenizer.json", "decision.json"])
def test_a_file_that_was_not_checked_is_not_read(model_copy: Path, name: str) -> None:
    data = json.loads((model_copy / "manifest.json").read_text(encoding="utf-8"))
    del data["files"][name]
    edit_manifest(model_copy, files=data["files"])
    with pytest.raises(ArtefactMissingError, match=f"does not list {name}"):
        Classifier.load(model_copy)


def test_a_number_without_bound_is_refused(model_copy: Path) -> None:
    path = model_copy / "manifest.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'"size_bytes": \d+', '"size_bytes": 1e999', text, count=1), encoding="utf-8")
    with pytest.raises(ArtefactAlteredError):
        read_artefact(model_copy)
