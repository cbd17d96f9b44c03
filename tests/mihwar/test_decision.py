from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mihwar.decision import Decision
from mihwar.errors import ArtefactAlteredError

THEMES = ("a", "b")
DECISION = Decision(np.array([1.0, 2.0]), np.array([0.0, -1.0]), np.array([0.5, 0.3]))


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


def test_other_themes_are_refused() -> None:
    with pytest.raises(ArtefactAlteredError, match="themes"):
        Decision.from_json(DECISION.to_json(THEMES), ("a", "c"))


@pytest.mark.parametrize("data", [{}, {"schema_version": 1}, {"schema_version": 1, "themes": {"a": 1, "b": 2}}])
def test_malformed_data_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ArtefactAlteredError):
        Decision.from_json(data, THEMES)
