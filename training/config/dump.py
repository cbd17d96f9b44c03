"""A config as YAML, for a person to read and for `load_config` to read again."""

from __future__ import annotations

import io
import re
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from training.config.schema import Config

__all__ = ["to_yaml"]

_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z][\w./-]*", re.ASCII | re.IGNORECASE)


def to_yaml(config: Config) -> str:
    """Return the resolved config, every default written out.

    Args:
        config: The config. Its paths are written as they are: relative to the file it came from
            (`LoadedConfig.relative_to` gives a config for another folder).
    """
    yaml = YAML()
    yaml.Representer = _Representer
    yaml.width = 1 << 20  # one line a key
    yaml.indent(mapping=2, sequence=4, offset=2)
    buffer = io.StringIO()
    yaml.dump(_quoted(config.model_dump(mode="json")), buffer)
    return buffer.getvalue()


class _Representer(RoundTripRepresenter):
    """Writes `null` where ruamel writes nothing."""

    def represent_none(self, data: None) -> ScalarNode:  # noqa: ARG002  ruamel's signature
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_none)


def _quoted(value: Any) -> Any:  # noqa: ANN401  any JSON value
    """Put every text in quotes that YAML 1.1 or 1.2 might take for something else."""
    if isinstance(value, dict):
        return {key: _quoted(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoted(item) for item in value]
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return DoubleQuotedScalarString(value)
    return value
