"""The variants: what each changes against the base recipe, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

__all__ = ["BASE", "SCREENING", "Variant"]


@dataclass(frozen=True)
class Variant:
    """One recipe.

    Attributes:
        name: What the table calls it.
        sources: Which corpora are trained on.
        share: Share of the training articles that is used.
        start: What the head starts from: a linear probe, the embedded theme definitions, or zero.
        epochs: Passes over the text; 0 keeps the encoder frozen.
        learning_rate: Peak rate.
        batch_size: Paragraphs a step.
        warmup_share: Share of steps with a rising rate.
        weight_decay: AdamW weight decay.
        dropout: Dropout probability of layer outputs and before the head.
        attention_dropout: Dropout probability of attention weights; on a CPU it doubles the time of a step.
        layer_decay: Factor of the learning rate from one layer to the one below.
        frozen_layers: Layers from below that are not trained, embeddings included; -1 trains all.
        pooling: Mean of the tokens, or a softmax attention of its own for each theme.
        loss: Binary cross-entropy, asymmetric, or distribution-balanced.
        label_smoothing: Moves targets from 0 and 1 by this much.
        r_drop: Weight of the symmetric Kullback-Leibler term between two dropout passes.
        average: Share of the last steps whose weights are averaged.
        noise: Probability that a text is written with orthographic noise in an epoch.
        word_dropout: Probability that a word is left out in an epoch.
        latin_pieces: Latin pieces of the vocabulary.
        prefix: Put before every text.
        soup: Number of runs with different seeds whose weights are averaged.
        teachers: Number of runs whose mean probability is learnt from, next to the labels.
        unlabelled: Paragraphs of the study corpus, without their labels, that teachers label.
    """

    name: str
    sources: tuple[str, ...] = ("authored", "ant")
    share: float = 1.0
    start: Literal["probe", "definitions", "zero"] = "probe"
    epochs: int = 2
    learning_rate: float = 1e-4
    batch_size: int = 16
    warmup_share: float = 0.1
    weight_decay: float = 0.01
    dropout: float = 0.1
    attention_dropout: float = 0.0
    layer_decay: float = 1.0
    frozen_layers: int = -1
    pooling: Literal["mean", "attention"] = "mean"
    loss: Literal["bce", "asymmetric", "balanced"] = "bce"
    label_smoothing: float = 0.0
    r_drop: float = 0.0
    average: float = 0.0
    noise: float = 0.0
    word_dropout: float = 0.0
    latin_pieces: int = 8000
    prefix: str = "query: "
    soup: int = 1
    teachers: int = 0
    unlabelled: int = 0

    @property
    def learns_from_study(self) -> bool:
        """Whether it sees a half of the study paragraphs, so that it can be judged on the other alone."""
        return "mix" in self.sources or self.unlabelled > 0


BASE = Variant("base")

SCREENING: tuple[Variant, ...] = (
    BASE,
    replace(BASE, name="authored alone", sources=("authored",)),
    replace(BASE, name="real alone (ant)", sources=("ant",)),
    replace(BASE, name="with news of the target outlets", sources=("authored", "ant", "mix")),
    replace(BASE, name="learning rate 5e-5", learning_rate=5e-5),
    replace(BASE, name="learning rate 2e-4", learning_rate=2e-4),
    replace(BASE, name="learning rate 3e-4", learning_rate=3e-4),
    replace(BASE, name="learning rate 2e-4, averaged weights", learning_rate=2e-4, average=0.5),
    replace(BASE, name="4 epochs", epochs=4),
    replace(BASE, name="attention pooling per theme", pooling="attention"),
    replace(BASE, name="asymmetric loss", loss="asymmetric"),
    replace(BASE, name="distribution-balanced loss", loss="balanced"),
    replace(BASE, name="weights averaged over the last half", average=0.5),
    replace(BASE, name="orthographic noise", noise=0.5),
    replace(BASE, name="word dropout .1", word_dropout=0.1),
    replace(BASE, name="weights of 3 seeds averaged", soup=3),
    replace(BASE, name="layer-wise decay .9", layer_decay=0.9, learning_rate=2e-4),
    replace(BASE, name="R-Drop", r_drop=1.0),
    replace(BASE, name="no probe: head starts at zero", start="zero"),
    replace(BASE, name="head starts from theme definitions", start="definitions"),
    replace(BASE, name="20,000 Latin pieces", latin_pieces=20000),
    replace(BASE, name="embeddings frozen", frozen_layers=0),
    replace(BASE, name="top 6 layers alone", frozen_layers=6),
    replace(BASE, name="label smoothing .05", label_smoothing=0.05),
    replace(BASE, name="dropout .2", dropout=0.2),
    replace(BASE, name="attention dropout .1", attention_dropout=0.1),
    replace(BASE, name="batch of 32", batch_size=32),
    replace(BASE, name="prefix passage:", prefix="passage: "),
    replace(BASE, name="distilled from 3 seeds", teachers=3),
    replace(BASE, name="self-training on unlabelled news", teachers=1, unlabelled=1500),
    replace(BASE, name="3 epochs", epochs=3),
)
