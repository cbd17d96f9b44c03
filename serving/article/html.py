"""HTML to paragraphs: trafilatura finds the article, the rules for plain text do the rest.

trafilatura and lxml are imported when the first HTML comes: a service that never sees any saves their memory.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mihwar.errors import TextError
from serving.article.boilerplate import classify
from serving.article.document import Document, Paragraph
from serving.article.plain import paragraph_spans

_Element = Any  # lxml ships no types

__all__ = ["MAX_DEPTH", "MAX_ELEMENTS", "split_html"]

MAX_ELEMENTS = 20_000
MAX_DEPTH = 200  # libxml2 itself stops at 256 and drops the rest without a word
_MAX_ATTRIBUTES = 64

# Below this many characters trafilatura returns a page's text without its structure.
_MIN_EXTRACTED_CHARS = 250
_MIN_TITLE_WORDS = 4
_MAX_TITLE_CHARS = 300

# `head`, `cell`, `row`, `item`, `quote`, `lb` are what trafilatura makes of a page; it drops the page's own `head`.
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "head"})
_CELLS = frozenset({"td", "th", "cell"})
_LINE_BREAKS = frozenset({"br", "lb"})
_HTML_BLOCKS = _HEADINGS | frozenset(
    {
        "address",
        "article",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "form",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    }
)
_HTML_DROPPED = frozenset(
    {
        "aside",
        "audio",
        "button",
        "canvas",
        "dialog",
        "footer",
        "head",
        "header",
        "iframe",
        "input",
        "label",
        "map",
        "math",
        "menu",
        "nav",
        "noscript",
        "object",
        "option",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "video",
    }
)
_EXTRACTED_BLOCKS = frozenset({"code", "div", "head", "item", "list", "p", "quote", "row", "table"})

_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]*")
_SPACES = re.compile(r"\s+")
# What neither XML nor a reader can use: controls, marks of direction, halves of surrogate pairs.
_UNUSABLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
    "\ufffe\uffff\ud800-\udfff]+"
)
_PAGE = re.compile(r"<(?:html|body)\b", re.IGNORECASE)


@dataclass(frozen=True)
class _Block:
    """The text of a block element; line breaks in it are the page's own."""

    text: str
    is_heading: bool


def split_html(html: str) -> Document:
    """Extract the article from HTML and split it into paragraphs.

    Args:
        html: A page or a fragment of one.

    Returns:
        The extracted text, one blank line between blocks, with its paragraphs; an empty text where there is
        none.

    Raises:
        TextError: If the HTML has too many elements or is nested too deeply to be a page.
    """
    html = _UNUSABLE.sub("", html)
    root = _parse(html)
    if root is None:
        return Document("", ())
    all_blocks = _blocks(root, _HTML_BLOCKS, _HTML_DROPPED)
    blocks = _extract(root) if _PAGE.search(html) else []
    # A fragment is not a page to find an article in, and a single block is a page whose structure got lost.
    if sum(len(block.text) for block in blocks) < _MIN_EXTRACTED_CHARS or len(blocks) == 1 < len(all_blocks):
        blocks = all_blocks
    return _document(_with_title(root, blocks))


def _document(blocks: Iterable[_Block]) -> Document:
    """Lay out blocks as one text."""
    text = ""
    spans: list[tuple[int, int]] = []
    headings: list[bool] = []
    parts: list[str] = []
    position = 0
    for block in blocks:
        for start, end in paragraph_spans(block.text):
            spans.append((position + start, position + end))
            headings.append(block.is_heading)
        parts.append(block.text)
        position += len(block.text) + 2
    text = "\n\n".join(parts)
    kinds = classify([text[start:end] for start, end in spans], headings)
    return Document(text, tuple(Paragraph(kind, *span) for kind, span in zip(kinds, spans, strict=True)))


@dataclass
class _BoundedTarget:
    """Builds the tree while the parser reads, and stops before it grows out of bounds.

    The parser's own tree builder needs a quarter of a minute for one tag with 100,000 attributes.
    """

    builder: Any
    elements: int = 0
    depth: int = 0
    fault: str = field(default="", init=False)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Open an element."""
        self.elements += 1
        self.depth += 1
        if self.elements > MAX_ELEMENTS:
            self.fault = f"more than {MAX_ELEMENTS:,} elements"
        elif self.depth > MAX_DEPTH:
            self.fault = f"elements nested more than {MAX_DEPTH} deep"
        if self.fault:
            raise TextError(self.fault)
        names = [name for name in attributes if _NAME.fullmatch(name)][:_MAX_ATTRIBUTES]
        self.builder.start(tag if _NAME.fullmatch(tag) else "span", {name: attributes[name] for name in names})

    def end(self, tag: str) -> None:
        """Close the innermost element."""
        self.depth -= 1
        self.builder.end(tag if _NAME.fullmatch(tag) else "span")

    def data(self, text: str) -> None:
        """Add text."""
        self.builder.data(text)

    def close(self) -> _Element:
        """Return the root element, or None where nothing was read or reading was stopped."""
        return self.builder.close() if self.elements and not self.fault else None


def _parse(html: str) -> _Element:
    """Parse HTML into a bounded tree of `lxml.html` elements; None if there is nothing in it."""
    from lxml import etree
    from lxml.html import HTMLParser, html_parser

    target = _BoundedTarget(etree.TreeBuilder(element_factory=html_parser.makeelement))
    try:
        # Bytes, so that an encoding that the page declares does not count.
        root = etree.fromstring(html.encode(), HTMLParser(target=target, encoding="utf-8", collect_ids=False))
    except (etree.LxmlError, AssertionError) as error:
        raise TextError(f"The HTML cannot be parsed: {error}. Send its text as `text` instead.") from error
    except TextError:
        root = None
    if target.fault:
        raise TextError(
            f"The HTML has {target.fault}, which no news page needs. Send the article's part of it, or its text "
            "as `text`."
        )
    return root


def _extract(root: _Element) -> list[_Block]:
    """Let trafilatura find the article; an empty list if it finds none."""
    import trafilatura
    from trafilatura.utils import line_processing, trim

    # It logs what it fails on; texts are never logged here.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)
    try:
        # `fast` leaves out readability, which glues paragraphs, and jusText, which knows no Arabic.
        document = trafilatura.bare_extraction(root, include_comments=False, fast=True)
    except Exception:
        return []  # whatever a hostile page breaks in there, its blocks can still be read off
    finally:
        for cached in (line_processing, trim):
            cached.cache_clear()  # they would keep the last thousand texts
    body = getattr(document, "body", None)
    return [] if body is None else _blocks(body, _EXTRACTED_BLOCKS, frozenset())


def _blocks(root: _Element, block_tags: frozenset[str], dropped_tags: frozenset[str]) -> list[_Block]:
    """Read off the blocks of a tree: a table row is one block, its cells between tabs.

    Args:
        root: An element, of HTML or of what trafilatura makes of it.
        block_tags: Tags that begin and end a block.
        dropped_tags: Tags whose text is no part of the article.
    """
    from lxml import etree

    reader = _Reader(block_tags)
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        is_dropped = element.tag in dropped_tags
        if event == "start" and is_dropped:
            walk.skip_subtree()
        elif event == "start":
            reader.start(element.tag, element.text)
        else:
            if not is_dropped:
                reader.end(element.tag)
            reader.add(element.tail)
    reader.flush()
    return reader.blocks


@dataclass
class _Reader:
    """Collects text into blocks."""

    block_tags: frozenset[str]
    blocks: list[_Block] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    open_headings: int = 0

    def start(self, tag: str, text: str | None) -> None:
        """Enter an element."""
        if tag in self.block_tags:
            self.flush()
        self.open_headings += tag in _HEADINGS
        if tag in _LINE_BREAKS:
            self.pieces.append("\n")
        self.add(text)

    def end(self, tag: str) -> None:
        """Leave an element."""
        if tag in self.block_tags:
            self.flush()
        self.open_headings -= tag in _HEADINGS
        if tag in _CELLS:
            self.pieces.append("\t")

    def add(self, text: str | None) -> None:
        """Add text as a browser would show it."""
        if text:
            self.pieces.append(_SPACES.sub(" ", text))

    def flush(self) -> None:
        """End the block."""
        lines = (line.strip(" \t") for line in "".join(self.pieces).split("\n"))
        text = "\n".join(line for line in lines if line)
        if paragraph_spans(text):
            self.blocks.append(_Block(text.strip(), self.open_headings > 0))
        self.pieces.clear()


def _with_title(root: _Element, blocks: list[_Block]) -> list[_Block]:
    """Put the page's title in front if the extraction left it out.

    A page may have several first-level headings; the site's name is shorter than the title.
    """
    titles = [_SPACES.sub(" ", element.text_content()).strip() for element in root.iter("h1")]
    title = max((title for title in titles if len(title) <= _MAX_TITLE_CHARS), key=len, default="")
    if len(title.split()) < _MIN_TITLE_WORDS or any(block.text == title for block in blocks):
        return blocks
    return [_Block(title, is_heading=True), *blocks]
