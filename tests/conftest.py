"""Fixtures: a tiny project, trained for real once a session."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Nothing in these tests may ask a hub; the tests of the hub road start a stub and say so in a process of their own.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["BENTOML_DO_NOT_TRACK"] = "True"
# Two threads on networks as small as these are slower than one, and much slower on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The same examples in every run, and no verdict that depends on how busy the machine is.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def trained_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with corpus, backbone, config and the model folder `models/tiny` that was trained from them."""
    from tests.tiny import tiny_project
    from training.config import load_config
    from training.run import train

    folder = tmp_path_factory.mktemp("tiny")
    trained = train(load_config(tiny_project(folder)))
    assert trained is not None
    return folder


@pytest.fixture(scope="session")
def tiny_model(trained_project: Path) -> Path:
    """The trained model folder; read only."""
    return trained_project / "models" / "tiny"


@pytest.fixture
def model_copy(tiny_model: Path, tmp_path: Path) -> Path:
    """A copy of the trained model folder that a test may damage."""
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))
