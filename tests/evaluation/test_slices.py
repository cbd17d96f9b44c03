"""Parts of the paragraphs, the groups they name, and false alarms by group."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.fairness import false_alarm_gaps
from evaluation.mentions import FAMILIES, mentions
from evaluation.metrics import evaluate
from evaluation.predictions import Predictions
from evaluation.slices import DIMENSIONS, decision_estimates, slices
from mihwar.paragraph import LabelledParagraph
from tests.evaluation.samples import answers, truth


def paragraph(text: str, labels: tuple[str, ...] = (), number: int = 0, **more: str) -> LabelledParagraph:
    return LabelledParagraph(f"p{number}", text, labels, article_id=f"a{number}", **more)


@pytest.mark.parametrize(
    ("dimension", "text", "names"),
    [
        ("length", "كلمة " * 12, ("up to 12 words",)),
        ("length", "كلمة " * 13, ("13-25",)),
        ("length", "كلمة " * 111, ("over 110 words",)),
        ("orthography", "قال الوزير إن الأمن مستتب", ("plain",)),
        ("orthography", "وصل الى مدينه فاس", ("hamza left out", "ه for ة")),
        ("orthography", "مُحَمَّد في عام ٢٠٢٠ مع Interpol", ("vowel marks or tatweel", "٠-٩", "Latin words")),
        ("region", "وصل وفد إلى الرباط قادما من باريس", ("maghreb", "europe")),
        ("region", "ارتفعت أسعار الخضر", ("none named",)),
        ("kind", "x", ()),
    ],
)
def test_where_a_paragraph_falls(dimension: str, text: str, names: tuple[str, ...]) -> None:
    assert DIMENSIONS[dimension](paragraph(text)) == names


@pytest.mark.parametrize(
    ("text", "family", "groups"),
    [
        ("بالمغرب وتونس والجزائريين", "regions", ("maghreb",)),
        ("للسعودية", "regions", ("gulf",)),
        ("قطرة ماء وعراقيل مالية وهندسة وسور", "regions", ()),
        ("والعراقيون", "regions", ("levant",)),
        ("إلى الكنيسة ثم المسجد", "religions", ("islam", "christianity")),
        ("أمام المحكمة", "religions", ()),
        ("", "religions", ()),
    ],
)
def test_mentions(text: str, family: str, groups: tuple[str, ...]) -> None:
    assert mentions(text, family) == groups


@given(st.text())
def test_mentions_take_any_text(text: str) -> None:
    for family in FAMILIES:
        assert set(mentions(text, family)) == set(mentions(text + " ", family))


def test_estimates_are_those_of_the_metrics() -> None:
    model = answers(truth(400, seed=3), 1.5, 4)
    micro_f1, false_alarms = decision_estimates(model, draws=200, seed=1)
    metrics = evaluate(model.targets, model.probabilities, model.decisions, model.theme_ids, model.article_ids, draws=0)
    assert micro_f1.value == pytest.approx(metrics.micro_f1.value, abs=1e-12)
    assert false_alarms.value == pytest.approx(metrics.false_alarm_rate.value, abs=1e-12)
    assert micro_f1.low is not None
    assert micro_f1.low < metrics.micro_f1.value < (micro_f1.high or 0)


def test_small_slices_are_left_out_and_support_is_told() -> None:
    model = answers(truth(40, seed=3), 1.5, 4)
    paragraphs = [
        paragraph(
            "كلمة " * (5 if row < 12 else 30),
            tuple(t for t, y in zip(model.theme_ids, model.targets[row], strict=True) if y),
            row,
            source="rare" if row < 3 else "frequent",
        )
        for row in range(40)
    ]
    found = {(each.dimension, each.name): each for each in slices(paragraphs, model, draws=20)}
    assert ("source", "rare") not in found
    assert found["source", "frequent"].n_paragraphs == 37
    assert found["length", "up to 12 words"].n_paragraphs == 12
    assert found["themes", "none"].micro_f1.value is None
    assert found["themes", "none"].n_without_theme == found["themes", "none"].n_paragraphs
    lengths = [each.name for each in slices(paragraphs, model, draws=0) if each.dimension == "length"]
    assert lengths == ["up to 12 words", "26-45"]


def test_false_alarm_gap_by_hand() -> None:
    texts = ["في تونس"] * 40 + ["في باريس"] * 40 + ["في طوكيو"] * 40 + ["في بكين"] * 5
    decisions = np.zeros((125, 1), dtype=bool)
    decisions[:10] = True  # a quarter of those that name the Maghreb
    decisions[120:] = True  # too few to count
    predictions = Predictions(
        ("t",), tuple(map(str, range(125))), ("",) * 125, np.zeros((125, 1)), decisions.astype(float), decisions
    )
    paragraphs = [paragraph(text, number=number) for number, text in enumerate(texts)]
    regions, religions = false_alarm_gaps(paragraphs, predictions, draws=50)
    rates = {group.group: (group.n_without_theme, group.false_alarm_rate.value) for group in regions.groups}
    assert rates == {"maghreb": (40, 0.25), "europe": (40, 0.0), "none named": (40, 0.0), "asia": (5, 1.0)}
    assert regions.gap == 0.25
    assert religions.gap is None
