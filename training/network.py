"""The network: a pretrained encoder and a linear head on every token.

Theme logits are the masked mean of per-token logits plus a bias. Because the mean and the linear map
commute, this equals a linear classifier on the mean-pooled vector, and each token's share of a logit is
exact. Token vectors are standardised with the pooled vectors' mean and deviation before the head: E5's
pooled vectors have a large common mean and little variance, on which a fresh head hardly learns.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["ThemeNetwork", "masked_mean"]


def masked_mean(values: Tensor, attention_mask: Tensor) -> Tensor:
    """Average over tokens.

    Args:
        values: Shape (batch, tokens, d).
        attention_mask: Shape (batch, tokens); 1 for tokens, 0 for padding.

    Returns:
        Shape (batch, d).
    """
    weights = attention_mask.to(values.dtype).unsqueeze(-1)
    return (values * weights).sum(dim=1) / weights.sum(dim=1)


class ThemeNetwork(nn.Module):
    """Encoder, standardisation, linear head, masked mean."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, backbone: nn.Module, hidden_size: int, n_themes: int, dropout: float = 0.1) -> None:
        """Put a zero head on an encoder.

        Args:
            backbone: Returns an object with `last_hidden_state` of shape (batch, tokens, hidden_size).
            hidden_size: Width of the encoder.
            n_themes: Number of themes.
            dropout: Dropout probability before the head.
        """
        super().__init__()
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden_size, n_themes, bias=False)
        self.bias = nn.Parameter(torch.zeros(n_themes))
        self.register_buffer("mean", torch.zeros(hidden_size))
        self.register_buffer("deviation", torch.ones(hidden_size))
        nn.init.zeros_(self.head.weight)

    def pooled(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return mean-pooled encoder vectors, shape (batch, hidden), not standardised."""
        return masked_mean(self._encode(input_ids, attention_mask), attention_mask)

    def token_logits(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return what each token says of each theme, shape (batch, tokens, themes), without the bias."""
        hidden = (self._encode(input_ids, attention_mask) - self.mean) / self.deviation
        logits: Tensor = self.head(self.dropout(hidden))
        return logits

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> dict[str, Tensor]:
        """Return theme logits, shape (batch, themes), under the name `logits`."""
        # Pooling first costs a tenth of what the head on every token costs; the result is the same.
        pooled = (self.pooled(input_ids, attention_mask).float() - self.mean) / self.deviation
        return {"logits": self.head(self.dropout(pooled)) + self.bias}

    def _encode(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden: Tensor = self.backbone(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return hidden
