"""OpenVINO: an int8 or fp32 encoder on an ordinary CPU.

Each window is one inference of its own, padded to a multiple of `_BUCKET_TOKENS`, and as many run at once
as there are streams. Against padded batches this wastes no work on padding, and makes the score of a window
independent of whatever else is being classified. Few distinct shapes keep OpenVINO's kernel cache small.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from mihwar.engine.base import WindowScores
from mihwar.engine.windows import Window, WindowEncoder
from mihwar.errors import EngineError
from mihwar.text import NormaliserOptions

__all__ = ["GROUP_SIZE", "MODEL_FILE", "TOKENIZER_FILE", "OpenVinoEngine", "import_openvino"]

MODEL_FILE = "engine.xml"
WEIGHTS_FILE = "engine.bin"
TOKENIZER_FILE = "tokenizer.json"
GROUP_SIZE = 32  # inputs that share a scale, in int8 weights and in the activations they meet
_BUCKET_TOKENS = 32
_INT8_ACTIVATIONS = "DYNAMIC_QUANTIZATION_GROUP_SIZE"


def import_openvino() -> Any:  # noqa: ANN401  a module
    """Import OpenVINO without its telemetry, which reports each import and conversion to its makers otherwise."""
    # OpenVINO does without this package where it is missing; None makes its import fail.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # None is allowed there
    import openvino

    return openvino


class OpenVinoEngine:
    """A network of inputs `input_ids`, `attention_mask` and outputs `logits`, `token_logits`."""

    def __init__(self, folder: Path, normaliser: NormaliserOptions, options: Mapping[str, object]) -> None:
        """Load and compile.

        Args:
            folder: Holds the model, its weights and the tokenizer.
            normaliser: The rules the model was trained with.
            options: `prefix`, `max_tokens`, `window_overlap_tokens` of the manifest.

        Raises:
            EngineError: If a file is not what it should be or an option is missing.
        """
        try:
            self._encoder = WindowEncoder(
                Tokenizer.from_file(str(folder / TOKENIZER_FILE)),
                normaliser,
                prefix=str(options["prefix"]),
                max_tokens=int(str(options["max_tokens"])),
                window_overlap_tokens=int(str(options["window_overlap_tokens"])),
            )
        except KeyError as error:
            raise EngineError(f"The engine option {error} is missing in the manifest of {folder}.") from error
        except EngineError:
            raise
        except Exception as error:  # the tokenizers library raises bare Exception
            raise EngineError(f"The tokenizer of {folder} cannot be read: {error}.") from error
        self._n_streams = max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1)
        self._model = self._compile(folder / MODEL_FILE)
        # One thread a stream: windows of all callers wait in one line, in the order in which they came.
        self._pool = ThreadPoolExecutor(self._n_streams, thread_name_prefix="engine")
        self._own = threading.local()

    def _compile(self, path: Path) -> Any:  # noqa: ANN401  an openvino.CompiledModel
        core = import_openvino().Core()
        options = {
            # bf16, the default on some processors, would make scores depend on the machine.
            "INFERENCE_PRECISION_HINT": "f32",
            "NUM_STREAMS": self._n_streams,
            "INFERENCE_NUM_THREADS": self._n_streams,
            "ENABLE_CPU_PINNING": False,
        }
        try:
            model = core.compile_model(str(path), "CPU", {**options, _INT8_ACTIVATIONS: GROUP_SIZE})
            try:
                model(_padded(self._encoder.encode("")[0]))
            except RuntimeError:
                # Processors without VNNI have no int8 kernels for it: twice as slow, and nearer to the trained model.
                model = core.compile_model(str(path), "CPU", {**options, _INT8_ACTIVATIONS: 0})
                model(_padded(self._encoder.encode("")[0]))
        except RuntimeError as error:
            raise EngineError(f"OpenVINO cannot load {path}: {error}.") from error
        return model

    def encode(self, raw: str) -> list[Window]:
        """Cut one raw text into windows."""
        return self._encoder.encode(raw)

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows, as many at once as there are streams."""
        try:
            return list(self._pool.map(self._infer, windows))
        except RuntimeError as error:
            raise EngineError(f"The engine failed on a window: {error}.") from error

    def _infer(self, window: Window) -> WindowScores:
        if not hasattr(self._own, "request"):
            self._own.request = self._model.create_infer_request()
        request = self._own.request
        request.infer(_padded(window), share_inputs=True)
        logits = request.get_tensor("logits").data[0].astype(np.float64)
        tokens = request.get_tensor("token_logits").data[0, window.content].astype(np.float64)
        shares = tokens / len(window.token_ids)
        return WindowScores(logits, shares, logits - shares.sum(axis=0))


def _padded(window: Window) -> dict[str, np.ndarray[tuple[int, int], np.dtype[np.int64]]]:
    n_tokens = len(window.token_ids)
    width = -(-n_tokens // _BUCKET_TOKENS) * _BUCKET_TOKENS
    input_ids = np.zeros((1, width), dtype=np.int64)
    attention_mask = np.zeros((1, width), dtype=np.int64)
    input_ids[0, :n_tokens] = window.token_ids
    attention_mask[0, :n_tokens] = 1
    return {"input_ids": input_ids, "attention_mask": attention_mask}
