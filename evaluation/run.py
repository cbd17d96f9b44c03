"""Letting a classifier predict labelled paragraphs, and finding out everything a report says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluation.behaviour import CASES, Outcome, applicable_suites, run_suite
from evaluation.calibration import calibration
from evaluation.comparison import Comparison, compare
from evaluation.confusion import confusion
from evaluation.curves import curves
from evaluation.fairness import false_alarm_gaps
from evaluation.gates import Gates
from evaluation.leaks import find_leaks, read_trained_on
from evaluation.metrics import Metrics, evaluate
from evaluation.mistakes import suspects, worst_mistakes
from evaluation.predictions import Predictions, read_predictions
from evaluation.report import SCHEMA_VERSION, Agreement, DataFacts, Evaluation, ModelFacts, Report, ThemeName
from evaluation.robustness import RobustnessPoint, robustness
from evaluation.slices import slices
from evaluation.speed import Speed, measure_speed
from evaluation.verdict import judge
from mihwar.classifier import Classifier, Prediction
from mihwar.errors import CorpusError, Problem, ReportError
from mihwar.paragraph import LabelledParagraph, targets

__all__ = ["Other", "Paragraphs", "compare_decisions", "evaluate_classifier", "metrics_of", "predict"]

Progress = Callable[[int, int], None]
Stage = Callable[[str], None]

_TEXTS_AT_ONCE = 64


@dataclass(frozen=True)
class Paragraphs:
    """What a model is judged on.

    Attributes:
        judged: Labelled paragraphs that it was not trained on.
        training: Paragraphs that it was trained on, as far as they are at hand, for the leak check.
        split: Which paragraphs of the corpus `judged` are.
        corpus_sha256: Hash of the corpus; empty if unknown.
        hidden_sources: Sources whose texts may not be shown in a report.
    """

    judged: Sequence[LabelledParagraph]
    training: Sequence[LabelledParagraph] = ()
    split: str = "test"
    corpus_sha256: str = ""
    hidden_sources: Collection[str] = ()


@dataclass(frozen=True)
class Other:
    """What a model is compared with.

    Attributes:
        model: Name and version.
        predictions: What it said of paragraphs, some of which are the same.
        classifier: The model itself, to compare its speed; None where only its report is at hand.
    """

    model: str
    predictions: Predictions
    classifier: Classifier | None = None


def predict(
    classifier: Classifier, paragraphs: Sequence[LabelledParagraph], progress: Progress | None = None
) -> Predictions:
    """Let the very classifier that serves say what paragraphs are about.

    Args:
        classifier: The classifier.
        paragraphs: Labelled paragraphs.
        progress: Told how many paragraphs are done, out of how many.

    Raises:
        CorpusError: If there is no paragraph, or none with labels.
        TextError: If a text cannot be classified.
    """
    if not paragraphs:
        raise CorpusError([Problem("there is no paragraph to judge the model on")])
    theme_ids = classifier.themes.ids
    truth = targets(paragraphs, theme_ids).astype(np.float64)
    if np.isnan(truth).all():
        raise CorpusError(
            [Problem(f"none of the {len(paragraphs)} paragraphs has labels: there is nothing to judge by")]
        )
    answers: list[Prediction] = []
    for start in range(0, len(paragraphs), _TEXTS_AT_ONCE):
        part = paragraphs[start : start + _TEXTS_AT_ONCE]
        answers += classifier.classify([paragraph.text for paragraph in part])
        if progress is not None:
            progress(len(answers), len(paragraphs))
    return Predictions(
        theme_ids=theme_ids,
        paragraph_ids=tuple(paragraph.id for paragraph in paragraphs),
        article_ids=tuple(paragraph.article_id for paragraph in paragraphs),
        targets=truth,
        probabilities=np.stack([answer.probabilities for answer in answers]),
        decisions=np.array([[theme in answer.themes for theme in theme_ids] for answer in answers]),
        logits=np.stack([answer.logits for answer in answers]),
    )


def metrics_of(
    predictions: Predictions, thresholds: NDArray[np.float64] | None = None, *, draws: int = 1000, seed: int = 13
) -> Metrics:
    """Judge predictions.

    Args:
        predictions: The predictions.
        thresholds: Shape (k,), to be reported.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """
    return evaluate(
        predictions.targets,
        predictions.probabilities,
        predictions.decisions,
        predictions.theme_ids,
        predictions.article_ids,
        thresholds=thresholds,
        draws=draws,
        seed=seed,
    )


def evaluate_classifier(
    classifier: Classifier,
    paragraphs: Paragraphs,
    *,
    gates: Gates | None = None,
    other: Other | None = None,
    folder: Path | None = None,
    trained_model_difference: tuple[float, float] | None = None,
    predictions: Predictions | None = None,
    created_at: str | None = None,
    thorough: bool = True,
    draws: int = 1000,
    seed: int = 13,
    stage: Stage = lambda _: None,
    progress: Progress | None = None,
) -> Evaluation:
    """Find out everything a report says.

    Args:
        classifier: The very classifier that serves.
        paragraphs: What it is judged on.
        gates: What it must reach; None takes the defaults.
        other: What it is compared with.
        folder: Its model folder, for its size, its own report and the hashes of what it was trained on.
        trained_model_difference: Share of positives that differ between trained model and engine, here and with AVX2
            alone; None takes what the manifest says.
        predictions: Its predictions, if they were made before.
        created_at: Time to put into the report, as ISO 8601.
        thorough: Whether to run the behavioural suites, the noise and the clock besides, which takes minutes.
        draws: Draws of the bootstraps.
        seed: Seed of everything random.
        stage: Told what begins now.
        progress: Told how many paragraphs are done, out of how many.

    Raises:
        CorpusError: If there is nothing to judge by.
        ReportError: If the other model has other themes.
        TextError: If a text cannot be classified.
    """
    gates = gates or Gates()
    judged = paragraphs.judged
    if predictions is None:
        stage("Classifying")
        predictions = predict(classifier, judged, progress)
    stage("Measuring")
    metrics = metrics_of(predictions, classifier.thresholds, draws=draws, seed=seed)
    comparison = _comparison(predictions, other, draws, seed)
    of_slices = slices(judged, predictions, draws=min(draws, 300), seed=seed)
    gaps = false_alarm_gaps(judged, predictions, draws=min(draws, 300), seed=seed)
    mistakes = worst_mistakes(classifier, judged, predictions, hidden_sources=paragraphs.hidden_sources)
    doubtful = suspects(judged, predictions, hidden_sources=paragraphs.hidden_sources)
    stage("Looking for leaks")
    data = _data_facts(paragraphs, folder)
    outcomes: tuple[Outcome, ...] = ()
    noise: tuple[RobustnessPoint, ...] = ()
    speed: Speed | None = None
    if thorough:
        stage("Running the behavioural suites")
        outcomes = tuple(run_suite(suite, classifier) for suite in applicable_suites(CASES, classifier.themes.ids))
        stage("Adding noise")
        noise = robustness(classifier, judged, seed=seed, progress=progress)
        stage("Timing")
        texts = [paragraph.text for paragraph in judged]
        speed = measure_speed(classifier, texts, folder, None if other is None else other.classifier)
    agreement = _agreement(classifier, predictions, folder, trained_model_difference)
    verdict = judge(metrics, comparison, data, outcomes, gaps, agreement, speed, gates)
    report = Report(
        schema_version=SCHEMA_VERSION,
        created_at=created_at,
        model=_model_facts(classifier),
        data=data,
        verdict=verdict,
        metrics=metrics,
        comparison=comparison,
        calibration=calibration(predictions),
        curves=curves(predictions),
        confusion=confusion(predictions),
        slices=of_slices,
        robustness=noise,
        behaviour=outcomes,
        false_alarm_gaps=gaps,
        mistakes=mistakes,
        suspects=doubtful,
        agreement=agreement,
        speed=speed,
    )
    return Evaluation(report, predictions)


def compare_decisions(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Return the share of predicted positives that differ: |first xor second| / |first or second|.

    It is the Jaccard distance of the two sets of positives: 0 if they are equal (also if both are empty), 1 if
    they have nothing in common. Cells that both call negative do not dilute it.

    Args:
        first: Shape (n, k), boolean.
        second: Same shape.

    Raises:
        ValueError: If the shapes differ.
    """
    if first.shape != second.shape:
        raise ValueError(f"The decisions must have one shape; got {first.shape} and {second.shape}.")
    either = int((first | second).sum())
    return int((first ^ second).sum()) / either if either else 0.0


def _comparison(predictions: Predictions, other: Other | None, draws: int, seed: int) -> Comparison | None:
    if other is None:
        return None
    try:
        found = compare(predictions, other.predictions, other.model, draws=draws, seed=seed)
    except ValueError as error:
        raise ReportError([Problem(f"cannot be compared with {other.model}: {error}")]) from error
    if found is None:
        message = f"cannot be compared with {other.model}: no paragraph has been judged by both with the same labels"
        raise ReportError([Problem(message)])
    return found


def _model_facts(classifier: Classifier) -> ModelFacts:
    training = classifier.facts.get("training", {})
    return ModelFacts(
        name=classifier.name,
        version=classifier.version,
        themes=tuple(ThemeName(theme.id, theme.name_ar, theme.name_en) for theme in classifier.themes.items),
        commit=str(training.get("commit") or ""),
        config_sha256=str(training.get("config_sha256", "")),
        trained_at=str(training.get("trained_at", "")),
        trained_on=dict(training.get("trained_on", {})),
    )


def _data_facts(paragraphs: Paragraphs, folder: Path | None) -> DataFacts:
    hashes = None if folder is None else read_trained_on(folder)
    checked: dict[tuple[bool, bool], Literal["hashes", "corpus", "both", "none"]] = {
        (False, False): "none",
        (True, False): "hashes",
        (False, True): "corpus",
        (True, True): "both",
    }
    return DataFacts(
        split=paragraphs.split,
        corpus_sha256=paragraphs.corpus_sha256,
        sources=dict(Counter(paragraph.source or "unnamed" for paragraph in paragraphs.judged).most_common()),
        leak_check=checked[hashes is not None, bool(paragraphs.training)],
        leaks=find_leaks(paragraphs.judged, hashes, paragraphs.training),
    )


def _agreement(
    classifier: Classifier,
    predictions: Predictions,
    folder: Path | None,
    trained_model_difference: tuple[float, float] | None,
) -> Agreement:
    metrics: Any = classifier.facts.get("metrics", {})
    here, avx2 = trained_model_difference or (metrics.get("engine_difference"), metrics.get("engine_difference_avx2"))
    return Agreement(here, avx2, _own_report_difference(predictions, folder))


def _own_report_difference(predictions: Predictions, folder: Path | None) -> float | None:
    path = None if folder is None else folder / "report" / "predictions.jsonl"
    if path is None or not path.exists():
        return None
    before = read_predictions(path)
    if set(before.theme_ids) != set(predictions.theme_ids):
        return None
    row_of = {paragraph_id: row for row, paragraph_id in enumerate(before.paragraph_ids)}
    rows = [row for row, each in enumerate(predictions.paragraph_ids) if each in row_of]
    if not rows:
        return None
    same = before.with_themes(predictions.theme_ids).of_rows([row_of[predictions.paragraph_ids[row]] for row in rows])
    return compare_decisions(predictions.of_rows(rows).decisions, same.decisions)
