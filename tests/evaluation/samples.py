"""Predictions of invented models, as good or bad as wanted."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from evaluation.predictions import Predictions

THEMES = tuple(f"theme_{letter}" for letter in "abcdefgh")


def truth(n: int, seed: int, share: float = 0.12, paragraphs_per_article: int = 3) -> Predictions:
    """Labels of n paragraphs in articles whose paragraphs resemble each other, and answers that are all right."""
    random = np.random.default_rng(seed)
    articles = np.arange(n) // paragraphs_per_article
    leaning = random.normal(0, 1, (articles.max() + 1, len(THEMES)))[articles]
    score = leaning + random.normal(0, 1.5, (n, len(THEMES)))
    # A fixed bound and not a share of this sample: how many positives there are is chance as well.
    labels = (score > np.sqrt(1 + 1.5**2) * norm.ppf(1 - share)).astype(float)
    return Predictions(
        THEMES,
        tuple(f"p{row}" for row in range(n)),
        tuple(f"a{article}" for article in articles),
        labels,
        labels,
        labels == 1,
    )


def answers(of: Predictions, noise: float, seed: int, hardness: np.ndarray | None = None) -> Predictions:
    """Answers of a model: its logits are the label's sign, what makes the paragraph hard, and noise of its own.

    Args:
        of: The labels.
        noise: Standard deviation of the model's own noise; more is worse.
        seed: Seed of the noise.
        hardness: Noise that several models share, of the shape of the labels.
    """
    random = np.random.default_rng(seed)
    own = random.normal(0, noise, of.targets.shape)
    logits = np.where(of.targets == 1, 2.0, -2.2) + own + (0 if hardness is None else hardness)
    probabilities = 1 / (1 + np.exp(-logits))
    return Predictions(
        of.theme_ids, of.paragraph_ids, of.article_ids, of.targets, probabilities, probabilities >= 0.5, logits
    )
