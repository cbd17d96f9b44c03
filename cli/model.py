"""Finding and loading the model that a command works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pydantic import BaseModel

    from evaluation.gates import Gates
    from mihwar.classifier import Classifier
    from mihwar.paragraph import LabelledParagraph
    from training.config import SplitConfig
    from training.corpus import Corpus

__all__ = [
    "DEFAULT_MODEL",
    "MODEL_VARIABLE",
    "hidden_sources",
    "load_classifier",
    "load_gates",
    "model_folder",
    "split_corpus_of",
    "split_of_training",
]

Section = TypeVar("Section", bound="BaseModel")

DEFAULT_MODEL = Path("models/security-themes")
MODEL_VARIABLE = "MIHWAR_MODEL"  # as the service knows it


def model_folder(folder: Path) -> Path:
    """Return the folder; the shipped model is found from everywhere."""
    if folder == DEFAULT_MODEL and not folder.exists():
        return Path(__file__).resolve().parent.parent / DEFAULT_MODEL
    return folder


def load_classifier(folder: Path) -> Classifier:
    """Load a model folder.

    Args:
        folder: The folder.

    Raises:
        ArtefactError: If the folder is missing, truncated, altered or foreign.
    """
    # Imported here: the engine takes a second to load, which `--help` need not wait for.
    from mihwar.classifier import Classifier

    return Classifier.load(model_folder(folder))


def load_gates(path: Path) -> Gates:
    """Return the gates of a model folder or of a config.

    Args:
        path: A model folder with the resolved config in it, or a config file.

    Raises:
        ArtefactAlteredError: If the model's config is malformed.
        ConfigError: If the config is.
    """
    from evaluation.gates import Gates
    from training.config import load_config

    if path.is_dir():
        return _section(path, "gates", Gates)
    return load_config(path).config.gates


def hidden_sources(folder: Path) -> Collection[str]:
    """Return the sources whose texts the config of a trained model wants hidden.

    Args:
        folder: The model folder.

    Raises:
        ArtefactAlteredError: If its config is malformed.
    """
    from training.config import ReportConfig

    return _section(folder, "report", ReportConfig).hidden_sources


def _section(folder: Path, name: str, model: type[Section]) -> Section:
    """Read a section of the config in a model folder; defaults if it has no config or was made before the section."""
    from pydantic import ValidationError
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from mihwar.errors import ArtefactAlteredError

    path = folder / "config.yaml"
    try:
        config = YAML(typ="safe", pure=True).load(path) if path.exists() else {}
        return model.model_validate(config.get(name, {}))
    except (OSError, UnicodeError, YAMLError, ValidationError, AttributeError) as error:
        raise ArtefactAlteredError(f"The section {name!r} of {path} cannot be read: {error}") from error


def split_of_training(folder: Path) -> SplitConfig:
    """Return how the corpus of a trained model was shared out.

    Args:
        folder: The model folder, with the resolved config in it.

    Raises:
        ArtefactAlteredError: If the config is missing or malformed.
    """
    from pydantic import ValidationError
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    from mihwar.errors import ArtefactAlteredError
    from training.config import SplitConfig

    path = folder / "config.yaml"
    try:
        return SplitConfig.model_validate(YAML(typ="safe", pure=True).load(path)["split"])
    except (OSError, UnicodeError, YAMLError, ValidationError, KeyError, TypeError) as error:
        raise ArtefactAlteredError(
            f"{path} does not say how the model's corpus was split ({type(error).__name__}):"
            " say --split all, with paragraphs that it was not trained on."
        ) from error


def split_corpus_of(folder: Path, corpus: Corpus) -> tuple[Sequence[LabelledParagraph], Sequence[LabelledParagraph]]:
    """Share a corpus out as the training of a model did.

    Args:
        folder: The model folder.
        corpus: The corpus.

    Returns:
        What was kept for the test, and what the model was trained on.

    Raises:
        ArtefactAlteredError: If the model folder does not say how.
        CorpusError: If a split is empty.
    """
    from mihwar.errors import CorpusError, Problem
    from training.split import split_corpus

    config = split_of_training(folder)
    try:
        splits = split_corpus(corpus, calibration=config.calibration, test=config.test, salt=config.salt)
    except CorpusError as error:
        raise CorpusError([*error.problems, Problem("to judge on all paragraphs, say --split all")]) from error
    return splits.test, splits.train
