"""From logits to probabilities to themes: what `decision.json` holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mihwar.errors import ArtefactAlteredError, ArtefactForeignError

__all__ = ["BALANCED", "Decision", "OperatingPoint", "log_odds", "sigmoid"]

FloatArray = NDArray[np.float64]
BALANCED = "balanced"
"""Name of the operating point that the thresholds themselves are."""


@dataclass(frozen=True)
class OperatingPoint:
    """Thresholds moved together so that recall or precision is kept (see `training.risk`).

    Attributes:
        controls: What is kept: the mean share of a paragraph's themes that is found, or the share of the themes given
            that is right.
        target: At least so much of it, from 0 to 1.
        shift: Added to the log-odds of every threshold; below 0, more themes are given.
        n: Paragraphs by which the shift was chosen (for recall, those with a theme); the promise holds for paragraphs
            like them.
        confidence: Of the promise of precision, from 0 to 1; None for recall, which is kept on average.
    """

    controls: Literal["recall", "precision"]
    target: float
    shift: float
    n: int
    confidence: float | None = None


@dataclass(frozen=True)
class Decision:
    """Calibration, thresholds and operating points; arrays have one value per theme in column order.

    Attributes:
        scale: Shape (k,), positive. The calibrated probability is sigmoid(scale * logit + offset) (Platt 1999).
        offset: Shape (k,).
        thresholds: Shape (k,), within (0, 1). A theme is given where its probability reaches its threshold.
        uncertain_margin: A decision is uncertain where the log-odds of probability and threshold differ by at most
            this; 0 calls none uncertain.
        operating_points: By name; `balanced`, with the thresholds as they are, is always there and not among them.
        default: The operating point that is used where none is asked for.
    """

    scale: FloatArray
    offset: FloatArray
    thresholds: FloatArray
    uncertain_margin: float = 0.0
    operating_points: Mapping[str, OperatingPoint] = field(default_factory=dict)
    default: str = BALANCED

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Calibrate logits.

        Args:
            logits: Shape (..., k).

        Returns:
            Probabilities of the same shape.
        """
        return sigmoid(self.scale * logits + self.offset)

    def limits(self, operating_point: str | None = None) -> FloatArray:
        """Return the thresholds of an operating point, shape (k,).

        Args:
            operating_point: Its name; None takes the default.

        Raises:
            ValueError: If there is no such operating point.
        """
        name = operating_point or self.default
        if name == BALANCED:
            return self.thresholds
        if name not in self.operating_points:
            raise ValueError(
                f"There is no operating point {name!r}; there are {', '.join([BALANCED, *self.operating_points])}."
            )
        return sigmoid(log_odds(self.thresholds) + self.operating_points[name].shift)

    def uncertain(self, probabilities: FloatArray, limits: FloatArray) -> NDArray[np.bool_]:
        """Say which decisions lie too near to their threshold to be trusted.

        Args:
            probabilities: Shape (..., k), calibrated.
            limits: Shape (k,), the thresholds in use.
        """
        if not self.uncertain_margin:
            return np.zeros(probabilities.shape, dtype=bool)
        near: NDArray[np.bool_] = np.abs(log_odds(probabilities) - log_odds(limits)) <= self.uncertain_margin
        return near

    def to_json(self, theme_ids: Sequence[str]) -> dict[str, Any]:
        """Return plain data, keyed by theme.

        Args:
            theme_ids: The k theme ids in column order.
        """
        columns = zip(theme_ids, self.scale, self.offset, self.thresholds, strict=True)
        return {
            "schema_version": 2,
            "themes": {
                theme_id: {"scale": float(scale), "offset": float(offset), "threshold": float(threshold)}
                for theme_id, scale, offset, threshold in columns
            },
            "uncertain_margin": self.uncertain_margin,
            "operating_points": {name: asdict(point) for name, point in self.operating_points.items()},
            "default": self.default,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], theme_ids: Sequence[str]) -> Decision:
        """Read what `to_json` wrote, also in its first version, which knew neither margin nor operating points.

        Args:
            data: Parsed JSON.
            theme_ids: The k theme ids in column order.

        Raises:
            ArtefactAlteredError: If themes are missing or values are out of range.
            ArtefactForeignError: If another version wrote it.
        """
        try:
            if data["schema_version"] not in (1, 2):
                raise ArtefactForeignError(
                    f"decision.json has schema version {data['schema_version']!r}, which this version of Mihwar does"
                    " not know; use the one that made the model, or train it again."
                )
            if set(data["themes"]) != set(theme_ids):
                raise ArtefactAlteredError("decision.json does not fit the themes of the manifest.")
            rows = [data["themes"][theme_id] for theme_id in theme_ids]
            scale, offset, thresholds = (
                np.array([float(row[key]) for row in rows]) for key in ("scale", "offset", "threshold")
            )
            margin = float(data.get("uncertain_margin", 0.0))
            points = {str(name): _point(each) for name, each in data.get("operating_points", {}).items()}
            default = data.get("default", BALANCED)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ArtefactAlteredError(f"decision.json is malformed: {error!r}.") from error
        finite = np.isfinite(scale).all() and np.isfinite(offset).all()
        if not finite or (scale <= 0).any() or not ((thresholds > 0) & (thresholds < 1)).all():
            raise ArtefactAlteredError("decision.json holds a scale, offset or threshold that is out of range.")
        if not (np.isfinite(margin) and margin >= 0) or default not in (BALANCED, *points) or BALANCED in points:
            raise ArtefactAlteredError("decision.json holds a margin or operating points that cannot be.")
        return cls(scale, offset, thresholds, margin, points, default)


def log_odds(probabilities: FloatArray) -> FloatArray:
    """Return log(p / (1 - p)); probabilities of 0 and 1 count as next to them."""
    clipped = np.clip(probabilities, 1e-9, 1 - 1e-9)
    odds: FloatArray = np.log(clipped) - np.log1p(-clipped)
    return odds


def sigmoid(values: FloatArray) -> FloatArray:
    """Turn log-odds into probabilities; any shape."""
    # tanh form of the sigmoid: it cannot overflow.
    return 0.5 * (1.0 + np.tanh(0.5 * values))


def _point(data: Mapping[str, Any]) -> OperatingPoint:
    controls: Literal["recall", "precision"] = data["controls"]
    confidence = data.get("confidence")
    point = OperatingPoint(
        controls,
        float(data["target"]),
        float(data["shift"]),
        int(data["n"]),
        None if confidence is None else float(confidence),
    )
    if controls not in ("recall", "precision") or not 0 < point.target < 1 or not np.isfinite(point.shift):
        raise ValueError(f"impossible operating point {dict(data)}")
    return point
