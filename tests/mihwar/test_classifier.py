from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from mihwar.artefact import read_artefact
from mihwar.classifier import Classifier, Prediction, _evidence
from mihwar.decision import Decision, OperatingPoint
from mihwar.engine import Window, WindowScores, load_engine
from mihwar.engine.openvino import OpenVinoEngine
from mihwar.errors import TextError
from mihwar.text import NormaliserOptions
from tests.tiny import FILLER, OTHER, WORDS

CELL = "تم تفكيك خلية إرهابية وتوقيف مشتبه في إعداد متفجرات ضمن مخطط تم إحباط تنفيذه"
SPORT = "مباراة الفريق في مهرجان المدرسة"


@pytest.fixture(scope="module")
def classifier(tiny_model: Path) -> Classifier:
    return Classifier.load(tiny_model)


def some_texts(n: int = 40, seed: int = 1) -> list[str]:
    draw = random.Random(seed)
    pool = " ".join([*WORDS.values(), OTHER, FILLER]).split()
    return [" ".join(draw.choices(pool, k=draw.randint(1, 40))) for _ in range(n)]


def probabilities(predictions: Sequence[Prediction]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.stack([prediction.probabilities for prediction in predictions])


def test_it_has_learnt(classifier: Classifier) -> None:
    cell, sport = classifier.classify([CELL, SPORT])
    assert cell.themes[0] == "cell_dismantling"
    assert sport.themes == ()


def test_themes_come_most_probable_first(classifier: Classifier) -> None:
    (prediction,) = classifier.classify([CELL], thresholds=1e-6)
    assert len(prediction.themes) == 3
    by_id = dict(zip(classifier.themes.ids, prediction.probabilities, strict=True))
    assert [by_id[theme] for theme in prediction.themes] == sorted(by_id.values(), reverse=True)


def test_operating_points_thresholds_on_top_and_what_is_uncertain(tiny_model: Path) -> None:
    artefact = read_artefact(tiny_model)
    given = artefact.decision
    points = {"loose": OperatingPoint("recall", 0.9, -50.0, 10), "strict": OperatingPoint("precision", 0.9, 50.0, 10)}
    decision = Decision(given.scale, given.offset, given.thresholds, 1000.0, points)
    classifier = Classifier(artefact.manifest, decision, load_engine(artefact))
    ids = classifier.themes.ids
    (loose,) = classifier.classify([SPORT], operating_point="loose")
    (strict,) = classifier.classify([CELL], operating_point="strict")
    assert set(loose.themes) == set(ids)
    assert strict.themes == ()
    (mixed,) = classifier.classify([SPORT], operating_point="loose", thresholds={ids[0]: 0.999})
    assert set(mixed.themes) == set(ids[1:])
    assert classifier.classify([CELL])[0].themes == classifier.classify([CELL], operating_point="balanced")[0].themes
    # With so wide a margin every decision is uncertain, but those on a text without words.
    assert classifier.classify([CELL])[0].uncertain == ids
    assert classifier.classify(["  "])[0].uncertain == ()
    with pytest.raises(ValueError, match="there are balanced, loose, strict"):
        classifier.classify([CELL], operating_point="loos")


def test_a_text_is_scored_alike_in_any_company(classifier: Classifier) -> None:
    texts = some_texts()
    together = probabilities(classifier.classify(texts))
    alone = np.concatenate([probabilities(classifier.classify([text])) for text in texts])
    backwards = probabilities(classifier.classify(texts[::-1]))[::-1]
    np.testing.assert_allclose(together, alone, atol=1e-3)
    np.testing.assert_allclose(together, backwards, atol=1e-3)
    far_from_threshold = np.abs(together - classifier.thresholds) > 1e-3
    decided, decided_alone = together >= classifier.thresholds, alone >= classifier.thresholds
    assert (decided == decided_alone)[far_from_threshold].all()


def test_evidence_adds_up_to_the_logit(classifier: Classifier) -> None:
    texts = [*some_texts(), CELL * 30, "؟!", "a" * 500, "ﷺ قال"]
    for prediction in classifier.classify(texts, thresholds=1e-9, evidence=True):
        assert prediction.evidence is not None
        assert [each.theme for each in prediction.evidence] == list(prediction.themes)
        for evidence in prediction.evidence:
            total = evidence.base + sum(span.contribution for span in evidence.spans)
            assert total == pytest.approx(evidence.logit, abs=1e-4)
            column = classifier.themes.ids.index(evidence.theme)
            assert evidence.logit == pytest.approx(prediction.logits[column])


def test_evidence_spans_are_words_of_the_original_text(classifier: Classifier) -> None:
    text = f"  «{CELL}»،\u200f ثم هـــرب."
    (prediction,) = classifier.classify([text], thresholds=1e-9, evidence=True)
    assert prediction.evidence is not None
    words = [text[span.start : span.end] for span in prediction.evidence[0].spans]
    assert words == [*CELL.split(), "ثم", "هـــرب"]


def test_no_evidence_unless_asked_for(classifier: Classifier) -> None:
    assert classifier.classify([CELL])[0].evidence is None


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200f\u200e", "\u00a0"])
def test_blank_text_has_no_theme(classifier: Classifier, text: str) -> None:
    (prediction,) = classifier.classify([text], thresholds=1e-9, evidence=True)
    assert prediction.themes == ()
    assert prediction.warnings == ("empty",)
    assert prediction.tokens == 0


def test_long_text_is_windowed_not_cut(classifier: Classifier) -> None:
    text = f"{(FILLER + ' ') * 30} {CELL}"
    (prediction,) = classifier.classify([text], evidence=True)
    assert prediction.windows > 1
    assert "windowed" in prediction.warnings
    assert "cell_dismantling" in prediction.themes
    assert prediction.evidence is not None
    (evidence,) = (each for each in prediction.evidence if each.theme == "cell_dismantling")
    best = max(evidence.spans, key=lambda span: span.contribution)
    assert text[best.start : best.end] in CELL


def test_other_languages_are_flagged(classifier: Classifier) -> None:
    (prediction,) = classifier.classify(["The police arrested three men at the border on Monday"])
    assert "not_arabic" in prediction.warnings


def test_surrogates_are_named(classifier: Classifier) -> None:
    with pytest.raises(TextError, match="Text 1"):
        classifier.classify([SPORT, "كلمة \ud800"])


@pytest.mark.parametrize("text", ["\x00\x01 كلمة", "ك" * 100_000, "<" * 10_000, "\u202e" * 1000, "👍" * 300])
def test_odd_text_is_classified(classifier: Classifier, text: str) -> None:
    (prediction,) = classifier.classify([text], evidence=True)
    assert np.isfinite(prediction.probabilities).all()


def test_thresholds_by_request(classifier: Classifier) -> None:
    assert classifier.classify([CELL], thresholds=0.999999)[0].themes == ()
    strict = {"cell_dismantling": 0.999999}
    assert "cell_dismantling" not in classifier.classify([CELL], thresholds=strict)[0].themes
    assert "cell_dismantling" in classifier.classify([CELL])[0].themes


@pytest.mark.parametrize("thresholds", [0, 1, -0.1, float("nan"), {"cell_dismantling": 2.0}, {"unknown": 0.5}])
def test_impossible_thresholds(classifier: Classifier, thresholds: float | dict[str, float]) -> None:
    with pytest.raises(ValueError, match="threshold"):
        classifier.classify([CELL], thresholds=thresholds)


def test_no_texts(classifier: Classifier) -> None:
    assert classifier.classify([]) == []


def test_evidence_matters(classifier: Classifier) -> None:
    """Removing the strongest words lowers a theme's logit more than removing as many random words."""
    draw = random.Random(5)
    drops, random_drops = [], []
    for text in [f"{' '.join(draw.sample(words.split(), 5))} {FILLER}" for words in WORDS.values() for _ in range(5)]:
        (prediction,) = classifier.classify([text], evidence=True)
        assert prediction.evidence is not None
        for evidence in prediction.evidence[:1]:
            column = classifier.themes.ids.index(evidence.theme)
            strongest = sorted(evidence.spans, key=lambda span: -span.contribution)[:3]
            chance = draw.sample(list(evidence.spans), 3)
            for spans, into in ((strongest, drops), (chance, random_drops)):
                kept = text
                for span in sorted(spans, key=lambda span: -span.start):
                    kept = kept[: span.start] + kept[span.end :]
                into.append(evidence.logit - classifier.classify([kept])[0].logits[column])
    assert len(drops) >= 10
    assert np.mean(drops) > np.mean(random_drops) + 0.5


def test_a_token_that_begins_on_a_blank_belongs_to_the_word_after_it() -> None:
    window = Window(
        token_ids=np.arange(2), content=slice(0, 2), first_token=0,
        starts=np.array([0, 4], dtype=np.int32), ends=np.array([4, 12], dtype=np.int32),
    )  # fmt: skip
    scores = WindowScores(logits=np.array([3.5]), shares=np.array([[1.0], [2.0]]), base=np.array([0.5]))
    evidence = _evidence("خلية إرهابية", "theme", 0, window, scores)
    assert [(span.start, span.end, span.contribution) for span in evidence.spans] == [(0, 4, 1.0), (5, 12, 2.0)]


def test_logits_are_the_mean_of_token_logits_plus_one_bias(tiny_model: Path) -> None:
    """What makes evidence exact: beside its tokens' shares, a logit holds the same constant for every text."""
    engine = OpenVinoEngine(tiny_model, NormaliserOptions(), read_artefact(tiny_model).manifest.engine)
    biases = []
    for text in some_texts(10):
        (window,) = engine.encode(text)[:1]
        ids = window.token_ids[None]
        outputs = engine._model({"input_ids": ids, "attention_mask": np.ones_like(ids)})
        biases.append(outputs["logits"][0] - outputs["token_logits"][0].mean(axis=0))
    np.testing.assert_allclose(biases, np.broadcast_to(biases[0], np.shape(biases)), atol=1e-4)
