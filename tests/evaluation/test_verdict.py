"""Gates: what passes, warns and fails, and what the evidence does not suffice for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydantic import ValidationError

from evaluation.behaviour import Outcome
from evaluation.bootstrap import Estimate
from evaluation.comparison import Comparison, compare
from evaluation.fairness import FalseAlarmGap
from evaluation.gates import Gate, Gates
from evaluation.leaks import Leak
from evaluation.report import Agreement, DataFacts, Report
from evaluation.run import metrics_of
from evaluation.speed import Speed
from evaluation.verdict import judge, judge_comparison, judge_metrics, verdict_of
from tests.evaluation.samples import answers, truth

CLEAN = DataFacts("test", "", {}, "both", ())
UNKNOWN = Agreement(None, None, None)
GOOD = metrics_of(truth(900, seed=1), draws=0)


def gates_of(name: str, **more: object) -> Gate:
    parts = {
        "metrics": GOOD,
        "comparison": None,
        "data": CLEAN,
        "outcomes": (),
        "gaps": (),
        "agreement": UNKNOWN,
        "speed": None,
        "gates": Gates(),
        **more,
    }
    verdict = judge(**parts)  # type: ignore[arg-type]
    return next(gate for gate in verdict.gates if gate.name == name)


def compared(value: float, low: float, high: float, metric: str = "micro_f1") -> Comparison:
    difference = Estimate(value, low, high)
    return Comparison("old 1", 100, 0, {metric: difference}, {metric: 0.8}, ())


@pytest.mark.parametrize(
    ("value", "low", "high", "status"),
    [
        (0.01, -0.01, 0.03, "pass"),
        (-0.01, -0.03, 0.01, "pass"),
        (-0.01, -0.015, -0.005, "warn"),  # surely worse, but within the margin
        (-0.03, -0.07, 0.01, "warn"),  # beyond the margin, but it may be chance
        (-0.03, -0.05, -0.01, "fail"),
    ],
)
def test_non_inferiority(value: float, low: float, high: float, status: str) -> None:
    gates = Gates(non_inferiority={"metrics": ["micro_f1"], "margin": 0.02})
    (gate,) = judge_comparison(compared(value, low, high), gates)
    assert gate.status == status
    assert "old 1" in gate.reason


def test_a_sure_loss_within_the_margin_may_be_borne_silently() -> None:
    gates = Gates(non_inferiority={"metrics": ["micro_f1"], "margin": 0.02, "warn_within_margin": False})
    (gate,) = judge_comparison(compared(-0.01, -0.015, -0.005), gates)
    assert (gate.status, "within the margin" in gate.reason) == ("pass", True)


def test_non_inferiority_where_less_is_better() -> None:
    gates = Gates(non_inferiority={"metrics": ["false_alarm_rate"], "margin": 0.02})
    (worse,) = judge_comparison(compared(0.05, 0.03, 0.07, "false_alarm_rate"), gates)
    (better,) = judge_comparison(compared(-0.05, -0.07, -0.03, "false_alarm_rate"), gates)
    assert (worse.status, better.status) == ("fail", "pass")


def test_no_comparison_no_gate_and_no_interval_no_verdict() -> None:
    assert list(judge_comparison(None, Gates())) == []
    gates = Gates(non_inferiority={"metrics": ["micro_f1"]})
    difference = Comparison("old 1", 1, 0, {"micro_f1": Estimate(-0.5, None, None)}, {"micro_f1": 0.8}, ())
    (gate,) = judge_comparison(difference, gates)
    assert gate.status == "insufficient"


def test_small_losses_against_a_pinned_release_cannot_add_up() -> None:
    """Each step loses 1.5 points, below the margin of 2; the second is caught, since the release is the measure."""
    labels = truth(6000, seed=1)
    hardness = np.random.default_rng(9).normal(0, 1, labels.targets.shape)

    def model(share_of_turned_answers: float) -> object:
        made = answers(labels, 0.1, 2, hardness)
        turned = np.random.default_rng(3).random(made.decisions.shape) < share_of_turned_answers
        flipped = np.where(turned & (made.targets == 1), False, made.decisions)
        return replace(made, decisions=flipped)

    release, next_one, after = (model(share) for share in (0.0, 0.02, 0.05))
    gates = Gates(non_inferiority={"metrics": ["micro_f1"], "margin": 0.02})
    verdicts = [
        next(iter(judge_comparison(compare(a, b, "r", draws=300), gates))).status  # type: ignore[arg-type]
        for a, b in ((next_one, release), (after, next_one), (after, release))
    ]
    assert verdicts == ["warn", "warn", "fail"]


def test_floors_ceilings_and_themes() -> None:
    bad = metrics_of(answers(truth(900, seed=1), 4.0, 2), draws=0)
    gates = Gates(floors={"macro_f1": 0.9}, ceilings={"false_alarm_rate": 0.1}, themes={"f1": 0.8, "min_positives": 30})
    assert {gate.status for gate in judge_metrics(GOOD, gates)} == {"pass"}
    assert {gate.status for gate in judge_metrics(bad, gates)} == {"fail"}
    few = metrics_of(truth(90, seed=1), draws=0)
    themes = [gate for gate in judge_metrics(few, gates) if gate.name.startswith("theme")]
    assert {gate.status for gate in themes} == {"insufficient"}
    assert "30 are needed" in themes[0].reason


def test_leaks() -> None:
    assert gates_of("leaks").status == "pass"
    same = replace(CLEAN, leaks=tuple(Leak(f"p{i}", None, 1.0) for i in range(7)))
    gate = gates_of("leaks", data=same)
    assert gate.status == "fail"
    assert "p0, p1, p2, p3, p4 and 2 more" in gate.reason
    near = gates_of("leaks", data=replace(CLEAN, leaks=(Leak("p9", "r1", 0.9),)))
    assert (near.status, "p9 (r1)" in near.reason) == ("warn", True)
    assert gates_of("leaks", data=replace(CLEAN, leak_check="none")).status == "insufficient"


@pytest.mark.parametrize(("fairness", "name"), [(True, "fairness s"), (False, "behaviour s")])
def test_behaviour_and_fairness(fairness: bool, name: str) -> None:
    broken = Outcome("s", "q", fairness, {"flip_rate": 0.5}, ("flip_rate is 0.500, must be at most 0.01",), True, ())
    assert gates_of(name, outcomes=(broken,)).status == "fail"
    forgiving = Gates(behaviour=False, fairness=False)
    assert gates_of(name, outcomes=(broken,), gates=forgiving).status == "warn"
    assert gates_of(name, outcomes=(replace(broken, failures=()),)).status == "pass"
    with pytest.raises(StopIteration):
        gates_of(name, outcomes=(replace(broken, gated=False),))


def test_false_alarm_gap() -> None:
    name = "false alarms by regions"
    assert gates_of(name, gaps=(FalseAlarmGap("regions", (), 0.3, 30),)).status == "fail"
    assert gates_of(name, gaps=(FalseAlarmGap("regions", (), 0.3, 30),), gates=Gates(fairness=False)).status == "warn"
    assert gates_of(name, gaps=(FalseAlarmGap("regions", (), 0.2, 30),)).status == "pass"
    assert gates_of(name, gaps=(FalseAlarmGap("regions", (), None, 30),)).status == "insufficient"


def test_engine_and_speed() -> None:
    name = "engine against trained model"
    assert gates_of(name, agreement=Agreement(0.03, 0.0, None)).status == "fail"
    assert gates_of(name, agreement=Agreement(0.02, 0.0, None)).status == "pass"
    assert gates_of("engine against the model's own report", agreement=Agreement(None, None, 0.5)).status == "fail"
    slow = Speed("e", 1.0, 1.0, 1.0, 1.0, 1.0, 2, "x", 1.6)
    assert gates_of("time against the other model", speed=slow).status == "fail"
    assert gates_of("time against the other model", speed=replace(slow, ratio=1.4)).status == "pass"


def test_the_verdict_in_one_sentence(report: Report) -> None:
    passed, warned, failed = (Gate(f"g {status}", status, "is so") for status in ("pass", "warn", "fail"))  # type: ignore[arg-type]
    unknown = Gate("u", "insufficient", "few")
    assert verdict_of([passed, failed, failed, warned]).reason == "2 of 4 gates failed: g fail is so, and 1 more."
    assert verdict_of([passed, warned]).status == "warn"
    assert verdict_of([passed, unknown]).reason == (
        "1 of 2 gates passed and none failed; for 1 the evidence is insufficient."
    )
    assert report.verdict.status in ("pass", "warn", "fail")


@pytest.mark.parametrize(
    "section",
    [
        {"floors": {"macro_f2": 0.5}},
        {"floors": {"macro_f1": 1.5}},
        {"ceilings": {"macro_f1": 0.5}},
        {"non_inferiority": {"margin": -0.1}},
        {"themes": {"min_positives": 0}},
        {"max_latency_ratio": 0},
        {"behavior": True},
    ],
)
def test_gates_that_cannot_be(section: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Gates.model_validate(section)


def resampled_verdicts(points_worse: float) -> list[str]:
    """Draw 20 test sets of 1,500 paragraphs, and judge a model on each against another one."""
    verdicts = []
    for seed in range(20):
        labels = truth(1500, seed=100 + seed, paragraphs_per_article=2)
        hardness = np.random.default_rng(200 + seed).normal(0, 1.6, labels.targets.shape)
        release = answers(labels, 0.6, 300 + seed, hardness)
        noise = {0: 0.6, 5: 0.98}[points_worse]
        candidate = answers(labels, noise, 400 + seed, hardness)
        comparison = compare(candidate, release, "release", draws=300)
        verdicts.append(verdict_of(judge_comparison(comparison, Gates())).status)
    return verdicts


def test_a_model_five_points_worse_fails_and_an_equal_one_passes() -> None:
    labels = truth(60000, seed=1, paragraphs_per_article=2)
    hardness = np.random.default_rng(2).normal(0, 1.6, labels.targets.shape)
    f1 = [metrics_of(answers(labels, noise, 3, hardness), draws=0).macro_f1.value or 0 for noise in (0.6, 0.98)]
    assert f1[0] - f1[1] == pytest.approx(0.05, abs=0.004)  # the models are what the names of the tests say
    assert resampled_verdicts(5).count("fail") >= 19
    assert resampled_verdicts(0).count("pass") >= 19
