from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihwar.decision import BALANCED, Decision, OperatingPoint, log_odds
from mihwar.errors import ArtefactAlteredError, ArtefactForeignError

THEMES = ("a", "b")
DECISION = Decision(
    np.array([1.0, 2.0]),
    np.array([0.0, -1.0]),
    np.array([0.5, 0.3]),
    0.4,
    {"high_recall": OperatingPoint("recall", 0.9, -1.0, 300)},
)


def test_round_trip() -> None:
    again = Decision.from_json(DECISION.to_json(THEMES), THEMES)
    assert again.to_json(THEMES) == DECISION.to_json(THEMES)


def test_probabilities_are_the_scaled_sigmoid() -> None:
    probabilities = DECISION.probabilities(np.array([0.7, 0.7]))
    np.testing.assert_allclose(probabilities, [1 / (1 + np.exp(-0.7)), 1 / (1 + np.exp(-0.4))])


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_probabilities_stay_in_range_and_in_order(first: float, second: float) -> None:
    low, high = sorted((first, second))
    probabilities = DECISION.probabilities(np.array([[low, low], [high, high]]))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert (probabilities[0] <= probabilities[1]).all()


@pytest.mark.parametrize(
    ("key", "value"),
    [("scale", 0), ("scale", -1), ("scale", "x"), ("offset", float("nan")), ("threshold", 0), ("threshold", 1.0)],
)
def test_values_out_of_range_are_refused(key: str, value: object) -> None:
    data = DECISION.to_json(THEMES)
    data["themes"]["b"][key] = value
    with pytest.raises(ArtefactAlteredError, match=r"decision\.json"):
        Decision.from_json(data, THEMES)


def test_another_version_is_told_as_such() -> None:
    with pytest.raises(ArtefactForeignError, match="schema version 3"):
        Decision.from_json({**DECISION.to_json(THEMES), "schema_version": 3}, THEMES)


def test_other_themes_are_refused() -> None:
    with pytest.raises(ArtefactAlteredError, match="themes"):
        Decision.from_json(DECISION.to_json(THEMES), ("a", "c"))


@pytest.mark.parametrize("data", [{}, {"schema_version": 1}, {"schema_version": 1, "themes": {"a": 1, "b": 2}}])
def test_malformed_data_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ArtefactAlteredError):
        Decision.from_json(data, THEMES)


def test_operating_points_move_all_thresholds_alike() -> None:
    np.testing.assert_array_equal(DECISION.limits(), DECISION.thresholds)
    np.testing.assert_array_equal(DECISION.limits(BALANCED), DECISION.thresholds)
    moved = DECISION.limits("high_recall")
    np.testing.assert_allclose(log_odds(moved), log_odds(DECISION.thresholds) - 1)
    with pytest.raises(ValueError, match="there are balanced, high_recall"):
        DECISION.limits("high_recal")


def test_the_default_operating_point_is_the_one_used() -> None:
    other = Decision.from_json({**DECISION.to_json(THEMES), "default": "high_recall"}, THEMES)
    np.testing.assert_array_equal(other.limits(), DECISION.limits("high_recall"))
    np.testing.assert_array_equal(other.limits(BALANCED), DECISION.thresholds)


def test_uncertain_is_what_lies_near_the_limits_in_use() -> None:
    limits = np.array([0.5, 0.5])
    assert DECISION.uncertain(np.array([0.58, 0.62]), limits).tolist() == [True, False]
    assert DECISION.uncertain(np.array([0.42, 0.38]), limits).tolist() == [True, False]
    never = Decision(DECISION.scale, DECISION.offset, DECISION.thresholds)
    assert not never.uncertain(limits, limits).any()


def test_the_first_version_had_neither_margin_nor_points() -> None:
    data = DECISION.to_json(THEMES)
    old = Decision.from_json({"schema_version": 1, "themes": data["themes"]}, THEMES)
    assert (old.uncertain_margin, dict(old.operating_points), old.default) == (0.0, {}, BALANCED)


@pytest.mark.parametrize(
    "change",
    [
        {"uncertain_margin": -1},
        {"uncertain_margin": float("nan")},
        {"uncertain_margin": "x"},
        {"default": "none"},
        {"operating_points": {"a": {"controls": "recall", "target": 1.5, "shift": 0, "n": 1}}},
        {"operating_points": {"a": {"controls": "luck", "target": 0.5, "shift": 0, "n": 1}}},
        {"operating_points": {"a": {"controls": "recall", "target": 0.5, "shift": float("inf"), "n": 1}}},
        {"operating_points": {"a": {"controls": "recall"}}},
        {"operating_points": {"balanced": {"controls": "recall", "target": 0.5, "shift": 0, "n": 1}}},
        {"operating_points": []},
    ],
)
def test_impossible_margins_and_points_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ArtefactAlteredError, match=r"decision\.json"):
        Decision.from_json({**DECISION.to_json(THEMES), **change}, THEMES)
