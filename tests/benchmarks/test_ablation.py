"""The ablation: what a variant trains on, what it is judged on, and the table made of it."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from benchmarks.ablation.data import Study
from benchmarks.ablation.table import read_results, tables
from benchmarks.ablation.variants import BASE, SCREENING
from mihwar.paragraph import LabelledParagraph


def paragraphs(name: str, n: int) -> list[LabelledParagraph]:
    return [LabelledParagraph(id=f"{name}-{i}", text=f"نص {i}", article_id=f"{name}-a{i // 2}") for i in range(n)]


@pytest.fixture
def study() -> Study:
    train = {"authored": paragraphs("w", 60), "ant": paragraphs("r", 40)}
    return Study(train, paragraphs("c", 10), paragraphs("m", 40), [], "0")


def line(variant: dict[str, object], figure: float, seed: int = 0, **sets: float) -> str:
    figures = {"map": figure, "macro_f1": figure, "false_alarms": 0.1, "calibration_map": 0.5}
    judged = {name: {**figures, "map": value} for name, value in ({"half": 0.1, "all": figure} | sets).items()}
    figures_of = {"alone": judged, "with_ngrams": judged}
    return json.dumps(
        {"variant": variant, "seed": seed, "n_train": 2000, "corpus_sha256": "0", "seconds": 9, **figures_of}
    )


def test_every_variant_has_a_name_of_its_own_and_differs_from_the_base() -> None:
    assert len({variant.name for variant in SCREENING}) == len(SCREENING)
    assert [variant for variant in SCREENING if replace(variant, name=BASE.name) == BASE] == [BASE]


def test_the_sample_is_a_mixture_and_grows_without_losing_any(study: Study) -> None:
    small, large = study.chosen(BASE, 30), study.chosen(BASE, 60)
    assert len(small) == 30
    assert {p.id for p in small} <= {p.id for p in large}
    assert {p.id[0] for p in small} == {"w", "r"}
    assert {p.id[0] for p in study.chosen(replace(BASE, sources=("ant",)), 30)} == {"r"}


def test_what_a_variant_learns_from_the_study_is_not_what_it_is_judged_on(study: Study) -> None:
    learnt = study.chosen(replace(BASE, sources=("authored", "mix")), 30)
    assert {p.id for p in learnt} & {p.id for p in study.study}
    assert not {p.article_id for p in learnt} & {p.article_id for p in study.judged()}
    assert len(study.judged()) + len(study.study_half()) == len(study.study)


def test_the_table_shows_each_run_against_the_base() -> None:
    other = replace(BASE, name="other", epochs=3)
    mixed = replace(BASE, name="mixed", sources=("authored", "mix"))
    runs = read_results(
        [
            line(asdict(BASE) | {"name": "majority", "baseline": True}, 0.05),
            line(asdict(BASE), 0.4),
            line(asdict(other), 0.45),
            line(asdict(other), 0.47, seed=1),
            line(asdict(mixed), 0.9, half=0.3),
            "",
        ]
    )
    baselines, screening, seeds, last_look, curve = tables(runs, 2000)
    assert [row[0] for row in baselines.rows] == ["majority"]
    assert {row[0]: row[3:5] for row in screening.rows} == {
        "base": ("0.400", "+0.000"),
        "other": ("0.450", "+0.050"),
        "mixed (on half)": ("0.300", "+0.200"),
    }
    assert [row[:4] for row in seeds.rows] == [("other", "2,000", "2", "0.460 ± 0.014")]
    assert last_look.rows == ()
    assert [row[0] for row in curve.rows] == ["base"]
