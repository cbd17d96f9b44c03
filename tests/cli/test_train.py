"""`mihwar train`: what it hands on, and what it shows."""

from pathlib import Path
from typing import Any

import pytest

from evaluation.report import Report
from evaluation.run import Paragraphs, evaluate_classifier
from evaluation.tables import Table
from mihwar.classifier import Classifier
from mihwar.errors import BackboneError
from mihwar.paragraph import LabelledParagraph
from training import plan as planning
from training import run

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "baseline.yaml"


@pytest.fixture(scope="module")
def report(tiny_model: Path) -> Report:
    paragraphs = [LabelledParagraph(str(i), "خلية", ("cell_dismantling",), article_id=str(i)) for i in range(4)]
    return evaluate_classifier(Classifier.load(tiny_model), Paragraphs(paragraphs), thorough=False, draws=5).report


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, report: Report) -> list[Any]:
    made: list[Any] = []

    def train(loaded: Any, *, resume: bool | None, stage: Any) -> run.Trained:
        made.append((loaded.config.seed, resume))
        stage("Training")
        return run.Trained(Path("models/tiny"), report, report.headline())

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
    assert "All themes: tiny 0.0.1" in outcome.output
    assert "Gates: " in outcome.output
    assert outcome.output.endswith("Model: models/tiny (report/report.html says more)\n")


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
