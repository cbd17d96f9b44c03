"""Which paragraphs are the article and which belong to the page around it.

Two kinds of evidence: what a paragraph says (tables of phrases, matched on folded words, and shapes such as
hashtags or dates), and where it stands (before the title, after the comments began, among the links that
follow "read also"). Prose is never boilerplate for a phrase that merely occurs in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from serving.article import phrases
from serving.article.document import Kind

__all__ = ["classify"]

_MAX_PROMPT_WORDS = 80
_MAX_FIXTURE_WORDS = 40
_MAX_TITLE_WORDS = 16
_MAX_TITLE_LINES = 4
_MAX_SUBHEADING_WORDS = 12
_MAX_NAME_WORDS = 3
_MAX_WORD_CHARS = 25
_MIN_GAPS = 4

_CLOSERS = "»”\"')]}›’"
_FULL_STOPS = ".۔"
_SENTENCE_ENDS = ".۔!?؟…"
_BULLET = re.compile(r"[-–—•*·▪◦●■►]|[\d٠-٩۰-۹]{1,2}[.)\-–]")
_SEPARATORS = re.compile(r"[|/\\>›»«•·،,\n\t]|\s[-–—]\s")
_GAP = re.compile(r"\S[ \xa0]{3,}(?=\S)")
_BYLINE_PARTS = re.compile(r"[-–—|/،,()]")
_LABEL_END = re.compile(r"[:：]|\s[-–—]\s")
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+\.\S+|@\w+")
_HASHTAG = re.compile(r"#[\w_]+")


class _Sign(Enum):
    """What a paragraph says of itself."""

    NONE = auto()
    MENU = auto()
    FIXTURE = auto()
    LINKS_FOLLOW = auto()
    COMMENTS = auto()
    PAGE_END = auto()


@dataclass(frozen=True)
class _Line:
    """A paragraph as the rules see it."""

    text: str
    is_hinted: bool

    @cached_property
    def length(self) -> int:
        """Number of words; a text without spaces counts as long, too."""
        return max(len(self.text.split()), len(self.text) // _MAX_WORD_CHARS)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Folded words; of long paragraphs the first few, which is all that the tables are asked about."""
        return phrases.words_of(self.text[: 600 if self.length <= _MAX_FIXTURE_WORDS else 100])

    @cached_property
    def ends_sentence(self) -> bool:
        return self._last in _SENTENCE_ENDS or self.text[-1] in "»”"

    @cached_property
    def is_sentence(self) -> bool:
        """Long or ended like a sentence, so no title and no link."""
        if self.is_hinted:
            return False
        stopped = self._last in _FULL_STOPS or self.text[-1] in "»”"
        return self.length >= 20 or (self.length >= 5 and stopped) or (self.length >= 12 and self.ends_sentence)

    @cached_property
    def is_prose(self) -> bool:
        """A sentence of such a length that words alone do not make it boilerplate."""
        return self.length >= 20 or (self.length >= 12 and self.ends_sentence)

    @property
    def _last(self) -> str:
        return self.text.rstrip(_CLOSERS)[-1:]


def classify(texts: Sequence[str], headings: Sequence[bool] | None = None) -> list[Kind]:
    """Tell body, headings and boilerplate apart.

    Args:
        texts: The n paragraphs of one document, in order, stripped, none of them blank.
        headings: Shape (n,); which of them the markup calls headings. None: there was no markup.

    Returns:
        The n kinds.
    """
    hints = headings if headings is not None else [False] * len(texts)
    lines = [_Line(text, hint) for text, hint in zip(texts, hints, strict=True)]
    signs = [_sign(line) for line in lines]
    noise = [sign is not _Sign.NONE for sign in signs]
    _mark_links(lines, signs, noise)
    end = _page_end(lines, signs, noise)
    noise[end:] = [True] * (len(lines) - end)

    sentences = [i for i, line in enumerate(lines) if line.is_sentence and not noise[i]]
    titles: set[int] = set()
    if sentences:
        titles = _mark_lead(lines, signs, noise, sentences)
        _mark_tail(lines, noise, sentences[-1])
        _mark_between(lines, noise)
        titles |= _subheadings(lines, noise, sentences)
    hinted = {i for i, line in enumerate(lines) if line.is_hinted}
    return [
        "boilerplate" if noise[i] else "heading" if i in titles or i in hinted else "body" for i in range(len(lines))
    ]


# What a paragraph says


def _sign(line: _Line) -> _Sign:
    """Judge a paragraph by itself."""
    if len(_GAP.findall(line.text)) >= _MIN_GAPS and not line.ends_sentence:
        return _Sign.MENU
    if line.length > _MAX_PROMPT_WORDS:
        return _Sign.NONE
    words = line.words
    if not words or (line.length <= _MAX_FIXTURE_WORDS and _is_addresses(line.text)):
        return _Sign.FIXTURE
    if words in phrases.READ_ALSO or words in phrases.LIST_TITLES:
        return _Sign.LINKS_FOLLOW
    if phrases.PAGE_END.prefix(words):
        return _Sign.PAGE_END
    if phrases.READ_ALSO.prefix(words) or phrases.PROMPTS.prefix(words) or _is_label(line):
        return _Sign.FIXTURE
    return _sign_of_short(line) if line.length <= _MAX_FIXTURE_WORDS else _Sign.NONE


def _sign_of_short(line: _Line) -> _Sign:
    """Judge a paragraph that is short enough to be looked at word by word."""
    words = line.words
    if "©" in line.text:
        return _Sign.PAGE_END
    covered = _covered(words)
    if covered is not _Sign.NONE:
        return covered
    listed = phrases.LIST_TITLES.prefix(words)
    if listed and words[listed].isdecimal():
        return _Sign.FIXTURE
    if not line.is_prose and (_is_byline(line) or phrases.GIVEAWAYS.within(words)):
        return _Sign.FIXTURE
    return _Sign.MENU if not line.ends_sentence and _is_menu(line) else _Sign.NONE


def _covered(words: tuple[str, ...]) -> _Sign:
    """Tell whether words are nothing but menu items, buttons, form fields, agencies, dates and numbers."""
    kinds: set[_Sign] = set()
    position = 0
    while position < len(words):
        for table, sign in _COVERS:
            if length := table.prefix(words, position):
                position += length
                kinds.add(sign)
                break
        else:
            if not words[position].isdecimal() and not _is_clock(words[position]):
                return _Sign.NONE
            position += 1
            kinds.add(_Sign.FIXTURE)
    return next((sign for sign in (_Sign.COMMENTS, _Sign.MENU, _Sign.FIXTURE) if sign in kinds), _Sign.NONE)


_COVERS = (
    (phrases.FIXTURES, _Sign.FIXTURE),
    (phrases.COMMENTS, _Sign.COMMENTS),
    (phrases.SECTIONS, _Sign.MENU),
    (phrases.FILLERS, _Sign.NONE),
)


def _is_clock(word: str) -> bool:
    """Tell whether a word is a number with a unit glued to it (`10h20`, `2024م`)."""
    return word[0].isdecimal() and len(word) <= 6 and sum(map(str.isdecimal, word)) * 2 >= len(word)


def _is_label(line: _Line) -> bool:
    """Tell whether a paragraph is a label alone, or a label, a colon or dash, and a short value."""
    if line.words in phrases.LABELS:
        return True
    parts = _LABEL_END.split(line.text, maxsplit=1)
    if len(parts) == 1 or len(parts[0]) > 60 or phrases.words_of(parts[0]) not in phrases.LABELS:
        return False
    value = parts[1].split()
    return len(value) <= 5 or (len(value) <= 30 and not line.ends_sentence)


def _is_byline(line: _Line) -> bool:
    """Tell whether a paragraph is a name beside an agency, an outlet, a place or a date."""
    if line.length > 12 or line.ends_sentence:
        return False
    if line.length <= 6 and line.words[0] in {"بقلم", "by", "par"}:
        return True
    if not _BYLINE_PARTS.search(line.text):
        return False
    parts = [words for part in _BYLINE_PARTS.split(line.text) if (words := phrases.words_of(part))]
    strange = [words for words in parts if _covered(words) is not _Sign.FIXTURE]
    names = [words for words in strange if not _is_place(words)]
    return len(strange) < len(parts) and len(names) <= 1 and all(len(words) <= _MAX_NAME_WORDS for words in names)


def _is_place(words: tuple[str, ...]) -> bool:
    return bool(words) and all((word,) in phrases.FILLERS for word in words)


def _is_menu(line: _Line) -> bool:
    """Tell whether a paragraph is a row of short items, some of which are sections of a site."""
    sections = sum(phrases.SECTIONS.prefix(line.words, start) for start in range(line.length))
    if sections >= 5 and sections * 3 >= line.length * 2:
        return True
    if not _SEPARATORS.search(line.text):
        return False
    items = [words for part in _SEPARATORS.split(line.text) if (words := phrases.words_of(part))]
    if len(items) < 2 or any(len(words) > 3 for words in items):
        return False
    known = sum(_covered(words) in (_Sign.MENU, _Sign.FIXTURE) and not words[0].isdecimal() for words in items)
    has_bars = re.search(r"[|>›•]", line.text) is not None
    return known * 2 >= len(items) or (has_bars and (known > 0 or len(items) >= 4) and "\t" not in line.text)


def _is_addresses(text: str) -> bool:
    """Tell whether a paragraph is nothing but links, e-mail addresses, handles, or mostly hashtags."""
    rest = _ADDRESS.sub("", text)
    if rest != text and not phrases.words_of(rest):
        return True
    hashtags = _HASHTAG.findall(text)
    return bool(hashtags) and not phrases.words_of(_HASHTAG.sub("", text))


# Where it stands


def _mark_links(lines: Sequence[_Line], signs: Sequence[_Sign], noise: list[bool]) -> None:
    """Mark the titles that follow "read also", until prose resumes."""
    following = False
    for i, line in enumerate(lines):
        if signs[i] is _Sign.LINKS_FOLLOW:
            following = True
        elif line.is_sentence and not noise[i]:
            following = False
        elif following:
            noise[i] = True


def _page_end(lines: Sequence[_Line], signs: Sequence[_Sign], noise: Sequence[bool]) -> int:
    """Return the index where comments or the foot of the page begin.

    A link to the comment form may stand above the article as well: most of the prose must lie before it.
    """
    weights = [line.length if line.is_sentence and not noise[i] else 0 for i, line in enumerate(lines)]
    before, total = 0, sum(weights)
    for i, sign in enumerate(signs):
        after = total - before
        if sign is _Sign.PAGE_END and before * 2 >= after and before:
            return i
        if sign is _Sign.COMMENTS and before >= after and before:
            return i
        before += weights[i]
    return len(lines)


def _mark_lead(lines: Sequence[_Line], signs: Sequence[_Sign], noise: list[bool], sentences: Sequence[int]) -> set[int]:
    """Mark what stands before the first sentence, but for the title and what goes with it."""
    first = sentences[0]
    candidates = [i for i in range(first) if not noise[i]]
    # A line that begins with a dash or a number is speech or a list.
    candidates = [i for i in candidates if not _BULLET.match(lines[i].text)]
    title = next((i for i in candidates if lines[i].length > _MAX_NAME_WORDS or lines[i].is_hinted), None)
    if title is None:
        swallowed = [
            i for i in range(first) if noise[i] and signs[i] is _Sign.NONE and lines[i].length > _MAX_NAME_WORDS
        ]
        if swallowed:  # the last of the "latest news" above an article is its title
            title = swallowed[-1]
            noise[title] = False
        elif _is_stopped_title(lines, signs, sentences):
            title = first
        elif candidates:
            title = candidates[-1]
        else:
            return set()
    headings = {title}
    for i in candidates:
        if i < title or (i > title and _is_credit(lines[i])):
            noise[i] = True
        elif i > title and len(headings) < _MAX_TITLE_LINES and _could_be_heading(lines[i], _MAX_TITLE_WORDS):
            headings.add(i)
    return headings


def _is_credit(line: _Line) -> bool:
    """Tell whether a line below a title is a name, alone or beside a place."""
    if line.is_hinted or line.ends_sentence:
        return False
    parts = [phrases.words_of(part) for part in _BYLINE_PARTS.split(line.text)]
    return line.length <= _MAX_NAME_WORDS or (
        len(parts) > 1 and all(len(words) <= _MAX_NAME_WORDS for words in parts) and any(map(_is_place, parts))
    )


def _is_stopped_title(lines: Sequence[_Line], signs: Sequence[_Sign], sentences: Sequence[int]) -> bool:
    """Tell whether the first sentence is a title that ends in a full stop: short, right below a menu."""
    first, rest = sentences[0], sentences[1:]
    return (
        first > 0
        and signs[first - 1] is _Sign.MENU
        and lines[first].length <= _MAX_TITLE_WORDS
        and bool(rest)
        and lines[rest[0]].length > lines[first].length
    )


def _mark_tail(lines: Sequence[_Line], noise: list[bool], last: int) -> None:
    """Mark what follows the last sentence, once the page has begun to show."""
    page_shows = False
    for i in range(last + 1, len(lines)):
        is_name = lines[i].length <= _MAX_NAME_WORDS and not _BULLET.match(lines[i].text)
        is_signature = is_name and i == last + 1 and (i + 1 == len(lines) or noise[i + 1])
        page_shows = page_shows or noise[i] or is_signature
        noise[i] = page_shows


def _mark_between(lines: Sequence[_Line], noise: list[bool]) -> None:
    """Mark a lone word or name between two pieces of the page."""
    for i in range(1, len(lines) - 1):
        if noise[i - 1] and noise[i + 1] and lines[i].length <= _MAX_NAME_WORDS and not lines[i].is_hinted:
            noise[i] = True


def _subheadings(lines: Sequence[_Line], noise: Sequence[bool], sentences: Sequence[int]) -> set[int]:
    """Find the short lines between a sentence and a sentence."""
    stopped = sum(lines[i].ends_sentence for i in sentences)
    # Where sentences do without full stops, a short line may well be one.
    max_words = _MAX_SUBHEADING_WORDS if stopped * 2 >= len(sentences) else _MAX_SUBHEADING_WORDS // 2
    article = [i for i in range(len(lines)) if not noise[i]]
    return {
        i
        for before, i, after in zip(article, article[1:], article[2:], strict=False)
        if lines[before].is_sentence
        and lines[after].is_sentence
        and not lines[before].text.endswith(":")
        and _could_be_heading(lines[i], max_words)
    }


def _could_be_heading(line: _Line, max_words: int) -> bool:
    """Tell whether a line is short and ends like a heading."""
    return (
        line.length <= max_words
        and not line.is_sentence
        and not _BULLET.match(line.text)
        and "\t" not in line.text
        and line.text[-1] not in "،؛,;:.…"
    )
