"""The JSON Schemas that editors use to complete and check the YAML files."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from training.config.schema import Config, ThemeFile

__all__ = ["json_schema", "themes_json_schema"]

_EXTENDS = {
    "type": "string",
    "pattern": r"\S",
    "description": "Another config file, relative to this one; what stands here is laid over it.",
}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file.

    A file that extends another may leave out anything, a section's `kind` as well, so it is checked
    against the same rules without what they require.
    """
    config = Config.model_json_schema(schema_generator=_Generator)
    definitions = {**config.pop("$defs"), "Config": config}
    config["properties"] = {"extends": _EXTENDS, **config["properties"]}
    return {
        "$schema": GenerateJsonSchema.schema_dialect,
        "title": "Mihwar config",
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/ConfigPart"},
        "else": {"$ref": "#/$defs/Config"},
        "$defs": {**definitions, **{f"{name}Part": _part(rules) for name, rules in definitions.items()}},
    }


def themes_json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a theme file."""
    schema = ThemeFile.model_json_schema(schema_generator=_Generator)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "Mihwar themes"}


class _Generator(GenerateJsonSchema):
    """Leaves out titles that only repeat the key."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ANN401, ARG002  pydantic's signature
        return False


def _part(rules: Any) -> Any:  # noqa: ANN401  any JSON value
    """The same rules, but nothing is required and every kind of a section may be meant."""
    if isinstance(rules, list):
        return [_part(rule) for rule in rules]
    if not isinstance(rules, dict):
        return rules
    part: dict[str, Any] = {}
    for name, rule in rules.items():
        if name == "$ref":
            part[name] = f"{rule}Part"
        elif name == "oneOf":
            part["anyOf"] = _part(rule)
        elif name not in ("required", "discriminator"):
            part[name] = _part(rule)
    return part
