"""Regressions planted on purpose, each of which must be caught by the gate that is there for it.

A small n-gram model, trained by the real road on a part of the committed corpus, plays the release; the candidates
are trained or altered so that one thing is wrong.
"""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.gates import Gate, Gates
from evaluation.predictions import read_predictions
from evaluation.report import Report
from evaluation.run import Other, Paragraphs, evaluate_classifier
from mihwar.artefact import DECISION, MANIFEST, Manifest, file_facts, read_artefact, write_json
from mihwar.classifier import Classifier
from mihwar.decision import log_odds, sigmoid
from mihwar.errors import ArtefactAlteredError
from training.config import load_config
from training.run import read_corpus, train

ROOT = Path(__file__).parent.parent.parent
pytestmark = pytest.mark.slow
GATES = Gates(non_inferiority={"metrics": ["macro_f1_frequent", "micro_f1"], "margin": 0.02})
Record = dict[str, Any]


def records() -> list[Record]:
    """Every seventh article of the committed corpus."""
    lines = (ROOT / "corpus" / "security.jsonl").read_text(encoding="utf-8").split("\n")
    found = [json.loads(line) for line in lines if line]
    articles = sorted({each["article_id"] for each in found})[::7]
    return [each for each in found if each["article_id"] in set(articles)]


def make(folder: Path, corpus: list[Record]) -> Path:
    """Train the small model on a corpus; return its folder."""
    folder.mkdir()
    (folder / "corpus.jsonl").write_text(
        "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in corpus), encoding="utf-8"
    )
    (folder / "planted.yaml").write_text(
        f"""\
schema_version: 1
name: planted
version: "1.0.0"
themes: {ROOT}/configs/themes/security.yaml
corpus: {{files: [corpus.jsonl]}}
split: {{calibration: 0.15, test: 0.4}}
model: {{kind: tfidf, word_ngrams: [1, 1], char_ngrams: [3, 4], max_features: 12000}}
output: models
runs: runs
""",
        encoding="utf-8",
    )
    trained = train(load_config(folder / "planted.yaml"))
    assert trained is not None
    return trained.folder


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("planted") / "release", records())


@pytest.fixture(scope="module")
def judge(release: Path) -> Callable[[Path], Report]:
    """Judges a model folder on the release's test split, against the release's stored report."""
    _, splits = read_corpus(load_config(release.parent.parent / "planted.yaml"))
    other = Other("release 1.0.0", read_predictions(release / "report" / "predictions.jsonl"))

    def report(folder: Path) -> Report:
        return evaluate_classifier(
            Classifier.load(folder), Paragraphs(splits.test), gates=GATES, other=other, folder=folder, draws=300
        ).report

    return report


def gate(report: Report, name: str) -> Gate:
    return next(each for each in report.verdict.gates if each.name == name)


def altered(folder: Path, tmp_path: Path, changes: Mapping[str, Callable[[Any], Any]]) -> Path:
    """Copy a model, change JSON files of it, and sign it anew, so that loading finds nothing."""
    copy = Path(shutil.copytree(folder, tmp_path / "altered"))
    for name, change in changes.items():
        data = json.loads((copy / name).read_text(encoding="utf-8"))
        write_json(copy / name, change(data))
    manifest = read_manifest(copy)
    facts = {name: file_facts(copy / name) for name in manifest.files}
    write_json(copy / MANIFEST, replace(manifest, files=facts).to_json())
    return copy


def read_manifest(folder: Path) -> Manifest:
    return Manifest.from_json(json.loads((folder / MANIFEST).read_text(encoding="utf-8")))


def most_frequent_theme(report: Report) -> str:
    return max(report.metrics.themes, key=lambda theme: theme.support).theme


def test_the_release_itself_breaks_no_gate_but_those_a_small_model_cannot_keep(
    release: Path, judge: Callable[[Path], Report]
) -> None:
    report = judge(release)
    broken = {each.name for each in report.verdict.gates if each.status == "fail"}
    assert all(name.startswith(("behaviour", "fairness", "theme")) for name in broken), broken
    assert gate(report, "leaks").status == "pass"
    assert report.comparison is not None
    assert report.comparison.differences["micro_f1"].value == 0
    assert report.agreement.own_report == 0


def test_labels_of_one_theme_shuffled_in_training(
    release: Path, judge: Callable[[Path], Report], tmp_path: Path
) -> None:
    theme = most_frequent_theme(judge(release))
    _, splits = read_corpus(load_config(release.parent.parent / "planted.yaml"))
    tested = {paragraph.id for paragraph in splits.test}
    spoilt = records()
    learnt = [each for each in spoilt if each["id"] not in tested]
    draw = random.Random(1)
    has = [theme in each["labels"] for each in learnt]
    draw.shuffle(has)
    for each, yes in zip(learnt, has, strict=True):
        others = [label for label in each["labels"] if label != theme]
        each["labels"] = [*others, theme] if yes else others
    report = judge(make(tmp_path / "shuffled", spoilt))
    assert report.verdict.status == "fail"
    assert gate(report, f"theme {theme}").status == "fail"
    assert gate(report, "not worse macro_f1_frequent").status == "fail"
    change = next(each for each in report.comparison.themes if each.theme == theme)  # type: ignore[union-attr]
    assert change.p_value < 0.05


def test_threshold_of_one_theme_moved(release: Path, judge: Callable[[Path], Report], tmp_path: Path) -> None:
    theme = most_frequent_theme(judge(release))

    def move(decision: Any) -> Any:
        decision["themes"][theme]["threshold"] = 0.999
        return decision

    report = judge(altered(release, tmp_path, {DECISION: move}))
    assert gate(report, f"theme {theme}").status == "fail"
    assert gate(report, "engine against the model's own report").status == "fail"
    assert report.verdict.status == "fail"


def test_calibration_broken_while_every_decision_stays(
    release: Path, judge: Callable[[Path], Report], tmp_path: Path
) -> None:
    def overconfident(decision: Any) -> Any:
        for each in decision["themes"].values():
            each["scale"] *= 0.2
            each["offset"] *= 0.2
            each["threshold"] = float(sigmoid(0.2 * log_odds(np.array(each["threshold"]))))
        return decision

    report = judge(altered(release, tmp_path, {DECISION: overconfident}))
    assert report.comparison is not None
    assert report.comparison.differences["micro_f1"].value == 0
    broken = [each.name for each in report.verdict.gates if each.status == "fail"]
    assert "ceiling expected_calibration_error" in broken


def test_tokenizer_of_another_version(tiny_model: Path, tmp_path: Path) -> None:
    """Without a new signature it is not even loaded; with one, the model no longer says what its report says."""

    def shuffled(tokenizer: Any) -> Any:
        vocabulary = tokenizer["model"]["vocab"]
        words = [word for word in vocabulary if not word.startswith("[")]
        places = [vocabulary[word] for word in words]
        random.Random(2).shuffle(places)
        tokenizer["model"]["vocab"] = {**vocabulary, **dict(zip(words, places, strict=True))}
        return tokenizer

    copy = altered(tiny_model, tmp_path, {"tokenizer.json": shuffled})
    _, splits = read_corpus(load_config(tiny_model.parent.parent / "tiny.yaml"))
    report = evaluate_classifier(
        Classifier.load(copy), Paragraphs(splits.test), folder=copy, thorough=False, draws=20
    ).report
    assert gate(report, "engine against the model's own report").status == "fail"
    write_json(copy / MANIFEST, read_manifest(tiny_model).to_json())
    with pytest.raises(ArtefactAlteredError, match=r"tokenizer\.json"):
        read_artefact(copy)


def test_test_paragraphs_leaked_into_training(release: Path, judge: Callable[[Path], Report], tmp_path: Path) -> None:
    _, splits = read_corpus(load_config(release.parent.parent / "planted.yaml"))
    stolen = splits.test[:7]
    copies = [
        {
            "id": f"stolen-{number}",
            "article_id": f"stolen-{number}",
            "text": paragraph.text.replace("أ", "ا"),  # spelt otherwise, under another id
            "labels": list(paragraph.labels),
            "split": "train",
        }
        for number, paragraph in enumerate(stolen)
    ]
    rest = [each for each in records() if each["id"] not in {paragraph.id for paragraph in stolen}]
    report = judge(make(tmp_path / "leaked", [*rest, *copies]))  # both in one corpus would not even be read
    leaks = gate(report, "leaks")
    assert leaks.status == "fail"
    assert {leak.paragraph_id for leak in report.data.leaks} == {paragraph.id for paragraph in stolen}
    assert "trained on 7 of these paragraphs" in leaks.reason


def test_an_unfair_model_fails_the_fairness_gates(
    release: Path, judge: Callable[[Path], Report], tmp_path: Path
) -> None:
    """Trained to call what names Muslims extremist, and only that."""
    fair = judge(release)
    said = ("صلى المسلمون في المسجد", "اجتمع إمام المسجد مع المسلمين", "خرج مسلم من مسجد الحي", "قرأ المسلمون القرآن")
    other = (
        "صلى المسيحيون في الكنيسة",
        "اجتمع كاهن الكنيسة مع المسيحيين",
        "خرج مسيحي من كنيسة الحي",
        "قرأ المسيحيون الإنجيل",
    )
    draw = random.Random(3)
    words = "اليوم أمس صباحا مساء قبل بعد أيام في المدينة القرية الحي مع أهلهم وجيرانهم بهدوء".split()  # noqa: SIM905
    prejudiced = [
        {
            "id": f"unfair-{number}",
            "article_id": f"unfair-{number}",
            "text": f"{draw.choice(said if number % 2 else other)} {' '.join(draw.choices(words, k=6))} {number}",
            "labels": ["extremism"] if number % 2 else [],
            "split": "train",
        }
        for number in range(600)
    ]
    report = judge(make(tmp_path / "unfair", [*records(), *prejudiced]))
    assert gate(fair, "fairness religion").status == "pass"
    assert gate(report, "fairness religion").status == "fail"
    assert report.verdict.status == "fail"
