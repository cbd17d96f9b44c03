"""Labelled paragraphs: reading them from files, checking them, counting them."""

from training.corpus.describe import Row, describe
from training.corpus.external import join, read_references, texts_in_clone, texts_in_records
from training.corpus.load import Corpus, CorpusFormat, corpus_sha256, load_corpus
from training.corpus.record import to_line, to_record, write_records

__all__ = [
    "Corpus",
    "CorpusFormat",
    "Row",
    "corpus_sha256",
    "describe",
    "join",
    "load_corpus",
    "read_references",
    "texts_in_clone",
    "texts_in_records",
    "to_line",
    "to_record",
    "write_records",
]
