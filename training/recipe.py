"""What a way of training offers to the road in `training.run`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mihwar.paragraph import LabelledParagraph
from mihwar.text import NormaliserOptions
from training.config import ArabertNormaliserConfig, NormaliserConfig

__all__ = ["Fitted", "Workspace", "normaliser_options"]


@dataclass(frozen=True)
class Workspace:
    """Where a run keeps what it needs to go on after a kill.

    Attributes:
        folder: Folder for checkpoints.
        resume: Whether to go on from what lies there.
    """

    folder: Path
    resume: bool


class Fitted(Protocol):
    """A trained model before it is exported."""

    @property
    def backbone(self) -> Mapping[str, Any]:
        """`id`, `revision` and `licence` of the pretrained weights."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the training has to say of itself (epochs, seconds ...)."""

    def logits(self, paragraphs: Sequence[LabelledParagraph]) -> NDArray[np.float64]:
        """Score paragraphs; shape (n, k)."""

    def write(self, folder: Path) -> dict[str, Any]:
        """Write the engine's files; return `kind` and options of the engine for the manifest."""


def normaliser_options(config: NormaliserConfig) -> NormaliserOptions:
    """Return the normaliser that the model will carry in its manifest."""
    if isinstance(config, ArabertNormaliserConfig):
        return NormaliserOptions(kind="arabert", setting=config.setting)
    return NormaliserOptions(kind="plain")
