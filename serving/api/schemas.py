"""The shapes of requests and answers, as pydantic reads them and OpenAPI shows them.

Requests are validated with these models; answers are built as plain data (`serving.api.answers`) and only
described by them, which a test keeps true.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, PlainValidator, Tag, model_validator
from pydantic_core import PydanticCustomError

__all__ = [
    "UNION_TAGS",
    "ArticleAnswer",
    "ArticleRequest",
    "ClassifyAnswer",
    "ClassifyRequest",
    "ModelAnswer",
    "ProblemDocument",
    "ThemesAnswer",
]

MAX_ID_CHARACTERS = 256
_TEXT, _LIST, _ITEM = "<text>", "<list>", "<item>"
# Pydantic puts these into the places of errors; they are no part of the body.
UNION_TAGS = frozenset((_TEXT, _LIST, _ITEM))


def _is_text(value: object) -> str:
    if not isinstance(value, str):
        raise PydanticCustomError("text_type", "Must be a string.")
    return value


def _tag(value: object) -> str | None:
    tags: dict[type, str] = {str: _TEXT, list: _LIST, dict: _ITEM}
    return tags.get(type(value))


def _text_or_list(value: object) -> str | None:
    return None if _tag(value) == _ITEM else _tag(value)


def _text_or_item(value: object) -> str | None:
    return None if _tag(value) == _LIST else _tag(value)


# Unlike pydantic's `str`, lets unpaired surrogates in: they are an error of one item, not of the request.
Text = Annotated[str, PlainValidator(_is_text, json_schema_input_type=str)]
Probability = Annotated[float, Field(ge=0, le=1)]
Threshold = Annotated[float, Field(gt=0, lt=1)]


class _Request(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Item(_Request):
    """A paragraph with a name of the caller's."""

    id: Annotated[str, Field(max_length=MAX_ID_CHARACTERS)] | None = Field(
        None, description="Comes back with the result."
    )
    text: Text = Field(description="The paragraph.")


Entry = Annotated[
    Annotated[Text, Tag(_TEXT)] | Annotated[Item, Tag(_ITEM)],
    Discriminator(
        _text_or_item,
        custom_error_type="entry_type",
        custom_error_message='Must be a string or an object {"id", "text"}.',
    ),
]
Entries = Annotated[list[Entry], Field(min_length=1)]


class _Options(_Request):
    threshold: Threshold | dict[str, Threshold] | None = Field(
        None,
        description="Probability from which a theme is given as a label: for all themes, or by theme id (the others "
        "keep those of the operating point).",
    )
    operating_point: Annotated[str, Field(max_length=64)] | None = Field(
        None,
        description="Name of the thresholds to begin with: `balanced`, or one of the model's `operating_points` "
        "(GET /v1/model), which keep recall or precision. By default the model's own.",
    )
    top_k: Annotated[int, Field(ge=1)] | None = Field(
        None, description="How many of the best `scores` to return; `labels` are always complete."
    )
    evidence: bool = Field(
        False,
        description="Whether to say which words made each label: for each, `base` and all contributions add up to the "
        "`logit`.",
    )


class ClassifyRequest(_Options):
    """Paragraphs to classify, each by itself."""

    inputs: Annotated[
        Annotated[Text, Tag(_TEXT)] | Annotated[Entries, Tag(_LIST)],
        Discriminator(
            _text_or_list,
            custom_error_type="inputs_type",
            custom_error_message='Must be a string, or a list of strings or objects {"id", "text"}.',
        ),
    ] = Field(description="One paragraph, or a list of them.")


class ArticleRequest(_Options):
    """An article to split into paragraphs and classify."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["text"], "properties": {"text": {"type": "string"}, "html": {"type": "null"}}},
                {"required": ["html"], "properties": {"html": {"type": "string"}, "text": {"type": "null"}}},
            ]
        }
    )

    text: Text | None = Field(None, description="Plain text, as copied from a page.")
    html: Text | None = Field(None, description="The page's HTML. Addresses in it are not fetched.")

    @model_validator(mode="after")
    def _has_one(self) -> ArticleRequest:
        if (self.text is None) == (self.html is None):
            raise PydanticCustomError("one_of", "Give either `text` or `html`.")
        return self


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelName(_Answer):
    """Which model answered."""

    name: str
    version: str


class Score(_Answer):
    """A theme and its calibrated probability; the themes are independent, so these do not add up to 1."""

    label: str
    score: Probability


class Usage(_Answer):
    """What the text cost."""

    tokens: int = Field(ge=0, description="Tokens of the text; it is never cut.")
    windows: int = Field(ge=0, description="Overlapping windows in which a long text was read.")


class ItemError(_Answer):
    """Why a text has no themes."""

    code: Literal["unpaired_surrogate", "too_long", "not_classifiable"]
    detail: str


class Span(_Answer):
    """A word, in code points of the text, and its share of the logit."""

    start: int = Field(ge=0)
    end: int
    contribution: float


class Evidence(_Answer):
    """Why a label was given."""

    label: str
    logit: float = Field(description="Before calibration.")
    base: float = Field(description="Share of bias and special tokens.")
    spans: list[Span]


class _Scored(_Answer):
    labels: list[Score] = Field(description="Themes whose probability reaches their threshold, most probable first.")
    scores: list[Score] = Field(description="Themes by probability, most probable first.")
    uncertain: list[Score] = Field(
        description="Themes, given or not, whose probability is too near to the threshold to be trusted; most "
        "probable first."
    )
    usage: Usage
    warnings: list[Literal["windowed", "not_arabic", "suspicious_spelling", "empty"]]
    error: ItemError | None
    evidence: list[Evidence] | None = Field(None, description="Only if asked for; one entry per label.")


class Result(_Scored):
    """What the model says of one paragraph."""

    index: int = Field(ge=0)
    id: str | None


class ClassifyAnswer(_Answer):
    """One result per input, in order."""

    id: str = Field(description="Id of the request.")
    model: ModelName
    results: list[Result]


class ArticleParagraph(_Scored):
    """One paragraph of the article. Boilerplate is not classified: its `labels` and `scores` are empty."""

    index: int = Field(ge=0)
    kind: Literal["body", "heading", "boilerplate"]
    start: int = Field(ge=0, description="First code point in the text that was sent, or extracted from the HTML.")
    end: int
    text: str


class ArticleTheme(_Answer):
    """A theme of the article: its highest probability in a paragraph of the body, and those that have it."""

    label: str
    score: Probability
    paragraphs: list[int]


class ArticleAnswer(_Answer):
    """The paragraphs of an article, and its themes, most probable first."""

    id: str = Field(description="Id of the request.")
    model: ModelName
    text: str | None = Field(None, description="The text extracted from the HTML; only for HTML.")
    paragraphs: list[ArticleParagraph]
    themes: list[ArticleTheme]


class ThemeName(_Answer):
    """Name of a theme."""

    ar: str
    en: str


class ThemeFacts(_Answer):
    """A theme that the model knows."""

    id: str
    name: ThemeName
    definition: str
    codes: dict[str, list[str]] = Field(description="Nearest concepts of public vocabularies, by vocabulary.")
    threshold: Probability


class ThemesAnswer(_Answer):
    """The taxonomy, in the order of the model."""

    name: str
    model: ModelName
    themes: list[ThemeFacts]


class OperatingPointFacts(_Answer):
    """Thresholds that keep recall or precision, for paragraphs like those by which they were chosen."""

    controls: Literal["recall", "precision"]
    target: Probability = Field(description="At least so much of it.")
    n: int = Field(description="Paragraphs by which they were chosen (for recall, those with a theme).")
    confidence: Probability | None = Field(
        description="Of the promise of precision; null for recall, which is kept on average."
    )


class Limits(_Answer):
    """What a request may have."""

    max_body_bytes: int
    max_items: int
    max_characters: int


class ModelAnswer(_Answer):
    """The model that is served, and what it was made of."""

    name: str
    version: str
    description: str
    scoring: Literal["independent_sigmoid"] = Field(description="How probabilities are made; `softmax` they are not.")
    n_themes: int
    engine: dict[str, Any]
    normaliser: dict[str, Any]
    backbone: dict[str, Any]
    operating_points: dict[str, OperatingPointFacts] = Field(
        description="What a request may ask for besides `balanced`, by name."
    )
    training: dict[str, Any]
    metrics: dict[str, Any]
    limits: Limits


class ProblemFault(_Answer):
    """One fault of a request."""

    pointer: str = Field(description="JSON Pointer (RFC 6901) into the body; empty for the body as a whole.")
    detail: str


class ProblemDocument(_Answer):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    request_id: str
    errors: list[ProblemFault] | None = None
