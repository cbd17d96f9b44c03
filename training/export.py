"""From the trained network to the engine's file: OpenVINO, int8 through NNCF or fp32."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mihwar.engine.openvino import import_openvino
from training.network import ThemeNetwork, masked_mean

__all__ = ["export_openvino"]


class _Served(nn.Module):
    """The network with the outputs that serving needs."""

    def __init__(self, network: ThemeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        # The logits are the mean of the very token logits that are returned, so that evidence adds up exactly.
        tokens = self.network.token_logits(input_ids, attention_mask)
        return masked_mean(tokens, attention_mask) + self.network.bias, tokens


def export_openvino(network: ThemeNetwork, path: Path, token_ids: Sequence[NDArray[np.int64]], precision: str) -> None:
    """Write `path` (.xml) and the weights beside it (.bin).

    Args:
        network: The trained network.
        path: Where the model is written.
        token_ids: Paragraphs from which the ranges of activations are measured; for int8.
        precision: `int8` or `fp32`.
    """
    openvino = import_openvino()
    network = network.to("cpu").float().eval()
    example = torch.from_numpy(np.stack([token_ids[0], token_ids[0]]))
    with _quiet():
        model = openvino.convert_model(
            _Served(network),
            example_input={"input_ids": example, "attention_mask": torch.ones_like(example)},
        )
        for output, name in zip(model.outputs, ("logits", "token_logits"), strict=True):
            output.get_tensor().set_names({name})
        if precision == "int8":
            model = _quantise(model, token_ids)
        openvino.save_model(model, str(path), compress_to_fp16=False)


def _quantise(model: Any, token_ids: Sequence[NDArray[np.int64]]) -> Any:  # noqa: ANN401  an openvino.Model
    import nncf  # after `import_openvino`, whose care holds for it as well

    samples = [{"input_ids": ids[None, :], "attention_mask": np.ones_like(ids)[None, :]} for ids in token_ids]
    return nncf.quantize(
        model,
        nncf.Dataset(samples),
        model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=len(samples),
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            # Without it int8 products saturate on processors that lack VNNI, and answers would differ there.
            overflow_fix=nncf.OverflowFix.ENABLE,
        ),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the tracer's and NNCF's remarks, which nobody can act on, out of the user's sight."""
    loggers = [logging.getLogger(name) for name in ("nncf", "transformers")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
