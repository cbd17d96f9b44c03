"""The paragraphs that variants are trained and judged on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ablation.variants import Variant
from mihwar.paragraph import LabelledParagraph
from training.config import LoadedConfig
from training.corpus import load_corpus
from training.split import position_of, split_of

__all__ = ["Study", "read_paragraphs", "read_study"]

CALIBRATION_SHARE = 0.3


@dataclass(frozen=True)
class Study:
    """Everything an ablation reads.

    Attributes:
        train: Paragraphs to learn from, by source.
        calibration: Real paragraphs for calibration and thresholds; no article of them is trained on.
        study: Real paragraphs of other outlets, for judging variants.
        real: Real paragraphs that finalists are looked at on; mostly empty.
        corpus_sha256: Hash of the authored corpus.
    """

    train: dict[str, list[LabelledParagraph]]
    calibration: list[LabelledParagraph]
    study: list[LabelledParagraph]
    real: list[LabelledParagraph]
    corpus_sha256: str

    def judging(self) -> dict[str, list[LabelledParagraph]]:
        """Return what models score, by name."""
        sets = {"calibration": self.calibration, "study": self.study, "real": self.real}
        return {name: paragraphs for name, paragraphs in sets.items() if paragraphs}

    def chosen(self, variant: Variant, limit: int | None = None) -> list[LabelledParagraph]:
        """Return what a variant trains on, articles in the order of a hash.

        Args:
            variant: The recipe.
            limit: At most so many paragraphs of the authored and real corpus together.
        """
        pool = [p for source in variant.sources if source != "mix" for p in self.train[source]]
        pool.sort(key=lambda p: (position_of(p.article_id, "ablation"), p.id))
        keep = len(pool) if limit is None else min(limit, len(pool))
        chosen = pool[: round(keep * variant.share)]
        return chosen + (self.study_half() if "mix" in variant.sources else [])

    def study_half(self) -> list[LabelledParagraph]:
        """Return the half of the study articles that a variant may train on."""
        return [p for p in self.study if not self.is_judged(p)]

    def judged(self) -> list[LabelledParagraph]:
        """Return the other half, on which all variants are judged."""
        return [p for p in self.study if self.is_judged(p)]

    @staticmethod
    def is_judged(paragraph: LabelledParagraph) -> bool:
        """Say whether a study paragraph is in the half that no variant learns from."""
        return position_of(paragraph.article_id, "half") >= 0.5


def read_study(loaded: LoadedConfig, ant: Path, mix: Path, real: Path | None = None) -> Study:
    """Read all corpora of an ablation.

    Args:
        loaded: The base config; its corpus is the authored one.
        ant: Real paragraphs that may train.
        mix: Real paragraphs for judging.
        real: Real paragraphs for a last look.
    """
    config = loaded.config
    corpus = load_corpus(loaded.corpus_files, loaded.themes)
    authored = [
        p
        for p in corpus.paragraphs
        if p.kind and split_of(p.article_id, config.split.calibration, config.split.test, config.split.salt) == "train"
    ]
    radio = read_paragraphs(ant)
    inside = [position_of(p.article_id, "calibration") < CALIBRATION_SHARE for p in radio]
    return Study(
        train={
            "authored": authored,
            "ant": [p for p, here in zip(radio, inside, strict=True) if not here],
        },
        calibration=[p for p, here in zip(radio, inside, strict=True) if here],
        study=read_paragraphs(mix),
        real=read_paragraphs(real) if real else [],
        corpus_sha256=corpus.sha256,
    )


def read_paragraphs(path: Path) -> list[LabelledParagraph]:
    """Read records whose keys beyond the corpus format are left aside.

    Args:
        path: A JSONL file.
    """
    found: list[LabelledParagraph] = []
    for line in path.open(encoding="utf-8"):  # not splitlines(): texts may hold U+2028
        raw = json.loads(line)
        labels: Sequence[str] = raw["labels"]
        found.append(
            LabelledParagraph(
                id=raw["id"],
                text=raw["text"],
                labels=tuple(labels),
                unknown=tuple(raw.get("unknown", ())),
                article_id=raw.get("article_id", raw["id"]),
            )
        )
    return found
