"""Do false alarms depend on whom or where a paragraph names?

Equality of false positives among groups, after Dixon et al. 2018 ("Measuring and mitigating unintended bias in text
classification").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.bootstrap import Estimate
from evaluation.mentions import FAMILIES, mentions
from evaluation.predictions import Predictions
from evaluation.slices import decision_estimates
from mihwar.paragraph import LabelledParagraph

__all__ = ["FalseAlarmGap", "GroupAlarms", "false_alarm_gaps"]


@dataclass(frozen=True)
class GroupAlarms:
    """Theme-less paragraphs that name one group.

    Attributes:
        group: Its name in `mentions.yaml`; `none named` for those that name no group of the family.
        n_without_theme: How many there are.
        false_alarm_rate: Share that was given a theme.
    """

    group: str
    n_without_theme: int
    false_alarm_rate: Estimate


@dataclass(frozen=True)
class FalseAlarmGap:
    """The groups of one family.

    Attributes:
        family: `regions` or `religions`.
        groups: Each group that is named at all.
        gap: Highest minus lowest rate among the groups with enough paragraphs; None with fewer than two such.
        min_paragraphs: Theme-less paragraphs that a group needs to count for the gap.
    """

    family: str
    groups: tuple[GroupAlarms, ...]
    gap: float | None
    min_paragraphs: int


def false_alarm_gaps(
    paragraphs: Sequence[LabelledParagraph],
    predictions: Predictions,
    *,
    min_paragraphs: int = 30,
    draws: int = 300,
    seed: int = 13,
) -> tuple[FalseAlarmGap, ...]:
    """Compare the false alarms on paragraphs that name this group and that.

    Args:
        paragraphs: The n paragraphs.
        predictions: What was said of them, in the same order.
        min_paragraphs: Theme-less paragraphs that a group needs to count for the gap.
        draws: Draws of the bootstrap.
        seed: Its seed.
    """
    return tuple(_gap(family, paragraphs, predictions, min_paragraphs, draws, seed) for family in FAMILIES)


def _gap(
    family: str,
    paragraphs: Sequence[LabelledParagraph],
    predictions: Predictions,
    min_paragraphs: int,
    draws: int,
    seed: int,
) -> FalseAlarmGap:
    rows: dict[str, list[int]] = defaultdict(list)
    for row, paragraph in enumerate(paragraphs):
        if not paragraph.labels and not paragraph.unknown:
            for group in mentions(paragraph.text, family) or ("none named",):
                rows[group].append(row)
    groups = tuple(
        GroupAlarms(group, len(of_group), decision_estimates(predictions.of_rows(of_group), draws, seed)[1])
        for group, of_group in sorted(rows.items())
    )
    rates = [
        each.false_alarm_rate.value
        for each in groups
        if each.n_without_theme >= min_paragraphs and each.false_alarm_rate.value is not None
    ]
    return FalseAlarmGap(family, groups, max(rates) - min(rates) if len(rates) > 1 else None, min_paragraphs)
