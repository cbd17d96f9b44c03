"""The BentoML service refuses to start, and says why, instead of starting anew for ever."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [("MIHWAR_MODEL", "nowhere", "There is no model folder nowhere"), ("MIHWAR_MAX_ITEMS", "many", "MIHWAR_MAX_ITEMS")],
)
def test_a_service_that_cannot_work_does_not_start(tmp_path: Path, variable: str, value: str, says: str) -> None:
    environment = {
        **{name: content for name, content in os.environ.items() if not name.startswith("MIHWAR_")},
        "BENTOML_DO_NOT_TRACK": "True",
        "BENTOML_HOME": str(tmp_path),
        variable: value,
    }
    command = [sys.executable, "-m", "bentoml", "serve", "serving.service:SecurityThemes", "--port", "0"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2
    assert "The service cannot start" in run.stderr
    assert says in run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_the_bento_has_what_serving_imports_and_no_torch() -> None:
    bento = yaml.safe_load((ROOT / "bentofile.yaml").read_text(encoding="utf-8"))
    packages = set(bento["python"]["packages"])
    assert not packages & {"torch", "transformers", "datasets"}
    assert {"bentoml", "fastapi", "numpy", "openvino", "regex", "tokenizers", "trafilatura"} <= packages
    assert not any(pattern.startswith(("tests", "training", "corpus")) for pattern in bento["include"])
