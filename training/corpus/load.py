"""Loading a corpus: files in, checked paragraphs and their hash out."""

from __future__ import annotations

import glob
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mihwar.errors import CorpusError, Problem, first_problems
from mihwar.paragraph import LabelledParagraph
from mihwar.text import fold
from mihwar.themes import Themes
from training.corpus.read import Item, read_csv, read_hub, read_jsonl, read_parquet
from training.corpus.record import Place, parse_record, to_record

__all__ = ["MAX_PROBLEMS", "Corpus", "CorpusFormat", "corpus_sha256", "load_corpus"]

CorpusFormat = Literal["auto", "jsonl", "csv", "parquet", "hub"]

ENDINGS: dict[str, CorpusFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}
HUB = "hub:"
JOINED = ".joined.jsonl"  # texts that are not ours to copy: made on the spot, never committed
MAX_PROBLEMS = 50


@dataclass(frozen=True)
class Corpus:
    """Checked paragraphs.

    Attributes:
        paragraphs: Sorted by id, so that equal hashes mean equal training runs.
        themes: The taxonomy they were checked against.
        sha256: What `corpus_sha256` makes of them; whatever the files' format, order or line ends.
        files: What was read, globs resolved.
    """

    paragraphs: tuple[LabelledParagraph, ...]
    themes: Themes
    sha256: str
    files: tuple[str, ...]

    def __len__(self) -> int:
        """Return the number of paragraphs."""
        return len(self.paragraphs)


def load_corpus(
    files: Sequence[Path | str],
    themes: Themes,
    *,
    format: CorpusFormat = "auto",  # noqa: A002  the config's own word
    hub_split: str = "train",
) -> Corpus:
    """Read and check labelled paragraphs; `training.corpus.record` says what a record may hold.

    Args:
        files: Files, globs, or Hub data sets as `hub:owner/name`.
        themes: The taxonomy.
        format: Format of the files; `auto` goes by each file's ending.
        hub_split: Which split of a Hub data set to read.

    Returns:
        The corpus.

    Raises:
        CorpusError: With the first `MAX_PROBLEMS` problems in reading order and a count of the others.
    """
    problems: list[Problem] = []
    sources: list[tuple[str, CorpusFormat]] = []
    for source in _resolve(files, format):
        if isinstance(source, Problem):
            problems.append(source)
        elif source not in sources:
            sources.append(source)
    items = (item for name, kind in sources for item in _read(name, kind, hub_split, themes.ids))
    paragraphs = []
    for checked in _check(items, themes.ids):
        if isinstance(checked, Problem):
            problems.append(checked)
        else:
            paragraphs.append(checked)
    names = tuple(name for name, _ in sources)
    if not problems and not paragraphs:
        problems.append(Problem("there is no paragraph in it", path=", ".join(names)))
    if problems:
        raise CorpusError(first_problems(problems, MAX_PROBLEMS))
    paragraphs.sort(key=lambda paragraph: paragraph.id)
    return Corpus(tuple(paragraphs), themes, corpus_sha256(paragraphs), names)


def _resolve(files: Sequence[Path | str], kind: CorpusFormat) -> Iterator[tuple[str, CorpusFormat] | Problem]:
    """Turn names and globs into existing files with their formats."""
    if not files:
        yield Problem("name at least one file", key="corpus.files")
    for name in map(str, files):
        if kind == "hub" or name.startswith(HUB):
            if kind in ("auto", "hub"):
                yield HUB + name.removeprefix(HUB), "hub"
            else:
                message = f"names a Hub data set, but the format is {kind!r}"
                yield Problem(message, path=name, key="corpus.format")
            continue
        matches = [name]
        if not Path(name).exists():
            matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207  (Path.glob: relative patterns only)
        if not matches:
            message = "no file matches" if glob.has_magic(name) else "no such file"
            joined = "; `mihwar corpus join` makes it (see README.md)" if name.endswith(JOINED) else ""
            yield Problem(message + joined, path=name)
        for path in matches:
            if Path(path).is_dir():
                yield Problem(f"is a folder; name files, for instance {path}/*.jsonl", path=path)
            elif found := ENDINGS.get(Path(path).suffix.lower()) if kind == "auto" else kind:
                yield path, found
            else:
                message = f"ends with none of {', '.join(ENDINGS)}; say which format it has"
                yield Problem(message, path=path, key="corpus.format")


def _read(name: str, kind: CorpusFormat, hub_split: str, theme_ids: Sequence[str]) -> Iterator[Item]:
    if kind == "hub":
        return read_hub(name.removeprefix(HUB), hub_split, theme_ids)
    if kind == "parquet":
        return read_parquet(Path(name), theme_ids)
    if kind == "csv":
        return read_csv(Path(name), theme_ids)
    return read_jsonl(Path(name))


def _check(items: Iterable[Item], theme_ids: Sequence[str]) -> Iterator[LabelledParagraph | Problem]:
    """Check each record, and each against those before it."""
    ids: dict[str, Place] = {}
    texts: dict[str, Place] = {}
    splits: dict[str, tuple[str, Place]] = {}
    for item in items:
        if isinstance(item, Problem):
            yield item
            continue
        place, raw = item
        paragraph, problems = parse_record(raw, place, theme_ids)
        yield from problems
        if paragraph is not None:
            yield paragraph
        record_id, text = raw.get("id"), raw.get("text")
        if isinstance(record_id, str) and (first := ids.setdefault(record_id, place)) is not place:
            yield place.problem(f"{record_id!r} is already the id at {first}", "id")
        # A text of nothing but marks folds to nothing; it is only equal to itself.
        if isinstance(text, str) and (first := texts.setdefault(fold(text) or text, place)) is not place:
            yield place.problem(f"the same text, but for spelling, is at {first}; keep one of them", "text")
        if paragraph is not None and paragraph.split:
            split, first = splits.setdefault(paragraph.article_id, (paragraph.split, place))
            if split != paragraph.split:
                message = f"{paragraph.split!r}, but {first} puts article {paragraph.article_id!r} into {split!r}"
                yield place.problem(message, "split")


def corpus_sha256(paragraphs: Iterable[LabelledParagraph], text_sha256: Mapping[str, str] | None = None) -> str:
    """Hash canonical records, each with its text's own hash in place of the text.

    So the hash of a corpus can be checked where some of its texts may not be.

    Args:
        paragraphs: The paragraphs, sorted by id.
        text_sha256: By id, hashes of texts that are not there.
    """
    known = text_sha256 or {}
    digest = hashlib.sha256()
    for paragraph in paragraphs:
        record = to_record(paragraph)
        record["text"] = known.get(paragraph.id) or hashlib.sha256(paragraph.text.encode()).hexdigest()
        # Parquet may bring dates into `meta`, and objects whose keys have another order.
        line = json.dumps(record, ensure_ascii=False, sort_keys=True, default=str)
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
