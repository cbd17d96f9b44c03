"""`mihwar corpus`: joining references to their texts, looking for what spoils a corpus, agreement of labellings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import error_console, output_console, show

__all__ = ["app"]

JOIN = "mihwar corpus join corpus/external/ant.jsonl ../antcorpus.data --output corpus/external/ant.joined.jsonl"
CHECK = 'mihwar corpus check "corpus/*.jsonl" --fingerprints corpus/external/fingerprints.npy'
FINGERPRINT = "mihwar corpus fingerprint theirs.jsonl --output corpus/external/fingerprints.npy"
AGREEMENT = "mihwar corpus agreement corpus/annotations/labels.jsonl"

app = typer.Typer(
    name="corpus",
    help="Join references to their texts, look for what spoils a corpus, measure agreement of labellings.",
    no_args_is_help=True,
    epilog=f"Examples:\n\n  {JOIN}\n  {CHECK}\n  {FINGERPRINT}\n  {AGREEMENT}",
)

Themes = Annotated[Path, typer.Option(help="Theme file.")]
_SECURITY = Path("configs/themes/security.yaml")
_SHOWN = 20


@app.command(epilog=f"Example:\n\n  {JOIN}")
def join(
    references: Annotated[Path, typer.Argument(metavar="REFERENCES", help="Records without text, with its hash.")],
    texts: Annotated[
        Path, typer.Argument(metavar="TEXTS", help="A clone of the repository with the texts, or a JSONL file of them.")
    ],
    output: Annotated[Path, typer.Option(help="Corpus file to write.")],
    themes: Themes = _SECURITY,
    partial: Annotated[bool, typer.Option("--partial", help="Write what was found where some is missing.")] = False,
) -> None:
    """Give labelled paragraphs their texts, which may not be copied into this repository.

    A text counts only if its sha256 is the one of the reference: what is joined is what was labelled.
    """
    from mihwar.errors import CorpusError, Problem
    from training.config import load_themes
    from training.corpus import join as join_texts
    from training.corpus import read_references, texts_in_clone, texts_in_records, write_records

    found = read_references(references, load_themes(themes).ids)
    joined = join_texts(found, texts_in_records(texts) if texts.is_file() else texts_in_clone(texts, found))
    if joined.missing and (not partial or not joined.paragraphs):
        examples = ", ".join(sorted({each.path for each in joined.missing})[:3])
        message = (
            f"{len(joined.missing):,} of {len(found):,} texts are not in {texts} (for instance of {examples});"
            " check that it is the right repository, or say --partial to do without them"
        )
        raise CorpusError([Problem(message, path=str(references))])
    write_records(joined.paragraphs, output)
    output_console().print(
        f"{output}: {len(joined.paragraphs):,} paragraphs joined, {len(joined.missing):,} missing",
        markup=False,
        soft_wrap=True,
    )


@app.command(epilog=f"Example:\n\n  {CHECK}")
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Labelled paragraphs; globs.")],
    themes: Themes = _SECURITY,
    fingerprints: Annotated[Path | None, typer.Option(help="Fingerprints of texts that must not be repeated.")] = None,
    similarity: Annotated[float, typer.Option(min=0.1, max=1.0, help="From which near-duplicates count.")] = 0.6,
) -> None:
    """Look for near-duplicates, worn openings and phrases, and runs of words from elsewhere.

    Everything found is shown with the ids of the paragraphs; it is for a person to judge, and no error.
    """
    from evaluation.tables import Table
    from training.config import load_themes
    from training.corpus import load_corpus, quality

    corpus = load_corpus(files, load_themes(themes))
    known = quality.read_fingerprints(fingerprints) if fingerprints else None
    paragraphs = corpus.paragraphs
    error_console().print(f"Comparing {len(paragraphs):,} paragraphs ...", style="bold", markup=False)
    written = [paragraph for paragraph in paragraphs if paragraph.kind != "boilerplate"]
    tables = [
        Table(
            "Near-duplicates",
            ("similarity", "first", "second"),
            tuple(
                (f"{pair.similarity:.2f}", pair.first, pair.second)
                for pair in quality.near_duplicates(paragraphs, similarity)
            ),
        )
    ]
    for title, found in (
        ("Worn openings", quality.worn_openings(written)),
        ("Worn phrases", quality.worn_phrases(written)),
        *([("Runs of words from elsewhere", quality.overlaps(paragraphs, known))] if known is not None else []),
    ):
        rows = tuple((str(len(each.ids)), each.words, ", ".join(each.ids[:4])) for each in found)
        tables.append(Table(title, ("paragraphs", "words", "for instance"), rows))
    notes = [f"{len(each.rows):,} {each.title.lower()}" for each in tables]
    if known is None:
        notes.append("runs of words from elsewhere were NOT looked for: name a file with --fingerprints")
    shown = [Table(each.title, each.columns, each.rows[:_SHOWN]) for each in tables if each.rows]
    show(shown, notes)


@app.command(epilog=f"Example:\n\n  {FINGERPRINT}")
def fingerprint(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON lines with a key text.")],
    output: Annotated[Path, typer.Option(help="File to write (.npy).")],
) -> None:
    """Write fingerprints of texts that a corpus must not repeat: hashes of runs of words, not the words."""
    from training.corpus import quality, texts_in_records

    texts = [text for file in files for text in texts_in_records(file).values()]
    count = quality.write_fingerprints(texts, output)
    output_console().print(f"{output}: {count:,} fingerprints of {len(texts):,} texts", markup=False, soft_wrap=True)


@app.command(epilog=f"Example:\n\n  {AGREEMENT}")
def agreement(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON lines with id, first and second.")],
    themes: Themes = _SECURITY,
) -> None:
    """Measure how well two labellings agree: Krippendorff's alpha and F1, per theme and over all."""
    from evaluation.tables import Table, fixed
    from training.config import load_themes
    from training.corpus import annotation

    theme_ids = load_themes(themes).ids
    found = annotation.agreement(annotation.read_annotations(file, theme_ids), theme_ids)
    rows = tuple((theme, *map(str, found.counts[theme]), fixed(found.alpha_by_theme[theme])) for theme in theme_ids)
    show(
        [Table("Agreement by theme", ("theme", "first", "second", "both", "alpha"), rows)],
        [
            f"{found.n:,} paragraphs: alpha {fixed(found.alpha)}, micro-F1 {found.micro_f1:.3f},"
            f" macro-F1 {found.macro_f1:.3f}, all themes equal in {found.exact:.1%}"
        ],
    )
