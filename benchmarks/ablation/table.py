"""`python -m benchmarks.ablation.table RESULTS > benchmarks/ablation.md`: the results of all runs, for people."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.ablation.baselines import TFIDF
from benchmarks.ablation.variants import BASE, SCREENING, Variant
from evaluation.tables import Table, fixed, signed, to_markdown

__all__ = ["Run", "read_results", "tables"]

_INTRODUCTION = """\
# Which parts of the recipe pay

One small training run for each variant, which differs from the base in one thing. Made by

    python -m benchmarks.ablation --ant FILE --mix FILE --results runs/ablation.jsonl
    python -m benchmarks.ablation.table runs/ablation.jsonl > benchmarks/ablation.md

Trained on {limit:,} paragraphs, written and real ones as they come, unless said otherwise (written corpus: sha256
{corpus}); calibration and thresholds by real paragraphs whose articles nobody trains on; judged on real news of other
outlets (`--mix`), which is used for nothing else. mAP and F1 are macro means over the themes with at least 10
positives. "With n-grams": the weighted sum of the variant's logits and those of TF-IDF with logistic regression on the
same paragraphs, the two weights fitted on the calibration set.
"""


@dataclass(frozen=True)
class Run:
    """One run.

    Attributes:
        variant: What was trained.
        baseline: Whether it is a baseline.
        seed: Its seed.
        n_train: Training paragraphs.
        corpus_sha256: Hash of the written corpus.
        seconds: Time of training and scoring.
        alone: Figures by set, for the model itself.
        with_ngrams: The same for its sum with the n-gram model.
    """

    variant: Variant
    baseline: bool
    seed: int
    n_train: int
    corpus_sha256: str
    seconds: float
    alone: Mapping[str, Mapping[str, float | None]]
    with_ngrams: Mapping[str, Mapping[str, float | None]]

    @property
    def set(self) -> str:
        """The set it is judged on: one that it learnt from the half of is judged on the other."""
        return "half" if self.variant.learns_from_study else "all"


def read_results(lines: Iterable[str]) -> list[Run]:
    """Read what `benchmarks.ablation` wrote.

    Args:
        lines: JSON, one run a line.
    """
    runs = []
    for raw in map(json.loads, filter(str.strip, lines)):
        recipe: dict[str, Any] = {
            key: tuple(value) if key == "sources" else value for key, value in raw["variant"].items()
        }
        baseline = recipe.pop("baseline", False)
        facts = {key: raw[key] for key in ("seed", "n_train", "corpus_sha256", "seconds", "alone", "with_ngrams")}
        runs.append(Run(variant=Variant(**recipe), baseline=baseline, **facts))
    return runs


def tables(runs: Sequence[Run], limit: int) -> list[Table]:
    """Return baselines, screening, variants with several seeds, the last look, and the learning curve.

    Args:
        runs: All runs.
        limit: Training paragraphs of the screening.
    """
    screened = [run for run in runs if run.n_train == limit or run.variant.learns_from_study]
    first = [run for run in screened if run.seed == 0]
    base = next((run for run in first if run.variant == BASE), None)
    return [
        _comparison("Baselines", [run for run in first if run.baseline], base),
        _comparison("Screening", [run for run in first if not run.baseline], base),
        _seeds("Several seeds", [run for run in screened if not run.baseline], "all"),
        _seeds("Last look, on the real development set", [run for run in runs if not run.baseline], "real"),
        _curve([run for run in runs if run.seed == 0 and run.variant.name in _CURVE]),
    ]


_CURVE = (BASE.name, "authored alone", TFIDF)
_FIGURES = ("mAP", "macro-F1", "mAP with n-grams", "macro-F1 with n-grams")


def _comparison(title: str, runs: Sequence[Run], base: Run | None) -> Table:
    rows = [
        (
            run.variant.name + (" (on half)" if run.variant.learns_from_study else ""),
            f"{run.n_train:,}",
            f"{run.seconds:.0f}",
            *_with_difference(run.alone[run.set]["map"], base.alone[run.set]["map"] if base else None),
            fixed(run.alone[run.set]["macro_f1"]),
            fixed(run.alone[run.set]["false_alarms"]),
            *_with_difference(run.with_ngrams[run.set]["map"], base.with_ngrams[run.set]["map"] if base else None),
            fixed(run.with_ngrams[run.set]["macro_f1"]),
            fixed(run.alone[run.set]["calibration_map"]),
        )
        for run in runs
    ]
    alone = ("mAP", "to base", "macro-F1", "false alarms")
    both = ("mAP with n-grams", "to base", "macro-F1 with n-grams", "mAP, calibration set")
    return Table(title, ("variant", "paragraphs", "seconds", *alone, *both), tuple(rows))


def _with_difference(value: float | None, base: float | None) -> tuple[str, str]:
    return fixed(value), signed(None if value is None or base is None else value - base)


def _seeds(title: str, runs: Sequence[Run], where: str) -> Table:
    rows = []
    for variant, n_train in dict.fromkeys((run.variant, run.n_train) for run in runs):
        seeds = [run for run in runs if (run.variant, run.n_train) == (variant, n_train) and where in run.alone]
        if len(seeds) > 1:
            columns = [
                [float(figures[where][key] or 0) for figures in of_seeds]
                for of_seeds in ([run.alone for run in seeds], [run.with_ngrams for run in seeds])
                for key in ("map", "macro_f1")
            ]
            spread = (f"{mean(values):.3f} ± {stdev(values):.3f}" for values in columns)
            rows.append((variant.name, f"{n_train:,}", str(len(seeds)), *spread))
    return Table(f"{title} (mean ± standard deviation)", ("variant", "paragraphs", "seeds", *_FIGURES), tuple(rows))


def _curve(runs: Sequence[Run]) -> Table:
    rows = [
        (
            run.variant.name,
            f"{run.n_train:,}",
            *(fixed(figures["all"][key]) for figures in (run.alone, run.with_ngrams) for key in ("map", "macro_f1")),
        )
        for run in sorted(runs, key=lambda run: (run.variant.name, run.n_train))
    ]
    return Table("Learning curve", ("variant", "paragraphs", *_FIGURES), tuple(rows))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation.table", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--limit", type=int, default=2000, help="training paragraphs of the screening (default: 2000)")
    arguments = parser.parse_args()
    runs = read_results(arguments.results.read_text(encoding="utf-8").split("\n"))
    hashes = ", ".join(dict.fromkeys(run.corpus_sha256[:12] for run in runs))
    print(_INTRODUCTION.format(limit=arguments.limit, corpus=hashes))
    missing = [variant.name for variant in SCREENING if variant not in {run.variant for run in runs}]
    if missing:
        print(f"Not run yet: {', '.join(missing)}.\n")
    print("\n".join(to_markdown(table) for table in tables(runs, arguments.limit) if table.rows))


if __name__ == "__main__":
    main()
