"""References without texts, and joining them to a clone."""

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihwar.errors import CorpusError
from training.corpus.external import join, read_references, texts_in_clone, texts_in_records

THEME_IDS = ("terrorist_attack", "cybersecurity")
SHORT = "أوقفت الشرطة شخصين قرب المحطة."
SENTENCE = "قال شاهد إن الحافلة تأخرت كثيرا في ذلك اليوم الطويل من أيام الصيف الحار في المدينة القديمة{}."
LONG = " ".join(SENTENCE.format(" " + str(number)) for number in range(12))


def reference(text: str, number: int = 1, path: str = "localNews/JA-1.txt", **other: Any) -> dict[str, Any]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {"id": f"r{number}", "labels": [], "meta": {"sha256": digest, "path": path}} | other


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "clone" / "localNews"
    folder.mkdir(parents=True)
    marked = SHORT.replace(" ", "\u00a0 ", 1)
    lines = ["", f"\ufeff{marked}\u200f", "قيمة &quot;كبيرة&quot; جدا", LONG, ""]
    text = "\n".join(["<DOC>", f"<TITLE>{SENTENCE}</TITLE>", "<TEXT>" + "\n".join(lines) + "</TEXT>", "</DOC>", ""])
    (folder / "JA-1.txt").write_text(text, encoding="utf-8")
    return tmp_path / "clone"


@pytest.mark.parametrize(
    "text",
    [
        SHORT,
        'قيمة "كبيرة" جدا',
        LONG,
        " ".join(SENTENCE.format(" " + str(number)) for number in range(3, 9)),
    ],
    ids=["marks and spaces", "entities", "a long line", "sentences out of a long line"],
)
def test_a_paragraph_is_found_by_its_hash(clone: Path, tmp_path: Path, text: str) -> None:
    references = read_references(write(tmp_path / "r.jsonl", reference(text)), THEME_IDS)
    joined = join(references, texts_in_clone(clone, references))
    assert [paragraph.text for paragraph in joined.paragraphs] == [text]
    assert joined.missing == ()


@pytest.mark.parametrize("text", [SENTENCE, SHORT + " ", SHORT[:-2], "<DOC>"], ids=["title", "space", "cut", "tag"])
def test_what_is_no_paragraph_is_missing(clone: Path, tmp_path: Path, text: str) -> None:
    references = read_references(write(tmp_path / "r.jsonl", reference(text)), THEME_IDS)
    joined = join(references, texts_in_clone(clone, references))
    assert joined.paragraphs == ()
    assert joined.missing == tuple(references)


def test_labels_and_everything_else_are_kept(tmp_path: Path) -> None:
    full = reference(SHORT, labels=["cybersecurity"], source="إذاعة", split="calibration", article_id="a1")
    references = read_references(write(tmp_path / "r.jsonl", full), THEME_IDS)
    (paragraph,) = join(references, {references[0].sha256: SHORT}).paragraphs
    assert (paragraph.labels, paragraph.source, paragraph.split) == (("cybersecurity",), "إذاعة", "calibration")
    assert (paragraph.article_id, paragraph.id, paragraph.text) == ("a1", "r1", SHORT)


def test_texts_of_records_whatever_else_they_hold(tmp_path: Path) -> None:
    path = write(tmp_path / "texts.jsonl", {"text": SHORT, "extra": 1}, {"no": "text"}, {"text": 5})
    assert texts_in_records(path) == {hashlib.sha256(SHORT.encode()).hexdigest(): SHORT}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"text": "نص"}, "text: a reference holds no text"),
        ({"meta": {"path": "a.txt"}}, "meta.sha256: must be the sha256"),
        ({"meta": {"sha256": "ab", "path": "a.txt"}}, "meta.sha256: must be the sha256"),
        ({"meta": {"sha256": "0" * 64, "path": "../etc/passwd"}}, "meta.path: must be a file"),
        ({"meta": {"sha256": "0" * 64, "path": "/etc/passwd"}}, "meta.path: must be a file"),
        ({"meta": "x"}, "meta.path: must be a file"),
        ({"labels": ["cybersecurty"]}, "unknown theme 'cybersecurty' (did you mean 'cybersecurity'?)"),
        ({"lable": []}, "unknown key (did you mean 'labels'?)"),
        ({"id": None}, "id: missing"),
    ],
)
def test_broken_references_are_told_with_their_line(tmp_path: Path, change: dict[str, Any], expected: str) -> None:
    path = write(tmp_path / "r.jsonl", reference(SHORT), reference(SHORT, 2) | change)
    with pytest.raises(CorpusError) as caught:
        read_references(path, THEME_IDS)
    assert any(f"{path}:2" in str(problem) and expected in str(problem) for problem in caught.value.problems)


def test_an_id_twice_an_empty_file_and_no_clone(tmp_path: Path) -> None:
    twice = write(tmp_path / "r.jsonl", reference(SHORT), reference(LONG))
    with pytest.raises(CorpusError, match="already the id at"):
        read_references(twice, THEME_IDS)
    with pytest.raises(CorpusError, match="no reference"):
        read_references(write(tmp_path / "empty.jsonl"), THEME_IDS)
    references = read_references(write(tmp_path / "one.jsonl", reference(SHORT)), THEME_IDS)
    with pytest.raises(CorpusError, match="clone the repository first"):
        texts_in_clone(tmp_path / "none", references)
    with pytest.raises(CorpusError, match="not JSON"):
        (tmp_path / "bad.jsonl").write_text("{\n")
        texts_in_records(tmp_path / "bad.jsonl")


def test_a_text_with_half_a_surrogate_pair_is_told_and_matches_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text('{"text": "\\ud800"}\n')
    with pytest.raises(CorpusError, match=r"t\.jsonl:1  text: holds half of a surrogate pair"):
        texts_in_records(tmp_path / "t.jsonl")


def test_two_references_to_one_text_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", reference(SHORT), reference(SHORT, 2))
    with pytest.raises(CorpusError, match=r"r\.jsonl:2  meta\.sha256: the same text is referred to"):
        read_references(path, THEME_IDS)


def test_many_faults_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", *({"id": f"r{number}", "meta": {}} for number in range(60)))
    with pytest.raises(CorpusError, match=r"and \d+ more problems"):
        read_references(path, THEME_IDS)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_texts_are_found_by_their_own_hash_alone(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.jsonl"
        path.write_text(json.dumps({"text": text}) + "\n", encoding="utf-8")
        found = texts_in_records(path)
    assert found == {hashlib.sha256(text.encode()).hexdigest(): text}
