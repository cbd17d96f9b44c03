"""The page in a real browser: wide and narrow, light and dark, Arabic and English, and on paper."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from evaluation.render.html import to_html
from evaluation.report import Report
from evaluation.run import Other, Paragraphs, evaluate_classifier, predict
from mihwar.classifier import Prediction
from training.config import load_themes
from training.corpus import load_corpus

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(each => {
  const box = each.getBoundingClientRect();
  const inside = each.closest('.scroll, .wide, svg');
  return !inside && box.width > 0 && (box.right > innerWidth + 1 || box.left < -1);
}).map(each => each.outerHTML.slice(0, 80))"""


@pytest.fixture(scope="module")
def report() -> Report:
    """On real paragraphs, by a classifier that guesses."""
    themes = load_themes(ROOT / "configs" / "themes" / "security.yaml")
    paragraphs = load_corpus([ROOT / "corpus" / "security.jsonl"], themes).paragraphs[:400]

    class Guesser:
        name, version, facts = "guesser", "1.0.0", {"training": {"trained_on": {"synthetic": 1}}}
        thresholds = np.full(len(themes), 0.5)

        def __init__(self, seed: int) -> None:
            self.themes = themes
            self.seed = seed

        def classify(self, texts: Any, thresholds: Any = None, evidence: bool = False) -> list[Prediction]:
            return [self.guess(text) for text in texts]

        def guess(self, text: str) -> Prediction:
            random = np.random.default_rng([self.seed, *text.encode()[:40]])
            probabilities = random.beta(0.3, 2, len(themes))
            given = tuple(theme for theme, p in zip(themes.ids, probabilities, strict=True) if p >= 0.5)
            return Prediction(given, probabilities, np.log(probabilities + 1e-9), (), 1, 1, (), ())

    first, second = Guesser(1), Guesser(2)
    other = Other("a model with a long name 12.34.56", predict(second, paragraphs))  # type: ignore[arg-type]
    return evaluate_classifier(first, Paragraphs(paragraphs), other=other, draws=50).report  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def page_file(report: Report, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(to_html(report), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "these tests need Chromium (Debian: apt install chromium)"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, page_file: Path) -> Iterator[Any]:
    pages: list[Page] = []

    def visit(fragment: str = "", **options: Any) -> tuple[Page, list[str]]:
        complaints: list[str] = []
        page = browser.new_page(**options)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if "file:" not in request.url else None)
        page.goto(page_file.as_uri() + fragment)
        pages.append(page)
        return page, complaints

    yield visit
    for page in pages:
        page.close()


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
@pytest.mark.parametrize("language", ["", "#ar"])
def test_nothing_is_cut_at_any_width(opened: Any, width: int, language: str) -> None:
    page, complaints = opened(language, viewport={"width": width, "height": 800})
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERFLOWING) == []
    assert complaints == []


def test_the_button_turns_the_page_around(opened: Any) -> None:
    page, complaints = opened(viewport={"width": 1280, "height": 800})
    assert page.evaluate("document.documentElement.dir") == "ltr"
    assert page.locator("h2 .w", has_text="Headline metrics").is_visible()
    page.click("#language")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert page.evaluate("document.documentElement.lang") == "ar"
    assert page.locator("h2 .w", has_text="المقاييس الرئيسية").is_visible()
    assert not page.locator("h2 .w", has_text="Headline metrics").is_visible()
    assert page.url.endswith("#ar")
    page.reload()
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert complaints == []


def test_dark_and_light_are_readable(opened: Any) -> None:
    """Text against its background, by the contrast of WCAG 2.2 (4.5 for text)."""
    contrast = """() => {
      const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).map(Number).map(v => v / 255)
          .map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
      const style = getComputedStyle(document.body);
      const paper = light(style.backgroundColor);
      return ['body', '.soft', 'th', 'td.pass, b.pass', 'td.fail, b.fail', 'a'].map(name => {
        const ink = light(getComputedStyle(document.querySelector(name)).color);
        return (Math.max(ink, paper) + .05) / (Math.min(ink, paper) + .05); });
    }"""
    for scheme in ("light", "dark"):
        page, _ = opened(color_scheme=scheme)
        assert min(page.evaluate(contrast)) >= 4.5, scheme


@pytest.mark.parametrize("language", ["", "#ar"])
def test_on_paper_everything_is_open_and_fits(opened: Any, language: str, tmp_path: Path) -> None:
    page, _ = opened(language, viewport={"width": 718, "height": 1000})  # A4 less margins of 1 cm, at 96 dpi
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.querySelectorAll('details:not([open])').length") == 0
    too_wide = page.evaluate(
        "[...document.querySelectorAll('table, svg')].filter(each => each.getBoundingClientRect().width > 719)"
        ".map(each => each.innerText.slice(0, 60))"
    )
    assert too_wide == []
    pdf = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "1cm"))
    assert pdf.count(b"/Type /Page\n") + pdf.count(b"/Type /Page ") + pdf.count(b"/Type /Page/") > 5
