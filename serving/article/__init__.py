"""An article in, its paragraphs with their kinds out: from plain text or from HTML."""

from serving.article.document import Document, Kind, Paragraph
from serving.article.html import split_html
from serving.article.plain import split_text

__all__ = ["Document", "Kind", "Paragraph", "split_html", "split_text"]
