"""Theme files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mihwar.errors import ConfigError
from training.config import load_themes

HEAD = "schema_version: 1\nname: t\nthemes:\n"


def complaints(path: Path) -> list[str]:
    with pytest.raises(ConfigError) as error:
        load_themes(path)
    return str(error.value).splitlines()


def theme(id_: str = "one", ar: str = "الأول", en: str = "One", codes: str = "{}") -> str:
    return f"  - id: {id_}\n    name: {{ar: {ar}, en: {en}}}\n    definition: Something.\n    codes: {codes}\n"


def test_order_names_and_codes(write: Any) -> None:
    codes = '{eurovoc: ["4452"], gdelt: [TERROR], iptc_related: ["medtop:20000053"]}'
    themes = load_themes(write("t.yaml", HEAD + theme("b", codes=codes) + theme("a", "الثاني", "Two")))
    assert themes.ids == ("b", "a")
    assert themes.items[0].name_ar == "الأول"
    assert dict(themes.items[0].codes) == {
        "iptc_related": ("medtop:20000053",),
        "gdelt": ("TERROR",),
        "eurovoc": ("4452",),
    }
    assert dict(themes.items[1].codes) == {}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (theme() + theme("one", "الثاني", "Two"), "t.yaml:8:9  themes[1].id: 'one' is taken by the theme in line 4"),
        (theme() + theme("two", "الاوّل", "Two"), "t.yaml:9:16  themes[1].name.ar: 'الاوّل' is taken by the theme in"),
        (
            theme() + theme("two", "الثاني", "ONE"),
            "t.yaml:9:28  themes[1].name.en: 'ONE' is taken by the theme in line 5",
        ),
        (theme("One"), "t.yaml:4:9  themes[0].id: must look like `cell_dismantling` (pattern"),
        (theme("1"), 't.yaml:4:9  themes[0].id: must be text, got 1; put it in quotes: "1"'),
        (theme(ar="' '"), "t.yaml:5:16  themes[0].name.ar: must not be blank"),
        (
            theme(codes="{eurovoc: [4452]}"),
            "t.yaml:7:23  themes[0].codes.eurovoc[0]: must be text, got 4452; put it in",
        ),
        (theme(codes="{iptc: ['20000053']}"), "t.yaml:7:20  themes[0].codes.iptc[0]: must fit (pattern ^medtop:"),
        (theme(codes="{iptcc: []}"), "t.yaml:7:13  themes[0].codes.iptcc: unknown key (did you mean 'iptc'?)"),
        ("  - id: one\n    definition: x\n", "t.yaml:4:5  themes[0].name: is missing: Names."),
        ("  - one\n", "t.yaml:4:5  themes[0]: must be a section of `key: value` lines, got 'one'"),
        ("  []\n", "t.yaml:4:3  themes: must have at least 1 item, got 0"),
        ("  5\n", "t.yaml:4:3  themes: must be a list, got 5"),
    ],
)
def test_one_fault_gives_one_complaint(write: Any, text: str, complaint: str) -> None:
    lines = complaints(write("t.yaml", HEAD + text))
    assert len(lines) == 1, lines
    assert complaint in lines[0]


def test_all_faults_come_at_once(write: Any) -> None:
    text = HEAD + theme(codes="{iptc: 5}") + theme("one", "الثاني", "Two") + theme("Three", "الثالث", "Three")
    assert [line.partition("  ")[0] for line in complaints(write("t.yaml", text))] == [
        "t.yaml:7:19",
        "t.yaml:8:9",
        "t.yaml:12:9",
    ]


def test_a_file_that_is_not_there() -> None:
    assert complaints(Path("none.yaml")) == ["none.yaml  there is no such file"]
