"""HTML to paragraphs, and HTML that means harm."""

import logging
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mihwar.errors import TextError
from serving.article import Document, split_html
from serving.article.html import MAX_DEPTH, MAX_ELEMENTS

PROSE = "أعلنت السلطات في العاصمة، صباح اليوم، توقيف ثلاثة أشخاص يشتبه في صلتهم بشبكة لتهريب الأسلحة عبر الحدود."
MORE_PROSE = "وأوضح بلاغ للوزارة أن الأبحاث ما زالت جارية للكشف عن باقي المتورطين في هذه القضية وتحديد مصادر التمويل."
TITLE = "توقيف ثلاثة أشخاص في قضية تهريب أسلحة"

MARKUP = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div class='comment'>",
        "</div>",
        "<br>",
        "<table><tr><td>",
        "</table>",
        "<h1>",
        "</h1>",
        "<!--",
        "-->",
        "<script>",
        "</script>",
        "<html>",
        "<body>",
        "<li>",
        "<a href=x>",
        "&#0;",
        "&amp;",
        "<![CDATA[",
        "<?x",
        "<svg>",
        "<p/>",
        "<",
        ">",
        '"',
        "<pre>",
        "<blockquote>",
        "<head>",
        "<form>",
        "<q:x y:z=1>",
        "\x00",
        "\ud800",
        "\u200f",
        PROSE,
        "نص",
    ]
)


def found(document: Document) -> list[tuple[str, str]]:
    return [(p.kind, document.text[p.start : p.end]) for p in document.paragraphs]


def page(body: str) -> str:
    return f"<!DOCTYPE html><html lang='ar' dir='rtl'><head><title>{TITLE}</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    "html", ["", " \n", "<p></p>", "<!-- نص -->", "<html></html>", "<script>نص</script>", "\x00", "&nbsp;"]
)
def test_html_without_text(html: str) -> None:
    assert split_html(html) == Document("", ())


def test_fragments() -> None:
    assert found(split_html("<p>نص قصير</p>")) == [("body", "نص قصير")]
    assert found(split_html(PROSE)) == [("body", PROSE)]
    assert found(split_html(f"<h2>{TITLE}</h2><p>{PROSE}<p>{MORE_PROSE}")) == [
        ("heading", TITLE), ("body", PROSE), ("body", MORE_PROSE),
    ]  # fmt: skip


def test_a_page_too_short_for_the_extractor_keeps_its_structure() -> None:
    html = page(f"<nav>الرئيسية</nav><h1>{TITLE}</h1><p>{PROSE}</p><footer>اتصل بنا</footer>")
    assert found(split_html(html)) == [("heading", TITLE), ("body", PROSE)]


def test_entities_bidi_marks_and_spaces() -> None:
    html = f"<p>\u200f{PROSE}\u200e</p><p>قال&nbsp;الوزير &laquo;نعم&raquo;\n   ثم&#x20;غادر&hellip;</p>"
    assert split_html(html).text == f"{PROSE}\n\nقال الوزير «نعم» ثم غادر…"


def test_declared_encoding_does_not_count() -> None:
    html = page(f"<meta charset='windows-1256'><p>{PROSE}</p>")
    assert split_html(f'<?xml version="1.0" encoding="iso-8859-6"?>{html}').text == PROSE


def test_line_breaks_separate_paragraphs() -> None:
    assert found(split_html(f"<div>{PROSE}<br><br>{MORE_PROSE}</div>")) == [("body", PROSE), ("body", MORE_PROSE)]


def test_inline_elements_do_not_break_words() -> None:
    assert split_html("<p>ال<b>وزير</b> <i>سالم</i>، <a href='x'>قال</a></p>").text == "الوزير سالم، قال"


def test_table_rows_are_paragraphs() -> None:
    html = "<table><tr><th>المدينة</th><th>العدد</th></tr><tr><td>الواحة</td><td>12</td></tr></table>"
    assert split_html(html).text == "المدينة\tالعدد\n\nالواحة\t12"


def test_title_outside_of_the_article_is_put_in_front() -> None:
    paragraphs = "".join(f"<p>{PROSE} {i}</p><p>{MORE_PROSE} {i}</p>" for i in range(3))
    html = page(f"<header><h1>المدى</h1><h1>{TITLE}</h1></header><article>{paragraphs}</article>")
    document = found(split_html(html))
    assert document[0] == ("heading", TITLE)
    assert [kind for kind, _ in document[1:]] == ["body"] * 6


def test_rules_for_boilerplate_apply_to_what_the_extractor_leaves() -> None:
    html = page(f"<article><h1>{TITLE}</h1><p>{PROSE}</p><p>{MORE_PROSE}</p><p>المصدر: وكالات</p></article>")
    assert found(split_html(html))[-1] == ("boilerplate", "المصدر: وكالات")


def test_readers_comments_are_left_out() -> None:
    comment = "تحية لكل رجال الأمن على يقظتهم الدائمة وعلى ما يقدمونه من تضحيات."
    html = page(
        f"<article><h1>{TITLE}</h1>{f'<p>{PROSE}</p><p>{MORE_PROSE}</p>' * 2}</article>"
        f"<div id='comments'><ol class='comment-list'><li><p>{comment}</p></li></ol></div>"
    )
    assert comment not in split_html(html).text


@settings(deadline=None)
@given(st.lists(MARKUP, max_size=40).map("".join))
def test_any_markup_gives_paragraphs_that_slice_the_text(html: str) -> None:
    document = split_html(html)
    position = 0
    for paragraph in document.paragraphs:
        assert position <= paragraph.start < paragraph.end <= len(document.text)
        inside = document.text[paragraph.start : paragraph.end]
        assert inside == inside.strip()
        assert not document.text[position : paragraph.start].strip()
        position = paragraph.end
    assert not document.text[position:].strip()


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<div>" * 100_000, "deep"),
        ("<html><body>" + "<div>" * (MAX_DEPTH + 1) + "نص", "deep"),
        ("<p>" * 100_000, "elements"),
    ],
    ids=["bomb", "just too deep", "too many"],
)
def test_html_that_is_no_page_is_refused(html: str, fault: str) -> None:
    with pytest.raises(TextError, match=fault):
        split_html(html)


def test_nesting_and_elements_below_the_bounds_are_read() -> None:
    assert split_html("<div>" * (MAX_DEPTH - 2) + PROSE).text == PROSE
    assert len(split_html("<br>نص" * (MAX_ELEMENTS - 10)).paragraphs) == MAX_ELEMENTS - 10


@pytest.mark.parametrize(
    "html",
    [
        "<" * 1_000_000,
        "<a" * 500_000,
        "<!--" * 250_000,
        "<p " + " ".join(f"a{i}=1" for i in range(100_000)) + ">نص",
        "<!DOCTYPE html [<!ENTITY a 'نصنصنص'><!ENTITY b '&a;&a;&a;&a;&a;&a;'>]><p>" + "&b;" * 100_000,
        "<html><body><p>" + "ا" * 1_000_000,
        "<html><body><script type='application/ld+json'>" + "[" * 100_000 + "</script><p>نص",
    ],
    ids=["angles", "open tags", "comments", "attributes", "entities", "one word", "nested JSON"],
)
def test_hostile_html_returns_soon(html: str) -> None:
    begin = time.process_time()
    split_html(html)
    assert time.process_time() - begin < 3


def test_texts_are_neither_logged_nor_kept(caplog: pytest.LogCaptureFixture) -> None:
    from trafilatura.utils import line_processing, trim

    with caplog.at_level(logging.DEBUG):
        split_html(page(f"<article><h1>{TITLE}</h1><p>{PROSE}</p><p>{MORE_PROSE}</p></article>"))
        split_html(page("<p></p>"))
    assert not caplog.records
    assert line_processing.cache_info().currsize == 0
    assert trim.cache_info().currsize == 0


def test_an_extractor_that_breaks_does_not_lose_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    import trafilatura

    def broken(*arguments: object, **options: object) -> None:
        raise RecursionError

    monkeypatch.setattr(trafilatura, "bare_extraction", broken)
    html = page(f"<h1>{TITLE}</h1><p>{PROSE}</p><p>{MORE_PROSE}</p>")
    assert [kind for kind, _ in found(split_html(html))] == ["heading", "body", "body"]
