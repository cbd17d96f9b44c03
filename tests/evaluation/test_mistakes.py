"""The worst errors with their words, and labels that two readers contradict."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from evaluation.mistakes import suspects, worst_mistakes
from evaluation.run import predict
from mihwar.paragraph import LabelledParagraph


def paragraphs() -> list[LabelledParagraph]:
    return [
        LabelledParagraph("right", "rain today", ("rain",), article_id="a"),
        LabelledParagraph("spurious", "no fire here", (), article_id="b", source="open"),
        LabelledParagraph("missed", "white flakes", ("snow",), article_id="c", source="closed"),
        LabelledParagraph("unjudged", "fire", (), ("fire",), article_id="d"),
    ]


def test_missed_and_spurious_with_their_words(classifier: Any) -> None:
    predictions = predict(classifier, paragraphs())
    found = {each.paragraph_id: each for each in worst_mistakes(classifier, paragraphs(), predictions)}
    assert set(found) == {"spurious", "missed"}
    spurious, missed = found["spurious"], found["missed"]
    assert (spurious.theme, spurious.missed, spurious.labels, spurious.predicted) == ("fire", False, (), ("fire",))
    assert spurious.text is not None
    words = {spurious.text[w.start : w.end]: w.contribution for w in spurious.words}
    assert words == {"no": -0.25, "fire": 1.0, "here": -0.25}
    assert (missed.theme, missed.missed, missed.predicted) == ("snow", True, ())
    assert missed.words  # although the theme was not given


def test_texts_of_hidden_sources_are_not_shown(classifier: Any) -> None:
    predictions = predict(classifier, paragraphs())
    for each in worst_mistakes(classifier, paragraphs(), predictions, hidden_sources=["closed"]):
        assert (each.text is None) == (each.paragraph_id == "missed")
        assert bool(each.words) == (each.paragraph_id != "missed")


def test_one_theme_does_not_fill_the_list(classifier: Any) -> None:
    many = [LabelledParagraph(f"f{i}", "fire", (), article_id=str(i)) for i in range(9)]
    many.append(LabelledParagraph("s", "flakes", ("snow",), article_id="s"))
    found = worst_mistakes(classifier, many, predict(classifier, many), of_one_theme=3)
    assert [each.theme for each in found].count("fire") == 3
    assert [each.theme for each in found].count("snow") == 1


def test_a_turned_label_is_suspected_first(classifier: Any) -> None:
    words = ("fire", "rain", "snow", "quiet")
    good = [
        LabelledParagraph(
            f"p{i}", f"{words[i % 4]} {words[i % 4]} x{i % 5}", (words[i % 4],) if i % 4 < 3 else (), article_id=f"a{i}"
        )
        for i in range(80)
    ]
    bad = [replace(each, labels=()) if each.id == "p40" else each for each in good]
    found = suspects(bad, predict(classifier, bad), hidden_sources=[""])
    assert (found[0].paragraph_id, found[0].theme, found[0].label) == ("p40", "fire", False)
    assert found[0].text is None
    assert found[0].second_opinion > 0.5
    assert suspects(good, predict(classifier, good)) == ()


def test_too_few_articles_for_a_second_opinion(classifier: Any) -> None:
    assert suspects(paragraphs(), predict(classifier, paragraphs())) == ()


def test_cells_not_judged_are_no_suspects(classifier: Any) -> None:
    many = [
        LabelledParagraph(f"p{i}", "fire" if i % 2 else "calm", ("fire",) if i % 2 else (), article_id=str(i))
        for i in range(40)
    ]
    many[1] = replace(many[1], labels=(), unknown=("fire",))
    assert suspects(many, predict(classifier, many)) == ()
    assert np.isnan(predict(classifier, many).targets[1, 0])
