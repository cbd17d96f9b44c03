"""`mihwar corpus`: join, check, fingerprint, agreement."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

THEMES = Path(__file__).resolve().parents[2] / "configs" / "themes" / "security.yaml"
TEXTS = (
    "عثرت دورية للجيش قرب الوادي على مخزن قديم فيه صناديق ذخيرة وأجهزة اتصال مخبأة تحت أغصان الزيتون منذ شهور",
    "انطلقت في العاصمة فعاليات المعرض السنوي للكتاب بمشاركة دور نشر من عشرين بلدا وسط إقبال كبير من الطلبة والقراء",
)


def write(path: Path, *records: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


@pytest.fixture
def references(tmp_path: Path) -> Path:
    return write(
        tmp_path / "references.jsonl",
        *(
            {
                "id": f"r{number}",
                "labels": [],
                "meta": {"sha256": hashlib.sha256(text.encode()).hexdigest(), "path": "a/b.txt"},
            }
            for number, text in enumerate(TEXTS)
        ),
    )


def test_join_writes_a_corpus(mihwar: Any, tmp_path: Path, references: Path) -> None:
    texts = write(tmp_path / "texts.jsonl", *({"text": text} for text in TEXTS))
    output = tmp_path / "new" / "joined.jsonl"
    outcome = mihwar("corpus", "join", references, texts, "--output", output, "--themes", THEMES)
    assert (outcome.code, outcome.errors) == (0, "")
    assert "2 paragraphs joined, 0 missing" in outcome.output
    assert [json.loads(line)["text"] for line in output.read_text(encoding="utf-8").splitlines()] == list(TEXTS)


def test_join_refuses_what_is_not_whole_unless_told(mihwar: Any, tmp_path: Path, references: Path) -> None:
    clone = tmp_path / "clone" / "a"
    clone.mkdir(parents=True)
    (clone / "b.txt").write_text(f"<TEXT>\n{TEXTS[0]}\n</TEXT>\n", encoding="utf-8")
    output = tmp_path / "joined.jsonl"
    command = ("corpus", "join", references, clone.parent, "--output", output, "--themes", THEMES)
    outcome = mihwar(*command)
    assert outcome.code == 2
    assert "1 of 2 texts are not in" in outcome.errors
    assert "--partial" in outcome.errors
    assert not output.exists()
    outcome = mihwar(*command, "--partial")
    assert outcome.code == 0
    assert "1 paragraphs joined, 1 missing" in outcome.output
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1


def test_join_names_what_is_not_there(mihwar: Any, tmp_path: Path, references: Path) -> None:
    outcome = mihwar("corpus", "join", references, tmp_path / "none", "--output", tmp_path / "x", "--themes", THEMES)
    assert outcome.code == 2
    assert "clone the repository first" in outcome.errors


def test_check_shows_copies_and_sentences_from_elsewhere(mihwar: Any, tmp_path: Path) -> None:
    theirs = write(tmp_path / "theirs.jsonl", {"text": " ".join(f"{TEXTS[0]} {number}" for number in range(3))})
    fingerprints = tmp_path / "f.npy"
    outcome = mihwar("corpus", "fingerprint", theirs, "--output", fingerprints)
    assert outcome.code == 0
    assert "fingerprints of 1 texts" in outcome.output
    corpus = write(
        tmp_path / "corpus.jsonl",
        {"id": "p1", "text": " ".join(f"{TEXTS[0]} {number}" for number in range(2)), "labels": []},
        {"id": "p2", "text": TEXTS[1], "labels": []},
        {"id": "p3", "text": TEXTS[1].replace("كبير", "واسع"), "labels": []},
    )
    outcome = mihwar("corpus", "check", corpus, "--themes", THEMES, "--fingerprints", fingerprints)
    assert outcome.code == 0
    assert "p2" in outcome.output
    assert "1 near-duplicates" in outcome.output
    assert "1 runs of words from elsewhere" in outcome.output
    outcome = mihwar("corpus", "check", corpus, "--themes", THEMES, "--similarity", "0.99")
    assert "0 near-duplicates" in outcome.output
    assert "NOT looked for" in outcome.output
    assert "0 runs" not in outcome.output


def test_agreement_prints_alpha(mihwar: Any, tmp_path: Path) -> None:
    labels = write(
        tmp_path / "labels.jsonl",
        {"id": "a", "first": ["extremism"], "second": ["extremism"]},
        {"id": "b", "first": [], "second": ["prevention"]},
        {"id": "c", "first": [], "second": []},
    )
    outcome = mihwar("corpus", "agreement", labels, "--themes", THEMES)
    assert outcome.code == 0
    assert "3 paragraphs: alpha" in outcome.output
    assert "n/a" in outcome.output
    labels.write_text("{}\n")
    outcome = mihwar("corpus", "agreement", labels, "--themes", THEMES)
    assert outcome.code == 2
    assert f"{labels}:1" in outcome.errors
