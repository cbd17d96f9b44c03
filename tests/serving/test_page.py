"""The page at `/`: strict policy, nothing of others, all words in both languages."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from starlette.testclient import TestClient

import serving
from serving.api.schemas import ItemError, Result

FOLDER = Path(serving.__file__).parent / "page"
FILES = {"/": "text/html", "/page.css": "text/css", "/page.js": "text/javascript", "/icon.svg": "image/svg+xml"}


class Elements(HTMLParser):
    """Collects tags with their attributes, and the text inside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.inline = ""
        self._tag = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._tag = tag

    def handle_data(self, data: str) -> None:
        if self._tag in ("script", "style"):
            self.inline += data.strip()


@pytest.mark.parametrize("path", FILES)
def test_files(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"].split(";")[0] == FILES[path]
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
    again = client.get(path, headers={"if-none-match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.head(path).status_code == 200


def test_nothing_is_inline_and_nothing_comes_from_elsewhere(client: TestClient) -> None:
    elements = Elements(client.get("/").text)
    assert elements.inline == ""
    for _, attributes in elements.found:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        for name in ("src", "href"):
            if name in attributes:
                target = attributes[name] or ""
                assert target.startswith("/")
                assert client.get(target).status_code == 200
    for path in FOLDER.iterdir():
        text = path.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|//[a-z]+\.", text), path


def test_text_cannot_become_markup() -> None:
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|Function\(", script)


def test_arabic_comes_first(client: TestClient) -> None:
    tag, attributes = Elements(client.get("/").text).found[0]
    assert (tag, attributes) == ("html", {"lang": "ar", "dir": "rtl"})


def test_all_words_are_in_both_languages() -> None:
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    arabic, english = re.search(r"  ar: \{\n(.*?)\n  \},\n  en: \{\n(.*?)\n  \},\n\};", script, re.DOTALL).groups()  # type: ignore[union-attr]  # a failure is a failure
    keys = [re.findall(r"^ +(\w+):", block, re.MULTILINE) for block in (arabic, english)]
    assert keys[0] == keys[1]
    assert set(re.findall(r'data-say(?:-placeholder)?="(\w+)"', html)) <= set(keys[0])
    assert set(re.findall(r"words\(\)\.(\w+)", script)) <= set(keys[0])


def test_the_page_has_a_word_for_every_warning_and_error() -> None:
    script = (FOLDER / "page.js").read_text(encoding="utf-8")
    warnings = get_args(get_args(Result.model_fields["warnings"].annotation)[0])
    errors = get_args(ItemError.model_fields["code"].annotation)
    assert len(warnings) == 4
    for code in (*warnings, *errors):
        assert len(re.findall(rf"^ +{code}:", script, re.MULTILINE)) == 2, code
