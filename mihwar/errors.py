"""Every error that Mihwar raises on purpose.

MihwarError
├── ProblemsError          several faults found at once, each with its place
│   ├── ConfigError        a config or theme file does not say what it must
│   ├── CorpusError        labelled paragraphs that cannot be used as they are
│   └── ReportError        a report that cannot be read, or not be compared
├── TextError              one text that cannot be classified; its neighbours still can
├── BackboneError          pretrained weights that are missing, altered or of an unsupported kind
├── DeviceError            the device asked for is not there
├── ArtefactError          a model folder that cannot be trusted
│   ├── ArtefactMissingError   no such folder, or a file of it is missing
│   ├── ArtefactAlteredError   a file differs from what the manifest says
│   └── ArtefactForeignError   the folder is of another kind or another version
├── EngineError            the engine refused its file or its input
└── SaveError              results could not be written; what was there before is untouched

Messages say what was wrong, where, and what to do about it. The command line turns each of
them into one line on standard error and exit code 2; the service into a problem document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class MihwarError(Exception):
    """Base of all errors that Mihwar raises on purpose."""


@dataclass(frozen=True)
class Problem:
    """One fault in a file that a person wrote.

    Attributes:
        message: What is wrong and, where it can be told, what to do.
        path: The file, as the person named it; empty for a command-line override.
        line: Line number from 1, or 0 where there is none.
        column: Column number from 1, or 0 where there is none.
        key: Dotted key (`training.epochs`), or the empty string.
    """

    message: str
    path: str = ""
    line: int = 0
    column: int = 0
    key: str = ""

    def __str__(self) -> str:
        """Render as `file:line:col  key: message`, leaving out what is not known."""
        place = self.path
        if self.line:
            place += f":{self.line}"
            if self.column:
                place += f":{self.column}"
        text = f"{self.key}: {self.message}" if self.key else self.message
        return f"{place}  {text}" if place else text


def first_problems(problems: Sequence[Problem], limit: int = 50) -> list[Problem]:
    """Return the first problems and, where there are more, one that counts the others.

    Args:
        problems: All of them, in reading order.
        limit: How many are told.
    """
    hidden = len(problems) - limit
    more = [Problem(f"and {hidden:,} more problems")] if hidden > 0 else []
    return [*problems[:limit], *more]


class ProblemsError(MihwarError):
    """Several faults found at once, each with its place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems in the order in which a reader meets them.

        Args:
            problems: At least one problem.
        """
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(ProblemsError):
    """A config or theme file does not say what it must."""


class CorpusError(ProblemsError):
    """Labelled paragraphs that cannot be used as they are."""


class ReportError(ProblemsError):
    """A report that cannot be read, or not be compared with another."""


class TextError(MihwarError):
    """One text that cannot be classified; its neighbours still can."""


class BackboneError(MihwarError):
    """Pretrained weights that are missing, altered or of an unsupported kind."""


class DeviceError(MihwarError):
    """The device asked for is not there."""


class ArtefactError(MihwarError):
    """A model folder that cannot be trusted."""


class ArtefactMissingError(ArtefactError):
    """There is no such model folder, or a file of it is missing."""


class ArtefactAlteredError(ArtefactError):
    """A file of the model folder differs from what its manifest says."""


class ArtefactForeignError(ArtefactError):
    """The folder is not a model folder of this project, or of another version of it."""


class EngineError(MihwarError):
    """The engine refused its file or its input."""


class SaveError(MihwarError):
    """Results could not be written; what was there before is untouched."""
