from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from mihwar.artefact import read_artefact
from mihwar.classifier import Classifier
from mihwar.errors import BackboneError
from serving.api import create_app
from serving.settings import Settings
from tests.stub_hub import COMMIT, stub_hub
from tests.tiny import write_backbone, write_config, write_corpus
from training.backbone import load_backbone
from training.backbone.load import ARABERT_SPECIAL_TOKENS
from training.config import ArabertNormaliserConfig, PlainNormaliserConfig, TransformerConfig

ROOT = Path(__file__).parents[3]
ARABERT = "aubmindlab/bert-base-arabertv02"
TEXTS = ["تفكيك خلية إرهابية", "اختراق قرصنة بيانات", "الحدود معبر مهاجرين"]


def arabert_shaped(folder: Path, texts: list[str]) -> Path:
    """AraBERT's tokenizer settings on a BERT of two layers; the placeholders are in the vocabulary."""
    write_backbone(folder, texts, specials=ARABERT_SPECIAL_TOKENS)
    tokenizer = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    # Like the published file: the placeholders are ordinary entries, kept whole by slow tokenizers alone.
    tokenizer["added_tokens"] = [
        token for token in tokenizer["added_tokens"] if token["content"] not in ARABERT_SPECIAL_TOKENS
    ]
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("wants_farasa", "better"),
    [
        ("aubmindlab/bert-base-arabert", ARABERT),
        ("aubmindlab/bert-base-arabertv2", ARABERT),
        ("aubmindlab/bert-large-arabertv2", "aubmindlab/bert-large-arabertv02"),
    ],
)
def test_variants_that_need_farasa_are_refused_by_name(wants_farasa: str, better: str) -> None:
    with pytest.raises(BackboneError, match=f"{wants_farasa} .*Farasa.*Use {better}"):
        load_backbone(TransformerConfig(backbone=wants_farasa), ArabertNormaliserConfig(kind="arabert"))


@pytest.mark.parametrize("backbone", ["two words", "a/b/c", "http://example.org/model", "كلمة"])
def test_what_is_no_backbone(backbone: str) -> None:
    with pytest.raises(BackboneError, match="is not a backbone"):
        load_backbone(TransformerConfig(backbone=backbone), PlainNormaliserConfig())


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match=r"has no config\.json"):
        load_backbone(TransformerConfig(backbone=str(tmp_path)), PlainNormaliserConfig())


def test_hub_out_of_reach() -> None:
    with pytest.raises(BackboneError, match="nobody/nothing cannot be loaded.*embedded"):
        load_backbone(TransformerConfig(backbone="nobody/nothing"), PlainNormaliserConfig())


def test_more_tokens_than_positions(trained_project: Path) -> None:
    config = TransformerConfig(backbone=str(trained_project / "backbone"), max_tokens=129)
    with pytest.raises(BackboneError, match=r"max_tokens is 129.*128 positions"):
        load_backbone(config, PlainNormaliserConfig())


def test_folder_without_a_fast_tokenizer(trained_project: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(trained_project / "backbone", tmp_path / "backbone"))
    (folder / "tokenizer.json").unlink()
    with pytest.raises(BackboneError):
        load_backbone(
            TransformerConfig(backbone=str(folder), max_tokens=64, window_overlap_tokens=16), PlainNormaliserConfig()
        )


def test_truncated_weights(trained_project: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(trained_project / "backbone", tmp_path / "backbone"))
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(BackboneError, match="cannot be loaded"):
        load_backbone(
            TransformerConfig(backbone=str(folder), max_tokens=64, window_overlap_tokens=16), PlainNormaliserConfig()
        )


def test_placeholders_are_single_tokens(tmp_path: Path) -> None:
    folder = arabert_shaped(tmp_path / "backbone", TEXTS)
    config = TransformerConfig(backbone=str(folder), max_tokens=64, window_overlap_tokens=16)
    plain = load_backbone(config, PlainNormaliserConfig()).tokenizer
    assert len(plain.encode("[رابط]", add_special_tokens=False).ids) > 1  # what a fast tokenizer does by itself
    tokenizer = load_backbone(config, ArabertNormaliserConfig(kind="arabert")).tokenizer
    assert tokenizer.get_vocab_size() == plain.get_vocab_size()
    assert tokenizer.encode("انظر [رابط] أو [بريد] من [مستخدم]").tokens.count("[رابط]") == 1


def test_vocabulary_without_placeholders_is_refused(tmp_path: Path) -> None:
    folder = write_backbone(tmp_path / "backbone", TEXTS)
    config = TransformerConfig(backbone=str(folder), max_tokens=64, window_overlap_tokens=16)
    with pytest.raises(BackboneError, match=r"lacks \[رابط\].*kind: plain"):
        load_backbone(config, ArabertNormaliserConfig(kind="arabert"))


def test_arabert_from_the_hub_to_predictions(tmp_path: Path) -> None:
    """Config → Hub download → fine-tune → export → classify, by the shipped AraBERT config and the real id."""
    corpus = write_corpus(tmp_path / "corpus.jsonl")
    texts = [json.loads(line)["text"] for line in corpus.read_text(encoding="utf-8").splitlines()]
    published = arabert_shaped(tmp_path / "published", texts)
    themes = write_config(tmp_path).with_name("themes.yaml")
    config = tmp_path / "run.yaml"
    config.write_text(
        f"extends: {ROOT / 'configs' / 'arabert.yaml'}\nname: tiny-arabert\nthemes: {themes}\n"
        f"corpus: {{files: ['{corpus}']}}\noutput: models\nruns: runs\n"
        "model: {max_tokens: 64, window_overlap_tokens: 16}\n"
        "training: {epochs: 3, learning_rate: 0.003, device: cpu, precision: fp32}\n",
        encoding="utf-8",
    )
    with stub_hub({ARABERT: published}) as (endpoint, asked):
        environment = {
            **os.environ,
            "HF_ENDPOINT": endpoint,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        answer = subprocess.run(
            [sys.executable, "-m", "cli.main", "train", str(config)],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-3000:]
    assert any(path.startswith(f"/{ARABERT}/resolve/") and path.endswith("model.safetensors") for path in asked)
    model = tmp_path / "models" / "tiny-arabert"
    manifest = read_artefact(model).manifest
    assert manifest.backbone["id"] == ARABERT
    assert manifest.backbone["revision"] == COMMIT
    assert (manifest.normaliser.kind, manifest.normaliser.setting) == ("arabert", "repaired")
    assert manifest.training["best_map"] > 0.9
    (prediction,) = Classifier.load(model).classify(["تفكيك خلية إرهابية وتوقيف مشتبه [رابط]"], evidence=True)
    assert prediction.themes[:1] == ("cell_dismantling",)
    app = create_app(Classifier.load(model), Settings())
    with TestClient(app) as client:
        answer = client.post("/v1/classify", json={"inputs": "تفكيك خلية إرهابية وتوقيف مشتبه [رابط]"}).json()
    app.state.batcher.close()
    assert answer["model"]["name"] == "tiny-arabert"
    assert answer["results"][0]["labels"][0]["label"] == "cell_dismantling"
