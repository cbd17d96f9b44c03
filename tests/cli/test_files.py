"""Reading what is to be classified, and every way in which it can be broken."""

import io
import json
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.files import Format, Item, read_items
from mihwar.errors import MihwarError, ProblemsError

PAGE = (
    "<!DOCTYPE html><html><head>{}</head><body><p>وقع انفجار في المدينة.</p>"
    "<p>نقل الجرحى إلى المستشفى.</p></body></html>"
)


def write(path: Path, content: str | bytes) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def stdin(monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))


def problems_of(name: str, format: Format = Format.AUTO) -> list[str]:  # noqa: A002
    with pytest.raises(ProblemsError) as caught:
        read_items(name, format)
    return [str(problem) for problem in caught.value.problems]


def test_plain_text_is_split_into_paragraphs_with_offsets(tmp_path: Path) -> None:
    text = "وقع انفجار في المدينة صباح اليوم.\n\nنقل الجرحى إلى المستشفى القريب.\n"
    items = read_items(write(tmp_path / "a.txt", text))
    assert [item.text for item in items] == [part.strip() for part in text.split("\n\n")]
    assert all(text[item.start : item.end] == item.text for item in items)
    assert [item.id for item in items] == ["1", "2"]


def test_byte_order_mark_is_no_text(tmp_path: Path) -> None:
    assert read_items(write(tmp_path / "a.txt", "\ufeffانفجار في المدينة"))[0].text == "انفجار في المدينة"


@pytest.mark.parametrize("name", ["a.html", "a.HTM"])
def test_html(tmp_path: Path, name: str) -> None:
    items = read_items(write(tmp_path / name, PAGE.format("")))
    assert [item.text for item in items if item.kind == "body"] == [
        "وقع انفجار في المدينة.",
        "نقل الجرحى إلى المستشفى.",
    ]


def test_html_in_the_encoding_that_it_states(tmp_path: Path) -> None:
    page = PAGE.format('<meta charset="windows-1256">').encode("windows-1256")
    assert "وقع انفجار في المدينة." in [item.text for item in read_items(write(tmp_path / "a.html", page))]


@pytest.mark.parametrize("charset", ["nonsense", "hex", "ascii"])
def test_html_with_an_encoding_that_is_none(tmp_path: Path, charset: str) -> None:
    page = PAGE.format(f'<meta charset="{charset}">')
    assert "وقع انفجار في المدينة." in [item.text for item in read_items(write(tmp_path / "a.html", page))]


def test_json_lines(tmp_path: Path) -> None:
    lines = ['{"id": "x", "text": "أول", "more": 1}', "", '{"text": "ثان\u2028هنا"}', '{"id": 7, "text": ""}']
    items = read_items(write(tmp_path / "a.jsonl", "\n".join(lines)))
    assert items == [
        Item("x", "body", "أول", 0, 3),
        Item("3", "body", "ثان\u2028هنا", 0, 7),
        Item("7", "body", "", 0, 0),
    ]


def test_every_bad_line_is_told_with_its_place(tmp_path: Path) -> None:
    lines = [
        '{"text": "good"}',
        '{"text": "cut',
        "[1]",
        '{"id": "x"}',
        '{"text": 5}',
        '{"text": "x", "id": true}',
        '{"text": "half \\ud83d"}',
        "[" * 100_000,
        '{"id": "\\udc00", "text": "x"}',
        "1" * 5000,
    ]
    name = write(tmp_path / "a.jsonl", "\n".join(lines))
    found = problems_of(name)
    assert [line.removeprefix(f"{name}:")[:2].rstrip(": ") for line in found] == [str(n) for n in range(2, 11)]
    assert found[0].startswith(f"{name}:2:10  is not valid JSON")
    assert "must be an object" in found[1]
    assert found[2].endswith("text: is missing")
    assert found[3].endswith("text: must be a string")
    assert found[4].endswith("id: must be a string or a whole number")
    assert "text: holds half of a surrogate pair" in found[5]
    assert "nested too deeply" in found[6]
    assert "id: holds half of a surrogate pair" in found[7]


def test_problems_without_end_are_counted(tmp_path: Path) -> None:
    found = problems_of(write(tmp_path / "a.jsonl", "x\n" * 4711))
    assert len(found) == 51
    assert found[-1] == "and 4,661 more problems"


@pytest.mark.parametrize("content", ["", "  \n\n", "\ufeff"])
@pytest.mark.parametrize("ending", ["txt", "html", "jsonl"])
def test_nothing_in_it(tmp_path: Path, content: str, ending: str) -> None:
    name = write(tmp_path / f"a.{ending}", content)
    assert problems_of(name) == [f"{name}  there is no text in it"]


def test_no_such_file(tmp_path: Path) -> None:
    assert problems_of(f"{tmp_path}/no.txt") == [f"{tmp_path}/no.txt  there is no such file"]


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    assert problems_of(f"{tmp_path}/a.txt") == [f"{tmp_path}/a.txt  is a folder; name a file in it"]


@pytest.mark.parametrize("name", ["nul\0.txt", "x" * 5000 + ".txt"])
def test_names_that_no_file_can_have(name: str) -> None:
    assert "cannot be read" in problems_of(name)[0]


@pytest.mark.parametrize("name", ["a.pdf", "article"])
def test_other_endings_need_a_format(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, "انفجار في المدينة")
    assert "say what it holds with --format" in problems_of(path)[0]
    assert read_items(path, Format.TEXT)[0].text == "انفجار في المدينة"


@pytest.mark.parametrize("ending", ["txt", "html", "jsonl"])
def test_not_utf8_names_the_line(tmp_path: Path, ending: str) -> None:
    name = write(tmp_path / f"a.{ending}", b"first\n" + "انفجار".encode("windows-1256") + b"\nmore\n")
    (problem,) = problems_of(name)
    assert problem.startswith(f"{name}:2  is not UTF-8 (byte 0xc7)")
    assert "iconv" in problem


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, "انفجار في المدينة")
    assert [item.text for item in read_items("-")] == ["انفجار في المدينة"]
    stdin(monkeypatch, "\n" + PAGE.format(""))
    assert "وقع انفجار في المدينة." in [item.text for item in read_items("-")]
    stdin(monkeypatch, json.dumps({"text": "انفجار"}))
    assert [item.text for item in read_items("-", Format.JSONL)] == ["انفجار"]
    stdin(monkeypatch, "")
    assert problems_of("-") == ["standard input  there is no text in it"]


@given(content=st.binary(max_size=80), format=st.sampled_from([Format.TEXT, Format.JSONL, Format.HTML]))
def test_whatever_bytes_come_there_are_items_or_a_message(content: bytes, format: Any, tmp_path_factory: Any) -> None:  # noqa: A002
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    with suppress(MihwarError):
        assert read_items(str(path), format)
