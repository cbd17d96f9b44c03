"""An encoder and an n-gram model, learnt from the same paragraphs and added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from mihwar.engine import Scales, raw_pieces
from mihwar.paragraph import LabelledParagraph, targets
from training.tfidf import FittedTfidf
from training.transformer import FittedTransformer

__all__ = ["FittedBlend", "fit_blend", "fit_scales"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class FittedBlend:
    """Two fitted models and the weights of their logits; see `training.recipe.Fitted`."""

    encoder: FittedTransformer
    ngrams: FittedTfidf
    scales: Scales

    @property
    def backbone(self) -> Mapping[str, Any]:
        """Where the pretrained weights of the encoder come from."""
        return self.encoder.backbone

    @property
    def facts(self) -> Mapping[str, Any]:
        """What both have to say of their training."""
        return {**self.encoder.facts, **self.ngrams.facts, **self._options}

    @property
    def _options(self) -> dict[str, float]:
        return {f"{name}_scale": value for name, value in asdict(self.scales).items()}

    def logits(self, paragraphs: Sequence[LabelledParagraph]) -> FloatArray:
        """Score paragraphs as the classifier does: of a long one's windows the highest logit counts."""
        windows = self.encoder.windows(paragraphs)
        pieces = [
            piece
            for paragraph, of_paragraph in zip(paragraphs, windows, strict=True)
            for _, piece in raw_pieces(paragraph.text, of_paragraph)
        ]
        ends = np.cumsum([len(of_paragraph) for of_paragraph in windows])
        of_encoder = self.encoder.window_logits(windows)
        of_ngrams = np.split(self.ngrams.text_logits(pieces), ends[:-1])
        return np.stack(
            [
                (self.scales.encoder * first + self.scales.ngrams * second).max(axis=0)
                for first, second in zip(of_encoder, of_ngrams, strict=True)
            ]
        )

    def write(self, folder: Path) -> dict[str, Any]:
        """Write both."""
        options = self.encoder.write(folder)
        self.ngrams.write(folder)
        return {**options, "kind": "blend", **self._options}


def fit_blend(
    encoder: FittedTransformer,
    ngrams: FittedTfidf,
    validation: Sequence[LabelledParagraph],
    theme_ids: Sequence[str],
) -> FittedBlend:
    """Find the weights of two fitted models.

    Args:
        encoder: The fine-tuned encoder.
        ngrams: The linear model of n-grams.
        validation: Paragraphs that neither was trained on.
        theme_ids: Ids in column order.
    """
    wanted = targets(validation, theme_ids)
    return FittedBlend(encoder, ngrams, fit_scales(encoder.logits(validation), ngrams.logits(validation), wanted))


def fit_scales(encoder: FloatArray, ngrams: FloatArray, wanted: NDArray[np.floating]) -> Scales:
    """Fit sigmoid(a * encoder + b * ngrams + c) on all themes together, so that few numbers are learnt.

    A weight that comes out negative says that its model adds nothing: it becomes 0, and the other 1.

    Args:
        encoder: Shape (n, k).
        ngrams: Shape (n, k).
        wanted: Shape (n, k): 1, 0, or NaN for not judged.
    """
    judged = ~np.isnan(wanted)
    if len(np.unique(wanted[judged])) < 2:
        return Scales(0.5, 0.5)
    model = LogisticRegression(C=100.0).fit(np.stack([encoder[judged], ngrams[judged]], axis=1), wanted[judged])
    first, second = (float(value) for value in model.coef_[0])
    if min(first, second) <= 0:
        return Scales(1.0, 0.0) if first >= second else Scales(0.0, 1.0)
    return Scales(first, second)
