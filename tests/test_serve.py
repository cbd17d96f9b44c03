"""The README's `make serve`, as a newcomer runs it: its own environment, the shipped model, real HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from benchmarks.processes import Served, is_running, process_tree, pss_mib, serve

ROOT = Path(__file__).parent.parent
MAX_PSS_MIB = 500
CELL = "أعلنت السلطات تفكيك خلية إرهابية من خمسة أفراد كانوا يخططون لهجوم وحجز مواد متفجرة"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """Run `make serve` in the foreground of a child; installing what it needs may take minutes."""
    with serve(["make", "--silent", "serve", "PORT={port}"], timeout_s=300) as running:
        yield running


def post(address: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = httpx.post(f"{address}{path}", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_it_answers(served: Served) -> None:
    (result,) = post(served.address, "/v1/classify", {"inputs": CELL, "evidence": True})["results"]
    assert result["labels"][0]["label"] == "cell_dismantling"
    (evidence, *_) = result["evidence"]
    total = evidence["base"] + sum(span["contribution"] for span in evidence["spans"])
    assert total == pytest.approx(evidence["logit"], abs=1e-3)


def test_an_article_comes_back_in_paragraphs(served: Served) -> None:
    page = f"الرئيسية، مجتمع\n\nتفكيك خلية إرهابية\n\n{CELL}.\n\nالمصدر: وكالات\n\nاترك تعليقاً"
    answer = post(served.address, "/v1/classify-article", {"text": page})
    kinds = {page[p["start"] : p["end"]]: (p["kind"], bool(p["labels"])) for p in answer["paragraphs"]}
    assert kinds[f"{CELL}."] == ("body", True)
    assert kinds["المصدر: وكالات"] == kinds["اترك تعليقاً"] == ("boilerplate", False)
    assert answer["themes"][0]["label"] == "cell_dismantling"


def test_memory_after_warm_up(served: Served) -> None:
    """Paragraphs of every length, many at once, then the proportional memory of all processes."""
    texts = [" ".join([CELL] * n) for n in range(1, 9)] * 12
    for _ in range(3):
        post(served.address, "/v1/classify", {"inputs": texts})
    post(
        served.address, "/v1/classify-article", {"html": f"<html><body><article><p>{CELL}</p></article></body></html>"}
    )
    assert pss_mib(process_tree(served.process)) <= MAX_PSS_MIB


def test_its_environment_has_neither_torch_nor_transformers(served: Served) -> None:
    code = (
        "import importlib.util as u, json;"
        "print(json.dumps([n for n in ('torch', 'transformers', 'sklearn') if u.find_spec(n)]))"
    )
    answer = subprocess.run(
        [ROOT / ".venv-serve" / "bin" / "python", "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(answer.stdout) == []


def test_page_and_openapi_are_there(served: Served) -> None:
    page = httpx.get(served.address)
    assert page.status_code == 200
    assert 'dir="rtl"' in page.text
    assert httpx.get(f"{served.address}/v1/openapi.json").json()["openapi"].startswith("3.1")
    assert httpx.get(f"{served.address}/v1/model").json()["name"] == "security-themes"
    assert len(httpx.get(f"{served.address}/v1/themes").json()["themes"]) == 15
    assert httpx.get(f"{served.address}/metrics").status_code == 200


def test_sigterm_ends_it(served: Served) -> None:
    """Runs last in this file: the service ends, and with it everything it started."""
    tree = process_tree(served.process)
    os.killpg(served.process, signal.SIGTERM)
    deadline = time.monotonic() + 30
    while any(is_running(process) for process in tree):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{served.address}/livez", timeout=2)
