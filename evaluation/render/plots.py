"""Plots as inline SVG, drawn with matplotlib and dressed for the page.

Colours become CSS variables, so that they follow light and dark; texts stay texts in both of the page's languages
(`[word]` names one of `words.yaml`), so that the browser shapes Arabic.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.bootstrap import Estimate
from evaluation.calibration import ReliabilityBin
from evaluation.curves import Curves
from evaluation.robustness import RobustnessPoint

__all__ = ["forest", "precision_recall", "reliability_diagram", "robustness_curves", "threshold_curves"]

Words = Callable[[str], Markup]

# Colours that matplotlib draws with, and what they become.
_INK, _FAINT, _FIRST, _SECOND, _THIRD = "#010101", "#020202", "#030303", "#040404", "#050505"
_DRESS = {
    _INK: "currentColor",
    _FAINT: "var(--line)",
    _FIRST: "var(--first)",
    _SECOND: "var(--second)",
    _THIRD: "var(--third)",
}
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "text.color": _INK,
    "axes.edgecolor": _FAINT,
    "axes.labelcolor": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": _FAINT,
    "grid.linewidth": 0.4,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "legend.labelcolor": _INK,
}


def reliability_diagram(name: str, bins: Sequence[ReliabilityBin], words: Words) -> Markup:
    """Draw frequency against probability.

    Args:
        name: Unique on the page.
        bins: The bins.
        words: Gives a word in both languages.
    """

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=_FAINT, linewidth=1)
        axes.plot([each.probability for each in bins], [each.frequency for each in bins], "o-", color=_FIRST, ms=3)
        _unit(axes, "[probability]", "[frequency]")

    return _svg(name, draw, words)


def precision_recall(name: str, curves: Curves, words: Words) -> Markup:
    """Draw precision against recall.

    Args:
        name: Unique on the page.
        curves: The curves of a theme.
        words: Gives a word in both languages.
    """

    def draw(axes: Axes) -> None:
        axes.plot(curves.recall, curves.precision, color=_FIRST)
        _unit(axes, "[recall]", "[precision]")

    return _svg(name, draw, words)


def threshold_curves(name: str, curves: Curves, threshold: float | None, words: Words) -> Markup:
    """Draw precision, recall and F1 against the threshold.

    Args:
        name: Unique on the page.
        curves: The curves of a theme.
        threshold: The one in use, to be marked.
        words: Gives a word in both languages.
    """

    def draw(axes: Axes) -> None:
        points = curves.thresholds
        known = [(point.threshold, point.precision) for point in points if point.precision is not None]
        axes.plot([p[0] for p in known], [p[1] for p in known], color=_SECOND, label="[precision]")
        axes.plot([p.threshold for p in points], [p.recall for p in points], color=_THIRD, label="[recall]")
        axes.plot([p.threshold for p in points], [p.f1 for p in points], color=_FIRST, label="[f1]")
        if threshold is not None:
            axes.axvline(threshold, color=_INK, linestyle="--", linewidth=0.8)
        _unit(axes, "[threshold]", "")
        axes.legend(loc="lower left")

    return _svg(name, draw, words)


def forest(name: str, rows: Sequence[tuple[str, Estimate]], words: Words, *, label: str, zero: bool = False) -> Markup:
    """Draw values with their intervals, one row each.

    Args:
        name: Unique on the page.
        rows: What each row is (a word of `words`), and its value.
        words: Gives a word in both languages.
        label: Word for the axis.
        zero: Whether the values are differences, to be seen against 0.
    """

    def draw(axes: Axes) -> None:
        for place, (_, each) in enumerate(rows):
            if each.value is not None:
                low, high = (each.value if end is None else end for end in (each.low, each.high))
                axes.plot([low, high], [place, place], color=_FIRST, linewidth=2, solid_capstyle="round")
                axes.plot([each.value], [place], "o", color=_FIRST, ms=5)
        axes.set_yticks(range(len(rows)), [f"[{what}]" for what, _ in rows])
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"[{label}]")
        if zero:
            axes.axvline(0, color=_INK, linewidth=0.8)
        else:
            axes.set_xlim(0, 1)

    return _svg(name, draw, words, width=7.2, height=0.7 + 0.27 * len(rows), left=3)


def robustness_curves(name: str, points: Sequence[RobustnessPoint], words: Words) -> Markup:
    """Draw micro F1 against the share of words that were changed, a line for each sort of noise.

    Args:
        name: Unique on the page.
        points: The points.
        words: Gives a word in both languages.
    """

    def draw(axes: Axes) -> None:
        noises = dict.fromkeys(point.noise for point in points)
        for colour, noise in zip((_FIRST, _SECOND, _THIRD), noises, strict=False):
            line = [(p.share, p.micro_f1) for p in points if p.noise == noise and p.micro_f1 is not None]
            axes.plot(
                [share for share, _ in line],
                [micro_f1 for _, micro_f1 in line],
                "o-",
                color=colour,
                ms=4,
                label=f"[{noise.replace(' ', '_')}]",
            )
        axes.set_ylim(0, 1)
        axes.set_xlabel("[share_of_words]")
        axes.set_ylabel("[micro_f1]")
        axes.legend(loc="lower left")

    return _svg(name, draw, words, width=5, height=2.8)


def _unit(axes: Axes, across: str, up: str) -> None:
    axes.set(xlim=(0, 1), ylim=(0, 1.02), xlabel=across, ylabel=up)
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes.set_xticks(ticks, ["0", ".25", ".5", ".75", "1"])
    axes.set_yticks(ticks, ["0", ".25", ".5", ".75", "1"])


def _svg(
    name: str,
    draw: Callable[[Axes], None],
    words: Words,
    *,
    width: float = 2.9,
    height: float = 2.5,
    left: float = 0.6,
) -> Markup:
    """Draw into a figure (inches) with fixed margins, since a word's width is the browser's matter."""
    with rc_context({**_STYLE, "svg.hashsalt": name}):  # the same ids in every run
        figure = Figure(figsize=(width, height))
        bottom, top, right = 0.5, 0.1, 0.15
        axes = figure.add_axes(
            (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height), frame_on=True
        )
        axes.patch.set_visible(False)
        figure.patch.set_visible(False)
        draw(axes)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return Markup(_dressed(file.getvalue(), name, words))  # noqa: S704  matplotlib escapes; words are escaped


def _dressed(svg: str, name: str, words: Words) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>\s*", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)
    named = set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg))
    kept = {first or second for first, second in named}
    svg = re.sub(r' id="([^"]+)"', lambda match: f' id="{name}-{match[1]}"' if match[1] in kept else "", svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"'DejaVu Sans'[^;\"]*", "inherit", svg)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]*", r"font-size: \1px", svg)
    for colour, variable in _DRESS.items():
        svg = svg.replace(colour, variable)
    svg = re.sub(r' width="[\d.]+pt" height="[\d.]+pt"| height="[\d.]+pt"| width="[\d.]+pt"', "", svg, count=2)
    svg = svg.replace("<svg ", '<svg role="img" ', 1)
    return re.sub(r"\[([a-z0-9_]+)\]", lambda match: str(words(match[1])), svg).strip()
