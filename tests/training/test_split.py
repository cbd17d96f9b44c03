"""The split: stable, by article, near its shares."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihwar.errors import CorpusError
from mihwar.paragraph import LabelledParagraph
from mihwar.themes import Theme, Themes
from training.corpus import Corpus
from training.split import split_corpus, split_of

THEMES = Themes("test", tuple(Theme(each, each, each, each) for each in ("extremism", "cybersecurity")))


def corpus_of(*paragraphs: LabelledParagraph) -> Corpus:
    return Corpus(paragraphs, THEMES, "0" * 64, ())


def paragraph(article: str, number: int = 0, **other: object) -> LabelledParagraph:
    return LabelledParagraph(f"{article}-{number}", f"نص {article} {number}", article_id=article, **other)  # type: ignore[arg-type]  # any field


def articles(count: int) -> list[LabelledParagraph]:
    return [paragraph(f"a{index}", number) for index in range(count) for number in range(index % 3 + 1)]


def test_split_of_is_frozen() -> None:
    """Another result would move articles of every corpus split so far."""
    assert [split_of(f"a{index}", 0.3, 0.3) for index in range(8)] == [
        "calibration",
        "train",
        "train",
        "test",
        "test",
        "calibration",
        "train",
        "test",
    ]


def test_shares_are_near_their_targets() -> None:
    counts = Counter(split_of(f"article-{index}", calibration=0.1, test=0.2) for index in range(10_000))
    assert counts["test"] == pytest.approx(2000, abs=120)
    assert counts["calibration"] == pytest.approx(1000, abs=120)


def test_salt_draws_another_split() -> None:
    drawn = {salt: [split_of(f"a{index}", salt=salt) for index in range(200)] for salt in ("mihwar", "other")}
    assert drawn["mihwar"] != drawn["other"]


@given(st.sets(st.text(max_size=8), min_size=30, max_size=60), st.sets(st.text(max_size=8), max_size=30))
def test_growing_the_corpus_never_moves_an_article(old: set[str], new: set[str]) -> None:
    fixed = [paragraph(f"fixed {name}", split=name) for name in ("train", "calibration", "test")]
    small = split_corpus(corpus_of(*fixed, *map(paragraph, sorted(old))))
    large = split_corpus(corpus_of(*fixed, *map(paragraph, sorted(old | new))))
    for name, part in small.by_name().items():
        assert set(part_ids(part)) <= set(part_ids(large.by_name()[name]))


def part_ids(part: tuple[LabelledParagraph, ...]) -> list[str]:
    return [each.id for each in part]


def test_no_article_is_in_two_splits_and_no_paragraph_is_lost() -> None:
    everything = articles(300)
    parts = split_corpus(corpus_of(*everything)).by_name()
    seen = [{each.article_id for each in part} for part in parts.values()]
    assert sum(map(len, seen)) == len(set().union(*seen)) == 300
    assert sorted(part_ids(sum(parts.values(), ()))) == sorted(part_ids(tuple(everything)))


def test_a_demanded_split_holds_for_the_whole_article() -> None:
    mine = next(each for each in (f"b{n}" for n in range(99)) if split_of(each) == "train")
    both = [paragraph(mine, 0), paragraph(mine, 1, split="test")]
    splits = split_corpus(corpus_of(*articles(100), *both))
    assert set(part_ids(tuple(both))) <= set(part_ids(splits.test))


def test_hash_tells_assignments_apart_and_ignores_texts() -> None:
    base = split_corpus(corpus_of(*articles(100)))
    relabelled = [LabelledParagraph(each.id, "غيره", article_id=each.article_id) for each in articles(100)]
    assert split_corpus(corpus_of(*relabelled)).sha256 == base.sha256
    assert split_corpus(corpus_of(*reversed(articles(100)))).sha256 == base.sha256
    assert split_corpus(corpus_of(*articles(101))).sha256 != base.sha256
    assert split_corpus(corpus_of(*articles(100)), salt="other").sha256 != base.sha256


def test_an_empty_split_is_refused() -> None:
    with pytest.raises(CorpusError) as caught:
        split_corpus(corpus_of(paragraph("a", split="train"), paragraph("b", split="train")))
    assert [each.key for each in caught.value.problems] == ["split calibration", "split test"]
    assert "none of the 2 articles falls into it" in str(caught.value)


def test_themes_that_a_split_lacks_are_warned_of() -> None:
    splits = split_corpus(
        corpus_of(
            paragraph("a", split="train", labels=("extremism",)),
            paragraph("b", split="calibration", labels=("extremism", "cybersecurity")),
            paragraph("c", split="test", labels=("extremism", "cybersecurity")),
        )
    )
    assert splits.warnings == ("theme 'cybersecurity' has no paragraph in the train split: it will not be learnt",)
