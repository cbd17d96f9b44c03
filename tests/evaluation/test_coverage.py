"""Do the intervals cover what they say? A simulation with articles whose paragraphs resemble each other."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.metrics import evaluate
from evaluation.predictions import Predictions
from tests.evaluation.samples import answers, truth

pytestmark = pytest.mark.slow
REPEATS = 400


def sample(n: int, seed: int) -> Predictions:
    labels = truth(n, seed, paragraphs_per_article=2)
    of_article = np.random.default_rng(seed + 10**6).normal(0, 1, ((n + 1) // 2, labels.targets.shape[1]))
    return answers(labels, 1.2, seed + 2 * 10**6, of_article[np.arange(n) // 2])


def test_intervals_of_micro_f1_and_of_frequent_themes_cover_95_percent() -> None:
    large = sample(400_000, 1)
    hits = (large.decisions & (large.targets == 1)).sum(axis=0)
    either = large.decisions.sum(axis=0) + (large.targets == 1).sum(axis=0)
    true_f1, true_micro = 2 * hits / either, 2 * hits.sum() / either.sum()
    of_micro, of_themes = [], []
    for repeat in range(REPEATS):
        few = sample(900, 10 + repeat)  # about 108 positives a theme
        metrics = evaluate(
            few.targets, few.probabilities, few.decisions, few.theme_ids, few.article_ids, draws=400, seed=repeat
        )
        micro = metrics.micro_f1
        of_micro.append((micro.low or 0) <= true_micro <= (micro.high or 0))
        of_themes += [
            (theme.f1.low or 0) <= f1 <= (theme.f1.high or 0)
            for theme, f1 in zip(metrics.themes, true_f1, strict=True)
            if theme.support >= 100
        ]
    assert len(of_themes) > REPEATS * len(true_f1) / 2
    assert np.mean(of_micro) == pytest.approx(0.95, abs=0.02)
    assert np.mean(of_themes) == pytest.approx(0.95, abs=0.02)
