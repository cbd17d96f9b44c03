"""Splitting whole pages: layouts of Arabic news sites with invented articles, beside their marked paragraphs."""

import json
from collections import Counter
from pathlib import Path

import pytest

from serving.article import Document, split_html, split_text

PAGES = sorted(
    path for path in (Path(__file__).parents[1] / "data/pages").iterdir() if path.suffix in {".html", ".txt"}
)


def read(page: Path) -> Document:
    source = page.read_bytes().decode()
    return split_html(source) if page.suffix == ".html" else split_text(source)


def found(document: Document) -> list[tuple[str, str]]:
    return [(p.kind, document.text[p.start : p.end]) for p in document.paragraphs]


def marked(page: Path) -> list[tuple[str, str]]:
    paragraphs = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))["paragraphs"]
    return [(p["kind"], p["text"]) for p in paragraphs]


def article(paragraphs: list[tuple[str, str]]) -> Counter[tuple[str, str]]:
    return Counter(p for p in paragraphs if p[0] != "boilerplate")


def test_there_are_enough_layouts() -> None:
    assert len(PAGES) >= 8


def test_recall_and_precision_of_the_article() -> None:
    hits = wanted = returned = 0
    for page in PAGES:
        truth, answer = article(marked(page)), article(found(read(page)))
        hits += (truth & answer).total()
        wanted += truth.total()
        returned += answer.total()
    assert hits / wanted >= 0.97
    assert hits / returned >= 0.97


def test_recall_and_precision_of_boilerplate_in_plain_text() -> None:
    hits = wanted = returned = 0
    for page in PAGES:
        if page.suffix == ".txt":
            truth = Counter(p for p in marked(page) if p[0] == "boilerplate")
            answer = Counter(p for p in found(read(page)) if p[0] == "boilerplate")
            hits += (truth & answer).total()
            wanted += truth.total()
            returned += answer.total()
    assert hits / wanted >= 0.97
    assert hits / returned >= 0.97


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_marked_as_boilerplate_is_never_body(page: Path) -> None:
    junk = {text for kind, text in marked(page) if kind == "boilerplate"}
    assert not [text for kind, text in found(read(page)) if kind == "body" and text in junk]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_body_paragraphs_are_found_in_order(page: Path) -> None:
    truth = [text for kind, text in marked(page) if kind == "body"]
    answer = [text for kind, text in found(read(page)) if kind == "body"]
    assert answer == truth
