from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mihwar.engine.tfidf import TfidfEngine
from mihwar.errors import CorpusError, EngineError
from mihwar.paragraph import LabelledParagraph
from mihwar.text import NormaliserOptions
from tests.tiny import tiny_project
from training.config import NgramsConfig, load_config
from training.run import read_corpus
from training.tfidf import FittedTfidf, fit_tfidf

ODD_TEXTS = [
    "",
    "_ ـ ً",
    "إختراق الخليه",
    "تفكيك",
    "كلمات لا يعرفها أحد",
    "خلية خلية خلية اختراق",
    "Rabat 2024 خلية، معبر!",
    "؟",
]


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> FittedTfidf:
    loaded = load_config(tiny_project(tmp_path_factory.mktemp("tfidf")), ["model.kind=tfidf"])
    _, splits = read_corpus(loaded)
    return fit_tfidf(NgramsConfig(), NormaliserOptions(), loaded.themes.ids, splits.train, seed=1)


def test_engine_equals_scikit_learn(fitted: FittedTfidf, tmp_path: Path) -> None:
    assert fitted.write(tmp_path) == {"kind": "tfidf"}
    engine = TfidfEngine(tmp_path, NormaliserOptions())
    ours = np.stack([engine.run(engine.encode(text))[0].logits for text in ODD_TEXTS])
    theirs = fitted.logits([LabelledParagraph(id=str(i), text=text) for i, text in enumerate(ODD_TEXTS)])
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_evidence_adds_up(fitted: FittedTfidf, tmp_path: Path) -> None:
    fitted.write(tmp_path)
    engine = TfidfEngine(tmp_path, NormaliserOptions())
    for text in ODD_TEXTS:
        (scores,) = engine.run(engine.encode(text))
        np.testing.assert_allclose(scores.base + scores.shares.sum(axis=0), scores.logits)


def test_too_small_a_corpus_is_a_clear_error() -> None:
    paragraphs = [LabelledParagraph(id="1", text="كلمة")]
    with pytest.raises(CorpusError, match=r"min_documents: no word n-gram occurs in 2 paragraphs"):
        fit_tfidf(NgramsConfig(), NormaliserOptions(), ["a"], paragraphs, seed=1)


@pytest.mark.parametrize("name", ["tfidf.json", "tfidf.npz"])
def test_broken_files_are_refused(fitted: FittedTfidf, tmp_path: Path, name: str) -> None:
    fitted.write(tmp_path)
    (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(EngineError, match="TF-IDF"):
        TfidfEngine(tmp_path, NormaliserOptions())
