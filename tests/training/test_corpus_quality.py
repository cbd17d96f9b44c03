"""Near-duplicates, worn words, sentences from elsewhere."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihwar.errors import CorpusError, SaveError
from mihwar.paragraph import LabelledParagraph
from training.corpus.quality import (
    near_duplicates,
    overlaps,
    read_fingerprints,
    shingle_hashes,
    worn_openings,
    worn_phrases,
    write_fingerprints,
)

WORDS = "أعلن مصدر أمني أن الدورية عثرت فجر اليوم على مخزن قديم قرب الوادي وفيه صناديق خشبية فارغة وأوراق مبللة بالماء"
OTHER = "انطلقت في العاصمة فعاليات المعرض السنوي للكتاب بمشاركة دور نشر من عشرين بلدا وسط إقبال كبير من الطلبة والقراء"


def paragraphs(*texts: str) -> list[LabelledParagraph]:
    return [LabelledParagraph(id=f"p{number}", text=text) for number, text in enumerate(texts)]


def test_a_copy_in_other_spelling_with_a_word_changed_is_a_near_duplicate() -> None:
    copy = WORDS.replace("أ", "ا").replace("فجر", "صباح")
    (pair,) = near_duplicates(paragraphs(WORDS, OTHER, copy))
    assert (pair.first, pair.second) == ("p0", "p2")
    assert pair.similarity > 0.8


def test_different_paragraphs_are_none() -> None:
    assert near_duplicates(paragraphs(WORDS, OTHER)) == []
    assert near_duplicates(paragraphs(WORDS)) == []
    assert near_duplicates(paragraphs("ـ ، ـ", WORDS)) == []


def test_worn_openings_and_phrases_count_paragraphs() -> None:
    texts = [f"وقال المتحدث باسم {place} إن شيئا آخر حدث هناك {place}" for place in ("فاس", "صنعاء", "دمشق", "تونس")]
    (worn,) = worn_openings(paragraphs(*texts), limit=3)
    assert (worn.words, worn.ids) == ("وقال المتحدث باسم", ("p0", "p1", "p2", "p3"))
    assert worn_openings(paragraphs(*texts), limit=4) == []
    (phrase,) = worn_phrases(paragraphs(*texts), n_words=5, limit=3)
    assert phrase.words == "ان شييا اخر حدث هناك"
    assert worn_phrases(paragraphs(texts[0], texts[0] + " " + texts[0]), n_words=5, limit=2) == []


def test_a_sentence_from_elsewhere_is_found_and_an_own_one_is_not(tmp_path: Path) -> None:
    theirs = " ".join(f"{WORDS} {number}" for number in range(3))
    count = write_fingerprints([theirs], tmp_path / "new" / "f.npy")
    known = read_fingerprints(tmp_path / "new" / "f.npy")
    assert len(known) == count > 3
    (found,) = overlaps(paragraphs(OTHER, f"وفي خبر آخر {theirs}"), known)
    assert found.ids == ("p1",)
    assert overlaps(paragraphs(OTHER), known) == []


@pytest.mark.parametrize("place", [0, 3, 7])
def test_eleven_words_in_a_row_are_found_wherever_they_stand(tmp_path: Path, place: int) -> None:
    write_fingerprints([WORDS], tmp_path / "f.npy")
    copied = " ".join(WORDS.split()[place : place + 11])
    (found,) = overlaps(paragraphs(f"{OTHER} {copied} {OTHER}"), read_fingerprints(tmp_path / "f.npy"))
    assert found.ids == ("p0",)


def test_fingerprints_that_cannot_be_written_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="cannot be written"):
        write_fingerprints([WORDS], tmp_path / "file" / "f.npy")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_files_that_are_no_fingerprints_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "floats.npy", np.zeros(3))
    (tmp_path / "text.npy").write_text("no")
    for name in ("floats.npy", "text.npy", "none.npy"):
        with pytest.raises(CorpusError, match=name):
            read_fingerprints(tmp_path / name)


@given(st.text(max_size=300))
def test_fingerprints_do_not_depend_on_spelling_and_are_sorted(text: str) -> None:
    hashes = shingle_hashes(text)
    assert hashes.tolist() == sorted(set(hashes.tolist()))
    assert shingle_hashes(text.replace("أ", "ا")).tolist() == hashes.tolist()
