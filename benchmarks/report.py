"""`python -m benchmarks.report`: what a report of 5,000 paragraphs x 15 themes takes beside inference, and its size.

The predictions are invented, the paragraphs are those of the committed corpus: what is measured is everything that
`mihwar evaluate` does after the model has answered.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from evaluation.folder import write_report
from evaluation.predictions import Predictions
from evaluation.run import Other, Paragraphs, evaluate_classifier
from mihwar.classifier import Classifier
from mihwar.paragraph import LabelledParagraph, targets
from training.config import load_themes
from training.corpus import load_corpus

N_PARAGRAPHS = 5000


def main() -> None:
    """Print seconds and sizes."""
    themes = load_themes(Path("configs/themes/security.yaml"))
    paragraphs = list(load_corpus([Path("corpus/security.jsonl")], themes).paragraphs[:N_PARAGRAPHS])
    classifier = Classifier.load("models/security-themes")
    first, second = (_predictions(paragraphs, themes.ids, seed) for seed in (1, 2))
    started = time.perf_counter()
    evaluation = evaluate_classifier(
        classifier,
        Paragraphs(paragraphs),
        other=Other("other 1", second),
        predictions=first,
        thorough=False,
    )
    measured = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        write_report(folder, evaluation)
        written = time.perf_counter()
        sizes = {path.name: path.stat().st_size for path in sorted(Path(folder).iterdir())}
    print(f"{len(paragraphs):,} paragraphs x {len(themes)} themes: {written - started:.1f} s beside inference")
    print(f"  metrics, comparison, slices, errors: {measured - started:.1f} s; files: {written - measured:.1f} s")
    for name, size in sizes.items():
        print(f"  {name}: {size / 1e6:.2f} MB")


def _predictions(paragraphs: list[LabelledParagraph], theme_ids: tuple[str, ...], seed: int) -> Predictions:
    truth = targets(paragraphs, theme_ids).astype(float)
    random = np.random.default_rng(seed)
    logits = np.where(truth == 1, 1.5, -3.5) + random.normal(0, 1.5, truth.shape)
    probabilities = 1 / (1 + np.exp(-logits))
    return Predictions(
        theme_ids,
        tuple(paragraph.id for paragraph in paragraphs),
        tuple(paragraph.article_id for paragraph in paragraphs),
        truth,
        probabilities,
        probabilities >= 0.4,
        logits,
    )


if __name__ == "__main__":
    main()
