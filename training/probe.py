"""The linear probe: the head that fine-tuning starts from.

A fresh head on raw pooled vectors hardly learns; a logistic regression on standardised ones does in
seconds, and full fine-tuning from there keeps what the encoder knows (Kumar et al., ICLR 2022, "LP-FT").
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from training.config import ProbeConfig
from training.network import ThemeNetwork

__all__ = ["fit_probe", "linear_map"]


def linear_map(
    vectors: NDArray[np.float32], targets: NDArray[np.float32], config: ProbeConfig, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit one logistic regression per theme on the paragraphs judged on it.

    Args:
        vectors: Shape (n, hidden), standardised.
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        config: Regularisation.
        seed: Seed of the solver.

    Returns:
        Weights of shape (k, hidden) and biases of shape (k,). A theme with one class only gets zero weights
        and the smoothed log-odds of its rate.
    """
    weights = np.zeros((targets.shape[1], vectors.shape[1]), dtype=np.float32)
    biases = np.zeros(targets.shape[1], dtype=np.float32)
    for column, labels in enumerate(targets.T):
        judged = ~np.isnan(labels)
        positives = int(labels[judged].sum())
        if 0 < positives < judged.sum():
            model = LogisticRegression(
                C=config.inverse_regularisation, max_iter=config.max_iterations, random_state=seed
            ).fit(vectors[judged], labels[judged])
            weights[column], biases[column] = model.coef_[0], model.intercept_[0]
        else:
            biases[column] = np.log((positives + 0.5) / (judged.sum() - positives + 0.5))
    return weights, biases


def fit_probe(
    network: ThemeNetwork,
    pooled: NDArray[np.float32],
    targets: NDArray[np.float32],
    config: ProbeConfig,
    seed: int,
) -> None:
    """Set standardisation and head of a network from pooled vectors.

    Args:
        network: Its encoder made the vectors; its buffers and head are overwritten.
        pooled: Shape (n, hidden).
        targets: Shape (n, k): 1, 0, or NaN for not judged.
        config: Regularisation.
        seed: Seed of the solver.
    """
    mean, deviation = pooled.mean(axis=0), pooled.std(axis=0) + 1e-6
    weights, biases = linear_map((pooled - mean) / deviation, targets, config, seed)
    with torch.no_grad():
        network.mean.copy_(torch.from_numpy(mean))
        network.deviation.copy_(torch.from_numpy(deviation))
        network.head.weight.copy_(torch.from_numpy(weights))
        network.bias.copy_(torch.from_numpy(biases))
