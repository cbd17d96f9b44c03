"""`python -m benchmarks.ablation`: run the variants that are not in the results yet, and append what they are worth."""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.ablation.data import read_study
from benchmarks.ablation.fit import fit
from benchmarks.ablation.judge import judge
from benchmarks.ablation.variants import SCREENING
from training.config import load_config


def main() -> None:
    """Run what is not in the results yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=Path("configs/default.yaml"), help="the base recipe")
    parser.add_argument("--ant", type=Path, required=True, help="real paragraphs that may train")
    parser.add_argument("--mix", type=Path, required=True, help="real paragraphs to judge on")
    parser.add_argument("--results", type=Path, default=Path("runs/ablation.jsonl"), help="results, one line a run")
    parser.add_argument("--limit", type=int, default=2000, help="training paragraphs (default: 2000)")
    parser.add_argument("--only", action="append", default=[], help="a variant's name; repeatable")
    parser.add_argument("--logits", type=Path, help="folder for the logits of each run, for later study")
    parser.add_argument("--seeds", type=int, default=1, help="runs of each variant (default: 1)")
    arguments = parser.parse_args()
    loaded = load_config(arguments.config)
    study = read_study(loaded, arguments.ant, arguments.mix)
    judged, unlabelled = study.judged(), study.study_half()
    arguments.results.parent.mkdir(parents=True, exist_ok=True)
    done = set()
    if arguments.results.exists():
        lines = arguments.results.read_text(encoding="utf-8").splitlines()
        done = {_key(r["variant"], r["seed"], r["n_train"]) for r in map(json.loads, lines)}
    for variant in SCREENING:
        for seed in range(arguments.seeds):
            train = study.chosen(variant, arguments.limit)
            wanted = not arguments.only or variant.name in arguments.only
            if not wanted or _key(asdict(variant), seed, len(train)) in done:
                continue
            started = time.monotonic()
            run = fit(variant, loaded, train, unlabelled, seed=13 + seed)
            seconds = time.monotonic() - started
            calibration = run.logits(study.calibration).astype(np.float64)
            logits = run.logits(study.study).astype(np.float64)
            if arguments.logits:
                arguments.logits.mkdir(parents=True, exist_ok=True)
                name = f"{variant.name.replace(' ', '-')}-{seed}-{len(train)}.npz"
                np.savez(arguments.logits / name, calibration=calibration, study=logits)
            half = [row for row, p in enumerate(study.study) if study.is_judged(p)]
            result = {
                "variant": asdict(variant),
                "seed": seed,
                "limit": arguments.limit,
                "n_train": len(train),
                "seconds": round(seconds),
                **judge(loaded, study.calibration, calibration, judged, logits[half]),
                # Variants that learn from the other half cannot be judged on all of it.
                "all": None
                if "mix" in variant.sources or variant.unlabelled
                else judge(loaded, study.calibration, calibration, study.study, logits),
            }
            with arguments.results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")
            print(
                f"{variant.name:40s} {seconds:5.0f} s  mAP {result['map']:.3f}  F1 {result['macro_f1']:.3f}"
                f"  alarms {result['false_alarms']:.2f}  cal mAP {result['calibration_map']:.3f}",
                flush=True,
            )


def _key(variant: dict[str, object], seed: int, n_train: int) -> str:
    """Name a run by all that it depends on, so that a variant that was edited is run again."""
    return json.dumps([variant, seed, n_train], sort_keys=True)


if __name__ == "__main__":
    main()
