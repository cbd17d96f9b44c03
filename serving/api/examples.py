"""Examples for the documentation of the interface; the texts are invented."""

from __future__ import annotations

from typing import Any

__all__ = ["ARTICLE_ANSWERS", "ARTICLE_REQUESTS", "CLASSIFY_ANSWERS", "CLASSIFY_REQUESTS"]

_CELL = "أوقفت المصالح الأمنية خلية من أربعة أشخاص كانت تعد لاستهداف منشآت عمومية وحجزت مواد تدخل في صنع المتفجرات."
_LEAGUE = "فاز الفريق المحلي بهدفين دون رد في مباراة حضرها جمهور كبير."
_TITLE = "تفكيك خلية بضواحي العاصمة"
_MENU = "شارك على فيسبوك"
_MODEL = {"name": "security-themes", "version": "1.0.0"}
_CELL_LABELS = [{"label": "cell_dismantling", "score": 0.981204}]
_CELL_SCORES = [*_CELL_LABELS, {"label": "security_capabilities", "score": 0.113087}]
_LEAGUE_SCORES = [{"label": "international_cooperation", "score": 0.004377}, {"label": "extremism", "score": 0.002915}]


def _example(summary: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "value": value}


CLASSIFY_REQUESTS = {
    "one": _example("One paragraph", {"inputs": _CELL}),
    "several": _example("Several paragraphs, the best two scores of each", {"inputs": [_CELL, _LEAGUE], "top_k": 2}),
    "named": _example(
        "Paragraphs with ids, a threshold of one theme, the words that justify each theme",
        {
            "inputs": [{"id": "p-1", "text": _CELL}, {"id": "p-2", "text": _LEAGUE}],
            "threshold": {"cell_dismantling": 0.7},
            "evidence": True,
        },
    ),
}

CLASSIFY_ANSWERS = {
    "several": _example(
        "Several paragraphs, the best two scores of each",
        {
            "id": "2f6d0c1c9e5b4d7a8a51f3f0a7f3d9c4",
            "model": _MODEL,
            "results": [
                {
                    "index": 0,
                    "id": None,
                    "labels": _CELL_LABELS,
                    "scores": _CELL_SCORES,
                    "uncertain": [],
                    "usage": {"tokens": 29, "windows": 1},
                    "warnings": [],
                    "error": None,
                },
                {
                    "index": 1,
                    "id": None,
                    "labels": [],
                    "scores": _LEAGUE_SCORES,
                    "uncertain": [],
                    "usage": {"tokens": 15, "windows": 1},
                    "warnings": [],
                    "error": None,
                },
            ],
        },
    )
}

_ARTICLE = f"{_TITLE}\n\n{_CELL}\n\n{_MENU}"

ARTICLE_REQUESTS = {
    "text": _example("Plain text, as copied from a page", {"text": _ARTICLE, "top_k": 2}),
    "html": _example(
        "HTML",
        {"html": f"<html><body><article><h1>{_TITLE}</h1><p>{_CELL}</p><p>{_LEAGUE}</p></article></body></html>"},
    ),
}


def _paragraph(index: int, kind: str, text: str, **answer: object) -> dict[str, Any]:
    start = _ARTICLE.index(text)
    return {
        "index": index,
        "kind": kind,
        "start": start,
        "end": start + len(text),
        "text": text,
        "labels": [],
        "scores": [],
        "uncertain": [],
        "usage": {"tokens": 0, "windows": 0},
        "warnings": [],
        "error": None,
        **answer,
    }


ARTICLE_ANSWERS = {
    "text": _example(
        "Plain text, as copied from a page",
        {
            "id": "5b9f6f0be1a44c3c9a86a3b1d1f0a2ce",
            "model": _MODEL,
            "paragraphs": [
                _paragraph(
                    0,
                    "heading",
                    _TITLE,
                    labels=[{"label": "cell_dismantling", "score": 0.903515}],
                    scores=[
                        {"label": "cell_dismantling", "score": 0.903515},
                        {"label": "security_capabilities", "score": 0.061233},
                    ],
                    usage={"tokens": 6, "windows": 1},
                ),
                _paragraph(
                    1,
                    "body",
                    _CELL,
                    labels=_CELL_LABELS,
                    scores=_CELL_SCORES,
                    usage={"tokens": 29, "windows": 1},
                ),
                _paragraph(2, "boilerplate", _MENU),
            ],
            "themes": [{"label": "cell_dismantling", "score": 0.981204, "paragraphs": [1]}],
        },
    )
}
