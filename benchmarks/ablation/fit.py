"""One training run of a variant: a plain loop with every knob, so that what does not pay stays out of `training`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from benchmarks.ablation.network import AttentionNetwork
from benchmarks.ablation.noise import without_words, written_differently
from benchmarks.ablation.variants import BASE, Variant
from mihwar.decision import sigmoid
from mihwar.engine import WindowEncoder
from mihwar.paragraph import LabelledParagraph, targets
from mihwar.themes import Themes
from training.backbone import load_backbone
from training.batches import length_sorted_batches, pad
from training.config import LoadedConfig, ProbeConfig, TransformerConfig
from training.network import ThemeNetwork
from training.probe import fit_probe
from training.transformer import window_encoder

__all__ = ["Run", "Vectors", "fit", "pooled_vectors"]

FloatArray = NDArray[np.float32]
Vectors = dict[tuple[int, str, str], FloatArray]
"""Pooled vectors of the pretrained encoder by vocabulary, prefix and text: many variants start from the same."""


@dataclass(frozen=True)
class Run:
    """A trained network with its tokenizer.

    Attributes:
        network: The network.
        encoder: Text to token ids.
    """

    network: ThemeNetwork
    encoder: WindowEncoder

    def logits(self, paragraphs: Sequence[LabelledParagraph]) -> FloatArray:
        """Score paragraphs (their first window); shape (n, k)."""
        return _scores(self.network, [_ids(self.encoder, p.text) for p in paragraphs])


def fit(
    variant: Variant,
    loaded: LoadedConfig,
    paragraphs: Sequence[LabelledParagraph],
    unlabelled: Sequence[LabelledParagraph] = (),
    seed: int = 13,
    vectors: Vectors | None = None,
) -> Run:
    """Train a variant.

    Args:
        variant: The recipe.
        loaded: Config and themes that the base recipe takes the rest from.
        paragraphs: Labelled paragraphs.
        unlabelled: Paragraphs whose labels are not looked at.
        seed: Seed of everything random.
        vectors: Filled with what is computed of the pretrained encoder, and asked for it.
    """
    vectors = {} if vectors is None else vectors
    wanted = targets(paragraphs, loaded.themes.ids)
    if variant.teachers:
        plain = replace(variant, teachers=0, unlabelled=0)
        more = list(unlabelled[: variant.unlabelled])
        pool = [*paragraphs, *more]
        runs = [
            fit(plain, loaded, paragraphs, seed=seed + 100 * (i + 1), vectors=vectors) for i in range(variant.teachers)
        ]
        soft = np.mean([sigmoid(run.logits(pool).astype(np.float64)) for run in runs], axis=0)
        labelled = 0.5 * soft[: len(wanted)] + 0.5 * np.nan_to_num(wanted)
        wanted = np.concatenate([labelled, soft[len(wanted) :]]).astype(np.float32)
        paragraphs = pool
    runs = [_fit_one(variant, loaded, paragraphs, wanted, seed + i, vectors) for i in range(variant.soup)]
    if len(runs) > 1:
        states = [run.network.state_dict() for run in runs]
        mean = {key: torch.stack([s[key].float() for s in states]).mean(dim=0) for key in states[0]}
        runs[0].network.load_state_dict(mean)
    return runs[0]


def pooled_vectors(loaded: LoadedConfig) -> Callable[[Sequence[str]], FloatArray]:
    """Return a function from texts to mean-pooled vectors of the encoder as it was pretrained.

    Args:
        loaded: Says which encoder.
    """
    network, encoder = _pretrained(BASE, loaded)
    return lambda texts: _run(network, [_ids(encoder, text) for text in texts], pooled=True)


def _fit_one(
    variant: Variant,
    loaded: LoadedConfig,
    paragraphs: Sequence[LabelledParagraph],
    wanted: FloatArray,
    seed: int,
    vectors: Vectors,
) -> Run:
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    run = _start(variant, loaded, paragraphs, wanted, vectors)
    network = run.network
    if not variant.epochs:
        return run
    network.train()
    steps = variant.epochs * math.ceil(len(paragraphs) / variant.batch_size)
    optimizer = torch.optim.AdamW(_groups(network, variant), weight_decay=variant.weight_decay, fused=True)
    warmup = max(1, int(variant.warmup_share * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / warmup, (steps - step) / max(1, steps - warmup))
    )
    rates = np.nan_to_num(wanted).clip(0, 1).mean(axis=0)
    mean: dict[str, Tensor] = {}
    kept = 0
    done = 0
    for _ in range(variant.epochs):
        ids = [_ids(run.encoder, _augmented(p.text, variant, random)) for p in paragraphs]
        for rows in _batches([len(each) for each in ids], variant.batch_size, random):
            batch = pad([ids[row] for row in rows])
            labels = torch.from_numpy(wanted[rows])
            with torch.autocast("cpu", torch.bfloat16):
                logits = network(**batch)["logits"].float()
                other = network(**batch)["logits"].float() if variant.r_drop else None
            loss = _loss(variant, logits, labels, rates)
            if other is not None:
                loss = (loss + _loss(variant, other, labels, rates)) / 2 + variant.r_drop * _divergence(logits, other)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            done += 1
            if variant.average and done > (1 - variant.average) * steps and done % 5 == 0:
                kept += 1
                for key, value in network.state_dict().items():
                    mean[key] = value.float().clone() if kept == 1 else mean[key] + (value.float() - mean[key]) / kept
    if mean:
        network.load_state_dict(mean)
    network.eval()
    return run


def _start(
    variant: Variant,
    loaded: LoadedConfig,
    paragraphs: Sequence[LabelledParagraph],
    wanted: FloatArray,
    vectors: Vectors,
) -> Run:
    network, encoder = _pretrained(variant, loaded)
    keys = [(variant.latin_pieces, variant.prefix, p.text) for p in paragraphs]
    new = list(dict.fromkeys(key for key in keys if key not in vectors))
    if new:
        vectors.update(zip(new, _run(network, [_ids(encoder, key[2]) for key in new], pooled=True), strict=True))
    pooled = np.stack([vectors[key] for key in keys])
    hard = np.where(np.isnan(wanted), np.nan, np.round(wanted)).astype(np.float32)
    fit_probe(network, pooled, hard, ProbeConfig(), seed=0)
    with torch.no_grad():
        if variant.start == "zero":
            network.head.weight.zero_()
            network.bias.zero_()
        elif variant.start == "definitions":
            described = _run(network, [_ids(encoder, text) for text in _descriptions(loaded.themes)], pooled=True)
            directions = (torch.from_numpy(described) - network.mean) / network.deviation
            directions = directions - directions.mean(dim=0)
            network.head.weight.copy_(directions / directions.norm(dim=1, keepdim=True) / 4)
            network.bias.fill_(-2.5)
    return Run(network, encoder)


def _pretrained(variant: Variant, loaded: LoadedConfig) -> tuple[ThemeNetwork, WindowEncoder]:
    config = loaded.config
    model = config.model
    assert isinstance(model, TransformerConfig)  # noqa: S101  the base config is one
    model = model.model_copy(update={"latin_pieces": variant.latin_pieces, "prefix": variant.prefix})
    backbone = load_backbone(model, config.normaliser, source=loaded.backbone)
    encoder = window_encoder(backbone, model, config.normaliser)
    kind = AttentionNetwork if variant.pooling == "attention" else ThemeNetwork
    network = kind(backbone.encoder, backbone.hidden_size, len(loaded.themes), variant.dropout)
    for name, module in network.backbone.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = variant.attention_dropout if name.endswith("attention.self.dropout") else variant.dropout
    network.eval()
    return network, encoder


def _descriptions(themes: Themes) -> list[str]:
    return [f"{theme.name_ar}: {theme.definition}" for theme in themes.items]


def _groups(network: ThemeNetwork, variant: Variant) -> list[dict[str, object]]:
    n_layers = len(network.backbone.encoder.layer)  # type: ignore[union-attr, arg-type]
    groups: dict[float, list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if ".layer." in name:
            depth = int(name.split(".layer.")[1].split(".")[0]) + 1
        else:
            depth = 0 if "embeddings" in name else n_layers + 1
        if variant.frozen_layers >= 0 and depth <= variant.frozen_layers:
            parameter.requires_grad_(False)
            continue
        groups.setdefault(variant.learning_rate * variant.layer_decay ** (n_layers + 1 - depth), []).append(parameter)
    return [{"params": parameters, "lr": rate} for rate, parameters in groups.items()]


def _loss(variant: Variant, logits: Tensor, labels: Tensor, rates: FloatArray) -> Tensor:
    judged = ~torch.isnan(labels)
    labels = torch.nan_to_num(labels)
    smooth = labels * (1 - 2 * variant.label_smoothing) + variant.label_smoothing
    if variant.loss == "bce":
        cells = functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    elif variant.loss == "asymmetric":
        positive = torch.sigmoid(logits)
        negative = (1 - positive + 0.05).clamp(max=1)
        cells = -labels * torch.log(positive.clamp(min=1e-8))
        cells = cells - (1 - labels) * (1 - negative) ** 2 * torch.log(negative.clamp(min=1e-8))
    else:
        cells = _balanced(logits, labels, torch.from_numpy(rates))
    return (cells * judged).sum() / judged.sum().clamp(min=1)


def _balanced(logits: Tensor, labels: Tensor, rates: Tensor) -> Tensor:
    """Distribution-balanced loss, equations 3-8 of Wu et al., ECCV 2020 (arXiv 2007.09654)."""
    inverse = 1 / rates.clamp(min=1e-4)
    share = inverse / (labels * inverse).sum(dim=1, keepdim=True).clamp(min=float(inverse.min()))
    weight = 0.1 + torch.sigmoid(10 * (share - 0.2))
    bias = -0.05 * torch.log(1 / rates.clamp(min=1e-4) - 1)
    tolerance = 2.0
    shifted = logits + bias
    gain = labels * functional.softplus(-shifted)
    loss = (1 - labels) * functional.softplus(tolerance * shifted) / tolerance
    return weight * (gain + loss)


def _divergence(first: Tensor, second: Tensor) -> Tensor:
    """Symmetric Kullback-Leibler divergence of Bernoulli cells (R-Drop, Liang et al., NeurIPS 2021)."""
    difference = torch.sigmoid(first) - torch.sigmoid(second)
    return (difference * (first - second)).mean() / 2


def _augmented(text: str, variant: Variant, random: np.random.Generator) -> str:
    if variant.word_dropout:
        text = without_words(text, variant.word_dropout, random)
    if variant.noise and random.random() < variant.noise:
        text = written_differently(text, random)
    return text


def _batches(lengths: Sequence[int], size: int, random: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Shuffle, sort within 50 batches by length, cut, shuffle the batches: little padding, random order."""
    order = random.permutation(len(lengths))
    batches = []
    for start in range(0, len(order), 50 * size):
        part = order[start : start + 50 * size]
        part = part[np.argsort([-lengths[row] for row in part], kind="stable")]
        batches += [part[i : i + size] for i in range(0, len(part), size)]
    for index in random.permutation(len(batches)):
        yield batches[index]


def _scores(network: ThemeNetwork, ids: Sequence[NDArray[np.int64]]) -> FloatArray:
    network.eval()
    return _run(network, ids, pooled=False)


def _run(network: ThemeNetwork, ids: Sequence[NDArray[np.int64]], *, pooled: bool) -> FloatArray:
    out: dict[int, FloatArray] = {}
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        for rows, batch in length_sorted_batches(ids, 32):
            values = network.pooled(**batch) if pooled else network(**batch)["logits"]
            out.update(zip(rows.tolist(), values.float().numpy(), strict=True))
    return np.stack([out[row] for row in range(len(ids))])


def _ids(encoder: WindowEncoder, text: str) -> NDArray[np.int64]:
    return encoder.encode(text)[0].token_ids
