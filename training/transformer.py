"""A pretrained encoder, fine-tuned: from labelled paragraphs to an exported network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihwar.engine import Window, WindowEncoder
from mihwar.engine.openvino import MODEL_FILE, TOKENIZER_FILE
from mihwar.errors import ConfigError, Problem
from mihwar.paragraph import LabelledParagraph, targets
from training.backbone import Backbone, load_backbone
from training.batches import ParagraphDataset
from training.config import Config, LoadedConfig, NormaliserConfig, TransformerConfig
from training.export import export_openvino
from training.fine_tune import fine_tune, predict_logits
from training.network import ThemeNetwork
from training.recipe import Workspace, normaliser_options

__all__ = ["FittedTransformer", "fit_transformer", "window_encoder"]


@dataclass(frozen=True)
class FittedTransformer:
    """A fine-tuned encoder; see `training.recipe.Fitted`."""

    config: Config
    model: TransformerConfig
    pretrained: Backbone
    network: ThemeNetwork
    encoder: WindowEncoder
    facts: Mapping[str, Any]

    @property
    def backbone(self) -> Mapping[str, Any]:
        """Where the pretrained weights come from."""
        return {"id": self.pretrained.id, "revision": self.pretrained.revision, "licence": self.pretrained.licence}

    def logits(self, paragraphs: Sequence[LabelledParagraph]) -> NDArray[np.float64]:
        """Score paragraphs as the classifier does: of a long one's windows the highest logit counts."""
        return np.stack([scores.max(axis=0) for scores in self.window_logits(self.windows(paragraphs))])

    def windows(self, paragraphs: Sequence[LabelledParagraph]) -> list[list[Window]]:
        """Cut paragraphs into windows."""
        return [self.encoder.encode(paragraph.text) for paragraph in paragraphs]

    def window_logits(self, windows: Sequence[Sequence[Window]]) -> list[NDArray[np.float64]]:
        """Score every window of paragraphs; one array of shape (windows, k) for each paragraph."""
        token_ids = [window.token_ids for of_paragraph in windows for window in of_paragraph]
        scores = predict_logits(self.network, token_ids, "Scoring").astype(np.float64)
        ends = np.cumsum([len(of_paragraph) for of_paragraph in windows])
        return np.split(scores, ends[:-1])

    def write(self, folder: Path) -> dict[str, Any]:
        """Write network and tokenizer."""
        self.pretrained.tokenizer.save(str(folder / TOKENIZER_FILE))
        export_openvino(self.network, folder / MODEL_FILE, self.config.export.precision)
        if self.config.export.keep_backbone:
            self.pretrained.save(folder / "backbone")
        return {
            "kind": "openvino",
            "precision": self.config.export.precision,
            "prefix": self.model.prefix,
            "max_tokens": self.model.max_tokens,
            "window_overlap_tokens": self.model.window_overlap_tokens,
        }


def fit_transformer(
    loaded: LoadedConfig,
    train: Sequence[LabelledParagraph],
    validation: Sequence[LabelledParagraph],
    workspace: Workspace,
) -> FittedTransformer:
    """Fine-tune an encoder.

    Args:
        loaded: The run's config, whose `model` is a transformer, and its themes.
        train: Paragraphs to learn from.
        validation: Paragraphs by which the epoch is chosen.
        workspace: For checkpoints.

    Raises:
        BackboneError: If the backbone cannot be loaded or does not fit.
        DeviceError: If the device asked for is not there.
    """
    config, theme_ids, model = loaded.config, loaded.themes.ids, loaded.config.model
    if not isinstance(model, TransformerConfig):
        raise ConfigError([Problem("must be a transformer here", key="model.kind")])
    backbone = load_backbone(model, config.normaliser, source=loaded.backbone)
    encoder = window_encoder(backbone, model, config.normaliser)
    network = ThemeNetwork(backbone.encoder, backbone.hidden_size, len(theme_ids))
    facts = fine_tune(
        network,
        ParagraphDataset(_first_windows(encoder, train), targets(train, theme_ids)),
        ParagraphDataset(_first_windows(encoder, validation), targets(validation, theme_ids)),
        config.training,
        seed=config.seed,
        checkpoints=workspace.folder,
        resume=workspace.resume,
    )
    return FittedTransformer(
        config=config,
        model=model,
        pretrained=backbone,
        network=network,
        encoder=encoder,
        facts=facts,
    )


def window_encoder(backbone: Backbone, model: TransformerConfig, normaliser: NormaliserConfig) -> WindowEncoder:
    """Make what turns texts into windows of a backbone's tokens.

    Args:
        backbone: Has the tokenizer, whose truncation and padding are switched off.
        model: Prefix and sizes of the windows.
        normaliser: The rules for the text.

    Raises:
        EngineError: If prefix and special tokens leave no room for content.
    """
    return WindowEncoder(
        backbone.tokenizer,
        normaliser_options(normaliser),
        prefix=model.prefix,
        max_tokens=model.max_tokens,
        window_overlap_tokens=model.window_overlap_tokens,
    )


def _first_windows(encoder: WindowEncoder, paragraphs: Sequence[LabelledParagraph]) -> list[NDArray[np.int64]]:
    """Take the first window of each paragraph: its labels need not hold for a later one alone."""
    return [encoder.encode(paragraph.text)[0].token_ids for paragraph in paragraphs]
