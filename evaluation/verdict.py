"""The verdict: everything that was found out, held against the gates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from evaluation.behaviour import Outcome
from evaluation.bootstrap import Estimate
from evaluation.comparison import Comparison
from evaluation.fairness import FalseAlarmGap
from evaluation.gates import Gate, Gates, Status, Verdict
from evaluation.metrics import Metrics
from evaluation.report import Agreement, DataFacts
from evaluation.speed import Speed

__all__ = ["judge", "judge_comparison", "judge_metrics", "verdict_of"]


def judge(
    metrics: Metrics,
    comparison: Comparison | None,
    data: DataFacts,
    outcomes: Sequence[Outcome],
    gaps: Sequence[FalseAlarmGap],
    agreement: Agreement,
    speed: Speed | None,
    gates: Gates,
) -> Verdict:
    """Hold what was found out against the gates.

    Args:
        metrics: How good the model is.
        comparison: With another model; None without one.
        data: What it was judged on.
        outcomes: Behavioural suites.
        gaps: Of false alarms, between groups.
        agreement: Of the engine with the trained model.
        speed: Time and size.
        gates: The bounds.
    """
    return verdict_of(
        [
            *judge_metrics(metrics, gates),
            *judge_comparison(comparison, gates),
            *_judge_data(data),
            *_judge_behaviour(outcomes, gates),
            *_judge_gaps(gaps, gates),
            *_judge_agreement(agreement, gates),
            *_judge_speed(speed, gates),
        ]
    )


def _bounded(
    name: str, value: float | None, *, least: float | None = None, most: float | None = None, missing: str = ""
) -> Gate:
    """Hold a value against a bound.

    Args:
        name: Of the gate.
        value: What was measured; None if it could not be.
        least: The value must not be below.
        most: The value must not be above.
        missing: Why there is no value.
    """
    bound = most if least is None else least
    if value is None:
        return Gate(name, "insufficient", missing or "cannot be told from these paragraphs", None, bound)
    broken = (least is not None and value < least - 1e-12) or (most is not None and value > most + 1e-12)
    must = f"must be at least {least:g}" if least is not None else f"may be at most {most:g}"
    return Gate(name, "fail" if broken else "pass", f"is {value:.3f}, {must}", value, bound)


def judge_metrics(metrics: Metrics, gates: Gates) -> Iterator[Gate]:
    """Hold metrics against floors and ceilings.

    Args:
        metrics: What was measured.
        gates: The bounds.
    """
    for floor, least in gates.floors.items():
        yield _bounded(f"floor {floor}", getattr(metrics, floor).value, least=least)
    for ceiling, most in gates.ceilings.items():
        yield _bounded(f"ceiling {ceiling}", getattr(metrics, ceiling).value, most=most)
    for theme in metrics.themes:
        name = f"theme {theme.theme}"
        if theme.support < gates.themes.min_positives:
            few = f"insufficient evidence: {theme.support} positives, {gates.themes.min_positives} are needed"
            yield Gate(name, "insufficient", few, theme.f1.value, gates.themes.f1)
        else:
            yield _bounded(name, theme.f1.value, least=gates.themes.f1)


def judge_comparison(comparison: Comparison | None, gates: Gates) -> Iterator[Gate]:
    """Ask of each metric whether it is worse than the other model's.

    A loss fails if the whole interval of the paired difference lies below 0 and the loss exceeds the margin; if only
    one of both holds, it warns.

    Args:
        comparison: With the pinned release; None if there is none.
        gates: The margin, and which metrics.
    """
    if comparison is None:
        return
    margin = gates.non_inferiority.margin
    for metric in gates.non_inferiority.metrics:
        name = f"not worse {metric}"
        difference = comparison.differences[metric]
        gain = _gain(difference, metric)
        if gain.value is None or gain.low is None or gain.high is None:
            yield Gate(name, "insufficient", "cannot be told from these paragraphs", gain.value, -margin)
            continue
        surely, much = gain.high < 0, gain.value < -margin - 1e-12
        change = f"{difference.value:+.3f} ({difference.low:+.3f} to {difference.high:+.3f}) against {comparison.model}"
        if surely and much:
            yield Gate(name, "fail", f"{change}: worse by more than the margin of {margin:g}", gain.value, -margin)
        elif much:
            why = f"{change}: beyond the margin of {margin:g}, though it may be chance; judge on more paragraphs"
            yield Gate(name, "warn", why, gain.value, -margin)
        elif surely:
            status: Status = "warn" if gates.non_inferiority.warn_within_margin else "pass"
            yield Gate(name, status, f"{change}: worse, within the margin of {margin:g}", gain.value, -margin)
        else:
            yield Gate(name, "pass", change, gain.value, -margin)


def _gain(difference: Estimate, metric: str) -> Estimate:
    """Turn the sign where less is better."""
    if metric not in ("false_alarm_rate", "expected_calibration_error"):
        return difference
    turned = [None if each is None else -each for each in (difference.value, difference.high, difference.low)]
    return Estimate(*turned)


def verdict_of(gates: Iterable[Gate]) -> Verdict:
    """Sum up all gates.

    Args:
        gates: The gates.
    """
    all_gates = tuple(gates)
    broken = [gate for gate in all_gates if gate.status == "fail"]
    doubtful = [gate for gate in all_gates if gate.status == "warn"]
    if broken:
        return Verdict("fail", _because(broken, "failed", len(all_gates)), all_gates)
    if doubtful:
        return Verdict("warn", _because(doubtful, "warned", len(all_gates)), all_gates)
    told = sum(gate.status == "pass" for gate in all_gates)
    unknown = len(all_gates) - told
    more = f"; for {unknown} the evidence is insufficient" if unknown else ""
    return Verdict("pass", f"{told} of {len(all_gates)} gates passed and none failed{more}.", all_gates)


def _because(gates: list[Gate], what: str, n: int) -> str:
    first = gates[0]
    more = f", and {len(gates) - 1} more" if len(gates) > 1 else ""
    return f"{len(gates)} of {n} gates {what}: {first.name} {first.reason}{more}."


def _judge_data(data: DataFacts) -> Iterator[Gate]:
    if data.leak_check == "none":
        reason = "insufficient evidence: the model does not say what it was trained on"
        yield Gate("leaks", "insufficient", reason)
        return
    same = [leak.paragraph_id for leak in data.leaks if leak.similarity == 1]
    near = [f"{leak.paragraph_id} ({leak.trained_id})" for leak in data.leaks if leak.similarity < 1]
    if same:
        reason = f"the model was trained on {len(same)} of these paragraphs: {_some(same)}"
        yield Gate("leaks", "fail", reason, len(same), 0)
    elif near:
        yield Gate("leaks", "warn", f"nearly the same as paragraphs it was trained on: {_some(near)}", len(near), 0)
    else:
        yield Gate("leaks", "pass", "no paragraph is among those it was trained on", 0, 0)


def _some(names: Sequence[str], n: int = 5) -> str:
    more = f" and {len(names) - n} more" if len(names) > n else ""
    return ", ".join(names[:n]) + more


def _judge_behaviour(outcomes: Sequence[Outcome], gates: Gates) -> Iterator[Gate]:
    for outcome in outcomes:
        if outcome.gated:
            wanted = gates.fairness if outcome.fairness else gates.behaviour
            name = f"{'fairness' if outcome.fairness else 'behaviour'} {outcome.name}"
            measured = ", ".join(f"{key} {value:.3f}" for key, value in outcome.measured.items())
            if outcome.passed:
                yield Gate(name, "pass", measured)
            else:
                yield Gate(name, "fail" if wanted else "warn", "; ".join(outcome.failures))


def _judge_gaps(gaps: Sequence[FalseAlarmGap], gates: Gates) -> Iterator[Gate]:
    for gap in gaps:
        few = f"insufficient evidence: fewer than two groups have {gap.min_paragraphs} paragraphs without a theme"
        gate = _bounded(f"false alarms by {gap.family}", gap.gap, most=gates.max_false_alarm_gap, missing=few)
        yield (
            gate
            if gates.fairness or gate.status != "fail"
            else Gate(gate.name, "warn", gate.reason, gate.measured, gate.bound)
        )


def _judge_agreement(agreement: Agreement, gates: Gates) -> Iterator[Gate]:
    most = gates.max_engine_difference
    for name, value in (
        ("engine against trained model", agreement.trained_model),
        ("engine with AVX2 against trained model", agreement.trained_model_avx2),
        ("engine against the model's own report", agreement.own_report),
    ):
        if value is not None:
            yield _bounded(name, value, most=most)


def _judge_speed(speed: Speed | None, gates: Gates) -> Iterator[Gate]:
    if speed is not None and speed.ratio is not None:
        yield _bounded("time against the other model", speed.ratio, most=gates.max_latency_ratio)
