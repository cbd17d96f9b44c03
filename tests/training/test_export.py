from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mihwar.artefact import Manifest, read_artefact
from mihwar.classifier import Classifier
from mihwar.engine import load_engine
from training.agreement import decisions_with_avx2
from training.export import quantise_in_groups

finite = st.floats(-1e4, 1e4, width=32)


@given(arrays(np.float32, (3, 64), elements=finite))
def test_rounding_is_within_half_a_scale(weights: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> None:
    rounded, scales = quantise_in_groups(weights, 32)
    assert rounded.dtype == np.int8
    assert rounded.shape == (3, 2, 32)
    assert scales.shape == (3, 2, 1)
    error = np.abs((rounded * scales).reshape(3, 64) - weights).reshape(3, 2, 32)
    assert (error <= 0.5001 * scales).all()


def test_an_outlier_costs_its_own_group_alone() -> None:
    weights = np.full((1, 64), 0.01, dtype=np.float32)
    weights[0, 0] = 100
    rounded, scales = quantise_in_groups(weights, 32)
    error = np.abs((rounded * scales).reshape(64) - weights[0])
    assert error[1:32].max() == pytest.approx(0.01)
    assert error[32:].max() < 1e-6


@pytest.mark.parametrize("nearly_zero", [0, 5.9e-44, 1e-38])
def test_zero_weights_stay_zero(nearly_zero: float) -> None:
    rounded, scales = quantise_in_groups(np.full((2, 32), nearly_zero, dtype=np.float32), 32)
    assert not rounded.any()
    assert np.isfinite(scales).all()


def test_weights_are_stored_as_int8(tiny_model: Path) -> None:
    graph = (tiny_model / "engine.xml").read_text(encoding="utf-8")
    # Two layers of six matrices, and the word embedding.
    assert graph.count('element_type="i8"') >= 13


def test_the_engine_runs_where_there_is_no_vnni(tiny_model: Path) -> None:
    texts = ["تفكيك خلية إرهابية وتوقيف مشتبه", "اختراق قرصنة بيانات", "مباراة الفريق"]
    classifier = Classifier.load(tiny_model)
    here = [[theme in p.themes for theme in classifier.themes.ids] for p in classifier.classify(texts)]
    assert decisions_with_avx2(tiny_model, texts).tolist() == here


def test_an_unknown_engine_is_refused(tiny_model: Path) -> None:
    from dataclasses import replace

    from mihwar.errors import ArtefactForeignError

    read = read_artefact(tiny_model)
    other: Manifest = replace(read.manifest, engine={"kind": "magic"})
    with pytest.raises(ArtefactForeignError, match="'magic'.*openvino, tfidf and blend"):
        load_engine(replace(read, manifest=other))


@pytest.mark.parametrize("name", ["engine.xml", "tokenizer.json"])
def test_an_engine_file_that_is_none_is_refused(model_copy: Path, name: str) -> None:
    """The hashes are right, the content is not: what a faulty export would leave."""
    from mihwar.errors import EngineError

    read = read_artefact(model_copy)
    (model_copy / name).write_text("{}", encoding="utf-8")
    with pytest.raises(EngineError, match="cannot"):
        load_engine(read)
