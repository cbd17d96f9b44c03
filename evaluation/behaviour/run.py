"""Letting a classifier answer the cases of a suite, and holding the answers against its gate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from evaluation.behaviour.suite import Company, Direction, EqualRecall, Expectation, Flag, Invariance, Suite
from mihwar.classifier import Classifier, Prediction

__all__ = ["CaseOutcome", "Outcome", "run_suite"]

Answers = list[Prediction]
Case = TypeVar("Case")


@dataclass(frozen=True)
class CaseOutcome:
    """What happened to one case.

    Attributes:
        id: The case.
        passed: Whether it went as wanted; the gate decides how many must.
        detail: What went otherwise; empty if nothing did.
    """

    id: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a classifier did with a suite.

    Attributes:
        name: The suite.
        question: What it asks.
        fairness: Whether it guards against labelling by who somebody is.
        measured: What the gate looks at, by name.
        failures: Broken bounds, one sentence each; none if the gate is passed.
        gated: Whether there is a gate at all.
        cases: Each case.
    """

    name: str
    question: str
    fairness: bool
    measured: Mapping[str, float]
    failures: tuple[str, ...]
    gated: bool
    cases: tuple[CaseOutcome, ...]

    @property
    def passed(self) -> bool:
        """Whether no bound was broken."""
        return not self.failures


def run_suite(suite: Suite, classifier: Classifier) -> Outcome:
    """Run the cases of a suite.

    Args:
        suite: The suite.
        classifier: The classifier that serves.
    """
    if isinstance(suite, Invariance):
        return _invariance(suite, classifier)
    if isinstance(suite, Expectation):
        return _expectation(suite, classifier)
    if isinstance(suite, EqualRecall):
        return _equal_recall(suite, classifier)
    if isinstance(suite, Direction):
        return _direction(suite, classifier)
    return _flag(suite, classifier) if isinstance(suite, Flag) else _company(suite, classifier)


def _invariance(suite: Invariance, classifier: Classifier) -> Outcome:
    ids = classifier.themes.ids
    columns = [ids.index(theme) for theme in suite.gate.themes] or list(range(len(ids)))
    counted = {ids[column] for column in columns}
    cases, flips, flips_of_any, shifts = [], [], [], []
    for case, answers in _answered(classifier, [(case, case.variants()) for case in suite.cases]):
        details = []
        for number, other in enumerate(answers[1:], start=2):
            differing = set(answers[0].themes) ^ set(other.themes)
            missing = {theme for theme in case.has if theme not in other.themes or theme not in answers[0].themes}
            changed = sorted((differing & counted) | missing)
            flips.append(bool(changed))
            flips_of_any.append(bool(differing))
            shifts.append(np.abs(answers[0].probabilities - other.probabilities)[columns].mean())
            if changed:
                details.append(f"variant {number}: {', '.join(changed)}")
        cases.append(CaseOutcome(case.id, not details, "; ".join(details)))
    measured = {
        "flip_rate": float(np.mean(flips)),
        "flip_rate_of_any_theme": float(np.mean(flips_of_any)),
        "mean_shift": float(np.mean(shifts)),
    }
    bounds = [("flip_rate", suite.gate.max_flip_rate)]
    if suite.gate.max_mean_shift is not None:
        bounds.append(("mean_shift", suite.gate.max_mean_shift))
    return _outcome(suite, measured, [_above(measured, name, bound) for name, bound in bounds], cases)


def _expectation(suite: Expectation, classifier: Classifier) -> Outcome:
    cases = []
    for case, (answer,) in _answered(classifier, [(case, [case.text]) for case in suite.cases]):
        given = set(answer.themes)
        wrong = [f"lacks {theme}" for theme in case.has if theme not in given]
        wrong += [f"has {theme}" for theme in sorted(given) if case.nothing or theme in case.lacks]
        cases.append(CaseOutcome(case.id, not wrong, ", ".join(wrong)))
    return _pass_rate(suite, suite.gate.min_pass_rate, cases)


def _equal_recall(suite: EqualRecall, classifier: Classifier) -> Outcome:
    found: dict[str, list[bool]] = {}
    cases = []
    for case, (answer,) in _answered(classifier, [(case, [case.text]) for case in suite.cases]):
        passed = suite.gate.theme in answer.themes
        found.setdefault(case.group, []).append(passed)
        cases.append(CaseOutcome(case.id, passed, "" if passed else f"{case.group}: lacks {suite.gate.theme}"))
    recalls = {group: float(np.mean(each)) for group, each in found.items()}
    measured = {f"recall_{group}": value for group, value in recalls.items()}
    measured["gap"] = max(recalls.values()) - min(recalls.values())
    measured["lowest"] = min(recalls.values())
    lowest = (
        ""
        if measured["lowest"] >= suite.gate.min_recall
        else (f"lowest is {measured['lowest']:.3f}, must be at least {suite.gate.min_recall:g}")
    )
    return _outcome(suite, measured, [_above(measured, "gap", suite.gate.max_gap), lowest], cases)


def _direction(suite: Direction, classifier: Classifier) -> Outcome:
    column = classifier.themes.ids.index(suite.gate.rises)
    cases, shifts = [], []
    for case, (before, after) in _answered(
        classifier, [(case, [case.text, f"{case.text} {case.added}"]) for case in suite.cases]
    ):
        change = after.probabilities - before.probabilities
        shifts.append(np.abs(np.delete(change, column)).mean())
        rises = bool(change[column] > 0)
        cases.append(CaseOutcome(case.id, rises, "" if rises else f"{suite.gate.rises} {change[column]:+.3f}"))
    outcome = _pass_rate(suite, suite.gate.min_pass_rate, cases)
    measured = {**outcome.measured, "other_shift": float(np.mean(shifts))}
    broken = _above(measured, "other_shift", suite.gate.max_other_shift)
    return _outcome(suite, measured, [*outcome.failures, broken], cases)


def _flag(suite: Flag, classifier: Classifier) -> Outcome:
    cases = []
    for case, (answer,) in _answered(classifier, [(case, [case.text]) for case in suite.cases]):
        found = {"not_arabic", "suspicious_spelling"} & set(answer.warnings)
        passed = found == ({case.warning} if case.warning else set())
        cases.append(CaseOutcome(case.id, passed, "" if passed else f"warned: {', '.join(sorted(found)) or 'nothing'}"))
    return _pass_rate(suite, suite.gate.min_pass_rate, cases)


def _company(suite: Company, classifier: Classifier) -> Outcome:
    cases, largest = [], 0.0
    for case in suite.cases:
        together = np.stack([answer.probabilities for answer in classifier.classify(case.texts)])
        backwards = np.stack([answer.probabilities for answer in classifier.classify(case.texts[::-1])])[::-1]
        alone = np.stack([classifier.classify([text])[0].probabilities for text in case.texts])
        shift = float(max(np.abs(together - alone).max(), np.abs(together - backwards).max()))
        largest = max(largest, shift)
        passed = shift <= suite.gate.max_shift
        cases.append(CaseOutcome(case.id, passed, "" if passed else f"a probability moves by {shift:.4f}"))
    measured = {"shift": largest}
    return _outcome(suite, measured, [_above(measured, "shift", suite.gate.max_shift)], cases)


def _answered(classifier: Classifier, cases: Sequence[tuple[Case, Sequence[str]]]) -> Iterator[tuple[Case, Answers]]:
    """Classify the texts of all cases at once."""
    answers = iter(classifier.classify([text for _, texts in cases for text in texts]))
    for case, texts in cases:
        yield case, [next(answers) for _ in texts]


def _pass_rate(suite: Expectation | Flag | Direction, bound: float | None, cases: Sequence[CaseOutcome]) -> Outcome:
    measured = {"pass_rate": float(np.mean([case.passed for case in cases]))}
    rate = measured["pass_rate"]
    broken = "" if bound is None or rate >= bound else f"pass_rate is {rate:.3f}, must be at least {bound:g}"
    return _outcome(suite, measured, [broken], cases, gated=bound is not None)


def _above(measured: Mapping[str, float], name: str, bound: float) -> str:
    return "" if measured[name] <= bound + 1e-9 else f"{name} is {measured[name]:.3f}, must be at most {bound:g}"


def _outcome(
    suite: Suite,
    measured: Mapping[str, float],
    failures: Sequence[str],
    cases: Sequence[CaseOutcome],
    *,
    gated: bool = True,
) -> Outcome:
    return Outcome(
        suite.name, suite.question, suite.fairness, measured, tuple(filter(None, failures)), gated, tuple(cases)
    )
