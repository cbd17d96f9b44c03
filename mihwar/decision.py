"""From logits to probabilities to themes: what `decision.json` holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mihwar.errors import ArtefactAlteredError

__all__ = ["Decision"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Decision:
    """Calibration and thresholds, one value per theme in column order.

    Attributes:
        scale: Shape (k,), positive. The calibrated probability is sigmoid(scale * logit + offset) (Platt 1999).
        offset: Shape (k,).
        thresholds: Shape (k,), within (0, 1). A theme is given where its probability reaches its threshold.
    """

    scale: FloatArray
    offset: FloatArray
    thresholds: FloatArray

    def probabilities(self, logits: FloatArray) -> FloatArray:
        """Calibrate logits.

        Args:
            logits: Shape (..., k).

        Returns:
            Probabilities of the same shape.
        """
        # tanh form of the sigmoid: it cannot overflow.
        return 0.5 * (1.0 + np.tanh(0.5 * (self.scale * logits + self.offset)))

    def to_json(self, theme_ids: Sequence[str]) -> dict[str, Any]:
        """Return plain data, keyed by theme.

        Args:
            theme_ids: The k theme ids in column order.
        """
        columns = zip(theme_ids, self.scale, self.offset, self.thresholds, strict=True)
        return {
            "schema_version": 1,
            "themes": {
                theme_id: {"scale": float(scale), "offset": float(offset), "threshold": float(threshold)}
                for theme_id, scale, offset, threshold in columns
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], theme_ids: Sequence[str]) -> Decision:
        """Read what `to_json` wrote.

        Args:
            data: Parsed JSON.
            theme_ids: The k theme ids in column order.

        Raises:
            ArtefactAlteredError: If themes are missing or values are out of range.
        """
        try:
            if data["schema_version"] != 1 or set(data["themes"]) != set(theme_ids):
                raise ArtefactAlteredError("decision.json does not fit the themes of the manifest.")
            rows = [data["themes"][theme_id] for theme_id in theme_ids]
            scale, offset, thresholds = (
                np.array([float(row[key]) for row in rows]) for key in ("scale", "offset", "threshold")
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ArtefactAlteredError(f"decision.json is malformed: {error!r}.") from error
        finite = np.isfinite(scale).all() and np.isfinite(offset).all()
        if not finite or (scale <= 0).any() or not ((thresholds > 0) & (thresholds < 1)).all():
            raise ArtefactAlteredError("decision.json holds a scale, offset or threshold that is out of range.")
        return cls(scale, offset, thresholds)
