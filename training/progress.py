"""What a person sees while a model is trained: one bar with the time left, and one line per epoch."""

from __future__ import annotations

from typing import Any

from tqdm.auto import tqdm
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

__all__ = ["EpochProgress"]


class EpochProgress(TrainerCallback):
    """Replaces the Trainer's own bar, which prints dictionaries."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Open the bar."""
        if state.is_world_process_zero:
            self._bar = tqdm(total=state.max_steps, initial=state.global_step, desc="Fine-tuning", unit="step")

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(state.global_step - self._bar.n)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Write the line of an epoch."""
        if self._bar is None:
            return
        metrics = next(entry for entry in reversed(state.log_history) if "eval_loss" in entry)
        losses = [entry["loss"] for entry in state.log_history if "loss" in entry]
        self._bar.write(
            f"epoch {state.epoch or 0:.0f}: training loss {losses[-1] if losses else float('nan'):.4f},"
            f" validation loss {metrics['eval_loss']:.4f},"
            f" macro average precision {metrics['eval_macro_average_precision']:.4f}"
        )

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: object
    ) -> None:
        """Close the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
