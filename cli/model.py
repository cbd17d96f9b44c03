"""Finding and loading the model that a command works with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mihwar.classifier import Classifier
    from mihwar.paragraph import LabelledParagraph
    from training.config import SplitConfig
    from training.corpus import Corpus

__all__ = ["DEFAULT_MODEL", "MODEL_VARIABLE", "load_classifier", "model_folder", "split_of_training", "test_split"]

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


def test_split(folder: Path, corpus: Corpus) -> Sequence[LabelledParagraph]:
    """Share a corpus out as the training of a model did, and return what was kept for the test.

    Args:
        folder: The model folder.
        corpus: The corpus.

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
    return splits.test
