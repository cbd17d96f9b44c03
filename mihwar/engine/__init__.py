"""What runs a trained model: OpenVINO for encoders, NumPy for the TF-IDF baseline."""

from __future__ import annotations

from mihwar.artefact import Artefact
from mihwar.engine.base import Engine, WindowScores
from mihwar.engine.windows import Window, WindowEncoder
from mihwar.errors import ArtefactForeignError, ArtefactMissingError

__all__ = ["Engine", "Window", "WindowEncoder", "WindowScores", "load_engine"]


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
    # Imported when needed: OpenVINO costs 30 MB and the baseline does without.
    if kind == "openvino":
        from mihwar.engine.openvino import MODEL_FILE, TOKENIZER_FILE, WEIGHTS_FILE, OpenVinoEngine

        _check_listed(artefact, MODEL_FILE, WEIGHTS_FILE, TOKENIZER_FILE)
        return OpenVinoEngine(artefact.folder, artefact.manifest.normaliser, options)
    if kind == "tfidf":
        from mihwar.engine.tfidf import VOCABULARY_FILE, TfidfEngine
        from mihwar.engine.tfidf import WEIGHTS_FILE as TFIDF_WEIGHTS_FILE

        _check_listed(artefact, VOCABULARY_FILE, TFIDF_WEIGHTS_FILE)
        return TfidfEngine(artefact.folder, artefact.manifest.normaliser)
    raise ArtefactForeignError(
        f"{artefact.folder} needs an engine of kind {kind!r}; this version has openvino and tfidf."
    )


def _check_listed(artefact: Artefact, *names: str) -> None:
    """Only files that the manifest lists were checked; an engine must read no others."""
    for name in names:
        if name not in artefact.manifest.files:
            raise ArtefactMissingError(f"The manifest of {artefact.folder} does not list {name}.")
