from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from training.backbone import load_backbone
from training.batches import ParagraphDataset, collate, length_sorted_batches
from training.config import PlainNormaliserConfig, ProbeConfig, TransformerConfig, load_config
from training.fine_tune import macro_average_precision
from training.loss import NOT_JUDGED
from training.network import ThemeNetwork, masked_mean
from training.probe import fit_probe
from training.recipe import Workspace
from training.run import read_corpus
from training.transformer import fit_transformer


@pytest.fixture(scope="module")
def network(trained_project: Path) -> ThemeNetwork:
    config = TransformerConfig(backbone=str(trained_project / "backbone"), max_tokens=64, window_overlap_tokens=16)
    backbone = load_backbone(config, PlainNormaliserConfig())
    network = ThemeNetwork(backbone.encoder, backbone.hidden_size, n_themes=3).eval()
    torch.nn.init.normal_(network.head.weight)
    torch.nn.init.normal_(network.bias)
    network.mean.normal_()
    network.deviation.uniform_(0.5, 2)
    return network


def batch() -> dict[str, torch.Tensor]:
    dataset = ParagraphDataset([np.arange(5, 5 + n) for n in (3, 12, 7)], np.zeros((3, 3), dtype=np.float32))
    collated = collate([dataset[i] for i in range(3)])
    collated.pop("labels")
    return collated


def test_mean_of_token_logits_is_the_logit_of_the_mean(network: ThemeNetwork) -> None:
    inputs = batch()
    with torch.inference_mode():
        direct = network(**inputs)["logits"]
        by_token = masked_mean(network.token_logits(**inputs), inputs["attention_mask"]) + network.bias
    torch.testing.assert_close(direct, by_token, atol=1e-4, rtol=1e-4)


def test_padding_has_no_influence(network: ThemeNetwork) -> None:
    inputs = batch()
    with torch.inference_mode():
        together = network(**inputs)["logits"][0]
        alone = network(input_ids=inputs["input_ids"][:1, :3], attention_mask=torch.ones(1, 3))["logits"][0]
    torch.testing.assert_close(together, alone, atol=1e-4, rtol=1e-4)


def test_probe_is_a_logistic_regression_on_standardised_vectors(network: ThemeNetwork) -> None:
    draw = np.random.default_rng(0)
    labels = (draw.random((300, 3)) < 0.4).astype(np.float32)
    labels[:, 2] = np.nan  # nobody judged the last theme
    pooled = (5 + 0.01 * draw.normal(size=(300, 32))).astype(np.float32)  # a large common mean, little variance
    pooled[:, :2] += 0.02 * labels[:, :2]
    fit_probe(network, pooled, labels, ProbeConfig(), seed=0)
    standardised = (torch.from_numpy(pooled) - network.mean) / network.deviation
    logits = (network.head(standardised) + network.bias).detach().numpy()
    for column in (0, 1):
        assert ((logits[:, column] > 0) == (labels[:, column] == 1)).mean() > 0.8
    assert (logits[:, 2] == logits[0, 2]).all()


def test_batches_hold_every_row_once() -> None:
    token_ids = [np.arange(n) for n in (9, 2, 30, 4, 4)]
    rows = [row for batch_rows, _ in length_sorted_batches(token_ids, 2) for row in batch_rows]
    assert sorted(rows) == [0, 1, 2, 3, 4]


def test_collate_pads_and_marks_what_is_not_judged() -> None:
    labels = np.array([[1, np.nan], [0, 1]], dtype=np.float32)
    dataset = ParagraphDataset([np.array([7, 8, 9]), np.array([5])], labels)
    collated = collate([dataset[0], dataset[1]])
    assert collated["input_ids"].shape == (2, 8)
    assert collated["attention_mask"].sum(dim=1).tolist() == [3, 1]
    assert collated["labels"].tolist() == [[1, NOT_JUDGED], [0, 1]]


def test_macro_average_precision_leaves_out_themes_without_positives() -> None:
    labels = np.array([[1, 0, NOT_JUDGED], [0, 0, NOT_JUDGED], [1, 0, 1], [0, 0, 0]], dtype=np.float32)
    scores = np.array([[0.9, 0.1, 0.9], [0.8, 0.2, 0.8], [0.7, 0.3, 0.7], [0.1, 0.4, 0.1]])
    assert macro_average_precision(scores, labels) == pytest.approx(((1 + 2 / 3) / 2 + 1) / 2)
    assert macro_average_precision(scores[:, 1:2], labels[:, 1:2]) == 0


def test_after_training_in_bf16_scores_are_float32_again(trained_project: Path, tmp_path: Path) -> None:
    """The Trainer leaves bf16 autocast around the network; thresholds must be chosen on what is exported."""
    loaded = load_config(trained_project / "tiny.yaml", ["training.precision=bf16", "training.epochs=1"])
    _, splits = read_corpus(loaded)
    fitted = fit_transformer(loaded, splits.train, splits.calibration, Workspace(tmp_path / "run", resume=False))
    paragraphs = splits.test[:8]
    expected = []
    with torch.inference_mode():
        for paragraph in paragraphs:
            (window,) = fitted.encoder.encode(paragraph.text)
            ids = torch.from_numpy(window.token_ids)[None]
            expected.append(
                type(fitted.network).forward(fitted.network, ids, torch.ones_like(ids))["logits"][0].numpy()
            )
    np.testing.assert_allclose(fitted.logits(paragraphs), np.stack(expected), atol=1e-4)
