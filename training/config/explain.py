"""What pydantic found, said for the person who wrote the file, at the place where they wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mihwar.errors import Problem
from training.config.source import Node, resolve

__all__ = ["validate"]

Model = TypeVar("Model", bound=BaseModel)
MAX_SHOWN = 60
SIMILAR = 0.7  # difflib's own 0.6 takes `gpu` for `cpu`
MISSING = ("missing", "union_tag_not_found")


def validate(
    tree: Node,
    model: type[Model],
    problems: list[Problem],
    *,
    more_keys: Sequence[str] = (),
    complete: bool = True,
) -> Model | None:
    """Check a tree against a model.

    Args:
        tree: The mapping, with places.
        model: What it must be.
        problems: Faults are appended here.
        more_keys: Further keys that a file of this kind may hold, for suggestions.
        complete: False if parts of the tree could not be read, so that nothing is called missing.

    Returns:
        The validated model, or None if there are faults.
    """
    try:
        return model.model_validate(tree.plain())
    except ValidationError as error:
        for details in error.errors(include_url=False):
            spot = _locate(details["loc"], tree, model)
            if (complete or details["type"] not in MISSING) and not _is_echo(details, spot.node):
                problems.append(_explain(details, spot, model, more_keys))
        return None


def _is_echo(details: ErrorDetails, node: Node) -> bool:
    """Say whether a list is only called too short because its items are faulty."""
    return details["type"] == "too_short" and len(node.items) >= details["ctx"]["min_length"]


# --- where ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Spot:
    """What a pydantic location means in the tree and in the model.

    Attributes:
        key: Dotted key, with list positions in brackets.
        node: The value, or the innermost section or list that is there.
        field: The model's field of the last key, if there is one.
        section: The section that holds the last key.
        rivals: The other kinds that this section could have been, and itself.
        kinds: The kinds that the value can be, if it is a section of several kinds.
    """

    key: str
    node: Node
    field: FieldInfo | None
    section: type[BaseModel]
    rivals: tuple[type[BaseModel], ...]
    kinds: tuple[type[BaseModel], ...]


def _locate(loc: Sequence[int | str], tree: Node, model: type[BaseModel]) -> _Spot:
    spot = _Spot("", tree, None, model, (), (model,))
    rivals: tuple[type[BaseModel], ...] = ()
    for part in loc:
        if isinstance(part, str) and len(spot.kinds) > 1:  # pydantic names the kind before the key
            rivals = spot.kinds
            spot = replace(spot, kinds=tuple(kind for kind in rivals if _kind(kind) == part))
            continue
        spot = replace(spot, node=spot.node.child(part) or spot.node)
        if isinstance(part, int):
            spot = replace(spot, key=f"{spot.key}[{part}]")
            continue
        section = spot.kinds[0]
        field = section.model_fields.get(part)
        spot = replace(
            spot,
            key=f"{spot.key}.{part}" if spot.key else part,
            field=field,
            section=section,
            rivals=rivals,
            kinds=tuple(_sections(field.annotation)) if field else (),
        )
        rivals = ()
    return spot


def _sections(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _sections(argument)


def _kind(section: type[BaseModel]) -> str:
    return str(get_args(section.model_fields["kind"].annotation)[0])


# --- what -----------------------------------------------------------------------------------------


def _explain(details: ErrorDetails, spot: _Spot, model: type[BaseModel], more_keys: Sequence[str]) -> Problem:
    kind, context = details["type"], details.get("ctx", {})
    node, key, place = spot.node, spot.key, spot.node.place
    if kind == "missing":
        about = f": {spot.field.description}" if spot.field and spot.field.description else ""
        return node.key_place.problem(f"is missing{about}", key)
    if kind == "extra_forbidden":
        return node.key_place.problem(_unknown_key(details["loc"], spot, model, more_keys), key)
    if kind == "union_tag_not_found":
        allowed = ", ".join(map(_kind, spot.kinds))
        return node.key_place.problem(f"is missing; it must be one of {allowed}", f"{key}.kind")
    if kind == "union_tag_invalid":
        tag = node.entries["kind"]
        return tag.place.problem(_not_allowed(tag, [_kind(section) for section in spot.kinds]), f"{key}.kind")
    if kind == "literal_error" and spot.field:
        return place.problem(_not_allowed(node, get_args(spot.field.annotation)), key)
    if kind == "value_error":
        return _of_validator(str(context["error"]), spot)
    if kind == "string_pattern_mismatch":
        return place.problem(_not_matching(spot, str(context["pattern"])), key)
    if kind in _MESSAGES:
        return place.problem(_MESSAGES[kind].format(got=_shown(node), **context) + _hint(kind, node), key)
    return place.problem(f"{details['msg']}, got {_shown(node)}", key)


_SECTION = "must be a section of `key: value` lines, got {got}"
_MESSAGES = {
    "string_type": "must be text, got {got}",
    "int_type": "must be a whole number, got {got}",
    "float_type": "must be a number, got {got}",
    "finite_number": "must be a finite number, got {got}",
    "bool_type": "must be true or false, got {got}",
    "tuple_type": "must be a list, got {got}",
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "greater_than": "must be greater than {gt:g}, got {got}",
    "greater_than_equal": "must be at least {ge:g}, got {got}",
    "less_than": "must be less than {lt:.12g}, got {got}",
    "less_than_equal": "must be at most {le:g}, got {got}",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} item, got {actual_length}",
    "too_long": "must have {max_length} items, got {actual_length}",
}
_TRUTH = {**dict.fromkeys(("no", "off", "n"), "false"), **dict.fromkeys(("yes", "on", "y"), "true")}


def _hint(kind: str, node: Node) -> str:
    """What to write instead, where YAML's rules are the likely cause."""
    value = node.value
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'; put it in quotes: "{node.text}"'
    if kind in ("int_type", "float_type", "bool_type") and isinstance(value, str):
        if kind == "bool_type" and value.lower() in _TRUTH:
            return f"; write {_TRUTH[value.lower()]}"
        if not isinstance(resolve(value), str):
            return "; leave out the quotes"
    if kind == "tuple_type" and isinstance(value, str | int | float):
        return f"; write [{node.text}]"
    return ""


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a section"
    if isinstance(node.value, list):
        return "a list"
    if isinstance(node.value, str):
        return repr(_shortened(node.value))
    return _shortened(node.text) or "nothing"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"


def _not_allowed(node: Node, allowed: Sequence[object]) -> str:
    names = [str(name) for name in allowed]
    must = f"must be {'one of ' if len(names) > 1 else ''}{', '.join(names)}"
    close = (
        get_close_matches(str(node.value).lower(), names, n=1, cutoff=SIMILAR) if isinstance(node.value, str) else []
    )
    return f"{must}; got {_shown(node)}" + (f" (did you mean '{close[0]}'?)" if close else "")


def _not_matching(spot: _Spot, pattern: str) -> str:
    if pattern == r"\S":
        return "must not be blank"
    examples = spot.field.examples if spot.field else None
    like = f"look like `{examples[0]}`" if examples else "fit"
    return f"must {like} (pattern {pattern}), got {_shown(spot.node)}"


def _of_validator(message: str, spot: _Spot) -> Problem:
    """Point to the key with which a section's validator begins its message."""
    name, _, rest = message.partition(" ")
    if not any(name in section.model_fields for section in spot.kinds):
        return spot.node.place.problem(f"{message}, got {_shown(spot.node)}", spot.key)
    key = f"{spot.key}.{name}" if spot.key else name
    entry = spot.node.entries.get(name)
    return (entry.place if entry else spot.node.key_place).problem(rest, key)


def _unknown_key(loc: Sequence[int | str], spot: _Spot, model: type[BaseModel], more_keys: Sequence[str]) -> str:
    name = str(loc[-1])
    allowed = [*spot.section.model_fields, *(more_keys if len(loc) == 1 else ())]
    for rival in spot.rivals:
        if name in rival.model_fields:
            return f"belongs to kind '{_kind(rival)}', but the kind here is '{_kind(spot.section)}'"
    elsewhere = [key for key in _dotted_keys(model) if key.split(".")[-1] == name]
    close = [key for key in allowed if name == "".join(word[0] for word in key.split("_"))]
    close += get_close_matches(name, allowed, n=1, cutoff=SIMILAR) + elsewhere
    if close:
        return f"unknown key (did you mean '{close[0]}'?)"
    return f"unknown key; known here: {', '.join(allowed)}"


def _dotted_keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for section in _sections(field.annotation):
            yield from _dotted_keys(section, f"{prefix}{name}.")
