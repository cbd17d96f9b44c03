"""predictions.jsonl: a round trip, other orders, and files that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.predictions import Predictions, prediction_lines, read_predictions
from mihwar.errors import ReportError

GOOD = (
    '{"id": "1", "article_id": "a", "labels": ["x"], "unknown": [], "predicted": [],'
    ' "probabilities": {"x": 0.5, "y": 0.1}}\n'
)


@given(
    st.lists(st.text(min_size=1, max_size=5), min_size=1, max_size=6, unique=True),
    st.data(),
)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, ids: list[str], data: st.DataObject) -> None:
    shape = (len(ids), 3)
    predictions = Predictions(
        ("x", "y", "z"),
        tuple(ids),
        tuple(data.draw(st.text(max_size=3)) for _ in ids),
        data.draw(arrays(float, shape, elements=st.sampled_from([0.0, 1.0, float("nan")]))),
        data.draw(arrays(float, shape, elements=st.floats(0, 1))),
        data.draw(arrays(bool, shape)),
    )
    path = tmp_path_factory.mktemp("p") / "predictions.jsonl"
    try:
        path.write_text("".join(prediction_lines(predictions)), encoding="utf-8", newline="\n")
    except UnicodeEncodeError:
        return  # ids with half a surrogate pair are refused when a corpus is read
    back = read_predictions(path)
    assert (back.paragraph_ids, back.article_ids) == (predictions.paragraph_ids, predictions.article_ids)
    assert np.array_equal(back.targets, predictions.targets, equal_nan=True)
    assert np.allclose(back.probabilities, predictions.probabilities, atol=1e-6)
    assert np.array_equal(back.decisions, predictions.decisions)


def test_columns_and_rows_in_another_order(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(GOOD + GOOD.replace('"1"', '"2"').replace('["x"]', '["y"]'))
    turned = read_predictions(path).with_themes(("y", "x")).of_rows([1, 0])
    assert turned.paragraph_ids == ("2", "1")
    assert turned.targets.tolist() == [[1, 0], [0, 1]]
    assert turned.probabilities.tolist() == [[0.1, 0.5], [0.1, 0.5]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no prediction"),
        ("{", "p.jsonl:1  is no prediction"),
        ("[]", "is no prediction"),
        (GOOD + "{}", "p.jsonl:2  is no prediction"),
        (GOOD.replace("0.5", "1.5"), "between 0 and 1"),
        (GOOD.replace('["x"]', '["w"]'), "no probability of w"),
        (GOOD + GOOD.replace('"y"', '"z"'), "p.jsonl:2  names other themes"),
    ],
)
def test_what_is_no_prediction(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(content)
    with pytest.raises(ReportError, match=message):
        read_predictions(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read"):
        read_predictions(tmp_path / "p.jsonl")


def test_reports_of_before_articles_were_kept(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(GOOD.replace(' "article_id": "a",', ""))
    assert read_predictions(path).article_ids == ("",)
