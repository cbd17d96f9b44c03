"""What needs no fine-tuning: the floor that every trained model is held against."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.ablation.fit import fit, pooled_vectors
from benchmarks.ablation.variants import BASE
from mihwar.paragraph import LabelledParagraph, targets
from mihwar.text import fold
from training.config import LoadedConfig, NgramsConfig
from training.recipe import normaliser_options
from training.tfidf import fit_tfidf

__all__ = ["BASELINES", "TFIDF"]

FloatArray = NDArray[np.float64]
TFIDF = "TF-IDF and logistic regression"
Logits = Callable[[Sequence[LabelledParagraph]], FloatArray]

# Words by which a person would search for a theme; stems, since the articles and prefixes of Arabic are glued on.
KEYWORDS: Mapping[str, str] = {
    "international_cooperation": "تعاون تنسيق اتفاقي مشترك الانتربول تبادل المعلومات",
    "cell_dismantling": "تفكيك خلي احباط مخطط القبض ارهابي",
    "terrorist_attack": "هجوم تفجير انتحاري اعتداء مفخخ عبو ناسف",
    "extremism": "تطرف متطرف تكفير بايع مبايع تجنيد دعاي",
    "prevention": "الوقاي تاهيل ادماج اعتدال وسطي تحصين",
    "terrorism_financing": "تمويل تبييض غسل الاموال تجميد ارصد حوال",
    "organized_crime": "مخدرات كوكايين عصاب شبك تهريب اتجار",
    "border_security": "الحدود مهاجر معبر خفر السواحل هجر",
    "cybersecurity": "اختراق قرصن سيبراني الكتروني بيانات هاكر",
    "judicial_proceedings": "محكم النياب قاضي حكم السجن متهم",
    "security_capabilities": "تدريب تجهيز جاهزي استراتيجي مناور تعزيز قدرات",
    "international_recognition": "اشاد ثمن نوه وسام جايز ريادي",
    "regional_conflict": "معارك قصف غار اشتباك فصايل انفصال ميليشي",
    "emerging_threats": "تهديدات ناشي طايرات مسير الذكاء الاصطناعي تنامي خطر",
    "human_rights": "حقوق تعذيب انتهاك احتجاز اختفاء منظم العفو",
}


def _majority(loaded: LoadedConfig, train: Sequence[LabelledParagraph]) -> Logits:
    rates = np.nanmean(targets(train, loaded.themes.ids), axis=0).clip(1e-3, 1 - 1e-3)
    odds = np.log(rates / (1 - rates))
    return lambda paragraphs: np.tile(odds, (len(paragraphs), 1))


def _keywords(loaded: LoadedConfig, train: Sequence[LabelledParagraph]) -> Logits:  # noqa: ARG001
    stems = [KEYWORDS[theme].split() for theme in loaded.themes.ids]

    def logits(paragraphs: Sequence[LabelledParagraph]) -> FloatArray:
        texts = [fold(paragraph.text) for paragraph in paragraphs]
        return np.array([[sum(fold(stem) in text for stem in of_theme) for of_theme in stems] for text in texts], float)

    return logits


def _tfidf(loaded: LoadedConfig, train: Sequence[LabelledParagraph]) -> Logits:
    config = loaded.config
    normaliser = normaliser_options(config.normaliser)
    return fit_tfidf(NgramsConfig(), normaliser, loaded.themes.ids, train, config.seed).logits


def _zero_shot(loaded: LoadedConfig, train: Sequence[LabelledParagraph]) -> Logits:
    vectors_of = pooled_vectors(loaded)
    mean = vectors_of([paragraph.text for paragraph in train]).mean(axis=0)
    definitions = vectors_of([f"{theme.name_ar}: {theme.definition}" for theme in loaded.themes.items])
    # Definitions and news each have a direction in common that says nothing of themes.
    described = _unit(definitions - definitions.mean(axis=0))

    def logits(paragraphs: Sequence[LabelledParagraph]) -> FloatArray:
        return 10.0 * _unit(vectors_of([paragraph.text for paragraph in paragraphs]) - mean) @ described.T

    return logits


def _probe(loaded: LoadedConfig, train: Sequence[LabelledParagraph]) -> Logits:
    run = fit(replace(BASE, epochs=0), loaded, train)
    return lambda paragraphs: run.logits(paragraphs).astype(np.float64)


def _unit(vectors: NDArray[np.floating]) -> FloatArray:
    unit: FloatArray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


BASELINES: Mapping[str, Callable[[LoadedConfig, Sequence[LabelledParagraph]], Logits]] = {
    "majority": _majority,
    "keyword rules": _keywords,
    "e5, zero-shot by theme definitions": _zero_shot,
    TFIDF: _tfidf,
    "frozen e5 and logistic regression": _probe,
}
"""Each takes config and training paragraphs and returns a function from paragraphs to logits of shape (n, k)."""
