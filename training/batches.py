"""Tokenised paragraphs in batches of nearly equal length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from training.loss import NOT_JUDGED

__all__ = ["ParagraphDataset", "collate", "length_sorted_batches"]

_PAD_TO_MULTIPLE = 8  # matrix kernels like it


class ParagraphDataset(Dataset[dict[str, Any]]):
    """Token ids and labels, as the Trainer wants them."""

    def __init__(self, token_ids: Sequence[NDArray[np.int64]], targets: NDArray[np.float32]) -> None:
        """Pair token ids with labels.

        Args:
            token_ids: n arrays of token ids.
            targets: Shape (n, k): 1, 0, or NaN for not judged.
        """
        self.token_ids = token_ids
        self.labels = np.where(np.isnan(targets), NOT_JUDGED, targets).astype(np.float32)

    def __len__(self) -> int:
        """Return the number of paragraphs."""
        return len(self.token_ids)

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Return one paragraph."""
        return {"input_ids": self.token_ids[index], "labels": self.labels[index]}


def collate(items: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Pad a batch to its longest paragraph.

    Args:
        items: Items of a `ParagraphDataset`.

    Returns:
        `input_ids`, `attention_mask` of shape (batch, tokens) and `labels` of shape (batch, themes).
    """
    batch = pad([item["input_ids"] for item in items])
    batch["labels"] = torch.from_numpy(np.stack([item["labels"] for item in items]))
    return batch


def pad(token_ids: Sequence[NDArray[np.int64]]) -> dict[str, Tensor]:
    """Pad token ids to the longest, rounded up; masked tokens have no influence, so zero does as padding."""
    longest = max(len(ids) for ids in token_ids)
    width = -(-longest // _PAD_TO_MULTIPLE) * _PAD_TO_MULTIPLE
    input_ids = torch.zeros(len(token_ids), width, dtype=torch.long)
    attention_mask = torch.zeros(len(token_ids), width, dtype=torch.long)
    for row, ids in enumerate(token_ids):
        input_ids[row, : len(ids)] = torch.from_numpy(ids)
        attention_mask[row, : len(ids)] = 1
    return {"input_ids": input_ids, "attention_mask": attention_mask}


def length_sorted_batches(
    token_ids: Sequence[NDArray[np.int64]], batch_size: int
) -> Iterator[tuple[NDArray[np.int64], dict[str, Tensor]]]:
    """Yield (row numbers, padded batch), shortest first, so that little is padding."""
    order = np.argsort([len(ids) for ids in token_ids], kind="stable")
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        yield rows, pad([token_ids[row] for row in rows])
