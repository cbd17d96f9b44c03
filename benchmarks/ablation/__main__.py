"""`python -m benchmarks.ablation`: run what is not in the results yet, and append what each is worth."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ablation.baselines import BASELINES, TFIDF
from benchmarks.ablation.data import Study, read_study
from benchmarks.ablation.fit import Vectors, fit
from benchmarks.ablation.judge import blended, judge
from benchmarks.ablation.variants import BASE, SCREENING, Variant
from mihwar.paragraph import LabelledParagraph
from training.config import LoadedConfig, load_config

FloatArray = NDArray[np.float64]


Scores = Mapping[str, FloatArray]
"""Logits by the name of the set they are of, each of shape (n, k)."""


@dataclass
class Bench:
    """Runs variants and baselines on one study; what several of them need is made once.

    Attributes:
        loaded: The base config.
        study: The paragraphs.
        vectors: Of the pretrained encoder.
        ngrams: Scores of the n-gram model by the ids of its training paragraphs.
    """

    loaded: LoadedConfig
    study: Study
    vectors: Vectors = field(default_factory=dict)
    ngrams: dict[tuple[str, ...], Scores] = field(default_factory=dict)

    def variant(self, variant: Variant, train: Sequence[LabelledParagraph], seed: int) -> Scores:
        """Train and score a variant."""
        run = fit(variant, self.loaded, train, self.study.study_half(), 13 + seed, self.vectors)
        return {name: run.logits(paragraphs).astype(float) for name, paragraphs in self.study.judging().items()}

    def baseline(self, name: str, train: Sequence[LabelledParagraph]) -> Scores:
        """Fit and score a baseline."""
        logits = BASELINES[name](self.loaded, train)
        return {name: logits(paragraphs) for name, paragraphs in self.study.judging().items()}

    def with_ngrams(self, scores: Scores, train: Sequence[LabelledParagraph]) -> Scores:
        """Put a model together with the n-gram model of the same training paragraphs."""
        key = tuple(p.id for p in train)
        if key not in self.ngrams:
            self.ngrams[key] = self.baseline(TFIDF, train)
        return blended(self.loaded, self.study.calibration, scores, self.ngrams[key])

    def judged(self, scores: Scores) -> dict[str, Any]:
        """Judge scores on all study paragraphs, on the half that no variant learns from, and on what else there is."""
        study, real = self.study, self.study.real
        half = [row for row, p in enumerate(study.study) if study.is_judged(p)]
        return {
            "half": self._judge(scores, study.judged(), scores["study"][half]),
            "all": self._judge(scores, study.study, scores["study"]),
            **({"real": self._judge(scores, real, scores["real"])} if real else {}),
        }

    def _judge(self, scores: Scores, paragraphs: Sequence[LabelledParagraph], logits: FloatArray) -> dict[str, Any]:
        return judge(self.loaded, self.study.calibration, scores["calibration"], paragraphs, logits)


def main() -> None:
    """Run what is not in the results yet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("configs/default.yaml"), help="the base recipe")
    parser.add_argument("--ant", type=Path, required=True, help="real paragraphs that may train")
    parser.add_argument("--mix", type=Path, required=True, help="real paragraphs to judge on")
    parser.add_argument("--real", type=Path, help="real paragraphs that finalists are looked at on, once")
    parser.add_argument("--results", type=Path, default=Path("runs/ablation.jsonl"), help="results, one line a run")
    parser.add_argument("--limit", type=int, default=2000, help="training paragraphs (default: 2000)")
    parser.add_argument("--only", action="append", default=[], help="a variant's or baseline's name; repeatable")
    parser.add_argument("--logits", type=Path, help="folder for the logits of each run, for later study")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each variant (default: 1)")
    arguments = parser.parse_args()
    loaded = load_config(arguments.config)
    bench = Bench(loaded, read_study(loaded, arguments.ant, arguments.mix, arguments.real))
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    done = _done(arguments.results)
    runs = [(asdict(BASE) | {"name": name, "baseline": True}, 0) for name in BASELINES]
    runs += [(asdict(variant), seed) for variant in SCREENING for seed in range(arguments.seeds)]
    for recipe, seed in runs:
        variant = Variant(**{key: value for key, value in recipe.items() if key != "baseline"})
        train = bench.study.chosen(variant, arguments.limit)
        unwanted = arguments.only and variant.name not in arguments.only
        if unwanted or _key(recipe, seed, len(train)) in done:
            continue
        started = time.monotonic()
        scores = bench.baseline(variant.name, train) if "baseline" in recipe else bench.variant(variant, train, seed)
        seconds = time.monotonic() - started
        if arguments.logits:
            _save(arguments.logits / f"{variant.name.replace(' ', '-')}-{seed}-{len(train)}.npz", scores)
        result = {"alone": bench.judged(scores), "with_ngrams": bench.judged(bench.with_ngrams(scores, train))}
        line = {"variant": recipe, "seed": seed, "limit": arguments.limit, "n_train": len(train)}
        line["corpus_sha256"] = bench.study.corpus_sha256
        with arguments.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "seconds": round(seconds), **result}, ensure_ascii=False) + "\n")
        alone, both = (each["half" if variant.learns_from_study else "all"] for each in result.values())
        print(
            f"{variant.name:40s} {seconds:5.0f} s  mAP {alone['map']:.3f}  F1 {alone['macro_f1']:.3f}"
            f"  with n-grams: mAP {both['map']:.3f}  F1 {both['macro_f1']:.3f}"
            f"  calibration mAP {alone['calibration_map']:.3f}",
            flush=True,
        )


def _done(results: Path) -> set[str]:
    if not results.exists():
        return set()
    lines = results.read_text(encoding="utf-8").split("\n")
    return {_key(r["variant"], r["seed"], r["n_train"]) for r in map(json.loads, filter(None, lines))}


def _key(variant: dict[str, Any], seed: int, n_train: int) -> str:
    """Name a run by all that it depends on, so that a variant that was edited is run again."""
    return json.dumps([variant, seed, n_train], sort_keys=True, ensure_ascii=False)


def _save(path: Path, scores: Scores) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, allow_pickle=False, **scores)


if __name__ == "__main__":
    main()
