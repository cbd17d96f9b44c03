"""POST /v1/classify-article."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from serving.api.schemas import ArticleAnswer
from tests.serving.fakes import FakeClassifier

TITLE = "تفكيك خلية بضواحي العاصمة"
BODY = "أعلنت المصالح المختصة يوم الأحد أنها أوقفت خلية من أربعة أشخاص كانت تعد لهجوم 🚓 على منشآت عمومية."
BORDER = "وقال المتحدث إن الموقوفين دخلوا البلاد عبر الحدود الجنوبية قبل شهر واحد من توقيفهم في شقة مستأجرة."
MENU = "شارك على فيسبوك"
ARTICLE = f"{TITLE}\n\n{BODY}\n\n{BORDER}\n\n{MENU}\n"
HTML = f"<html><body><article><h1>{TITLE}</h1><p>{BODY}</p><p>{BORDER}</p></article></body></html>"


def ask(client: TestClient, **body: object) -> dict[str, Any]:
    response = client.post("/v1/classify-article", json=body)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    ArticleAnswer.model_validate(answer)
    return answer


def test_plain_text(client: TestClient, classifier: FakeClassifier) -> None:
    answer = ask(client, text=ARTICLE, top_k=1)
    assert set(answer) == {"id", "model", "paragraphs", "themes"}
    paragraphs = answer["paragraphs"]
    assert [paragraph["kind"] for paragraph in paragraphs] == ["heading", "body", "body", "boilerplate"]
    for index, paragraph in enumerate(paragraphs):
        assert paragraph["index"] == index
        assert ARTICLE[paragraph["start"] : paragraph["end"]] == paragraph["text"]
    assert [[label["label"] for label in paragraph["labels"]] for paragraph in paragraphs] == [
        ["cell_dismantling"],
        ["cell_dismantling"],
        ["border_security"],
        [],
    ]
    assert paragraphs[3]["scores"] == []
    assert paragraphs[3]["error"] is None
    assert [len(paragraph["scores"]) for paragraph in paragraphs] == [1, 1, 1, 0]
    assert not any(MENU in text for call in classifier.calls for text in call)


def test_headings_do_not_count_for_the_article(client: TestClient) -> None:
    answer = ask(client, text=ARTICLE)
    assert answer["themes"] == [
        {"label": "border_security", "score": 0.92, "paragraphs": [2]},
        {"label": "cell_dismantling", "score": 0.9, "paragraphs": [1]},
    ]


def test_evidence_is_in_code_points_of_the_document(client: TestClient) -> None:
    answer = ask(client, text=ARTICLE, evidence=True)
    words = []
    for paragraph in answer["paragraphs"]:
        for evidence in paragraph["evidence"]:
            best = max(evidence["spans"], key=lambda span: span["contribution"])
            assert paragraph["start"] <= best["start"] < best["end"] <= paragraph["end"]
            words.append(ARTICLE[best["start"] : best["end"]])
    assert words == ["خلية", "خلية", "الحدود"]


def test_html_returns_the_extracted_text_once(client: TestClient) -> None:
    answer = ask(client, html=HTML, evidence=True)
    text = answer["text"]
    assert "<" not in text
    assert [paragraph["kind"] for paragraph in answer["paragraphs"]] == ["heading", "body", "body"]
    for paragraph in answer["paragraphs"]:
        assert text[paragraph["start"] : paragraph["end"]] == paragraph["text"]
        for evidence in paragraph["evidence"]:
            best = max(evidence["spans"], key=lambda span: span["contribution"])
            assert text[best["start"] : best["end"]] in ("خلية", "الحدود")


def test_nothing_in_nothing_out(client: TestClient) -> None:
    for body in ({"text": ""}, {"text": " \n\x00\n"}, {"html": ""}, {"html": "\x00<b"}, {"text": "", "html": None}):
        answer = ask(client, **body)
        assert answer["themes"] == []


def test_surrogates_of_html_are_dropped(client: TestClient) -> None:
    response = client.post(
        "/v1/classify-article",
        content=b'{"html": "<p>\\ud800' + BODY.encode() + b'</p>"}',
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 200
    assert "\ud800" not in response.json()["text"]


def test_a_paragraph_that_is_too_long_is_its_own_error(client: TestClient) -> None:
    answer = ask(client, text=f"{BODY}\n\n{'كلمة ' * 20_001}\n\n{BORDER}")
    errors = [paragraph["error"] and paragraph["error"]["code"] for paragraph in answer["paragraphs"]]
    assert errors == [None, "too_long", None]
    assert {theme["label"] for theme in answer["themes"]} == {"cell_dismantling", "border_security"}
