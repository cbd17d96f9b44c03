"""Probe, then full fine-tuning with the transformers Trainer."""

from __future__ import annotations

import json
import math
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_model
from sklearn.metrics import average_precision_score
from torch import distributed
from tqdm.auto import tqdm
from transformers import (
    EarlyStoppingCallback,
    EvalPrediction,
    PrinterCallback,
    Trainer,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from mihwar.artefact import write_json
from mihwar.errors import SaveError
from training.batches import ParagraphDataset, collate, length_sorted_batches
from training.circumstances import peak_memory_mib
from training.config import TrainingConfig
from training.device import DeviceName, choose_bf16, choose_device
from training.loss import NOT_JUDGED, step_loss
from training.network import ThemeNetwork
from training.probe import fit_probe
from training.progress import EpochProgress

__all__ = ["fine_tune", "macro_average_precision", "predict_logits"]

_INFERENCE_BATCH = 32
_DONE = "done.json"


def macro_average_precision(scores: NDArray[np.floating], labels: NDArray[np.floating]) -> float:
    """Mean over themes of average precision; themes without positives are left out.

    Args:
        scores: Shape (n, k), any increasing function of probability.
        labels: Shape (n, k): 1, 0, or `NOT_JUDGED`.

    Returns:
        Between 0 and 1; 0 if no theme has a positive.
    """
    values = []
    for column in range(labels.shape[1]):
        judged = labels[:, column] != NOT_JUDGED
        if labels[judged, column].any():
            values.append(average_precision_score(labels[judged, column], scores[judged, column]))
    return float(np.mean(values)) if values else 0.0


def fine_tune(
    network: ThemeNetwork,
    train: ParagraphDataset,
    validation: ParagraphDataset,
    config: TrainingConfig,
    *,
    seed: int,
    checkpoints: Path,
    resume: bool,
) -> dict[str, float]:
    """Train a network in place; at the end it holds the weights of the best epoch.

    Args:
        network: A zero head on a pretrained encoder.
        train: Paragraphs to learn from.
        validation: Paragraphs by whose macro average precision the epoch is chosen.
        config: How to train.
        seed: Seed of everything random.
        checkpoints: Folder for checkpoints, one per epoch.
        resume: Go on from the last checkpoint there, if there is one.

    Returns:
        Facts of the run: `probe_map` (unless resumed), `best_map`, `epochs`, `seconds`, `peak_memory_mib`.

    Raises:
        DeviceError: If the device asked for is not there.
        SaveError: If a checkpoint cannot be written.
    """
    set_seed(seed)
    device = choose_device(config.device)
    arguments = _arguments(config, len(train), seed, checkpoints, device)  # joins the other processes, if any
    if distributed.is_initialized():
        distributed.barrier()  # the first process has cleared the folder by now
    last = _last_checkpoint(checkpoints) if resume else None
    facts: dict[str, float] = {}
    if last is None:
        targets = np.where(train.labels == NOT_JUDGED, np.nan, train.labels)
        network.to(device)
        # The head starts from these vectors and goes on from there: bf16 is exact enough, and three times as fast.
        pooled = _run(network.pooled, network, train.token_ids, "Probe", bf16=arguments.bf16)
        fit_probe(network, pooled, targets, config.probe, seed)
        probe_scores = predict_logits(network, validation.token_ids, "Validation")
        facts["probe_map"] = macro_average_precision(probe_scores, validation.labels)
    trainer = Trainer(
        model=network,
        args=arguments,
        train_dataset=train,
        eval_dataset=validation,
        data_collator=collate,
        compute_loss_func=step_loss(config.loss),
        compute_metrics=_metrics,
        callbacks=[EarlyStoppingCallback(early_stopping_patience=config.early_stopping_epochs), EpochProgress()],
    )
    trainer.remove_callback(PrinterCallback)
    done = checkpoints / _DONE
    if resume and last is not None and done.is_file():
        # Killed after training, before the model folder was in place: take the best weights and what is known of them.
        best = trainer_state(last).best_model_checkpoint or last
        load_model(network, str(Path(best) / "model.safetensors"))
        network.eval()
        return dict(json.loads(done.read_text(encoding="utf-8")))
    try:
        result = trainer.train(resume_from_checkpoint=last)
    except (OSError, SafetensorError) as error:
        raise SaveError(
            f"A checkpoint could not be written to {checkpoints}: {error}. Make room and start the command again:"
            " it goes on from the last whole checkpoint."
        ) from error
    # Accelerate leaves bf16 autocast around `forward`; from here on the network is scored as it is exported.
    trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    facts["best_map"] = float(trainer.state.best_metric or 0.0)
    facts["epochs"] = float(trainer.state.epoch or 0.0)
    facts["seconds"] = float(result.metrics["train_runtime"])
    facts["peak_memory_mib"] = float(round(peak_memory_mib()))
    if trainer.is_world_process_zero():
        write_json(done, facts)
    network.eval()
    return facts


def predict_logits(
    network: ThemeNetwork, token_ids: Sequence[NDArray[np.int64]], description: str
) -> NDArray[np.float32]:
    """Score tokenised paragraphs in float32.

    Args:
        network: The trained network.
        token_ids: n arrays of token ids.
        description: What the progress bar says.

    Returns:
        Logits of shape (n, k), in the order given.
    """
    return _run(lambda **batch: network(**batch)["logits"], network, token_ids, description)


def _run(
    function: Callable[..., torch.Tensor],
    network: ThemeNetwork,
    token_ids: Sequence[NDArray[np.int64]],
    description: str,
    *,
    bf16: bool = False,
) -> NDArray[np.float32]:
    device = next(network.parameters()).device
    network.eval()
    rows_out: dict[int, NDArray[np.float32]] = {}
    batches = length_sorted_batches(token_ids, _INFERENCE_BATCH)
    total = math.ceil(len(token_ids) / _INFERENCE_BATCH)
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=bf16):
        for rows, batch in tqdm(batches, total=total, desc=description, leave=False, disable=None):
            values = function(**{name: tensor.to(device) for name, tensor in batch.items()})
            rows_out.update(zip(rows.tolist(), values.float().cpu().numpy(), strict=True))
    return np.stack([rows_out[row] for row in range(len(token_ids))])


def _last_checkpoint(checkpoints: Path) -> str | None:
    """Return the newest whole checkpoint; one whose state is absent was being written when the run was killed."""
    found = sorted(checkpoints.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]))
    return next((str(path) for path in reversed(found) if _is_whole(path)), None)


def _is_whole(checkpoint: Path) -> bool:
    try:  # the Trainer writes its state last
        trainer_state(checkpoint)
    except (OSError, ValueError, TypeError):
        return False
    return True


def trainer_state(checkpoint: str | Path) -> TrainerState:
    """Read the state that the Trainer keeps in a checkpoint."""
    return TrainerState(**json.loads((Path(checkpoint) / "trainer_state.json").read_text(encoding="utf-8")))


def _metrics(prediction: EvalPrediction) -> dict[str, float]:
    return {
        "macro_average_precision": macro_average_precision(
            np.asarray(prediction.predictions), np.asarray(prediction.label_ids)
        )
    }


def _arguments(
    config: TrainingConfig, n_train: int, seed: int, checkpoints: Path, device: DeviceName
) -> TrainingArguments:
    steps_per_epoch = math.ceil(n_train / (config.batch_size * config.gradient_accumulation_steps))
    whole_epochs = max(1, math.ceil(config.epochs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return TrainingArguments(
            output_dir=str(checkpoints),
            num_train_epochs=config.epochs,
            learning_rate=config.learning_rate,
            warmup_steps=config.warmup_share,  # below 1 it is a share of all steps
            weight_decay=config.weight_decay,
            max_grad_norm=config.max_grad_norm,
            per_device_train_batch_size=config.batch_size,
            per_device_eval_batch_size=_INFERENCE_BATCH,
            gradient_accumulation_steps=config.gradient_accumulation_steps,
            train_sampling_strategy="group_by_length",
            eval_strategy="epoch",
            save_strategy="epoch",
            save_total_limit=2 if whole_epochs > 1 else 1,
            load_best_model_at_end=True,
            metric_for_best_model="macro_average_precision",
            greater_is_better=True,
            restore_callback_states_from_checkpoint=True,
            logging_steps=max(1, steps_per_epoch // 4),
            report_to="none",
            disable_tqdm=True,  # `EpochProgress` does it
            seed=seed,
            bf16=choose_bf16(config.precision, device),
            use_cpu=device == "cpu",
            ddp_backend="gloo" if device == "cpu" and int(os.environ.get("WORLD_SIZE", "1")) > 1 else None,
            dataloader_pin_memory=device == "cuda",
            label_names=["labels"],
            remove_unused_columns=False,
        )
