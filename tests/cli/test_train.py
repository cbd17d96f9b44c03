"""`mihwar train`: what it hands on, and what it shows."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaluation.metrics import evaluate
from evaluation.report import Report
from evaluation.tables import Table
from mihwar.errors import BackboneError
from training import plan as planning
from training import run

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "baseline.yaml"


def report() -> Report:
    targets = np.array([[1.0, 0.0], [0.0, 1.0]])
    metrics = evaluate(targets, targets, targets > 0, ["a", "b"], ["x", "y"], draws=5)
    return Report("tiny", "1.0.0", metrics, "test", "", None, ("1", "2"), targets, targets, targets > 0)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []

    def train(loaded: Any, *, resume: bool | None, stage: Any) -> run.Trained:
        made.append((loaded.config.seed, resume))
        stage("Training")
        return run.Trained(Path("models/tiny"), report(), report().headline())

    def plan(loaded: Any) -> planning.Plan:
        made.append("plan")
        return planning.Plan((Table("Paragraphs", ("split", "count"), (("train", "12"),)),), ("about 3 minutes",))

    monkeypatch.setattr(run, "train", train)
    monkeypatch.setattr(planning, "plan", plan)
    return made


def test_train_shows_stages_and_the_report(mihwar: Any, calls: list[Any]) -> None:
    outcome = mihwar("train", CONFIG, "--set", "seed=7")
    assert outcome.code == 0
    assert calls == [(7, None)]
    assert outcome.errors == "Training ...\n"
    assert "All themes: tiny 1.0.0" in outcome.output
    assert outcome.output.endswith("Model: models/tiny\n")


@pytest.mark.parametrize(("option", "resume"), [("--resume", True), ("--no-resume", False)])
def test_resume(mihwar: Any, calls: list[Any], option: str, resume: bool) -> None:
    assert mihwar("train", CONFIG, option).code == 0
    assert calls == [(13, resume)]


def test_dry_run_shows_the_plan_and_trains_nothing(mihwar: Any, calls: list[Any]) -> None:
    outcome = mihwar("train", CONFIG, "--dry-run")
    assert outcome.code == 0
    assert calls == ["plan"]
    assert "Paragraphs" in outcome.output
    assert "note: about 3 minutes" in outcome.output


def test_other_processes_of_a_distributed_run_are_silent(
    mihwar: Any, calls: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "train", lambda *_, stage, **__: stage("Training"))
    monkeypatch.setenv("RANK", "1")
    outcome = mihwar("train", CONFIG)
    assert (outcome.code, outcome.output, outcome.errors) == (0, "", "")


def test_errors_of_training_are_2(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def train(loaded: Any, *, resume: bool | None, stage: Any) -> None:
        raise BackboneError("No such backbone.")

    monkeypatch.setattr(run, "train", train)
    outcome = mihwar("train", CONFIG)
    assert (outcome.code, outcome.errors) == (2, "error: No such backbone.\n")


def test_config_faults_come_before_anything_else(mihwar: Any, calls: list[Any], tmp_path: Path) -> None:
    outcome = mihwar("train", tmp_path / "none.yaml")
    assert outcome.code == 2
    assert "there is no such file" in outcome.errors
    assert calls == []
