"""The report on a classifier: everything that was found out, as plain data that `report.json` holds.

The labels and answers for each paragraph are kept apart (`evaluation.predictions`). A text is in the report only
where an error is shown and its source allows it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError, with_config

from evaluation.behaviour import Outcome
from evaluation.calibration import Calibration
from evaluation.comparison import COMPARED, Comparison
from evaluation.confusion import Confusion
from evaluation.curves import Curves
from evaluation.fairness import FalseAlarmGap
from evaluation.gates import Verdict
from evaluation.leaks import Leak
from evaluation.metrics import Metrics
from evaluation.mistakes import Mistake, Suspect
from evaluation.predictions import Predictions
from evaluation.robustness import RobustnessPoint
from evaluation.slices import Slice
from evaluation.speed import Speed
from mihwar.errors import Problem, ReportError

__all__ = ["SCHEMA_VERSION", "Agreement", "DataFacts", "Evaluation", "ModelFacts", "Report", "ThemeName"]

SCHEMA_VERSION: Final = 3
_DIGITS = 6


def _whole_number(value: object) -> object:
    if type(value) is not int:  # Literal[3] takes 3.0 as well
        raise ValueError("must be a whole number")
    return value


@dataclass(frozen=True)
class ThemeName:
    """What a theme is called.

    Attributes:
        id: Identifier.
        name_ar: Arabic name.
        name_en: English name.
    """

    id: str
    name_ar: str
    name_en: str


@dataclass(frozen=True)
class ModelFacts:
    """Which model.

    Attributes:
        name: Its name.
        version: Its version.
        themes: Its themes, in column order.
        commit: Commit that it was trained from; empty if unknown.
        config_sha256: Hash of its config; empty if unknown.
        trained_at: When, as ISO 8601; empty if unknown.
        trained_on: Paragraphs it was trained on, by source.
    """

    name: str
    version: str
    themes: tuple[ThemeName, ...]
    commit: str
    config_sha256: str
    trained_at: str
    trained_on: dict[str, int]

    @property
    def label(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True)
class DataFacts:
    """What the model was judged on.

    Attributes:
        split: Which paragraphs of the corpus (`test`, `all`).
        corpus_sha256: Hash of the corpus; empty if unknown.
        sources: Paragraphs by source.
        leak_check: What was compared: hashes of all texts that the model was trained on (`hashes`), the training
            split of the corpus (`corpus`), both, or nothing (`none`).
        leaks: Paragraphs that the model was trained on.
    """

    split: str
    corpus_sha256: str
    sources: dict[str, int]
    leak_check: Literal["hashes", "corpus", "both", "none"]
    leaks: tuple[Leak, ...]


@dataclass(frozen=True)
class Agreement:
    """Does the engine that serves decide as the trained model does? Shares of the predicted positives that differ.

    Attributes:
        trained_model: Measured when the model was made; None if it was not.
        trained_model_avx2: The same with the engine limited to AVX2 instructions, as on older processors.
        own_report: Against the predictions in the report that the model carries, on the paragraphs of both; None if
            there are none. Another tokenizer or engine than the model was made with shows here.
    """

    trained_model: float | None
    trained_model_avx2: float | None
    own_report: float | None


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Report:
    """What was found out about a classifier on labelled paragraphs.

    Attributes:
        schema_version: Version of this layout.
        created_at: When, as ISO 8601, if it matters.
        model: Which model.
        data: On what.
        verdict: Whether it may ship, and every gate.
        metrics: How good it is.
        comparison: With another model; None without one.
        calibration: Of all themes together, then of each.
        curves: Of all themes together, then of each with positives.
        confusion: Pairs of themes.
        slices: Parts of the paragraphs.
        robustness: With noise on the words; empty if it was not tried.
        behaviour: Behavioural suites; empty if they were not run.
        false_alarm_gaps: By whom and where a paragraph names.
        mistakes: The worst wrong decisions.
        suspects: Labels that two readers contradict.
        agreement: Of the engine with the trained model.
        speed: Time and size; None if it was not measured.
    """

    schema_version: Annotated[Literal[3], BeforeValidator(_whole_number)]
    created_at: str | None
    model: ModelFacts
    data: DataFacts
    verdict: Verdict
    metrics: Metrics
    comparison: Comparison | None
    calibration: tuple[Calibration, ...]
    curves: tuple[Curves, ...]
    confusion: Confusion
    slices: tuple[Slice, ...]
    robustness: tuple[RobustnessPoint, ...]
    behaviour: tuple[Outcome, ...]
    false_alarm_gaps: tuple[FalseAlarmGap, ...]
    mistakes: tuple[Mistake, ...]
    suspects: tuple[Suspect, ...]
    agreement: Agreement
    speed: Speed | None

    def headline(self) -> dict[str, Any]:
        """Return the metrics that a manifest carries, as plain data."""
        agreement = {
            "engine_difference": self.agreement.trained_model,
            "engine_difference_avx2": self.agreement.trained_model_avx2,
        }
        return {
            "n_paragraphs": self.metrics.n_paragraphs,
            "n_articles": self.metrics.n_articles,
            **{name: _rounded(asdict(getattr(self.metrics, name))) for name in COMPARED},
            **{name: round(value, _DIGITS) for name, value in agreement.items() if value is not None},
        }

    def to_json(self) -> str:
        """Write the report as JSON."""
        data = _adapter().dump_python(self, mode="json")
        return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, path: str = "") -> Report:
        """Read what `to_json` wrote.

        Args:
            text: The JSON.
            path: Where it is from, for messages.

        Raises:
            ReportError: If it is no report, or one of another version.
        """
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ReportError([Problem(f"is not valid JSON: {error}", path)]) from error
        version = data.get("schema_version") if isinstance(data, dict) else None
        if version != SCHEMA_VERSION:
            message = f"has schema version {version!r}, not {SCHEMA_VERSION}: make the report anew with this version"
            raise ReportError([Problem(message, path, key="schema_version")])
        try:
            return _adapter().validate_json(text)
        except ValidationError as error:
            raise ReportError(
                Problem(each["msg"], path, key=".".join(map(str, each["loc"]))) for each in error.errors()
            ) from error

    @staticmethod
    def schema() -> dict[str, Any]:
        """Return the JSON Schema of `report.json`."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **_adapter().json_schema(mode="serialization"),
            "title": "Report on a Mihwar model",
        }


def _rounded(estimate: dict[str, float | None]) -> dict[str, float | None]:
    return {key: None if value is None else round(value, _DIGITS) for key, value in estimate.items()}


@cache
def _adapter() -> TypeAdapter[Report]:
    return TypeAdapter(Report)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A report, and the answers it is about.

    Attributes:
        report: What was found out.
        predictions: Labels and answers of each paragraph.
    """

    report: Report
    predictions: Predictions
