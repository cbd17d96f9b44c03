"""Plain text to paragraphs: nothing is lost, and prose is never mistaken for the page around it."""

import subprocess
import sys
import textwrap
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.article import Document, split_text

PROSE = "أعلنت السلطات في العاصمة، صباح اليوم، توقيف ثلاثة أشخاص يشتبه في صلتهم بشبكة لتهريب الأسلحة عبر الحدود."
MORE_PROSE = "وأوضح بلاغ للوزارة أن الأبحاث ما زالت جارية للكشف عن باقي المتورطين في هذه القضية وتحديد مصادر التمويل."

LINES = st.sampled_from(
    [
        PROSE,
        MORE_PROSE,
        "الرئيسية",
        "اقرأ أيضا",
        "عنوان من أربع كلمات",
        "اترك تعليقا",
        "12:30",
        "",
        "\u200f",
        "\u00a0",
        "- نعم",
        "  نص \t",
    ]
)
BREAKS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\f", "\u2028", "\u2029", "\x85", "\n \n"])


def kinds(*lines: str) -> list[str]:
    return [p.kind for p in split_text("\n\n".join(lines)).paragraphs]


def kind_after_article(line: str) -> str:
    return kinds("عنوان الخبر في سطر واحد", PROSE, MORE_PROSE, line)[-1]


def check_offsets(document: Document) -> None:
    text, position = document.text, 0
    for paragraph in document.paragraphs:
        outside = text[position : paragraph.start]
        assert not any(visible(c) for c in outside)
        inside = text[paragraph.start : paragraph.end]
        assert inside == inside.strip()
        assert any(visible(c) for c in inside)
        position = paragraph.end
    assert not any(visible(c) for c in text[position:])


def visible(character: str) -> bool:
    return not character.isspace() and unicodedata.category(character) not in {"Cc", "Cf"}


@given(st.text(st.characters(), max_size=300))
def test_offsets_slice_any_text_in_order_and_lose_nothing(text: str) -> None:
    document = split_text(text)
    assert document.text == text
    check_offsets(document)


@given(st.lists(st.tuples(LINES, BREAKS), max_size=30))
def test_offsets_of_texts_made_of_lines(parts: list[tuple[str, str]]) -> None:
    check_offsets(split_text("".join(line + end for line, end in parts)))


@given(st.lists(st.sampled_from([PROSE, MORE_PROSE]), min_size=1, max_size=8))
def test_an_article_alone_is_all_body(lines: list[str]) -> None:
    assert set(kinds(*lines)) == {"body"}


def test_lone_surrogates_and_nulls_do_not_matter() -> None:
    check_offsets(split_text(f"{PROSE}\ud800\n\x00\n{MORE_PROSE}\x00"))


@pytest.mark.parametrize("text", ["", " \n\u00a0\r\n", "\u200f\n\u200e", "\x00"])
def test_blank_text_has_no_paragraphs(text: str) -> None:
    assert split_text(text).paragraphs == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\f", "\x85", "\u2028", "\u2029", "\n\u00a0\n", "\n\u200f\n"])
def test_every_line_end_separates_paragraphs(end: str) -> None:
    document = split_text(PROSE + end + MORE_PROSE)
    assert [document.text[p.start : p.end] for p in document.paragraphs] == [PROSE, MORE_PROSE]


def test_one_line_is_one_body_paragraph() -> None:
    assert kinds(f"{PROSE} {MORE_PROSE}") == ["body"]
    assert kinds("توقيف ثلاثة أشخاص") == ["body"]


@pytest.mark.parametrize("width", [50, 72, 95])
def test_hard_wrapped_lines_are_joined(width: int) -> None:
    wrapped = ["\n".join(textwrap.wrap(t, width)) for t in (f"{PROSE} {MORE_PROSE}", MORE_PROSE)]
    document = split_text("\n\n".join(wrapped))
    assert [document.text[p.start : p.end] for p in document.paragraphs] == wrapped


def test_hard_wrapped_paragraphs_without_blank_lines_end_at_a_full_stop() -> None:
    wrapped = "\n".join("\n".join(textwrap.wrap(t, 50)) for t in (PROSE, MORE_PROSE))
    assert [p.end for p in split_text(wrapped).paragraphs] == [len(PROSE), len(wrapped)]


def test_headlines_below_each_other_are_not_joined() -> None:
    headlines = [
        "توقيف شبكة لتهريب السلاح في الجنوب",
        "افتتاح معرض الكتاب بحضور أربعين دارا للنشر من الخارج",
        "أمطار غزيرة",
    ]
    assert len(split_text("\n".join(headlines)).paragraphs) == 3


@pytest.mark.parametrize(
    "line",
    [
        "المصدر: برلمان.كوم",
        "المصدر : رويترز + وكالات",
        "إقرأ المزيد",
        "اقرأ أيضاً: الحكومة ترفع الدعم عن المحروقات ابتداء من مطلع الشهر القادم",
        "شاهد أيضا",
        "مواضيع ذات صلة",
        "الأكثر قراءة",
        "اترك تعليقاً",
        "لن يتم نشر عنوان بريدك الإلكتروني. الحقول الإلزامية مشار إليها بـ *",
        "الاسم *",
        "البريد الإلكتروني *",
        "إرسال التعليق",
        "تعليقات",
        "التعليقات (12)",
        "© 2024 جريدة المدى",
        "جميع الحقوق محفوظة لموقع المدى، ويمنع النقل أو الاقتباس دون إذن خطي مسبق من إدارة الموقع.",
        "نستخدم ملفات تعريف الارتباط لتحسين تجربتك على موقعنا. بمواصلة التصفح فإنك توافق على سياسة الخصوصية.",
        "اشترك في نشرتنا البريدية لتصلك آخر الأخبار",
        "حمّل تطبيق المدى على هاتفك",
        "الإثنين 13 ماي 2024 - 10:20",
        "آخر تحديث: الأحد 4 حزيران 2023 06:05 م",
        "١٢ كانون الثاني ٢٠٢٤",
        "هسبريس - أحمد العلوي",
        "بقلم: هالة بن عمر",
        "صورة: أرشيف",
        "(أ ف ب)",
        "كلمات دلالية: أمن، حدود، تهريب",
        "#الأمن #الحدود",
        "تسجيل الدخول",
        "ليس لديك حساب؟ أنشئ حسابا",
        "المقال التالي: حريق في مستودع",
        "عدد المشاهدات: 1200",
        "1200 مشاهدة",
        "فيسبوك تويتر واتساب طباعة",
        "الرئيسية | سياسة | رياضة",
        "الرئيسية » مجتمع » حوادث",
        "الرئيسية سياسة مجتمع اقتصاد رياضة فن",
        "https://example.org/a?b=1",
        "Lire aussi : le match de la journée",
        "All rights reserved",
        "* * *",
        "ســـياسة الخصوصيّة",
    ],
)
def test_boilerplate_of_pages(line: str) -> None:
    assert kind_after_article(line) == "boilerplate"


@pytest.mark.parametrize(
    "line",
    [
        "وأضاف المصدر: إن العملية جرت في ساعة مبكرة من الصباح وأسفرت عن حجز كمية من الذخيرة.",
        "المصدر الأمني ذاته أكد أن الأبحاث جارية.",
        "المصدر الأمني ذاته أكد أن الموقوفين خططوا لاستهداف مقرات حساسة في مدن مختلفة من البلاد خلال الأسابيع المقبلة.",
        "انضم إلى مجموعة مسلحة شمال البلاد سنة 2014 قبل أن يعود متخفيا.",
        "سجل دخول آلاف اللاجئين عبر المعبر الشرقي ارتفاعا كبيرا.",
        "المزيد من القتلى سقطوا في قصف جديد على المدينة.",
        "حقوق الإنسان كانت محور اللقاء بين الوزيرين.",
        "تنويه دولي بجهود البلاد في مكافحة التطرف جاء في تقرير جديد.",
        "يجب أن تكون المقاربة شاملة لمواجهة الظاهرة.",
        "نشر تعليق على فيسبوك قاد شابا إلى السجن سنتين.",
        "يلزم القانون الجديد المواقع بطلب موافقة المستخدم قبل تخزين ملفات تعريف الارتباط، تحت طائلة غرامات ثقيلة.",
        "قال المحامي إن عبارة «جميع الحقوق محفوظة» لا تكفي وحدها لحماية المصنف أمام القضاء في غياب الإيداع القانوني.",
        "شارك في العملية أكثر من مئتي عنصر من القوات الخاصة.",
        "اشترك المتهمون في تأسيس تنظيم محظور.",
        "الاسم الحقيقي للمتهم لم يكشف عنه المحققون بعد.",
        "صورة المشتبه فيه وزعت على كل المعابر الحدودية.",
        "تعليقات المسؤولين على الحادث تباينت بين التنديد والدعوة إلى التهدئة.",
    ],
)
def test_prose_with_words_of_boilerplate_stays_body(line: str) -> None:
    assert kind_after_article(line) == "body"
    assert kinds(line) == ["body"]


def test_a_long_paragraph_is_never_boilerplate() -> None:
    assert kinds(f"للمزيد من التفاصيل {PROSE} {MORE_PROSE} {PROSE} {MORE_PROSE} {PROSE}") == ["body"]


def test_indented_lines_are_stripped() -> None:
    assert [(p.start, p.end) for p in split_text(f"\t نص\u00a0\n  {PROSE} ").paragraphs] == [
        (2, 4),
        (8, 8 + len(PROSE)),
    ]


def test_title_below_a_menu_may_end_in_a_full_stop() -> None:
    title = "كفاءة الأجهزة تجعل البلاد نقطة ارتكاز في مكافحة التهريب."
    assert kinds("الرئيسية، مجتمع", title, PROSE, MORE_PROSE) == ["boilerplate", "heading", "body", "body"]
    assert kinds(title, PROSE, MORE_PROSE) == ["body", "body", "body"]


def test_dialogue_has_no_headings() -> None:
    assert kinds("— كيف بدأت المراجعة داخل السجن؟", f"— {PROSE}", MORE_PROSE) == ["body"] * 3


def test_site_name_and_menu_above_the_title() -> None:
    menu = ["الإشراف العام", "سامر حداد", "سياسة", "رياضة"]
    assert kinds(*menu, "توقيف شبكة لتهريب السلاح", "صوت الجبل - بيروت", PROSE) == [
        "boilerplate", "boilerplate", "boilerplate", "boilerplate", "heading", "boilerplate", "body",
    ]  # fmt: skip


def test_ticker_in_one_line_is_boilerplate() -> None:
    ticker = "    ".join(["نهائي الكأس يجمع الاتحاد بالنجم", "طقس معتدل في أغلب المناطق"] * 8)
    assert kinds(ticker, PROSE)[0] == "boilerplate"


def test_subheading_between_paragraphs() -> None:
    assert kinds(PROSE, "خلفيات القضية", MORE_PROSE) == ["body", "heading", "body"]
    assert kinds(PROSE, "وقال الوزير:", MORE_PROSE) == ["body", "body", "body"]


def test_links_after_read_also_until_prose_resumes() -> None:
    links = ["افتتاح معرض الكتاب في دورته العشرين", "نهائي الكأس يجمع الاتحاد بالنجم"]
    assert kinds("عنوان من أربع كلمات", PROSE, "اقرأ أيضا", *links, MORE_PROSE) == [
        "heading", "body", "boilerplate", "boilerplate", "boilerplate", "body",
    ]  # fmt: skip


def test_an_inline_link_does_not_swallow_the_next_heading() -> None:
    assert kinds(PROSE, "اقرأ أيضا: افتتاح معرض الكتاب", "خلفيات القضية", MORE_PROSE)[2] == "heading"


def test_everything_after_the_comments_began_is_boilerplate() -> None:
    comment = "تحية لكل رجال الأمن على يقظتهم الدائمة وعلى ما يقدمونه من تضحيات."
    assert kinds(PROSE, MORE_PROSE, "تعليقات الزوار", "أبو سامي", comment)[2:] == ["boilerplate"] * 3


def test_a_link_to_the_comments_above_the_article_does_not_swallow_it() -> None:
    assert kinds("عنوان من أربع كلمات", "0 تعليقات", "أضف تعليقا", PROSE, MORE_PROSE)[-2:] == ["body", "body"]


def test_title_below_a_ticker_of_latest_news() -> None:
    assert kinds("آخر الأخبار", "طقس معتدل في أغلب المناطق", "توقيف شبكة لتهريب السلاح", PROSE, MORE_PROSE)[:3] == [
        "boilerplate", "boilerplate", "heading",
    ]  # fmt: skip


def test_plain_text_does_not_load_the_html_libraries() -> None:
    code = "import sys, serving.article as a; a.split_text('نص'); print({'lxml', 'trafilatura'} & set(sys.modules))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
