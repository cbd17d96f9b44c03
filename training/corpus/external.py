"""Labels here, texts elsewhere: joining references to a clone of the repository that holds the texts.

A reference is a record without its text, but with the text's sha256 in `meta.sha256` and its file in `meta.path`.
The labels of texts that may not be copied can so be kept and shared; whoever has the texts gets the records back.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mihwar.errors import CorpusError, Problem, first_problems
from mihwar.paragraph import LabelledParagraph
from training.corpus.read import read_jsonl
from training.corpus.record import Place, parse_record

__all__ = ["Joined", "Reference", "join", "read_references", "texts_in_clone", "texts_in_records"]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEXT = re.compile(r"<TEXT>(.*?)</TEXT>", re.DOTALL)
_REMOVED = re.compile("[\u200e\u200f\ufeff]")  # direction marks and the byte order mark
_SENTENCE_END = re.compile(r"(?<=[.!?؟])\s+")
_LONG_WORDS = 150  # the references cut lines of more than 160 words; tokens may have been counted a little differently


@dataclass(frozen=True)
class Reference:
    """A labelled paragraph whose text is elsewhere.

    Attributes:
        paragraph: Everything but the text, which is empty.
        sha256: Hash of the text in UTF-8.
        path: File of the other repository that holds it.
    """

    paragraph: LabelledParagraph
    sha256: str
    path: str


@dataclass(frozen=True)
class Joined:
    """What joining found.

    Attributes:
        paragraphs: Paragraphs with their texts, in the order of the references.
        missing: References whose text was not found.
    """

    paragraphs: tuple[LabelledParagraph, ...]
    missing: tuple[Reference, ...]


def read_references(path: Path, theme_ids: Sequence[str]) -> list[Reference]:
    """Read a file of references.

    Args:
        path: JSON lines.
        theme_ids: The themes.

    Raises:
        CorpusError: With every fault and its place.
    """
    problems: list[Problem] = []
    references: list[Reference] = []
    seen: dict[str, Place] = {}
    hashes: dict[str, Place] = {}
    for item in read_jsonl(path):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        place, raw = item
        found = list(_reference_problems(raw, place))
        paragraph, record_problems = parse_record({**raw, "text": "-"}, place, theme_ids)
        found += record_problems
        if isinstance(raw.get("id"), str) and (first := seen.setdefault(raw["id"], place)) is not place:
            found.append(place.problem(f"{raw['id']!r} is already the id at {first}", "id"))
        if (
            paragraph is not None
            and not found
            and (first := hashes.setdefault(paragraph.meta["sha256"], place)) is not place
        ):
            found.append(place.problem(f"the same text is referred to at {first}", "meta.sha256"))
        problems += found
        if paragraph is not None and not found:
            meta = paragraph.meta
            references.append(Reference(replace(paragraph, text=""), meta["sha256"], meta["path"]))
    if not references and not problems:
        problems.append(Problem("there is no reference in it", path=str(path)))
    if problems:
        raise CorpusError(first_problems(problems))
    return references


def _reference_problems(raw: Mapping[str, Any], place: Place) -> Iterator[Problem]:
    if "text" in raw:
        yield place.problem("a reference holds no text; the text's sha256 stands in meta.sha256", "text")
    meta = raw.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    if not isinstance(meta.get("sha256"), str) or not _SHA256.fullmatch(meta["sha256"]):
        yield place.problem("must be the sha256 of the text, 64 hexadecimal digits", "meta.sha256")
    name = meta.get("path")
    if not isinstance(name, str) or not name or Path(name).is_absolute() or ".." in Path(name).parts:
        yield place.problem("must be a file of the repository, relative to its root", "meta.path")


def join(references: Iterable[Reference], texts: Mapping[str, str]) -> Joined:
    """Give references their texts.

    Args:
        references: What is looked for.
        texts: Texts by sha256.
    """
    paragraphs, missing = [], []
    for reference in references:
        text = texts.get(reference.sha256)
        if text is None:
            missing.append(reference)
        else:
            paragraphs.append(replace(reference.paragraph, text=text))
    return Joined(tuple(paragraphs), tuple(missing))


def texts_in_clone(folder: Path, references: Sequence[Reference]) -> dict[str, str]:
    """Find the texts of references in a clone of antcorpus/antcorpus.data, or of a repository of the same form.

    A paragraph is a line of the `<TEXT>` element, or, of a long line, a run of whole sentences.

    Args:
        folder: The clone.
        references: What to look for; only their files are read.

    Returns:
        Texts by sha256.

    Raises:
        CorpusError: If the folder is not there.
    """
    if not folder.is_dir():
        raise CorpusError([Problem("no such folder; clone the repository first", path=str(folder))])
    wanted = {reference.sha256 for reference in references}
    texts: dict[str, str] = {}
    for name in sorted({reference.path for reference in references}):
        file = folder / name
        if file.is_file():
            for text in _paragraphs(_read(file)):
                digest = _sha256(text)
                if digest in wanted:
                    texts[digest] = text
    return texts


def texts_in_records(path: Path) -> dict[str, str]:
    """Find texts in JSON lines with a key `text`, whatever else they hold.

    Args:
        path: The file.

    Returns:
        Texts by sha256.

    Raises:
        CorpusError: If it cannot be read.
    """
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for item in read_jsonl(path):
        if isinstance(item, Problem):
            problems.append(item)
        elif isinstance(text := item[1].get("text"), str):
            try:
                texts[_sha256(text)] = text
            except UnicodeEncodeError:
                problems.append(item[0].problem("holds half of a surrogate pair (a character cut in two)", "text"))
    if problems:
        raise CorpusError(first_problems(problems))
    return texts


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CorpusError([Problem(f"cannot be read: {error.strerror}", path=str(file))]) from error


def _paragraphs(document: str) -> Iterator[str]:
    for element in _TEXT.findall(document):
        for raw in element.split("\n"):
            line = _REMOVED.sub("", html.unescape(raw)).replace("\u00a0", " ")
            line = re.sub(r"\s+", " ", line).strip()
            if not line:
                continue
            yield line
            if len(line.split()) > _LONG_WORDS:
                sentences = _SENTENCE_END.split(line)
                for start in range(len(sentences)):
                    for end in range(start + 1, len(sentences) + 1):
                        yield " ".join(sentences[start:end])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
