"""The report as one page: no other file, no other host, in Arabic and English, for screens and paper."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from ruamel.yaml import YAML

from evaluation.bootstrap import Estimate
from evaluation.calibration import ReliabilityBin
from evaluation.comparison import COMPARED
from evaluation.curves import Curves
from evaluation.gates import Gate
from evaluation.mistakes import Mistake
from evaluation.render import plots
from evaluation.report import Report
from evaluation.tables import fixed, signed

__all__ = ["to_html"]

_HERE = Path(__file__).parent
_ORDER = ("fail", "warn", "insufficient", "pass")
_KINDS = ("floor", "ceiling", "theme", "not worse", "behaviour", "fairness", "false alarms by")


def to_html(report: Report) -> str:
    """Write the page.

    Args:
        report: The report.
    """
    words = _words(report)
    in_svg = partial(words, svg=True)
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    gates = sorted(report.verdict.gates, key=lambda gate: _ORDER.index(gate.status))
    curves = {each.theme: each for each in report.curves}
    thresholds = {each.theme: each.threshold for each in report.metrics.themes}
    themes = [
        {
            "id": each.theme,
            "calibration": each,
            "plots": _theme_plots(
                f"t{number}", each.bins, curves.get(each.theme), thresholds.get(each.theme or ""), in_svg
            ),
        }
        for number, each in enumerate(report.calibration)
    ]
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            t=words,
            style=Markup((_HERE / "report.css").read_text(encoding="utf-8")),  # noqa: S704  ours
            script=Markup(script),  # noqa: S704  ours
            policy=f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'",
            gates=gates,
            passed=sum(gate.status == "pass" for gate in gates),
            compared=COMPARED,
            themes=themes,
            theme_forest=plots.forest(
                "f1", [(theme.theme, theme.f1) for theme in report.metrics.themes], in_svg, label="f1"
            ),
            change_forest=_change_forest(report, in_svg),
            robustness=plots.robustness_curves("noise", report.robustness, in_svg) if report.robustness else None,
            slices=[(name, list(each)) for name, each in groupby(report.slices, key=lambda each: each.dimension)],
            pieces=_pieces,
            gate_name=partial(_gate_name, words=words, n=report.metrics.frequent_support),
            number=fixed,
            signed=signed,
            interval=_interval,
            signed_interval=_signed_interval,
            percent=_percent,
        )
    )


def _words(report: Report) -> Callable[..., Markup]:
    catalogue: dict[str, Mapping[str, str]] = dict(_catalogue())
    for theme in report.model.themes:
        catalogue[theme.id] = {"en": theme.name_en, "ar": theme.name_ar}

    def words(key: str, **filled: object) -> Markup:
        """Give a word in both languages, one of which the page shows; in a drawing as parts of a text."""
        inside = "tspan" if filled.pop("svg", False) else "span"
        both = catalogue.get(key)
        if both is None:
            return escape(key)
        return Markup("").join(
            Markup('<{0} class="w" lang="{1}">{2}</{0}>').format(inside, language, both[language].format(**filled))
            for language in ("en", "ar")
        )

    return words


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    loaded: Mapping[str, Mapping[str, str]] = YAML(typ="safe", pure=True).load(_HERE / "words.yaml")
    return loaded


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _theme_plots(
    name: str,
    bins: tuple[ReliabilityBin, ...],
    curves: Curves | None,
    threshold: float | None,
    words: Callable[..., Markup],
) -> list[Markup]:
    drawn = [plots.reliability_diagram(f"{name}a", bins, words)] if bins else []
    if curves is not None:
        drawn.append(plots.precision_recall(f"{name}b", curves, words))
        drawn.append(plots.threshold_curves(f"{name}c", curves, threshold, words))
    return drawn


def _change_forest(report: Report, words: Callable[..., Markup]) -> Markup | None:
    if report.comparison is None:
        return None
    rows = [(theme.theme, theme.f1) for theme in report.comparison.themes]
    return plots.forest("change", rows, words, label="difference", zero=True)


def _gate_name(gate: Gate, words: Callable[..., Markup], n: int) -> Markup:
    """Say which gate it is in both languages: what it asks, and of what."""
    kind = next((kind for kind in _KINDS if gate.name.startswith(f"{kind} ")), "")
    if not kind:
        return words("gate_" + gate.name.replace(" ", "_").replace("'", ""))
    return Markup("{} {}").format(words("gate_" + kind.replace(" ", "_")), words(gate.name[len(kind) + 1 :], n=n))


def _pieces(mistake: Mistake) -> list[tuple[str, float]]:
    """Cut a text at its marked words: each piece with its share of the strongest word's contribution, 0 if unmarked."""
    text, place, pieces = mistake.text or "", 0, []
    strongest = max((abs(word.contribution) for word in mistake.words), default=1) or 1
    for word in mistake.words:
        pieces.append((text[place : word.start], 0.0))
        pieces.append((text[word.start : word.end], round(word.contribution / strongest, 2)))
        place = word.end
    return [*pieces, (text[place:], 0.0)]


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:.3f}–{estimate.high:.3f}"


def _signed_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return ""
    return f"{estimate.low:+.3f} … {estimate.high:+.3f}"


def _percent(value: float | None) -> str:
    return "n/a" if value is None else f"{100 * value:.1f} %"
