from __future__ import annotations

import errno
import json
import math
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from transformers import Trainer

from mihwar.artefact import read_artefact
from mihwar.classifier import Classifier
from mihwar.engine.openvino import import_openvino
from mihwar.errors import ConfigError, CorpusError, DeviceError, SaveError
from tests.tiny import tiny_project
from training import run
from training.config import load_config
from training.plan import plan
from training.run import decision_paragraphs, read_corpus, train

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project(trained_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny project with its trained model, to be trained again."""
    folder = tmp_path_factory.mktemp("again") / "project"
    return Path(shutil.copytree(trained_project, folder))


def manifest_bytes(project: Path) -> bytes:
    return (project / "models" / "tiny" / "manifest.json").read_bytes()


def command(project: Path, *overrides: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", "train", str(project / "tiny.yaml"), *overrides]


def test_manifest_tells_how_the_model_was_made(trained_project: Path) -> None:
    manifest = read_artefact(trained_project / "models" / "tiny").manifest
    loaded = load_config(trained_project / "tiny.yaml")
    corpus, splits = read_corpus(loaded)
    assert manifest.training["corpus_sha256"] == corpus.sha256
    assert manifest.training["split_sha256"] == splits.sha256
    assert manifest.training["themes_sha256"] == loaded.themes.sha256
    assert manifest.training["packages"]["torch"]
    assert manifest.training["best_map"] > 0.9
    assert manifest.metrics["engine_difference"] <= 0.02
    assert manifest.metrics["engine_difference_avx2"] <= 0.02
    assert manifest.metrics["n_paragraphs"] == len(splits.test)


def test_thresholds_can_be_set_by_paragraphs_of_named_sources(trained_project: Path) -> None:
    loaded = load_config(trained_project / "tiny.yaml", ["decision.sources=[أ]"])
    _, splits = read_corpus(loaded)
    chosen = decision_paragraphs(loaded, splits)
    assert {paragraph.source for paragraph in chosen} == {"أ"}
    assert 0 < len(chosen) < len(splits.calibration)
    unnamed = load_config(trained_project / "tiny.yaml")
    assert decision_paragraphs(unnamed, splits) == list(splits.calibration)


def test_a_source_that_is_not_there_is_told_before_anything_is_trained(trained_project: Path) -> None:
    loaded = load_config(trained_project / "tiny.yaml", ["decision.sources=[ج]"])
    with pytest.raises(CorpusError, match=r"decision\.sources: no calibration paragraph .* 'أ', 'ب'"):
        train(loaded, stage=lambda stage: pytest.fail("trained") if stage == "Training" else None)


def test_operating_points_are_in_the_model_folder_or_named_as_not_promised(tiny_model: Path) -> None:
    classifier = Classifier.load(tiny_model)
    left_out = set(read_artefact(tiny_model).manifest.training["operating_points_not_promised"])
    assert set(classifier.operating_points) | left_out == {"high_recall", "high_precision"}
    assert not set(classifier.operating_points) & left_out
    for name in classifier.operating_points:
        classifier.classify(["نص"], operating_point=name)


def test_the_report_is_in_the_folder(trained_project: Path) -> None:
    folder = trained_project / "models" / "tiny"
    assert json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))["metrics"]
    assert "synthetic" in (folder / "README.md").read_text(encoding="utf-8")


def test_the_saved_config_names_no_place_of_this_machine(trained_project: Path) -> None:
    folder = trained_project / "models" / "tiny"
    for path in (folder / "config.yaml", folder / "manifest.json", folder / "README.md"):
        assert str(trained_project) not in path.read_text(encoding="utf-8"), path.name


def test_nothing_is_left_beside_the_model(trained_project: Path) -> None:
    assert [path.name for path in (trained_project / "models").iterdir()] == ["tiny"]
    assert list((trained_project / "runs").iterdir()) == []


def test_two_runs_make_the_same_model(project: Path, trained_project: Path) -> None:
    train(load_config(project / "tiny.yaml"))
    texts = ["تفكيك خلية إرهابية", "اختراق قرصنة بيانات", "مباراة الفريق"]
    first, second = (
        np.stack([p.probabilities for p in Classifier.load(folder / "models" / "tiny").classify(texts)])
        for folder in (project, trained_project)
    )
    np.testing.assert_allclose(first, second, atol=1e-4)


def test_full_disk_while_saving_leaves_the_last_model(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = manifest_bytes(project)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run, "write_json", full)
    with pytest.raises(SaveError, match=r"No space left.*untouched"):
        train(load_config(project / "tiny.yaml", ["training.epochs=1"]))
    assert manifest_bytes(project) == before
    assert [path.name for path in (project / "models").iterdir()] == ["tiny"]


def test_no_such_device(project: Path) -> None:
    with pytest.raises(DeviceError, match=r"training\.device is cuda.*sees no such device"):
        train(load_config(project / "tiny.yaml", ["training.device=cuda"]))


def test_resume_without_a_run_is_refused(project: Path) -> None:
    shutil.rmtree(project / "runs", ignore_errors=True)
    with pytest.raises(ConfigError, match="no unfinished run"):
        train(load_config(project / "tiny.yaml"), resume=True)


def kill_when_a_checkpoint_is_there(project: Path) -> None:
    """Start a long run and kill it after its first checkpoint."""
    process = subprocess.Popen(
        command(project, "--set", "training.epochs=12"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 120
    while not list((project / "runs").glob("tiny/checkpoint-*/trainer_state.json")):
        assert process.poll() is None, "the run ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_run_goes_on_and_the_last_model_stays(project: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = manifest_bytes(project)
    kill_when_a_checkpoint_is_there(project)
    assert manifest_bytes(project) == before
    Classifier.load(project / "models" / "tiny")

    themes = project / "themes.yaml"
    original = themes.read_text(encoding="utf-8")
    themes.write_text(original.replace("Arrests of terror suspects.", "Something else."), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"before the theme file changed.*--no-resume"):
        train(load_config(project / "tiny.yaml", ["training.epochs=12"]), resume=True)
    themes.write_text(original, encoding="utf-8")

    def newest_step() -> int:
        return max(int(path.name.split("-")[1]) for path in (project / "runs" / "tiny").glob("checkpoint-*"))

    step = newest_step()
    resumed = train(load_config(project / "tiny.yaml", ["training.epochs=12"]), resume=True)
    assert resumed is not None
    assert manifest_bytes(project) != before
    epochs = read_artefact(resumed.folder).manifest.training["epochs"]
    assert epochs * 12 > step  # it went on from there; a fresh start would have made the probe again
    assert "probe_map" not in read_artefact(resumed.folder).manifest.training


def test_a_half_written_checkpoint_is_passed_over(project: Path) -> None:
    kill_when_a_checkpoint_is_there(project)
    half = project / "runs" / "tiny" / "checkpoint-99999"
    half.mkdir()
    (half / "model.safetensors").write_bytes(b"half")
    resumed = train(load_config(project / "tiny.yaml", ["training.epochs=12"]), resume=True)
    assert resumed is not None


def test_killed_while_exporting_it_does_not_train_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = manifest_bytes(project)

    class KilledError(BaseException):
        pass

    def killed(*arguments: object) -> None:
        raise KilledError

    loaded = load_config(project / "tiny.yaml", ["seed=5"])
    with monkeypatch.context() as patch:
        patch.setattr(run, "_write_manifest", killed)
        with pytest.raises(KilledError):
            train(loaded)
    assert manifest_bytes(project) == before
    done = json.loads((project / "runs" / "tiny" / "done.json").read_text(encoding="utf-8"))
    resumed = train(loaded)
    assert resumed is not None
    training = read_artefact(resumed.folder).manifest.training
    assert {key: training[key] for key in ("probe_map", "best_map", "epochs", "seconds")} == {
        key: done[key] for key in ("probe_map", "best_map", "epochs", "seconds")
    }
    assert resumed.report.metrics.macro_f1.value is not None
    assert resumed.report.metrics.macro_f1.value > 0.7
    assert resumed.report.agreement.trained_model is not None
    assert resumed.report.agreement.trained_model <= 0.02


def test_the_model_it_replaces_is_compared(project: Path) -> None:
    again = train(load_config(project / "tiny.yaml", ["training.epochs=1"]))
    assert again is not None
    assert again.last_headline is not None
    assert again.last_headline["macro_f1"]["value"] > 0.7


def test_kept_weights_are_a_backbone_to_go_on_from(trained_project: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(trained_project, tmp_path / "project"))
    train(load_config(project / "tiny.yaml", ["export.keep_backbone=true", "training.epochs=1"]))
    kept = project / "models" / "tiny" / "backbone"
    on = train(load_config(project / "tiny.yaml", [f"model.backbone={kept}", "name=on", "training.epochs=1"]))
    assert on is not None
    assert on.report.metrics.macro_f1.value is not None


def test_a_folder_that_cannot_be_written_is_found_before_the_training(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    loaded = load_config(project / "tiny.yaml", [f"output={tmp_path}/file/models"])
    for action in (train, plan):
        with pytest.raises(SaveError, match="Choose another `output`"):
            action(loaded)


def test_a_failed_write_of_the_engine_is_a_clear_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = manifest_bytes(project)

    def full(*arguments: object, **options: object) -> None:
        raise RuntimeError("Check 'bin_file' failed")

    monkeypatch.setattr(import_openvino(), "save_model", full)
    with pytest.raises(SaveError, match=r"engine\.xml could not be written"):
        train(load_config(project / "tiny.yaml", ["training.epochs=1", "seed=6"]))
    assert manifest_bytes(project) == before


def test_a_full_disk_at_a_checkpoint_is_a_clear_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = manifest_bytes(project)
    loaded = load_config(project / "tiny.yaml", ["seed=8"])
    saved = []

    def full(trainer: Trainer, *arguments: object) -> None:
        if saved:
            raise OSError(errno.ENOSPC, "No space left on device")
        saved.append(True)
        save(trainer, *arguments)

    save = Trainer._save_checkpoint
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_save_checkpoint", full)
        with pytest.raises(SaveError, match=r"No space left.*goes on from the last whole checkpoint"):
            train(loaded)
    assert manifest_bytes(project) == before
    resumed = train(loaded, resume=True)
    assert resumed is not None
    assert read_artefact(resumed.folder).manifest.training["epochs"] == 3


@pytest.mark.slow
def test_two_processes_train_together(project: Path) -> None:
    before = manifest_bytes(project)
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--standalone", *command(project)[1:]],
        cwd=ROOT, capture_output=True, text=True, timeout=300, env=environment, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert manifest_bytes(project) != before
    _, splits = read_corpus(load_config(project / "tiny.yaml"))
    n_steps = 3 * math.ceil(len(splits.train) / (2 * 16))  # epochs, and the batches of both processes together
    assert f"{n_steps}/{n_steps}" in answer.stderr
    trained = read_artefact(project / "models" / "tiny").manifest
    assert trained.training["best_map"] > 0.9


def test_out_of_fold_decisions(tmp_path: Path) -> None:
    path = tiny_project(tmp_path, decision="{out_of_fold: 2}")
    trained = train(load_config(path, ["training.epochs=1"]))
    assert trained is not None
    assert trained.report.metrics.macro_f1.value is not None
    assert trained.report.metrics.macro_f1.value > 0.7


def test_plan_counts_and_estimates(trained_project: Path) -> None:
    planned = plan(load_config(trained_project / "tiny.yaml"))
    titles = [table.title for table in planned.tables]
    assert {"size", "theme", "kind", "words"} <= set(titles)
    size = planned.tables[titles.index("size")]
    assert size.rows[0][:2] == ("paragraphs", "240")
    assert any("Estimated time" in note for note in planned.notes)
    assert any("Estimated peak memory" in note for note in planned.notes)


def test_baseline_goes_the_same_road(trained_project: Path, tmp_path: Path) -> None:
    project = Path(shutil.copytree(trained_project, tmp_path / "project"))
    trained = train(load_config(project / "tiny.yaml", ["model.kind=tfidf", "name=tiny-baseline"]))
    assert trained is not None
    assert trained.report.agreement.trained_model == 0
    classifier = Classifier.load(trained.folder)
    (prediction,) = classifier.classify(["قال المتحدث إن تفكيك خلية إرهابية وتوقيف مشتبه"], evidence=True)
    assert prediction.themes[:1] == ("cell_dismantling",)
    assert prediction.evidence is not None
    (evidence, *_) = prediction.evidence
    assert evidence.base + sum(s.contribution for s in evidence.spans) == pytest.approx(evidence.logit)
