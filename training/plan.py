"""What a run would do: label counts, split sizes, estimated time and memory, without training anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from evaluation.tables import Table
from mihwar.paragraph import LabelledParagraph
from training.config import LoadedConfig, TransformerConfig
from training.corpus import describe
from training.run import check_writable, decision_paragraphs, decision_warnings, read_corpus

__all__ = ["Plan", "plan"]

# Measured on paragraphs of the committed corpus: tokens per word of the embedded tokenizer, with prefix and specials.
_TOKENS_PER_WORD = 1.6
_TOKENS_AROUND = 6
# Forward and backward cost 6 operations per weight and token (Kaplan et al. 2020, arXiv 2001.08361); small matrices,
# attention, padding and the optimiser bring real training to this share of what a large matrix product reaches.
_EFFICIENCY = 0.35
_BYTES_PER_WEIGHT = 16  # weight, gradient and the two moments of AdamW, float32 each
_BASE_BYTES = 2.7e9  # what the shipped model's training took beyond that: libraries, buffers, export


@dataclass(frozen=True)
class Plan:
    """What a run would do.

    Attributes:
        tables: Counts, for people.
        notes: Estimates and warnings, one sentence each.
    """

    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def plan(loaded: LoadedConfig) -> Plan:
    """Look at a config and its corpus.

    Args:
        loaded: The config with its themes.

    Raises:
        CorpusError: If the corpus cannot be used as it is.
        BackboneError: If the backbone cannot be found or does not fit.
        DeviceError: If the device asked for is not there.
    """
    check_writable(loaded.output)
    corpus, splits = read_corpus(loaded)
    columns = {"all": corpus.paragraphs, **splits.by_name()}
    tables = tuple(
        Table(
            title=section,
            columns=(section, *columns),
            rows=tuple((row.name, *(f"{count:,}" for count in row.counts)) for row in rows),
        )
        for section, rows in groupby(describe(columns, loaded.themes), key=lambda row: row.section)
        if section != "source"
    )
    decided_on = decision_paragraphs(loaded, splits)
    notes = [*splits.warnings, *decision_warnings(decided_on, loaded.themes.ids)]
    if isinstance(loaded.config.model, TransformerConfig):
        notes += _estimates(loaded, loaded.config.model, splits.train)
    return Plan(tables, tuple(notes))


def _estimates(loaded: LoadedConfig, model: TransformerConfig, train: Sequence[LabelledParagraph]) -> list[str]:
    # Imported when needed: the baseline does without torch.
    from training.backbone import load_backbone_config
    from training.device import choose_bf16, choose_device

    shape = load_backbone_config(model, loaded.backbone)
    device = choose_device(loaded.config.training.device)
    bf16 = choose_bf16(loaded.config.training.precision, device)
    layer = 4 * shape.hidden_size**2 + 2 * shape.hidden_size * shape.intermediate_size
    weights = shape.num_hidden_layers * layer
    rows = shape.vocab_size + shape.max_position_embeddings
    lengths = [min(model.max_tokens, _TOKENS_AROUND + int(len(p.text.split()) * _TOKENS_PER_WORD)) for p in train]
    settings = loaded.config.training
    # A step is padded to its longest paragraph: about a third more than the mean, measured.
    tokens = sum(lengths) * 1.35 * settings.epochs
    seconds = 6 * weights * tokens / (_matrix_flops(device, bf16) * _EFFICIENCY)
    activations = (
        settings.batch_size
        * max(lengths)
        * shape.num_hidden_layers
        * (34 * shape.hidden_size + 10 * shape.num_attention_heads * max(lengths))
    )
    memory = _BASE_BYTES + _BYTES_PER_WEIGHT * (weights + rows * shape.hidden_size) + activations
    cut = sum(length == model.max_tokens for length in lengths)
    return [
        f"Trains on {device} in {'bf16' if bf16 else 'fp32'}: {weights / 1e6:.0f} million encoder weights,"
        f" about {sum(lengths):,} tokens an epoch, {settings.epochs:g} epochs at most.",
        f"Estimated time: {_duration(seconds)} on this machine, as busy as it is now (fewer epochs if it stops early).",
        f"Estimated peak memory: {memory / 1e9:.1f} GB.",
        *([f"About {cut} training paragraphs are longer than a window; their first window is used."] if cut else []),
    ]


def _matrix_flops(device: str, bf16: bool) -> float:
    """Measure what a large matrix product reaches here, in operations a second."""
    import torch

    matrix = torch.ones(1024, 1024, device=device, dtype=torch.bfloat16 if bf16 else torch.float32)
    float((matrix @ matrix)[0, 0])  # the first product pays for set-up
    started, repeats = time.perf_counter(), 8
    for _ in range(repeats):
        matrix = (matrix @ matrix).clamp(max=1)
    float(matrix[0, 0])
    return repeats * 2 * 1024**3 / (time.perf_counter() - started)


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 90 else f"{seconds:.0f} seconds"
