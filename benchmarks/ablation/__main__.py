"""`python -m benchmarks.ablation`: run what is not in the results yet, and append what each is worth."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
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


@dataclass(frozen=True)
class Scores:
    """What a model says of the two sets it is judged on.

    Attributes:
        calibration: Shape (m, k).
        study: Shape (n, k).
    """

    calibration: FloatArray
    study: FloatArray


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
        return Scores(run.logits(self.study.calibration).astype(float), run.logits(self.study.study).astype(float))

    def baseline(self, name: str, train: Sequence[LabelledParagraph]) -> Scores:
        """Fit and score a baseline."""
        logits = BASELINES[name](self.loaded, train)
        return Scores(logits(self.study.calibration), logits(self.study.study))

    def with_ngrams(self, scores: Scores, train: Sequence[LabelledParagraph]) -> Scores:
        """Put a model together with the n-gram model of the same training paragraphs."""
        key = tuple(p.id for p in train)
        if key not in self.ngrams:
            self.ngrams[key] = self.baseline(TFIDF, train)
        other, study = self.ngrams[key], self.study
        calibration, mixed = blended(
            self.loaded, study.calibration, (scores.calibration, other.calibration), (scores.study, other.study)
        )
        return Scores(calibration, mixed)

    def judged(self, scores: Scores, *, on_all: bool) -> dict[str, Any]:
        """Judge scores on all study paragraphs, or on the half that no variant learns from."""
        study = self.study
        rows = [row for row, p in enumerate(study.study) if on_all or study.is_judged(p)]
        paragraphs = [study.study[row] for row in rows]
        return judge(self.loaded, study.calibration, scores.calibration, paragraphs, scores.study[rows])

    def result(self, scores: Scores, train: Sequence[LabelledParagraph], *, on_all: bool) -> dict[str, Any]:
        """Return all figures of one run; `on_all` where it learnt from none of the study paragraphs."""
        return {
            "half": self.judged(scores, on_all=False),
            "all": self.judged(scores, on_all=True) if on_all else None,
            "half_with_ngrams": self.judged(self.with_ngrams(scores, train), on_all=False),
            "all_with_ngrams": self.judged(self.with_ngrams(scores, train), on_all=True) if on_all else None,
        }


def main() -> None:
    """Run what is not in the results yet."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation", description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("configs/default.yaml"), help="the base recipe")
    parser.add_argument("--ant", type=Path, required=True, help="real paragraphs that may train")
    parser.add_argument("--mix", type=Path, required=True, help="real paragraphs to judge on")
    parser.add_argument("--results", type=Path, default=Path("runs/ablation.jsonl"), help="results, one line a run")
    parser.add_argument("--limit", type=int, default=2000, help="training paragraphs (default: 2000)")
    parser.add_argument("--only", action="append", default=[], help="a variant's or baseline's name; repeatable")
    parser.add_argument("--logits", type=Path, help="folder for the logits of each run, for later study")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each variant (default: 1)")
    arguments = parser.parse_args()
    loaded = load_config(arguments.config)
    bench = Bench(loaded, read_study(loaded, arguments.ant, arguments.mix))
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
        on_all = "mix" not in variant.sources and not variant.unlabelled
        result = bench.result(scores, train, on_all=on_all)
        line = {"variant": recipe, "seed": seed, "limit": arguments.limit, "n_train": len(train)}
        with arguments.results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "seconds": round(seconds), **result}, ensure_ascii=False) + "\n")
        alone, both = (result["all" if on_all else "half"], result["all_with_ngrams" if on_all else "half_with_ngrams"])
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
    np.savez(path, calibration=scores.calibration, study=scores.study)


if __name__ == "__main__":
    main()
