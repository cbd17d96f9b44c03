"""From predictions to the plain data of an answer; pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mihwar.classifier import Prediction, ThemeEvidence
from mihwar.themes import Themes
from serving.article import Document
from serving.batcher import ThemeClassifier
from serving.settings import Settings

__all__ = [
    "Outcome",
    "article_answer",
    "classify_answer",
    "item_error",
    "model_answer",
    "scored",
    "themes_answer",
]

Outcome = Prediction | dict[str, str] | None
"""A prediction, an error of `item_error`, or None for a paragraph that was not classified."""

# Beyond these digits lies the noise of quantised weights.
_DIGITS = 6


def item_error(code: str, detail: str) -> dict[str, str]:
    """Say why one text has no themes.

    Args:
        code: One of the codes of `serving.api.schemas.ItemError`.
        detail: For people.
    """
    return {"code": code, "detail": detail}


def classify_answer(
    request_id: str, model: Mapping[str, str], ids: Sequence[str | None], scored_items: Iterable[dict[str, Any]]
) -> dict[str, Any]:
    """Build the answer of `/v1/classify`.

    Args:
        request_id: Id of the request.
        model: Name and version.
        ids: The caller's name of each item.
        scored_items: What `scored` returned for each.
    """
    results = [
        {"index": index, "id": id_, **item} for index, (id_, item) in enumerate(zip(ids, scored_items, strict=True))
    ]
    return {"id": request_id, "model": model, "results": results}


def article_answer(
    request_id: str,
    model: Mapping[str, str],
    document: Document,
    scored_paragraphs: Iterable[dict[str, Any]],
    *,
    with_text: bool,
) -> dict[str, Any]:
    """Build the answer of `/v1/classify-article`.

    Args:
        request_id: Id of the request.
        model: Name and version.
        document: The article.
        scored_paragraphs: What `scored` returned for each paragraph.
        with_text: Whether to return the document's text.
    """
    paragraphs = [
        {
            "index": index,
            "kind": paragraph.kind,
            "start": paragraph.start,
            "end": paragraph.end,
            "text": document.text[paragraph.start : paragraph.end],
            **answer,
        }
        for index, (paragraph, answer) in enumerate(zip(document.paragraphs, scored_paragraphs, strict=True))
    ]
    return {
        "id": request_id,
        "model": model,
        **({"text": document.text} if with_text else {}),
        "paragraphs": paragraphs,
        "themes": _article_themes(paragraphs),
    }


def scored(outcome: Outcome, themes: Themes, *, top_k: int | None, evidence: bool, shift: int = 0) -> dict[str, Any]:
    """Build what is said of one text.

    Args:
        outcome: What became of it.
        themes: The taxonomy.
        top_k: How many of the best scores to keep; None: all.
        evidence: Whether evidence was asked for.
        shift: Added to the offsets of evidence: where the text begins in its document.
    """
    if not isinstance(outcome, Prediction):
        return {
            "labels": [],
            "scores": [],
            "uncertain": [],
            "usage": {"tokens": 0, "windows": 0},
            "warnings": [],
            "error": outcome,
            **({"evidence": []} if evidence else {}),
        }
    score_of = {
        theme_id: round(float(probability), _DIGITS)
        for theme_id, probability in zip(themes.ids, outcome.probabilities, strict=True)
    }
    best_first = sorted(themes.ids, key=lambda theme_id: -score_of[theme_id])
    answer: dict[str, Any] = {
        "labels": [{"label": theme_id, "score": score_of[theme_id]} for theme_id in outcome.themes],
        "scores": [{"label": theme_id, "score": score_of[theme_id]} for theme_id in best_first[:top_k]],
        "uncertain": [
            {"label": theme_id, "score": score_of[theme_id]} for theme_id in best_first if theme_id in outcome.uncertain
        ],
        "usage": {"tokens": outcome.tokens, "windows": outcome.windows},
        "warnings": list(outcome.warnings),
        "error": None,
    }
    if evidence:
        answer["evidence"] = [_evidence(one, shift) for one in outcome.evidence or ()]
    return answer


def themes_answer(classifier: ThemeClassifier) -> dict[str, Any]:
    """Build the answer of `/v1/themes`.

    Args:
        classifier: The one that serves.
    """
    return {
        "name": classifier.themes.name,
        "model": {"name": classifier.name, "version": classifier.version},
        "themes": [
            {
                "id": theme.id,
                "name": {"ar": theme.name_ar, "en": theme.name_en},
                "definition": theme.definition,
                "codes": {scheme: list(codes) for scheme, codes in theme.codes.items()},
                "threshold": round(float(threshold), _DIGITS),
            }
            for theme, threshold in zip(classifier.themes.items, classifier.thresholds, strict=True)
        ],
    }


def model_answer(classifier: ThemeClassifier, settings: Settings) -> dict[str, Any]:
    """Build the answer of `/v1/model`.

    Args:
        classifier: The one that serves.
        settings: The limits.
    """
    facts = classifier.facts
    return {
        "name": classifier.name,
        "version": classifier.version,
        "description": facts.get("description", ""),
        "scoring": "independent_sigmoid",
        "n_themes": len(classifier.themes),
        **{key: facts.get(key, {}) for key in ("engine", "normaliser", "backbone", "training", "metrics")},
        "operating_points": {
            name: {
                "controls": point.controls,
                "target": point.target,
                "n": point.n,
                "confidence": point.confidence,
            }
            for name, point in classifier.operating_points.items()
        },
        "limits": {
            "max_body_bytes": settings.max_body_bytes,
            "max_items": settings.max_items,
            "max_characters": settings.max_characters,
        },
    }


def _evidence(evidence: ThemeEvidence, shift: int) -> dict[str, Any]:
    return {
        "label": evidence.theme,
        "logit": round(float(evidence.logit), _DIGITS),
        "base": round(float(evidence.base), _DIGITS),
        "spans": [
            {
                "start": span.start + shift,
                "end": span.end + shift,
                "contribution": round(float(span.contribution), _DIGITS),
            }
            for span in evidence.spans
        ],
    }


def _article_themes(paragraphs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Take the highest score in the body; titles promise and boilerplate is of the page, so neither counts."""
    found: dict[str, dict[str, Any]] = {}
    for paragraph in paragraphs:
        if paragraph["kind"] != "body":
            continue
        for given in paragraph["labels"]:
            theme = found.setdefault(given["label"], {"label": given["label"], "score": 0.0, "paragraphs": []})
            theme["score"] = max(theme["score"], given["score"])
            theme["paragraphs"].append(paragraph["index"])
    return sorted(found.values(), key=lambda theme: -theme["score"])
