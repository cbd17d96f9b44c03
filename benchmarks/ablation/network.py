"""Attention pooling per theme, the alternative to the mean."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.network import ThemeNetwork

__all__ = ["AttentionNetwork"]


class AttentionNetwork(ThemeNetwork):
    """Each theme weighs the tokens with a softmax of its own (Mullenbach et al., NAACL 2018, "CAML").

    A theme's logit stays a sum over tokens, so evidence stays exact. With zero queries it is the mean.
    """

    def __init__(self, backbone: nn.Module, hidden_size: int, n_themes: int, dropout: float = 0.1) -> None:
        """Put zero queries and a zero head on an encoder; see `ThemeNetwork`."""
        super().__init__(backbone, hidden_size, n_themes, dropout)
        self.queries = nn.Linear(hidden_size, n_themes, bias=False)
        nn.init.zeros_(self.queries.weight)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Return theme logits, shape (batch, themes), under the name `logits`."""
        hidden = (self._encode(input_ids, attention_mask).float() - self.mean) / self.deviation
        scores = self.queries(hidden).masked_fill(attention_mask.unsqueeze(-1) == 0, float("-inf"))
        weights = torch.softmax(scores.float(), dim=1)
        return {"logits": (weights * self.head(self.dropout(hidden))).sum(dim=1) + self.bias}
