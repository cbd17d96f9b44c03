"""What a model must reach to ship: the `gates:` section of a config, and what a verdict is made of.

A gate passes, warns, fails, or says that the data are too few to tell. A model fails if one gate fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Gate", "Gates", "HigherIsBetter", "LowerIsBetter", "NonInferiority", "Status", "ThemeFloor", "Verdict"]

Status = Literal["pass", "warn", "fail", "insufficient"]
HigherIsBetter = Literal[
    "macro_f1",
    "macro_f1_frequent",
    "micro_f1",
    "mean_average_precision",
    "mean_average_precision_frequent",
    "exact_match",
]
LowerIsBetter = Literal["false_alarm_rate", "expected_calibration_error"]
Share = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _default_ceilings() -> dict[LowerIsBetter, float]:
    return {"expected_calibration_error": 0.05}


class NonInferiority(_Section):
    """The loss against the release it is compared with that is borne."""

    metrics: Annotated[tuple[HigherIsBetter | LowerIsBetter, ...], Field(strict=False)] = Field(
        default=("macro_f1_frequent", "micro_f1", "mean_average_precision_frequent"),
        description="Metrics that must not get worse.",
    )
    margin: Share = Field(
        default=0.02,
        description="Points (.02 is two) that may be lost against the pinned release, however often it is replaced:"
        " a surely larger loss than chance that exceeds it fails; one that may be chance warns.",
    )
    warn_within_margin: bool = Field(
        default=True, description="Whether a sure loss within the margin warns; it passes otherwise."
    )


class ThemeFloor(_Section):
    """What each theme must reach."""

    f1: Share = Field(default=0.3, description="Least F1 of a theme.")
    min_positives: int = Field(
        default=30, ge=1, description="Positives that a theme needs to be judged; below, evidence is insufficient."
    )


class Gates(_Section):
    """What a model must reach to ship."""

    floors: dict[HigherIsBetter, Share] = Field(default_factory=dict, description="Least value of a metric, by name.")
    ceilings: dict[LowerIsBetter, Share] = Field(
        default_factory=_default_ceilings,
        description="Greatest value of a metric, by name.",
    )
    themes: ThemeFloor = Field(default_factory=ThemeFloor, description="What each theme must reach by itself.")
    non_inferiority: NonInferiority = Field(
        default_factory=NonInferiority, description="Against the model or report given with --against."
    )
    behaviour: bool = Field(default=True, description="Whether broken behavioural gates fail the model.")
    fairness: bool = Field(default=True, description="Whether broken fairness gates fail the model.")
    max_false_alarm_gap: Share = Field(
        default=0.25, description="Greatest difference of false alarms between regions or religions that are named."
    )
    max_engine_difference: Share = Field(
        default=0.02, description="Greatest share of predicted positives that differ between trained model and engine."
    )
    max_latency_ratio: float = Field(
        default=1.5, gt=0, description="Greatest time per paragraph, as a multiple of the compared model's."
    )


@dataclass(frozen=True)
class Gate:
    """One gate and how it went.

    Attributes:
        name: Which gate, such as `floor macro_f1` or `theme extremism`.
        status: How it went; `insufficient` if the data are too few to tell.
        reason: Why, in one sentence.
        measured: What was measured; None if it could not be.
        bound: What it was held against.
    """

    name: str
    status: Status
    reason: str
    measured: float | None = None
    bound: float | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the model may ship.

    Attributes:
        status: `fail` if a gate failed, `warn` if one warned, else `pass`.
        reason: Why, in one sentence.
        gates: All gates.
    """

    status: Literal["pass", "warn", "fail"]
    reason: str
    gates: tuple[Gate, ...]
