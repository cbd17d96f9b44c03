"""What a file of behavioural cases may say.

One file holds one suite: a question, a gate, and cases. Its `kind` decides what a case looks like and how it is
judged; the field descriptions below are the reference for whoever writes cases.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from evaluation.behaviour.changes import CHANGES
from mihwar.errors import ConfigError, Problem

__all__ = [
    "CASES",
    "Company",
    "Direction",
    "EqualRecall",
    "Expectation",
    "Flag",
    "Invariance",
    "Suite",
    "applicable_suites",
    "load_suite",
    "load_suites",
]

CASES = Path(__file__).parent / "cases"
Text = Annotated[str, Field(pattern=r"\S")]
Share = Annotated[float, Field(ge=0, le=1)]
Names = Annotated[tuple[str, ...], Field(strict=False)]
Texts = Annotated[tuple[Text, ...], Field(strict=False)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Case(_Section):
    id: str = Field(pattern=r"^[a-z0-9-]+$", description="Unique in the file.")


class _Suite(_Section):
    name: str = Field(pattern=r"^[a-z0-9-]+$", description="Name of the suite, unique.")
    question: Text = Field(description="What the suite asks, in one sentence.")
    fairness: bool = Field(default=False, description="Whether it guards against labelling by who somebody is.")


class InvarianceCase(_Case):
    """Texts that differ in nothing that matters, or one text with named changes of spelling."""

    texts: Texts = Field(min_length=1, description="The first is the one that the others are held against.")
    changes: Names = Field(default=(), description="Names of changes in `evaluation.behaviour.changes`.")
    has: Names = Field(default=(), description="Themes that every text must have, lest nothing be found in all.")

    @model_validator(mode="after")
    def _something_to_compare(self) -> InvarianceCase:
        if len(self.texts) < 2 and not self.changes:
            raise ValueError("needs two texts, or one and changes")
        if unknown := [name for name in self.changes if name not in CHANGES]:
            raise ValueError(f"unknown changes {', '.join(unknown)}; there are {', '.join(CHANGES)}")
        return self

    def variants(self) -> list[str]:
        """Return all texts, changes applied."""
        return [*self.texts, *(CHANGES[name](self.texts[0]) for name in self.changes)]


class InvarianceGate(_Section):
    """How much may change between a case's first text and its others."""

    themes: Names = Field(default=(), description="Themes that count; none named: all.")
    max_flip_rate: Share = Field(description="Share of compared texts of which a counted theme comes or goes.")
    max_mean_shift: Share | None = Field(default=None, description="Mean change of the counted probabilities.")


class Invariance(_Suite):
    """The answer stays; a theme that `has` names and that is missing counts as a flip."""

    kind: Literal["invariance"]
    gate: InvarianceGate
    cases: Annotated[tuple[InvarianceCase, ...], Field(min_length=1, strict=False)]


class ExpectationCase(_Case):
    """A text with themes that it must have or must not have."""

    text: Text
    has: Names = Field(default=(), description="Themes that must be given.")
    lacks: Names = Field(default=(), description="Themes that must not be given.")
    nothing: bool = Field(default=False, description="No theme may be given.")

    @model_validator(mode="after")
    def _something_expected(self) -> ExpectationCase:
        if not (self.has or self.lacks or self.nothing) or (self.nothing and self.has):
            raise ValueError("must say what it has, what it lacks, or that it has nothing")
        return self


class ExpectationGate(_Section):
    """How many cases must be right."""

    min_pass_rate: Share | None = Field(description="Share of cases that pass; null documents without a gate.")


class Expectation(_Suite):
    """Minimum functionality: this is what the text is about."""

    kind: Literal["expectation"]
    gate: ExpectationGate
    cases: Annotated[tuple[ExpectationCase, ...], Field(min_length=1, strict=False)]


class EqualRecallCase(_Case):
    """A text about the suite's theme, from one of the groups that are compared."""

    group: str = Field(pattern=r"^[a-z_]+$")
    text: Text


class EqualRecallGate(_Section):
    """How far groups may be apart."""

    theme: str
    max_gap: Share = Field(description="Highest minus lowest share of found texts among the groups.")
    min_recall: Share = Field(description="Share that must be found in every group: none found is no equality.")


class EqualRecall(_Suite):
    """The same deed is found whoever did it."""

    kind: Literal["equal_recall"]
    gate: EqualRecallGate
    cases: Annotated[tuple[EqualRecallCase, ...], Field(min_length=2, strict=False)]

    @model_validator(mode="after")
    def _groups_to_compare(self) -> EqualRecall:
        if len({case.group for case in self.cases}) < 2:
            raise ValueError("cases must have at least two groups")
        return self


class DirectionCase(_Case):
    """A text, and a sentence that adds a theme."""

    text: Text
    added: Text


class DirectionGate(_Section):
    """What the sentence must do."""

    rises: str = Field(description="Theme whose probability must rise.")
    min_pass_rate: Share = Field(description="Share of cases in which it rises.")
    max_other_shift: Share = Field(description="Mean change of the probabilities of all other themes.")


class Direction(_Suite):
    """Adding a theme's sentence raises that theme."""

    kind: Literal["direction"]
    gate: DirectionGate
    cases: Annotated[tuple[DirectionCase, ...], Field(min_length=1, strict=False)]


class FlagCase(_Case):
    """A text that the classifier must warn of, or must not."""

    text: Text
    warning: Literal["not_arabic", "suspicious_spelling"] | None


class Flag(_Suite):
    """Texts for which scores mean little are flagged, and no others."""

    kind: Literal["flag"]
    gate: ExpectationGate
    cases: Annotated[tuple[FlagCase, ...], Field(min_length=1, strict=False)]


class CompanyCase(_Case):
    """Texts that are scored alone, together, and in other orders."""

    texts: Texts = Field(min_length=2)


class CompanyGate(_Section):
    """How far scores may be apart."""

    max_shift: Share = Field(description="Largest change of any probability.")


class Company(_Suite):
    """A text's scores do not depend on its neighbours."""

    kind: Literal["company"]
    gate: CompanyGate
    cases: Annotated[tuple[CompanyCase, ...], Field(min_length=1, strict=False)]


Suite = Invariance | Expectation | EqualRecall | Direction | Flag | Company
_ANY: TypeAdapter[Suite] = TypeAdapter(Annotated[Suite, Field(discriminator="kind")])


def load_suites(folder: Path, theme_ids: Sequence[str]) -> list[Suite]:
    """Read all files of cases in a folder, in the order of their names.

    Args:
        folder: Holds one YAML file per suite.
        theme_ids: The themes that cases may name.

    Raises:
        ConfigError: With every fault and its file.
    """
    problems: list[Problem] = []
    suites: list[Suite] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            suites.append(load_suite(path, theme_ids))
        except ConfigError as error:
            problems += error.problems
    if not suites and not problems:
        problems.append(Problem("there is no file of cases in it", path=str(folder)))
    names = [suite.name for suite in suites]
    problems += [Problem(f"the suite {name!r} is there twice") for name in sorted(set(names)) if names.count(name) > 1]
    if problems:
        raise ConfigError(problems)
    return suites


def applicable_suites(folder: Path, theme_ids: Sequence[str]) -> list[Suite]:
    """Read the suites that name no theme but those of a model: the others ask what it cannot answer.

    Args:
        folder: Holds one YAML file per suite.
        theme_ids: The model's themes.

    Raises:
        ConfigError: With every fault and its file.
    """
    suites = [_read_suite(path) for path in sorted(folder.glob("*.yaml"))]
    return [suite for suite in suites if _themes(suite) <= set(theme_ids)]


def load_suite(path: Path, theme_ids: Sequence[str]) -> Suite:
    """Read one file of cases.

    Args:
        path: A YAML file.
        theme_ids: The themes that cases may name.

    Raises:
        ConfigError: With every fault.
    """
    suite = _read_suite(path)
    if faults := _faults(suite, theme_ids):
        raise ConfigError(Problem(message, path=str(path)) for message in faults)
    return suite


def _read_suite(path: Path) -> Suite:
    try:
        return _ANY.validate_python(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigError([Problem(f"cannot be read: {error}", path=str(path))]) from error
    except ValidationError as error:
        raise ConfigError(
            Problem(each["msg"], path=str(path), key=".".join(map(str, each["loc"]))) for each in error.errors()
        ) from error


def _faults(suite: Suite, theme_ids: Sequence[str]) -> list[str]:
    ids = [case.id for case in suite.cases]
    faults = [f"the case {each!r} is there twice" for each in sorted(set(ids)) if ids.count(each) > 1]
    return faults + [f"unknown theme {theme!r}" for theme in sorted(_themes(suite)) if theme not in theme_ids]


def _themes(suite: Suite) -> set[str]:
    if isinstance(suite, Invariance):
        return {*suite.gate.themes, *(theme for case in suite.cases for theme in case.has)}
    if isinstance(suite, Expectation):
        return {theme for case in suite.cases for theme in (*case.has, *case.lacks)}
    if isinstance(suite, EqualRecall):
        return {suite.gate.theme}
    return {suite.gate.rises} if isinstance(suite, Direction) else set()
