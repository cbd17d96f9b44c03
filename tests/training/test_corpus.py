"""Reading JSON lines, checking records, and the hash."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihwar.errors import CorpusError
from mihwar.paragraph import LabelledParagraph
from mihwar.themes import Theme, Themes
from training.corpus import Corpus, describe, load_corpus, to_line, to_record
from training.corpus.load import MAX_PROBLEMS
from training.corpus.record import MAX_TEXT_CHARACTERS, Place, parse_record

THEME_IDS = ("terrorist_attack", "extremism", "cybersecurity")
THEMES = Themes("test", tuple(Theme(each, each, each, each) for each in THEME_IDS))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def _write(*records: dict[str, Any] | str | bytes, name: str = "corpus.jsonl", end: bytes = b"\n") -> Path:
        lines = [json.dumps(each, ensure_ascii=False) if isinstance(each, dict) else each for each in records]
        path = tmp_path / name
        path.write_bytes(b"".join((line.encode() if isinstance(line, str) else line) + end for line in lines))
        return path

    return _write


def record(number: int = 1, **other: Any) -> dict[str, Any]:
    return {"id": f"p{number}", "text": f"فقرة رقم {number} عن موضوع آخر", "labels": []} | other


def problems_of(*files: Path | str, **options: Any) -> list[str]:
    with pytest.raises(CorpusError) as caught:
        load_corpus(files, THEMES, **options)
    return [str(problem) for problem in caught.value.problems]


def load(*files: Path | str) -> Corpus:
    return load_corpus(files, THEMES)


# --- what a good corpus gives ---------------------------------------------------------------------


def test_every_field_is_kept(write: Callable[..., Path]) -> None:
    full = record(
        labels=["extremism", "terrorist_attack"],
        unknown=["cybersecurity"],
        article_id="a1",
        kind="theme",
        source="س",
        annotator="n",
        url="https://example.org/1",
        published="2021-05-01",
        split="test",
        meta={"style": "خبر", "empty": None},
    )
    (paragraph,) = load(write(full)).paragraphs
    assert paragraph == LabelledParagraph(
        id="p1",
        text=full["text"],
        labels=("terrorist_attack", "extremism"),
        unknown=("cybersecurity",),
        article_id="a1",
        kind="theme",
        source="س",
        annotator="n",
        url="https://example.org/1",
        published="2021-05-01",
        split="test",
        meta={"style": "خبر"},
    )


def test_judged_without_theme_differs_from_not_judged(write: Callable[..., Path]) -> None:
    without = record(3)
    del without["labels"]
    judged, null, absent = load(write(record(1), record(2, labels=None), without)).paragraphs
    assert (judged.labels, judged.unknown) == ((), ())
    assert (null.labels, null.unknown) == ((), THEME_IDS)
    assert (absent.labels, absent.unknown) == ((), THEME_IDS)


def test_paragraph_without_article_is_its_own_article(write: Callable[..., Path]) -> None:
    corpus = load(write(record(1), record(2, article_id=""), record(3, article_id=None)))
    assert [each.article_id for each in corpus.paragraphs] == ["p1", "p2", "p3"]


def test_bom_crlf_blank_lines_and_line_separators_inside_texts_are_tolerated(
    write: Callable[..., Path],
) -> None:
    plain = load(write(record(1, text="سطر\u2028آخر\u0085هنا"), record(2)))
    odd = load(
        write(
            b"\xef\xbb\xbf" + json.dumps(record(1, text="سطر\u2028آخر\u0085هنا")).encode(),
            "",
            "  ",
            record(2),
            end=b"\r\n",
        )
    )
    assert odd.paragraphs == plain.paragraphs
    assert odd.sha256 == plain.sha256


def test_hash_ignores_files_order_and_key_order_but_sees_every_change(write: Callable[..., Path]) -> None:
    one = write(record(1, meta={"a": 1, "b": 2}), record(2), name="one.jsonl")
    two = write(record(2), name="two.jsonl")
    three = write(dict(reversed(record(1, meta={"b": 2, "a": 1}).items())), name="three.jsonl")
    assert load(one) == Corpus(load(two, three).paragraphs, THEMES, load(three, two).sha256, (str(one),))
    hashes = {load(one).sha256}
    for change in (
        {"text": "غيره"},
        {"labels": ["extremism"]},
        {"labels": None},
        {"split": "test"},
        {"meta": {"a": 2}},
    ):
        hashes.add(load(write(record(1, meta={"a": 1, "b": 2}), record(2) | change, name="other.jsonl")).sha256)
    assert len(hashes) == 6


def test_globs_and_overlapping_names_read_each_file_once(write: Callable[..., Path], tmp_path: Path) -> None:
    first, second = write(record(1), name="a.jsonl"), write(record(2), name="b.ndjson")
    corpus = load(tmp_path / "*.*js*", first)
    assert corpus.files == (str(first), str(second))
    assert len(corpus) == 2


paragraphs = st.builds(
    LabelledParagraph,
    id=st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
    text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=200).filter(str.strip),
    labels=st.sampled_from([(), ("extremism",), ("terrorist_attack", "extremism")]),
    unknown=st.sampled_from([(), ("cybersecurity",)]),
    article_id=st.text(st.characters(codec="utf-8"), min_size=1),
    source=st.text(st.characters(codec="utf-8")),
    kind=st.text(st.characters(codec="utf-8")),
    split=st.sampled_from([None, "train", "calibration", "test"]),
    meta=st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers() | st.text(st.characters(codec="utf-8"))),
)


@given(paragraphs)
def test_canonical_line_reads_back_as_the_same_paragraph(paragraph: LabelledParagraph) -> None:
    line = to_line(paragraph)
    assert "\n" not in line
    assert parse_record(json.loads(line), Place("f", 1), THEME_IDS) == (paragraph, [])


def test_canonical_record_has_fixed_order_and_nothing_empty() -> None:
    paragraph = LabelledParagraph(id="1", text="ن", labels=("terrorist_attack", "extremism"), article_id="a", kind="k")
    assert list(to_record(paragraph).items()) == [
        ("id", "1"),
        ("article_id", "a"),
        ("text", "ن"),
        ("labels", ["extremism", "terrorist_attack"]),
        ("kind", "k"),
    ]


# --- what a broken corpus is told -----------------------------------------------------------------

BROKEN_LINES: list[tuple[dict[str, Any] | str | bytes, str]] = [
    ('{"id": "p1", "text": }', "not JSON: Expecting value"),
    ('{"id": "p1"', "not JSON"),
    ('["p1"]', "must be one JSON object per line"),
    ('{"id": "p1", "id": "p2", "text": "ن"}', "key 'id' is given twice"),
    ('{"id": "p1", "text": "ن", "meta": {"x": NaN}}', "NaN is no JSON value"),
    ("[" * 100_000, "nested too deeply"),
    (b'{"id": "p1", "text": "\xc7\xe1"}', "not UTF-8 (byte 0xC7)"),
    ({"text": "ن"}, "id: missing"),
    (record(id=None), "id: missing"),
    (record(id=7), "id: must be a string, not a number"),
    (record(id="  "), "id: empty"),
    ({"id": "p1"}, "text: missing"),
    (record(text=["ن"]), "text: must be a string, not a list"),
    (record(text=" \n"), "text: empty"),
    (record(text="ن" * (MAX_TEXT_CHARACTERS + 1)), "text: 50,001 characters"),
    (record(labels="extremism"), "labels: must be a list of theme ids, not a string"),
    (record(labels={"extremism": 1}), "labels: must be a list of theme ids, not an object"),
    (record(labels=[3]), "labels[0]: must be theme ids, not a number"),
    (
        record(labels=["extremism", "extremsm"]),
        "labels[1]: unknown theme 'extremsm' (did you mean 'extremism'?)",
    ),
    (record(labels=["extremism", "extremism"]), "labels[1]: theme 'extremism' is given twice"),
    (
        record(unknown=["cyber_security"]),
        "unknown[0]: unknown theme 'cyber_security' (did you mean 'cybersecurity'?)",
    ),
    (record(labels=["extremism"], unknown=["extremism"]), "unknown: theme 'extremism' is in labels as well"),
    (record(split="dev"), "split: must be one of train, calibration, test, not 'dev'"),
    (record(source=3), "source: must be a string, not a number"),
    (record(article_id=3), "article_id: must be a string, not a number"),
    (record(meta=[1]), "meta: must be an object, not a list"),
    (record(lable=[]), "lable: unknown key (did you mean 'labels'?); put it under 'meta' to keep it"),
    ('{"id": "p1", "text": "a\\ud800b", "labels": []}', "text: holds half of a surrogate pair"),
    ('{"id": "\\udfff", "text": "ab", "labels": []}', "id: holds half of a surrogate pair"),
    ('{"id": "p1", "text": "ab", "labels": ["\\udfff"]}', "labels[0]: unknown theme '\\udfff'"),
    ('{"id": "p1", "text": "ab", "meta": {"x": ["\\udfff"]}}', "meta: holds half of a surrogate pair"),
]


@pytest.mark.parametrize(("line", "message"), BROKEN_LINES)
def test_a_broken_line_is_told_with_file_and_line(
    write: Callable[..., Path], line: dict[str, Any] | str | bytes, message: str
) -> None:
    path = write(record(8), "", line, record(9))
    told = problems_of(path)
    assert any(message in each for each in told), told
    assert all(each.startswith(f"{path}:3") for each in told)
    "\n".join(told).encode()


def test_bad_line_4711_of_5000_is_found(write: Callable[..., Path]) -> None:
    records = [record(number) for number in range(1, 5001)]
    records[4710]["labels"] = ["terorist_attack"]
    (problem,) = problems_of(write(*records))
    assert "corpus.jsonl:4711  labels[0]: unknown theme 'terorist_attack'" in problem
    assert "did you mean 'terrorist_attack'?" in problem


def test_duplicate_id_names_both_lines(write: Callable[..., Path]) -> None:
    path = write(record(1), record(2), record(3, id="p1"))
    assert problems_of(path) == [f"{path}:3  id: 'p1' is already the id at {path}:1"]


def test_duplicate_id_is_found_across_files_and_beside_other_faults(write: Callable[..., Path]) -> None:
    one, two = write(record(1), name="one.jsonl"), write(record(2, id="p1", labels=3), name="two.jsonl")
    told = problems_of(one, two)
    assert len(told) == 2
    assert told[1] == f"{two}:1  id: 'p1' is already the id at {one}:1"


def test_texts_that_differ_in_marks_and_spaces_alone_are_duplicates(write: Callable[..., Path]) -> None:
    path = write(record(1, text="تفكيك خلية إرهابية"), record(2), record(3, text="تَفْكِيك  خليـة إرهابية"))
    (problem,) = problems_of(path)
    assert problem == f"{path}:3  text: the same text, but for spelling, is at {path}:1; keep one of them"


def test_texts_of_marks_alone_are_duplicates_only_when_equal(write: Callable[..., Path]) -> None:
    assert len(load(write(record(1, text="***"), record(2, text="---")))) == 2
    assert len(problems_of(write(record(1, text="***"), record(2, text="***")))) == 1


def test_article_demanded_in_two_splits_is_refused(write: Callable[..., Path]) -> None:
    path = write(
        record(1, article_id="a", split="train"),
        record(2, article_id="a"),
        record(3, article_id="a", split="test"),
    )
    assert problems_of(path) == [f"{path}:3  split: 'test', but {path}:1 puts article 'a' into 'train'"]


def test_all_problems_are_told_at_once_and_the_flood_is_counted(write: Callable[..., Path]) -> None:
    path = write(*(record(number, labels=["none"], split="x") for number in range(1, 101)))
    told = problems_of(path)
    assert len(told) == MAX_PROBLEMS + 1
    assert told[0].startswith(f"{path}:1")
    assert told[-1] == "and 150 more problems"


def test_utf16_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text("\n".join(to_line(LabelledParagraph(str(n), "ن")) for n in range(9)), encoding="utf-16")
    assert problems_of(path) == [f"{path}  is UTF-16; save it as UTF-8"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_empty_corpus(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_bytes(content)
    assert problems_of(path) == [f"{path}  there is no paragraph in it"]


def test_files_that_are_not_there_or_not_files(tmp_path: Path, write: Callable[..., Path]) -> None:
    folder, odd = tmp_path / "folder.jsonl", write(record(), name="corpus.docx")
    folder.mkdir()
    told = problems_of(tmp_path / "no.jsonl", tmp_path / "no*.jsonl", folder, odd)
    assert [each.partition("  ")[2] for each in told] == [
        "no such file",
        "no file matches",
        f"is a folder; name files, for instance {folder}/*.jsonl",
        "corpus.format: ends with none of .jsonl, .ndjson, .csv, .tsv, .parquet; say which format it has",
    ]
    assert len(load_corpus([odd], THEMES, format="jsonl")) == 1
    assert problems_of() == ["corpus.files: name at least one file"]


def test_hub_name_with_another_format_is_refused() -> None:
    (problem,) = problems_of("hub:owner/name", format="csv")
    assert "names a Hub data set, but the format is 'csv'" in problem


# --- counting -------------------------------------------------------------------------------------


def test_describe_counts_by_column() -> None:
    one = LabelledParagraph("1", "كلمة", labels=("extremism",), article_id="a", kind="theme", source="x")
    two = LabelledParagraph("2", "كلمتان هنا", unknown=("cybersecurity",), article_id="a")
    rows = {(row.section, row.name): row.counts for row in describe({"train": (one, two), "test": (two,)}, THEMES)}
    assert rows == {
        ("size", "paragraphs"): (2, 1),
        ("size", "articles"): (1, 1),
        ("theme", "terrorist_attack"): (0, 0),
        ("theme", "extremism"): (1, 0),
        ("theme", "cybersecurity"): (0, 0),
        ("not judged", "cybersecurity"): (1, 1),
        ("themes per paragraph", "0"): (1, 1),
        ("themes per paragraph", "1"): (1, 0),
        ("kind", "-"): (1, 1),
        ("kind", "theme"): (1, 0),
        ("source", "-"): (1, 1),
        ("source", "x"): (1, 0),
        ("words", "shortest"): (1, 2),
        ("words", "5 %"): (1, 2),
        ("words", "median"): (1, 2),
        ("words", "95 %"): (1, 2),
        ("words", "longest"): (2, 2),
    }
