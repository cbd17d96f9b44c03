"""Tables as Markdown."""

from evaluation.tables import Table, numeric_columns, to_markdown


def test_markdown_escapes_and_sets_numbers_right() -> None:
    table = Table("T", ("name", "n"), (("a|b", "1"), ("c\\d\ne", "n/a")))
    assert numeric_columns(table) == (False, True)
    assert to_markdown(table) == "## T\n\n| name | n |\n| --- | ---: |\n| a\\|b | 1 |\n| c\\\\d e | n/a |\n"


def test_empty_table() -> None:
    assert numeric_columns(Table("T", ("a",), ())) == (False,)
    assert to_markdown(Table("T", ("a",), ())) == "## T\n\n| a |\n| --- |\n"
