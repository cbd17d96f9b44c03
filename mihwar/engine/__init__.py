"""What runs a trained model: OpenVINO for encoders, NumPy for n-grams, or both."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mihwar.artefact import Artefact
from mihwar.engine.base import Engine, WindowScores
from mihwar.engine.blend import BlendEngine, Scales
from mihwar.engine.windows import Window, WindowEncoder, raw_pieces
from mihwar.errors import ArtefactForeignError, ArtefactMissingError, EngineError

__all__ = ["Engine", "Scales", "Window", "WindowEncoder", "WindowScores", "load_engine", "raw_pieces"]


def load_engine(artefact: Artefact) -> Engine:
    """Load the engine that a model folder asks for.

    Args:
        artefact: A checked model folder.

    Raises:
        EngineError: If its file cannot be loaded.
        ArtefactForeignError: If the manifest names an engine that this version does not have.
    """
    options = dict(artefact.manifest.engine)
    kind = options.pop("kind", None)
    if kind == "openvino":
        return _openvino(artefact, options)
    if kind == "tfidf":
        return _tfidf(artefact)
    if kind == "blend":
        scales = Scales(_number(options, "encoder_scale"), _number(options, "ngrams_scale"))
        return BlendEngine(_openvino(artefact, options), _tfidf(artefact), scales)
    raise ArtefactForeignError(
        f"{artefact.folder} needs an engine of kind {kind!r}; this version has openvino, tfidf and blend."
    )


# Imported when needed: OpenVINO costs 30 MB and the baseline does without.
def _openvino(artefact: Artefact, options: Mapping[str, object]) -> Engine:
    from mihwar.engine.openvino import MODEL_FILE, TOKENIZER_FILE, WEIGHTS_FILE, OpenVinoEngine

    _check_listed(artefact, MODEL_FILE, WEIGHTS_FILE, TOKENIZER_FILE)
    return OpenVinoEngine(artefact.folder, artefact.manifest.normaliser, options)


def _tfidf(artefact: Artefact) -> Engine:
    from mihwar.engine.tfidf import VOCABULARY_FILE, WEIGHTS_FILE, TfidfEngine

    _check_listed(artefact, VOCABULARY_FILE, WEIGHTS_FILE)
    return TfidfEngine(artefact.folder, artefact.manifest.normaliser)


def _number(options: Mapping[str, object], name: str) -> float:
    value = options.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise EngineError(f"The engine option {name!r} of the manifest must be a number; it is {value!r}.")
    return float(value)


def _check_listed(artefact: Artefact, *names: str) -> None:
    """Only files that the manifest lists were checked; an engine must read no others."""
    for name in names:
        if name not in artefact.manifest.files:
            raise ArtefactMissingError(f"The manifest of {artefact.folder} does not list {name}.")
