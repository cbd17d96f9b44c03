"""Noise on words, and what is left of a model under it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.robustness import NOISES, noisy, robustness
from mihwar.paragraph import LabelledParagraph


@pytest.mark.parametrize("noise", NOISES)
@given(text=st.text(alphabet="ابتثيىةهأإ .،01ab", max_size=40))
def test_words_stay_where_they_are(noise: str, text: str) -> None:
    changed = noisy(text, noise, 1.0, np.random.default_rng(0))
    assert len(changed.split(" ")) == len(text.split(" "))
    assert noisy(text, noise, 0.0, np.random.default_rng(0)) == text


def test_noise_changes_the_share_of_words_that_it_is_told_to() -> None:
    text = " ".join(["كلمات"] * 2000)
    changed = noisy(text, "slips of the keyboard", 0.25, np.random.default_rng(1)).split(" ")
    assert sum(word != "كلمات" for word in changed) / 2000 == pytest.approx(0.25, abs=0.03)


def test_a_model_that_reads_exact_words_loses_with_slips(classifier: Any) -> None:
    paragraphs = [
        LabelledParagraph(str(i), word, (word,), article_id=str(i)) for i, word in enumerate(["fire", "rain"] * 30)
    ]
    points = robustness(classifier, paragraphs, sample=40)
    slips = [point.micro_f1 for point in points if point.noise == "slips of the keyboard"]
    spelling = [point.micro_f1 for point in points if point.noise == "spelling habits"]
    assert slips[0] == 1.0
    assert slips[-1] is not None
    assert slips[-1] < 0.95
    assert spelling == [1.0] * 4
    assert robustness(classifier, paragraphs, sample=40) == points
