"""The built product: `make bento`, then served from outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from benchmarks.processes import serve

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


def test_the_bento_serves_from_outside_the_checkout(tmp_path: Path) -> None:
    environment = {**os.environ, "BENTOML_HOME": str(tmp_path / "bentoml")}
    subprocess.run(
        ["make", "--silent", "bento"], cwd=ROOT, env=environment, check=True, capture_output=True, timeout=300
    )
    (bento,) = (path for path in (tmp_path / "bentoml" / "bentos" / "mihwar").iterdir() if path.is_dir())
    assert {path.name for path in (bento / "src").iterdir()} == {"bentofile.yaml", "mihwar", "models", "serving"}
    requirements = (bento / "env" / "python" / "requirements.txt").read_text(encoding="utf-8")
    assert "openvino==" in requirements
    assert not any(line.startswith(("torch==", "transformers==")) for line in requirements.splitlines())
    command = [str(Path(sys.executable).with_name("bentoml")), "serve", str(bento), "--port", "{port}"]
    with serve(command, timeout_s=60, cwd=tmp_path) as served:
        text = "أعلنت السلطات تفكيك خلية إرهابية من خمسة أفراد كانوا يخططون لهجوم"
        answer = httpx.post(f"{served.address}/v1/classify", json={"inputs": text}, timeout=30).json()
    assert answer["results"][0]["labels"][0]["label"] == "cell_dismantling"
