"""Under which circumstances a model was trained: versions, commit, time."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

__all__ = ["circumstances", "peak_memory_mib"]

_PACKAGES = (
    "accelerate",
    "datasets",
    "numpy",
    "openvino",
    "scikit-learn",
    "tokenizers",
    "torch",
    "transformers",
)


def circumstances() -> dict[str, Any]:
    """Return package versions, commit and time, as plain data; nothing that names the machine or the user."""
    return {
        "trained_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--untracked-files=no")),
    }


def peak_memory_mib() -> float:
    """Return the most memory that this process has held at once, in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _git(*arguments: str) -> str | None:
    """Ask git of the checkout that holds this file; None outside one."""
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
