"""Losses over theme cells; a cell that nobody judged counts nothing.

All of them divide a sum by the number of judged cells of the whole step, which the Trainer counts over all
accumulated batches and processes, so that 8 batches of 1 give the gradient of 2 batches of 4. (Built-in
losses of transformers average per batch and are then summed over the batches.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional

from training.config import AsymmetricLossConfig, BceLossConfig, LossConfig

__all__ = ["NOT_JUDGED", "StepLoss", "step_loss"]

NOT_JUDGED = -100  # the value by which the Trainer leaves cells out of its count
StepLoss = Callable[..., Tensor]


def step_loss(config: LossConfig) -> StepLoss:
    """Return the loss in the form the Trainer calls.

    Args:
        config: Which loss.

    Returns:
        A function (outputs, labels, num_items_in_batch=None) -> scalar, with `outputs["logits"]` and
        `labels` of shape (batch, themes) and labels 1, 0 or `NOT_JUDGED`.
    """

    def loss(outputs: Mapping[str, Tensor], labels: Tensor, num_items_in_batch: Tensor | int | None = None) -> Tensor:
        logits = outputs["logits"].float()
        judged = labels != NOT_JUDGED
        cells = _cell_losses(config, logits, labels.clamp(min=0).to(logits.dtype))
        count = judged.sum() if num_items_in_batch is None else torch.as_tensor(num_items_in_batch)
        return (cells * judged).sum() / count.to(cells.device).clamp(min=1)

    return loss


def _cell_losses(config: LossConfig, logits: Tensor, targets: Tensor) -> Tensor:
    if isinstance(config, BceLossConfig):
        smooth = targets * (1 - 2 * config.label_smoothing) + config.label_smoothing
        return functional.binary_cross_entropy_with_logits(logits, smooth, reduction="none")
    return _asymmetric(config, logits, targets)


def _asymmetric(config: AsymmetricLossConfig, logits: Tensor, targets: Tensor) -> Tensor:
    """Asymmetric loss, equations 4-6 of Ridnik et al., ICCV 2021 (arXiv 2009.14119)."""
    positive = torch.sigmoid(logits)
    negative = (1 - positive + config.clip).clamp(max=1)
    tiny = 1e-8
    gain = targets * (1 - positive) ** config.gamma_positive * torch.log(positive.clamp(min=tiny))
    loss = (1 - targets) * (1 - negative) ** config.gamma_negative * torch.log(negative.clamp(min=tiny))
    return -(gain + loss)
