from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import Trainer, TrainingArguments

from training.config import AsymmetricLossConfig, BceLossConfig, LossConfig
from training.loss import NOT_JUDGED, step_loss

LOSSES: list[LossConfig] = [
    BceLossConfig(),
    BceLossConfig(label_smoothing=0.1),
    AsymmetricLossConfig(kind="asymmetric"),
]


def test_bce_is_the_mean_over_judged_cells() -> None:
    logits = torch.tensor([[0.3, -1.2], [2.0, 0.0]])
    labels = torch.tensor([[1.0, NOT_JUDGED], [0.0, 1.0]])
    loss = step_loss(BceLossConfig())({"logits": logits}, labels)
    by_hand = np.mean([np.log1p(np.exp(-0.3)), np.log1p(np.exp(2.0)), np.log1p(np.exp(-0.0))])
    assert loss.item() == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.parametrize("config", LOSSES)
def test_cells_that_nobody_judged_have_no_gradient(config: LossConfig) -> None:
    logits = torch.zeros(1, 2, requires_grad=True)
    step_loss(config)({"logits": logits}, torch.tensor([[1.0, NOT_JUDGED]])).backward()
    assert logits.grad is not None
    assert logits.grad[0, 0] != 0
    assert logits.grad[0, 1] == 0


def test_asymmetric_without_focus_and_clip_is_bce() -> None:
    logits, labels = torch.randn(5, 3), torch.randint(0, 2, (5, 3)).float()
    plain = AsymmetricLossConfig(kind="asymmetric", gamma_positive=0, gamma_negative=0, clip=0)
    asymmetric = step_loss(plain)({"logits": logits}, labels)
    assert asymmetric.item() == pytest.approx(step_loss(BceLossConfig())({"logits": logits}, labels).item(), abs=1e-5)


def test_no_judged_cell_at_all_is_zero_not_nan() -> None:
    labels = torch.full((2, 2), float(NOT_JUDGED))
    assert step_loss(BceLossConfig())({"logits": torch.ones(2, 2)}, labels).item() == 0


class Linear(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layer = torch.nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.layer(x)}


@pytest.mark.parametrize("config", LOSSES)
def test_gradient_accumulation_changes_nothing(config: LossConfig, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Eight batches of one, four of two, two of four and one of eight make the same step of the real Trainer."""
    generator = torch.Generator().manual_seed(1)
    labels = torch.randint(0, 2, (8, 3), generator=generator).float()
    labels[0, 1] = labels[3, 2] = labels[4, 0] = NOT_JUDGED  # batches judge different numbers of cells
    inputs = torch.randn(8, 4, generator=generator)
    data = [{"x": x, "labels": y} for x, y in zip(inputs, labels, strict=True)]
    weights = []
    for batch_size, accumulation in ((1, 8), (2, 4), (4, 2), (8, 1)):
        model = Linear()
        arguments = TrainingArguments(
            output_dir=str(tmp_path_factory.mktemp("run")),
            max_steps=1,
            per_device_train_batch_size=batch_size,
            gradient_accumulation_steps=accumulation,
            learning_rate=0.1,
            max_grad_norm=1000.0,
            optim="sgd",
            lr_scheduler_type="constant",
            use_cpu=True,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_pin_memory=False,
        )
        Trainer(model=model, args=arguments, train_dataset=data, compute_loss_func=step_loss(config)).train()  # type: ignore[arg-type]  # a list is a data set here
        weights.append(model.layer.weight.detach().numpy().copy())
    for other in weights[1:]:
        np.testing.assert_allclose(weights[0], other, atol=1e-6)
    assert not np.allclose(weights[0], Linear().layer.weight.detach().numpy())
