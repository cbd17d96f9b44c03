"""The whole road: config, corpus, split, training, decision, export, report, model folder."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.folder import write_report
from evaluation.leaks import TRAINED_ON, trained_on_bytes
from evaluation.report import Evaluation, Report
from evaluation.run import Paragraphs, compare_decisions, evaluate_classifier, predict
from mihwar.artefact import DECISION, MANIFEST, Manifest, file_facts, read_artefact, replace_folder, write_json
from mihwar.classifier import Classifier
from mihwar.decision import Decision
from mihwar.errors import ArtefactError, CorpusError, Problem, SaveError
from mihwar.paragraph import LabelledParagraph, targets
from training.agreement import decisions_with_avx2
from training.card import model_card
from training.circumstances import circumstances, peak_memory_mib
from training.config import LoadedConfig, TfidfConfig, to_yaml
from training.corpus import Corpus, load_corpus
from training.decide import fit_decision
from training.folds import article_folds
from training.lock import Lock, open_workspace
from training.recipe import Fitted, Workspace, normaliser_options
from training.split import Splits, split_corpus
from training.tfidf import fit_tfidf

__all__ = [
    "Trained",
    "check_writable",
    "decision_paragraphs",
    "decision_warnings",
    "read_corpus",
    "train",
]

Stage = Callable[[str], None]


@dataclass(frozen=True)
class Trained:
    """What a run made.

    Attributes:
        folder: The model folder.
        report: Its report on the untouched test split.
        last_headline: Headline metrics of the model it replaced, if that was judged on the same split.
        notes: What a person should know of the result, one sentence each.
    """

    folder: Path
    report: Report
    last_headline: Mapping[str, Any] | None
    notes: tuple[str, ...] = ()


def read_corpus(loaded: LoadedConfig) -> tuple[Corpus, Splits]:
    """Load and split the corpus of a config.

    Args:
        loaded: The config with its themes.

    Raises:
        CorpusError: If the corpus cannot be used as it is.
    """
    config = loaded.config
    corpus = load_corpus(
        loaded.corpus_files, loaded.themes, format=config.corpus.format, hub_split=config.corpus.hub_split
    )
    splits = split_corpus(corpus, calibration=config.split.calibration, test=config.split.test, salt=config.split.salt)
    return corpus, splits


def check_writable(folder: Path) -> None:
    """Find out before the training, rather than after it, whether its result can be saved.

    Args:
        folder: Where model folders are written; made if it is not there.

    Raises:
        SaveError: If nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SaveError(f"{folder} cannot be written: {error}. Choose another `output`.") from error


def train(loaded: LoadedConfig, *, resume: bool | None = None, stage: Stage = lambda _: None) -> Trained | None:
    """Train a model and put it in the place of the last one.

    A run that is killed at any moment leaves the last good model folder untouched; started again, it goes on
    from its last checkpoint.

    Args:
        loaded: The config with its themes.
        resume: True goes on and refuses if config, corpus, split or themes changed; None goes on if nothing
            changed; False starts afresh.
        stage: Told what begins now.

    Returns:
        What was made; None in all processes of a distributed run but the first.

    Raises:
        ConfigError: If `resume` is True and there is nothing to go on from.
        CorpusError: If the corpus cannot be used as it is.
        BackboneError: If the backbone cannot be loaded.
        DeviceError: If the device asked for is not there.
        SaveError: If the model folder cannot be written.
    """
    started = time.monotonic()
    config, theme_ids = loaded.config, loaded.themes.ids
    check_writable(loaded.output)
    stage("Reading the corpus")
    corpus, splits = read_corpus(loaded)
    decision_paragraphs(loaded, splits)  # a source that is not there is found out before the training
    lock = Lock.of(loaded, corpus.sha256, splits.sha256)
    runs_folder = loaded.runs / config.name
    workspace = open_workspace(runs_folder, lock, resume) if _is_first_process() else Workspace(runs_folder, True)
    stage("Training")
    fitted = _fit(loaded, splits.train, splits.calibration, workspace)
    decided_on, logits = _decision_logits(loaded, splits, fitted, workspace, stage)
    if not _is_first_process():
        return None
    stage("Choosing calibration and thresholds")
    decision = fit_decision(
        logits, targets(decided_on, theme_ids), [paragraph.article_id for paragraph in decided_on], config.decision
    )
    points = decision.operating_points
    folder = loaded.output / config.name
    last = _last_headline(folder, loaded, splits)
    with replace_folder(folder) as aside:
        stage("Exporting")
        manifest = Manifest(
            name=config.name,
            version=config.version,
            description=config.description,
            themes=loaded.themes,
            normaliser=normaliser_options(config.normaliser),
            engine=fitted.write(aside),
            backbone=fitted.backbone,
            training={
                **asdict(lock),
                **circumstances(),
                **fitted.facts,
                "trained_on": _by_source(splits.train),
                "decided_on": _by_source(decided_on),
                "operating_points": sorted(points),
                "operating_points_not_promised": sorted(set(config.decision.operating_points) - set(points)),
            },
            metrics={},
            files={},
        )
        write_json(aside / DECISION, decision.to_json(theme_ids))
        (aside / TRAINED_ON).write_bytes(trained_on_bytes(paragraph.text for paragraph in splits.train))
        (aside / "config.yaml").write_text(to_yaml(loaded.relative_to(folder)), encoding="utf-8")
        _write_manifest(aside, manifest)
        evaluation = _evaluate(aside, loaded, corpus, splits, fitted, decision, stage)
        report = evaluation.report
        write_report(aside / "report", evaluation)
        training = {
            **manifest.training,
            # Of a run that was resumed, the training counts and not the rest of this process.
            "seconds": fitted.facts.get("seconds", round(time.monotonic() - started, 1)),
            "peak_memory_mib": max(round(peak_memory_mib()), round(fitted.facts.get("peak_memory_mib", 0))),
        }
        manifest = replace(manifest, metrics=report.headline(), training=training)
        (aside / "README.md").write_text(model_card(manifest, report), encoding="utf-8")
        _write_manifest(aside, manifest)
    shutil.rmtree(workspace.folder, ignore_errors=True)
    notes = decision_warnings(decided_on, theme_ids)
    notes += [
        f"operating point {name!r} cannot be promised on {len(decided_on):,} paragraphs and is left out"
        for name in manifest.training["operating_points_not_promised"]
    ]
    if decision.default != config.decision.operating_point:
        notes.append(f"so {decision.default!r} is the default, not {config.decision.operating_point!r}")
    return Trained(folder, report, last, tuple(notes))


def _by_source(paragraphs: Sequence[LabelledParagraph]) -> dict[str, int]:
    return dict(Counter(paragraph.source or "unnamed" for paragraph in paragraphs).most_common())


def _last_headline(folder: Path, loaded: LoadedConfig, splits: Splits) -> Mapping[str, Any] | None:
    """Return the metrics of the model that is about to be replaced, if it was judged on the same paragraphs."""
    try:
        last = read_artefact(folder).manifest
    except ArtefactError:
        return None
    same = last.themes == loaded.themes and last.training.get("split_sha256") == splits.sha256
    return last.metrics if same else None


def _fit(
    loaded: LoadedConfig,
    train_part: Sequence[LabelledParagraph],
    validation: Sequence[LabelledParagraph],
    workspace: Workspace,
) -> Fitted:
    model, theme_ids = loaded.config.model, loaded.themes.ids
    normaliser, seed = normaliser_options(loaded.config.normaliser), loaded.config.seed
    if isinstance(model, TfidfConfig):
        return fit_tfidf(model, normaliser, theme_ids, train_part, seed)
    # Imported when needed: the baseline does without torch.
    from training.transformer import fit_transformer

    # First what takes seconds: a corpus too small for it is found out before the hour of fine-tuning.
    ngrams = fit_tfidf(model.ngrams, normaliser, theme_ids, train_part, seed) if model.ngrams else None
    encoder = fit_transformer(loaded, train_part, validation, workspace)
    if ngrams is None:
        return encoder
    from training.blend import fit_blend

    # The weights of both are a decision too: they are fitted on what decisions are fitted on.
    return fit_blend(encoder, ngrams, _of_sources(validation, loaded.config.decision.sources) or validation, theme_ids)


def _decision_logits(
    loaded: LoadedConfig, splits: Splits, fitted: Fitted, workspace: Workspace, stage: Stage
) -> tuple[Sequence[LabelledParagraph], NDArray[np.float64]]:
    """Score paragraphs that the weights were not trained on: the calibration split, or all folds."""
    n_folds = loaded.config.decision.out_of_fold
    if not n_folds:
        chosen = decision_paragraphs(loaded, splits)
        return chosen, fitted.logits(chosen)
    paragraphs: list[LabelledParagraph] = []
    logits = []
    pool = [*splits.train, *splits.calibration]
    for number, (rest, fold) in enumerate(article_folds(pool, n_folds, loaded.config.split.salt), start=1):
        stage(f"Training without fold {number} of {n_folds}")
        # The epoch is chosen on the fold as well: one number out of a few, against k small validation sets.
        one = _fit(loaded, rest, fold, replace(workspace, folder=workspace.folder / f"fold-{number}"))
        paragraphs += fold
        logits.append(one.logits(fold))
    wanted = {paragraph.id for paragraph in decision_paragraphs(loaded, splits)}
    rows = [row for row, paragraph in enumerate(paragraphs) if paragraph.id in wanted]
    return [paragraphs[row] for row in rows], np.concatenate(logits)[rows]


def decision_paragraphs(loaded: LoadedConfig, splits: Splits) -> list[LabelledParagraph]:
    """Return the paragraphs that calibration and thresholds are fitted on, of the sources that the config names.

    Args:
        loaded: The config.
        splits: The corpus, shared out. With out-of-fold logits the training split counts as well.

    Raises:
        CorpusError: If there is none.
    """
    decision = loaded.config.decision
    pool = [*(splits.train if decision.out_of_fold else ()), *splits.calibration]
    chosen = _of_sources(pool, decision.sources)
    if not chosen:
        known = ", ".join(sorted({repr(paragraph.source) for paragraph in pool}))
        message = f"no calibration paragraph has one of these sources; there are {known}"
        raise CorpusError([Problem(message, key="decision.sources")])
    return chosen


def _of_sources(paragraphs: Sequence[LabelledParagraph], sources: Sequence[str]) -> list[LabelledParagraph]:
    return [paragraph for paragraph in paragraphs if not sources or paragraph.source in sources]


def decision_warnings(paragraphs: Sequence[LabelledParagraph], theme_ids: Sequence[str]) -> list[str]:
    """Name the themes whose threshold will be the common one.

    Args:
        paragraphs: What `decision_paragraphs` returned.
        theme_ids: The themes.
    """
    present = {theme for paragraph in paragraphs for theme in paragraph.labels}
    absent = [theme for theme in theme_ids if theme not in present]
    many = f"none of the {len(paragraphs):,} paragraphs that set thresholds is about"
    return [f"{many} {', '.join(absent)}: the common threshold is taken"] if absent else []


def _evaluate(
    folder: Path,
    loaded: LoadedConfig,
    corpus: Corpus,
    splits: Splits,
    fitted: Fitted,
    decision: Decision,
    stage: Stage,
) -> Evaluation:
    """Judge the very classifier that will serve, and hold it against the trained model."""
    stage("Evaluating on the test split")
    classifier = Classifier.load(folder)
    predictions = predict(classifier, splits.test)
    trained = decision.probabilities(fitted.logits(splits.test)) >= decision.limits()
    with_avx2 = decisions_with_avx2(folder, [paragraph.text for paragraph in splits.test])
    return evaluate_classifier(
        classifier,
        Paragraphs(
            splits.test,
            splits.train,
            split="test",
            corpus_sha256=corpus.sha256,
            hidden_sources=loaded.config.report.hidden_sources,
        ),
        gates=loaded.config.gates,
        folder=folder,
        trained_model_difference=(
            compare_decisions(trained, predictions.decisions),
            compare_decisions(trained, with_avx2),
        ),
        predictions=predictions,
        stage=stage,
    )


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    files = {
        path.relative_to(folder).as_posix(): file_facts(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / MANIFEST
    }
    write_json(folder / MANIFEST, replace(manifest, files=files).to_json())


def _is_first_process() -> bool:
    return int(os.environ.get("RANK", "0")) == 0
