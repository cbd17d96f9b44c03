"""How well two labellings of the same paragraphs agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import krippendorff
import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from mihwar.errors import CorpusError, Problem, first_problems
from training.corpus.read import read_jsonl
from training.corpus.record import Place

__all__ = ["Agreement", "Annotation", "agreement", "read_annotations"]


@dataclass(frozen=True)
class Annotation:
    """Two independent labellings of one paragraph.

    Attributes:
        id: Id of the paragraph.
        first: Themes of the first annotator.
        second: Themes of the second, who did not see the first's.
    """

    id: str
    first: tuple[str, ...]
    second: tuple[str, ...]


@dataclass(frozen=True)
class Agreement:
    """Agreement of two annotators.

    Attributes:
        n: Paragraphs.
        exact: Share of paragraphs with equal themes.
        micro_f1: F1 of one labelling against the other over all cells; symmetric.
        macro_f1: Mean of the themes' F1.
        alpha: Krippendorff's alpha over all cells, nominal (Hayes & Krippendorff 2007); 1 is perfect, 0 is chance;
            None where neither annotator gave any theme.
        alpha_by_theme: The same for each theme; None where neither annotator gave it.
        counts: For each theme how often the first, the second and both gave it.
    """

    n: int
    exact: float
    micro_f1: float
    macro_f1: float
    alpha: float | None
    alpha_by_theme: Mapping[str, float | None]
    counts: Mapping[str, tuple[int, int, int]]


def read_annotations(path: Path, theme_ids: Sequence[str]) -> list[Annotation]:
    """Read JSON lines with `id`, `first` and `second`.

    Args:
        path: The file.
        theme_ids: The themes.

    Raises:
        CorpusError: With every fault and its place.
    """
    problems: list[Problem] = []
    found: list[Annotation] = []
    seen: dict[str, Place] = {}
    for item in read_jsonl(path):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        place, raw = item
        if set(raw) != {"id", "first", "second"} or not isinstance(raw["id"], str):
            problems.append(place.problem("must have the keys id (a string), first and second, and no other"))
            continue
        faults = [
            place.problem("must be a list of different theme ids", key)
            for key in ("first", "second")
            if not _are_themes(raw[key], theme_ids)
        ]
        if (before := seen.setdefault(raw["id"], place)) is not place:
            faults.append(place.problem(f"{raw['id']!r} is already the id at {before}", "id"))
        problems += faults
        if not faults:
            found.append(Annotation(raw["id"], tuple(raw["first"]), tuple(raw["second"])))
    if not found and not problems:
        problems.append(Problem("there is nothing in it", path=str(path)))
    if problems:
        raise CorpusError(first_problems(problems))
    return found


def _are_themes(value: object, theme_ids: Sequence[str]) -> bool:
    if not isinstance(value, list) or any(not isinstance(theme, str) for theme in value):
        return False
    return len(set(value)) == len(value) and set(value) <= set(theme_ids)


def agreement(annotations: Iterable[Annotation], theme_ids: Sequence[str]) -> Agreement:
    """Measure agreement.

    Args:
        annotations: At least one.
        theme_ids: The themes, in the order of the answer.
    """
    pairs = list(annotations)
    first = _matrix((each.first for each in pairs), theme_ids)
    second = _matrix((each.second for each in pairs), theme_ids)
    by_theme = {theme: _alpha(first[:, column], second[:, column]) for column, theme in enumerate(theme_ids)}
    given = (first.sum(axis=0) + second.sum(axis=0)) > 0
    return Agreement(
        n=len(pairs),
        exact=float((first == second).all(axis=1).mean()),
        micro_f1=float(f1_score(first.ravel(), second.ravel(), zero_division=1)),
        macro_f1=float(f1_score(first[:, given], second[:, given], average="macro")) if given.any() else 1.0,
        alpha=_alpha(first.ravel(), second.ravel()),
        alpha_by_theme=by_theme,
        counts={
            theme: (
                int(first[:, column].sum()),
                int(second[:, column].sum()),
                int((first[:, column] & second[:, column]).sum()),
            )
            for column, theme in enumerate(theme_ids)
        },
    )


def _matrix(rows: Iterable[Iterable[str]], theme_ids: Sequence[str]) -> NDArray[np.int64]:
    chosen: list[Set[str]] = [set(row) for row in rows]
    return np.array([[theme in row for theme in theme_ids] for row in chosen], dtype=np.int64)


def _alpha(first: NDArray[np.int64], second: NDArray[np.int64]) -> float | None:
    values = np.stack([first, second])
    if values.min() == values.max():
        return None  # one value alone: agreement by chance is certain
    return float(krippendorff.alpha(reliability_data=values, level_of_measurement="nominal"))
