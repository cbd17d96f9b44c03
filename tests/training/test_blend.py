from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mihwar.artefact import Artefact, read_artefact
from mihwar.classifier import Classifier, Prediction
from mihwar.engine import Scales, load_engine
from mihwar.errors import ArtefactMissingError, CorpusError, EngineError
from tests.tiny import tiny_project
from training.blend import fit_scales
from training.config import load_config
from training.run import Trained, train

TEXTS = [
    "تفكيك خلية إرهابية، «توقيف» مشتبه بهم...",
    "إختراق   الخوادم\u200f وتسْريب بيانات",
    "؟",
    "مباراة الفريق " * 60 + "اختراق قرصنة بيانات",
]


@pytest.fixture(scope="module")
def blended(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    config = tiny_project(tmp_path_factory.mktemp("blend"))
    trained = train(load_config(config, ["model.ngrams={}"]))
    assert trained is not None
    return trained


@pytest.fixture(scope="module")
def artefact(blended: Trained) -> Artefact:
    return read_artefact(blended.folder)


def with_options(artefact: Artefact, changes: Mapping[str, Any]) -> Artefact:
    manifest = artefact.manifest
    return replace(artefact, manifest=replace(manifest, engine={**manifest.engine, **changes}))


def classify(artefact: Artefact) -> list[Prediction]:
    classifier = Classifier(artefact.manifest, artefact.decision, load_engine(artefact))
    return classifier.classify(TEXTS, thresholds=0.0001, evidence=True)


def test_it_serves_what_was_trained(blended: Trained) -> None:
    assert blended.report.agreement.trained_model == 0
    assert blended.report.agreement.trained_model_avx2 == 0


def test_its_logits_are_the_weighted_sum_of_both(artefact: Artefact) -> None:
    options = artefact.manifest.engine
    alone = [
        classify(with_options(artefact, {"encoder_scale": encoder, "ngrams_scale": ngrams}))
        for encoder, ngrams in ((1.0, 0.0), (0.0, 1.0))
    ]
    for both, encoder, ngrams in zip(classify(artefact)[:3], *(each[:3] for each in alone), strict=True):
        expected = options["encoder_scale"] * encoder.logits + options["ngrams_scale"] * ngrams.logits
        np.testing.assert_allclose(both.logits, expected, atol=1e-6)


def test_the_windows_of_a_long_text_are_judged_by_their_own_words(artefact: Artefact) -> None:
    *_, long = classify(with_options(artefact, {"encoder_scale": 0.0, "ngrams_scale": 1.0}))
    assert long.windows > 1
    cyber = artefact.manifest.themes.ids.index("cybersecurity")
    diluted = load_engine(replace(artefact, manifest=replace(artefact.manifest, engine={"kind": "tfidf"})))
    (whole,) = diluted.run(diluted.encode(TEXTS[-1]))
    assert long.logits[cyber] > whole.logits[cyber] + 0.5


def test_evidence_adds_up_to_the_logit(artefact: Artefact) -> None:
    for text, prediction in zip(TEXTS, classify(artefact), strict=True):
        assert prediction.evidence
        for theme in prediction.evidence:
            total = theme.base + sum(span.contribution for span in theme.spans)
            assert total == pytest.approx(theme.logit)
            assert all(0 <= span.start < span.end <= len(text) for span in theme.spans)


def test_the_share_of_a_word_stands_at_the_word(artefact: Artefact) -> None:
    ngrams_alone = classify(with_options(artefact, {"encoder_scale": 0.0, "ngrams_scale": 1.0}))
    engine = load_engine(replace(artefact, manifest=replace(artefact.manifest, engine={"kind": "tfidf"})))
    for text, prediction in zip(TEXTS[:2], ngrams_alone[:2], strict=True):
        (window,) = engine.encode(text)
        (scores,) = engine.run([window])
        assert prediction.evidence
        for theme in prediction.evidence:
            column = artefact.manifest.themes.ids.index(theme.theme)
            expected = {
                (int(start), int(end)): share
                for start, end, share in zip(window.starts, window.ends, scores.shares[:, column], strict=True)
            }
            found = {(span.start, span.end): span.contribution for span in theme.spans}
            assert found == pytest.approx(expected)


@pytest.mark.parametrize("value", [None, "1", True, float("nan")])
def test_a_weight_that_is_no_number_is_refused(artefact: Artefact, value: object) -> None:
    with pytest.raises(EngineError, match="'ngrams_scale' of the manifest must be a number"):
        load_engine(with_options(artefact, {"ngrams_scale": value}))


def test_a_file_that_is_not_listed_is_refused(artefact: Artefact) -> None:
    files = {name: facts for name, facts in artefact.manifest.files.items() if name != "tfidf.npz"}
    with pytest.raises(ArtefactMissingError, match=r"does not list tfidf\.npz"):
        load_engine(replace(artefact, manifest=replace(artefact.manifest, files=files)))


def test_a_corpus_too_small_for_it_is_found_out_before_the_training(tmp_path: Path) -> None:
    config = tiny_project(tmp_path)
    with pytest.raises(CorpusError, match="min_documents: no word n-gram occurs in 5000 paragraphs"):
        train(load_config(config, ["model.ngrams={min_documents: 5000}"]))
    assert not list((tmp_path / "runs").glob("*/checkpoint-*"))


def test_the_better_model_weighs_more() -> None:
    random = np.random.default_rng(1)
    wanted = random.integers(0, 2, (400, 3)).astype(float)
    good, poor = (wanted * 2 - 1 + random.normal(0, noise, wanted.shape) for noise in (1.0, 3.0))
    scales = fit_scales(good, poor, wanted)
    assert scales.encoder > 2 * scales.ngrams > 0
    wanted[0] = np.nan  # not judged
    assert fit_scales(good, poor, wanted).encoder == pytest.approx(scales.encoder, rel=0.05)


def test_a_model_that_adds_nothing_is_left_out() -> None:
    wanted = np.array([[1.0, 0.0]] * 50)
    right, wrong = wanted * 2 - 1 + np.linspace(0, 3, 50)[:, None], 1 - wanted * 2
    assert fit_scales(right, wrong + right, wanted).encoder >= 0
    assert fit_scales(wrong, wrong, wanted) == Scales(1.0, 0.0)


def test_without_both_answers_both_weigh_the_same() -> None:
    assert fit_scales(np.ones((2, 2)), np.ones((2, 2)), np.zeros((2, 2))) == Scales(0.5, 0.5)
