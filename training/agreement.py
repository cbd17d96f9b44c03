"""Does the engine that serves decide as the trained model does, here and on processors with fewer instructions?

Int8 products are computed in another way on processors without VNNI; what serves well here might saturate there. So
the engine is asked twice: as it runs on this machine, and in a process of its own that may use AVX2 at most.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mihwar.classifier import Classifier
from mihwar.errors import EngineError

__all__ = ["decisions_with_avx2"]

_ROOT = Path(__file__).resolve().parent.parent


def decisions_with_avx2(folder: Path, texts: Sequence[str]) -> NDArray[np.bool_]:
    """Classify texts with the instruction set limited to AVX2.

    Args:
        folder: The model folder.
        texts: The n texts.

    Returns:
        Decisions of shape (n, k).

    Raises:
        EngineError: If the process fails.
    """
    answer = subprocess.run(
        [sys.executable, "-m", "training.agreement", str(folder.resolve())],
        input=json.dumps(list(texts)),
        cwd=_ROOT,
        # Read by oneDNN, OpenVINO's kernels, when it is loaded.
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise EngineError(f"The engine failed with AVX2: {answer.stderr.strip()[-500:]}")
    return np.array(json.loads(answer.stdout), dtype=bool)


def _main() -> None:
    classifier = Classifier.load(sys.argv[1])
    predictions = classifier.classify(json.load(sys.stdin))
    decisions = [[theme in prediction.themes for theme in classifier.themes.ids] for prediction in predictions]
    json.dump(decisions, sys.stdout)


if __name__ == "__main__":
    _main()
