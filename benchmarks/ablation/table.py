"""`python -m benchmarks.ablation.table RESULTS > benchmarks/ablation.md`: the results of all runs, for people."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from benchmarks.ablation.variants import BASE, SCREENING
from evaluation.tables import Table, fixed, signed, to_markdown

__all__ = ["read_results", "tables"]

_INTRODUCTION = """\
# Which parts of the recipe pay

One small training run for each variant, which differs from the base in one thing. Made by

    python -m benchmarks.ablation --ant FILE --mix FILE --results runs/ablation.jsonl
    python -m benchmarks.ablation.table runs/ablation.jsonl > benchmarks/ablation.md

Trained on {limit:,} paragraphs, written and real ones as they come, unless said otherwise; calibration and thresholds
by real paragraphs whose articles nobody trains on; judged on real news of other outlets (`--mix`), which is used for
nothing else. mAP and F1 are macro means over the themes with at least 10 positives. "With n-grams": the mean
of the variant's logits and those of TF-IDF with logistic regression on the same paragraphs, each scaled by the
calibration set.
"""


@dataclass(frozen=True)
class _Run:
    name: str
    baseline: bool
    seed: int
    n_train: int
    seconds: float
    half: dict[str, Any]
    whole: dict[str, Any] | None
    half_with_ngrams: dict[str, Any]
    whole_with_ngrams: dict[str, Any] | None


def read_results(lines: Iterable[str]) -> list[_Run]:
    """Read what `benchmarks.ablation` wrote.

    Args:
        lines: JSON, one run a line.
    """
    return [
        _Run(
            name=raw["variant"]["name"],
            baseline="baseline" in raw["variant"],
            seed=raw["seed"],
            n_train=raw["n_train"],
            seconds=raw["seconds"],
            half=raw["half"],
            whole=raw["all"],
            half_with_ngrams=raw["half_with_ngrams"],
            whole_with_ngrams=raw["all_with_ngrams"],
        )
        for raw in map(json.loads, filter(str.strip, lines))
    ]


def tables(runs: Sequence[_Run], limit: int) -> list[Table]:
    """Return baselines, screening, variants with several seeds, and the learning curve.

    Args:
        runs: All runs.
        limit: Training paragraphs of the screening.
    """
    screened = [run for run in runs if run.seed == 0 and run.n_train <= limit + _EXTRA]
    base = next((run for run in screened if run.name == BASE.name and not run.baseline), None)
    return [
        _comparison("Baselines", [run for run in screened if run.baseline], base),
        _comparison("Screening", [run for run in screened if not run.baseline], base),
        _seeds([run for run in runs if not run.baseline and run.n_train <= limit + _EXTRA]),
        _curve([run for run in runs if run.seed == 0 and run.name in _CURVE]),
    ]


_EXTRA = 1200  # study paragraphs that one variant trains on besides
_CURVE = (BASE.name, "authored alone", "TF-IDF and logistic regression")


def _comparison(title: str, runs: Sequence[_Run], base: _Run | None) -> Table:
    rows = []
    for run in runs:
        # A variant that has learnt from half of the study paragraphs is held against the base on the other half.
        on_all = run.whole is not None
        alone, both = (run.whole, run.whole_with_ngrams) if on_all else (run.half, run.half_with_ngrams)
        base_alone, base_both = (
            (None, None)
            if base is None
            else (base.whole, base.whole_with_ngrams)
            if on_all
            else (base.half, base.half_with_ngrams)
        )
        rows.append(
            (
                run.name + ("" if on_all else " (on half)"),
                f"{run.n_train:,}",
                f"{run.seconds:.0f}",
                *_pair(alone, base_alone),
                fixed(_of(alone, "macro_f1")),
                fixed(_of(alone, "false_alarms")),
                *_pair(both, base_both),
                fixed(_of(both, "macro_f1")),
                fixed(_of(alone, "calibration_map")),
            )
        )
    columns = (
        "variant",
        "paragraphs",
        "seconds",
        "mAP",
        "to base",
        "macro-F1",
        "false alarms",
        "mAP with n-grams",
        "to base",
        "macro-F1 with n-grams",
        "mAP, calibration set",
    )
    return Table(title, columns, tuple(rows))


def _pair(figures: dict[str, Any] | None, base: dict[str, Any] | None) -> tuple[str, str]:
    value, other = _of(figures, "map"), _of(base, "map")
    return fixed(value), signed(None if value is None or other is None else value - other)


def _of(figures: dict[str, Any] | None, key: str) -> float | None:
    return None if figures is None else figures[key]


def _seeds(runs: Sequence[_Run]) -> Table:
    rows = []
    for variant in SCREENING:
        seeds = [run for run in runs if run.name == variant.name and run.whole and run.whole_with_ngrams]
        if len(seeds) > 1:
            figures = [[run.whole or {} for run in seeds], [run.whole_with_ngrams or {} for run in seeds]]
            columns = [[each[key] for each in of_seeds] for of_seeds in figures for key in ("map", "macro_f1")]
            rows.append((variant.name, str(len(seeds)), *(f"{mean(v):.3f} ± {stdev(v):.3f}" for v in columns)))
    names = ("variant", "seeds", "mAP", "macro-F1", "mAP with n-grams", "macro-F1 with n-grams")
    return Table("Several seeds (mean ± standard deviation)", names, tuple(rows))


def _curve(runs: Sequence[_Run]) -> Table:
    rows = [
        (
            run.name,
            f"{run.n_train:,}",
            fixed(_of(run.whole, "map")),
            fixed(_of(run.whole, "macro_f1")),
            fixed(_of(run.whole_with_ngrams, "map")),
        )
        for run in sorted(runs, key=lambda run: (run.name, run.n_train))
    ]
    return Table("Learning curve", ("variant", "paragraphs", "mAP", "macro-F1", "mAP with n-grams"), tuple(rows))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation.table", description=__doc__)
    parser.add_argument("results", type=Path)
    parser.add_argument("--limit", type=int, default=2000, help="training paragraphs of the screening (default: 2000)")
    arguments = parser.parse_args()
    runs = read_results(arguments.results.read_text(encoding="utf-8").split("\n"))
    print(_INTRODUCTION.format(limit=arguments.limit))
    print("\n".join(to_markdown(table) for table in tables(runs, arguments.limit) if table.rows))


if __name__ == "__main__":
    main()
