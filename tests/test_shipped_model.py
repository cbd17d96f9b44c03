"""The model in the repository: whole, honest about itself, and sensible."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from evaluation.behaviour import CASES, load_suite, run_suite
from evaluation.folder import read_report
from evaluation.leaks import find_leaks, read_trained_on
from mihwar.artefact import read_artefact
from mihwar.classifier import Classifier
from training.agreement import decisions_with_avx2
from training.config import LoadedConfig, load_config, load_themes
from training.corpus import Corpus, corpus_sha256, load_corpus, read_references
from training.lock import Lock
from training.split import Splits, split_corpus

ROOT = Path(__file__).parent.parent
MODEL = ROOT / "models" / "security-themes"


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier.load(MODEL)


@pytest.fixture(scope="module")
def loaded() -> LoadedConfig:
    return load_config(ROOT / "configs" / "shipped.yaml")


@pytest.fixture(scope="module")
def corpus(loaded: LoadedConfig) -> Corpus:
    """The corpus of the shipped model, its real texts represented by their hashes."""
    authored = load_corpus([ROOT / "corpus" / "*.jsonl"], loaded.themes)
    references = read_references(ROOT / "corpus" / "external" / "ant.jsonl", loaded.themes.ids)
    paragraphs = [*authored.paragraphs, *(reference.paragraph for reference in references)]
    paragraphs.sort(key=lambda paragraph: paragraph.id)
    sha256 = corpus_sha256(paragraphs, {each.paragraph.id: each.sha256 for each in references})
    return Corpus(tuple(paragraphs), loaded.themes, sha256, ())


@pytest.fixture(scope="module")
def splits(loaded: LoadedConfig, corpus: Corpus) -> Splits:
    split = loaded.config.split
    return split_corpus(corpus, calibration=split.calibration, test=split.test, salt=split.salt)


def test_it_was_trained_by_the_committed_config_from_the_committed_corpus(
    loaded: LoadedConfig, corpus: Corpus, splits: Splits
) -> None:
    manifest = read_artefact(MODEL).manifest
    assert (manifest.name, manifest.version) == (loaded.config.name, loaded.config.version)
    assert manifest.themes == load_themes(ROOT / "configs" / "themes" / "security.yaml")
    assert manifest.training["corpus_sha256"] == corpus.sha256
    assert manifest.training["split_sha256"] == splits.sha256
    assert manifest.training["uncommitted_changes"] is False
    assert manifest.training["config_sha256"] == Lock.of(loaded, corpus.sha256, splits.sha256).config_sha256


def test_it_is_small_and_holds_no_training_weights() -> None:
    sizes = {path.name: path.stat().st_size for path in MODEL.rglob("*") if path.is_file()}
    assert sizes["engine.bin"] < 36e6
    assert sum(sizes.values()) < 50e6
    assert not any(name.endswith((".safetensors", ".pt", ".pkl")) for name in sizes)


def test_the_engine_agrees_with_the_trained_model() -> None:
    """Both were measured when the model was made; here they are held against the issue's bound."""
    metrics = read_artefact(MODEL).manifest.metrics
    assert metrics["engine_difference"] <= 0.02
    assert metrics["engine_difference_avx2"] <= 0.02


def test_it_carries_a_report_by_which_it_may_ship(corpus: Corpus) -> None:
    report = read_report(MODEL / "report")
    assert report.verdict.status != "fail", report.verdict.reason
    assert (report.data.leak_check, report.data.leaks) == ("both", ())
    assert "<html" in (MODEL / "report" / "report.html").read_text(encoding="utf-8")
    source = {paragraph.id: paragraph.source for paragraph in corpus.paragraphs}
    shown = {source[each.paragraph_id] for each in (*report.mistakes, *report.suspects) if each.text is not None}
    assert shown == {"synthetic"}  # real news may not be published


def test_it_remembers_what_it_was_trained_on(splits: Splits) -> None:
    written = [paragraph for paragraph in splits.train if paragraph.source == "synthetic"]
    known = read_trained_on(MODEL)
    assert known is not None
    assert len(known) == len(splits.train)
    assert len(find_leaks(written[:50], known)) == 50
    assert find_leaks(splits.test, known) == ()


def test_predictions_are_those_of_its_report(classifier: Classifier, splits: Splits) -> None:
    """On this processor, and on one that has AVX2 at most, decisions differ in at most 2 % of the positives."""
    lines = (MODEL / "report" / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
    reported = {record["id"]: record for record in map(json.loads, lines)}
    assert {paragraph.id for paragraph in splits.test} == set(reported)
    texts = [paragraph.text for paragraph in splits.test]
    expected = np.array(
        [[theme in reported[p.id]["predicted"] for theme in classifier.themes.ids] for p in splits.test]
    )
    here = np.array([[theme in p.themes for theme in classifier.themes.ids] for p in classifier.classify(texts)])
    some = texts[:400]
    for decisions in (here, decisions_with_avx2(MODEL, some)):
        of_report = expected[: len(decisions)]
        assert (decisions != of_report).sum() <= 0.02 * (decisions | of_report).sum()


def test_a_text_is_scored_alike_in_any_company(classifier: Classifier, splits: Splits) -> None:
    texts = [paragraph.text for paragraph in splits.test][:60]
    together = np.stack([p.probabilities for p in classifier.classify(texts)])
    alone = np.stack([classifier.classify([text])[0].probabilities for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-3)
    outside = np.abs(together - classifier.thresholds) > 1e-3
    assert ((together >= classifier.thresholds) == (alone >= classifier.thresholds))[outside].all()


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem[3:])
def test_behaviour(classifier: Classifier, path: Path) -> None:
    suite = load_suite(path, classifier.themes.ids)
    assert run_suite(suite, classifier).failures == ()


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("أعلنت السلطات تفكيك خلية إرهابية من خمسة أفراد كانوا يخططون لهجوم وحجز مواد متفجرة", "cell_dismantling"),
        ("تعرض موقع الوزارة لهجوم إلكتروني أدى إلى تسريب بيانات آلاف المستخدمين", "cybersecurity"),
        ("اعترض خفر السواحل قاربا يقل أربعين مهاجرا غير نظامي قبالة السواحل", "border_security"),
        ("أصدرت المحكمة حكما بالسجن عشر سنوات في حق متهمين في قضية إرهاب", "judicial_proceedings"),
        ("وقع البلدان اتفاقية لتبادل المعلومات الأمنية وتنظيم تمارين مشتركة", "international_cooperation"),
        ("جمدت السلطات أرصدة أشخاص يشتبه في تمويلهم جماعات إرهابية عبر تحويلات مالية", "terrorism_financing"),
    ],
)
def test_plain_cases(classifier: Classifier, text: str, theme: str) -> None:
    (prediction,) = classifier.classify([text])
    assert theme in prediction.themes


@pytest.mark.parametrize(
    "text",
    [
        "فاز الفريق بهدفين لصفر بعد هجوم مرتد سريع في الدقيقة الأخيرة من المباراة",
        "ارتفعت أسعار الخضر والفواكه في الأسواق مع بداية شهر رمضان",
        "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
    ],
)
def test_plain_cases_without_a_theme(classifier: Classifier, text: str) -> None:
    (prediction,) = classifier.classify([text])
    assert prediction.themes == ()


def test_removing_the_evidence_lowers_the_score_more_than_removing_random_words(
    classifier: Classifier, splits: Splits
) -> None:
    draw = random.Random(11)
    drops, random_drops = [], []
    for paragraph in splits.test[:250]:
        (prediction,) = classifier.classify([paragraph.text], evidence=True)
        for evidence in prediction.evidence or ():
            n_removed = max(1, len(evidence.spans) // 5)
            column = classifier.themes.ids.index(evidence.theme)
            strongest = sorted(evidence.spans, key=lambda span: -span.contribution)[:n_removed]
            for spans, into in (
                (strongest, drops),
                (draw.sample(list(evidence.spans), n_removed), random_drops),
            ):
                kept = paragraph.text
                for span in sorted(spans, key=lambda span: -span.start):
                    kept = kept[: span.start] + kept[span.end :]
                into.append(evidence.logit - classifier.classify([kept])[0].logits[column])
    assert len(drops) > 50
    # A fifth of the words: chosen by their evidence they carry far more of the score than by chance.
    assert np.median(drops) > 2 * np.median(random_drops)
    assert np.mean(np.array(drops) > np.array(random_drops)) > 0.7
