"""Small real parts for the tests: a corpus that can be learnt in seconds, and encoders of a few thousand weights."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertConfig, BertModel

WORDS = {
    "cell_dismantling": "تفكيك خلية إرهابية توقيف مشتبه متفجرات مخطط إحباط",
    "cybersecurity": "اختراق قرصنة بيانات تسريب خوادم فيروس حساب شبكات",
    "border_security": "الحدود مهاجرين معبر قوارب خفر السواحل تهريب دورية",
}
OTHER = "الطقس مباراة الفريق الاقتصاد المدرسة مهرجان الثقافة سوق الصحة البلدية"
FILLER = "قال المتحدث اليوم في المدينة إن ذلك جاء بعد أيام من العمل خلال الأسبوع الماضي حسب بلاغ رسمي"

THEMES_YAML = """\
schema_version: 1
name: tiny
themes:
  - id: cell_dismantling
    name: {ar: تفكيك الخلايا, en: Cell dismantling}
    definition: Arrests of terror suspects.
  - id: cybersecurity
    name: {ar: الأمن السيبراني, en: Cybersecurity}
    definition: Attacks on information systems.
  - id: border_security
    name: {ar: أمن الحدود, en: Border security}
    definition: Borders and crossing them.
"""


def write_corpus(path: Path, n_paragraphs: int = 240, seed: int = 7) -> Path:
    """Write invented paragraphs whose themes show in their words: none, one or two themes each."""
    draw = random.Random(seed)
    lines = []
    for number in range(n_paragraphs):
        labels = sorted(draw.sample(sorted(WORDS), k=draw.choice([0, 1, 1, 2])))
        pool = [word for label in labels for word in WORDS[label].split()] or OTHER.split()
        words = draw.choices(pool, k=8) + draw.choices(FILLER.split(), k=10)
        draw.shuffle(words)
        record = {
            "id": f"t-{number:04d}",
            "article_id": f"t-a{number // 2:03d}",
            "text": f"{' '.join(words)} رقم {number}.",
            "labels": labels,
            "kind": "theme" if labels else "other_news",
            "source": draw.choice(["أ", "ب"]),
        }
        lines.append(json.dumps(record, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_backbone(folder: Path, texts: Sequence[str], specials: Sequence[str] = (), seed: int = 3) -> Path:
    """Write a BERT of two narrow layers with a WordPiece tokenizer, in Hugging Face's format."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=600, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *specials], show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    marks = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "mask_token": "[MASK]", **marks}), encoding="utf-8"
    )
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder


def write_config(folder: Path, **changes: str) -> Path:
    """Write a config that trains the tiny parts in a few seconds; `changes` replace top-level blocks of YAML."""
    blocks = {
        "name": "tiny",
        "version": '"0.0.1"',
        "themes": "themes.yaml",
        "corpus": "{files: [corpus.jsonl]}",
        "output": "models",
        "runs": "runs",
        "model": "{kind: transformer, backbone: ./backbone, max_tokens: 64, window_overlap_tokens: 16}",
        "training": "{epochs: 3, learning_rate: 0.003, batch_size: 16, device: cpu, precision: fp32}",
        **changes,
    }
    (folder / "themes.yaml").write_text(THEMES_YAML, encoding="utf-8")
    path = folder / "tiny.yaml"
    path.write_text(
        "schema_version: 1\n" + "".join(f"{key}: {value}\n" for key, value in blocks.items()), encoding="utf-8"
    )
    return path


def tiny_project(folder: Path, **changes: str) -> Path:
    """Write corpus, backbone and config; return the config's path."""
    corpus = write_corpus(folder / "corpus.jsonl")
    texts = [json.loads(line)["text"] for line in corpus.read_text(encoding="utf-8").splitlines()]
    write_backbone(folder / "backbone", texts)
    return write_config(folder, **changes)
