"""The taxonomy: which themes there are, in which order.

The order is part of the model (column i of every score matrix is theme i), so it is frozen
and hashed into each model folder. YAML theme files are read by `training.config`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mihwar.errors import ArtefactAlteredError

__all__ = ["Theme", "Themes"]


@dataclass(frozen=True)
class Theme:
    """One label of the taxonomy.

    Attributes:
        id: Stable identifier (`cell_dismantling`), the only name that programs compare.
        name_ar: Arabic name.
        name_en: English name.
        definition: What a paragraph of this theme is about, in one or two sentences.
        codes: Codes of the same or nearest concept by scheme (`iptc`, `gdelt`, `eurovoc`).
    """

    id: str
    name_ar: str
    name_en: str
    definition: str
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Themes:
    """An ordered set of themes.

    Attributes:
        name: Name of the taxonomy.
        items: The themes, in the order of the score matrix's columns.
    """

    name: str
    items: tuple[Theme, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        """Identifiers in column order."""
        return tuple(theme.id for theme in self.items)

    def __len__(self) -> int:
        """Return the number of themes."""
        return len(self.items)

    def to_json(self) -> dict[str, Any]:
        """Return plain data that `from_json` reads back."""
        return {
            "name": self.name,
            "items": [{**asdict(theme), "codes": {k: list(v) for k, v in theme.codes.items()}} for theme in self.items],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Themes:
        """Build from what `to_json` returned.

        Args:
            data: Parsed JSON.

        Raises:
            ArtefactAlteredError: If the data does not have the shape that `to_json` writes.
        """
        try:
            items = tuple(
                Theme(
                    id=str(item["id"]),
                    name_ar=str(item["name_ar"]),
                    name_en=str(item["name_en"]),
                    definition=str(item["definition"]),
                    codes={str(k): tuple(map(str, v)) for k, v in item["codes"].items()},
                )
                for item in data["items"]
            )
            return cls(name=str(data["name"]), items=items)
        except (KeyError, TypeError, AttributeError) as error:
            raise ArtefactAlteredError(f"The themes of the manifest are malformed: {error!r}.") from error

    @property
    def sha256(self) -> str:
        """Hash of names, order, definitions and codes: two equal hashes mean one taxonomy."""
        canonical = json.dumps(self.to_json(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
