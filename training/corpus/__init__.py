"""Labelled paragraphs: reading them from files, checking them, counting them."""

from training.corpus.describe import Row, describe
from training.corpus.load import Corpus, CorpusFormat, load_corpus
from training.corpus.record import to_line, to_record

__all__ = ["Corpus", "CorpusFormat", "Row", "describe", "load_corpus", "to_line", "to_record"]
