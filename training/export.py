"""From the trained network to the engine's file: OpenVINO, with int8 weights or fp32.

Int8 weights carry one scale for each group of inputs, so that the few outlying weights of an encoder (129 times the
mean size in E5's feed-forward layers) cost their own group's precision and not their whole row's. Activations are
quantised by the engine as it runs, token by token, so that no calibration text is needed and nothing saturates.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mihwar.engine.openvino import GROUP_SIZE, import_openvino
from mihwar.errors import SaveError
from training.network import ThemeNetwork, masked_mean

__all__ = ["export_openvino", "quantise_in_groups"]

_MIN_ROWS = 32  # smaller matrices, such as the head, stay as they are: they weigh nothing


class _Served(nn.Module):
    """The network with the outputs that serving needs."""

    def __init__(self, network: ThemeNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        # The logits are the mean of the very token logits that are returned, so that evidence adds up exactly.
        tokens = self.network.token_logits(input_ids, attention_mask)
        return masked_mean(tokens, attention_mask) + self.network.bias, tokens


def export_openvino(network: ThemeNetwork, path: Path, precision: str) -> None:
    """Write `path` (.xml) and the weights beside it (.bin).

    Args:
        network: The trained network.
        path: Where the model is written.
        precision: `int8` or `fp32`.
    """
    openvino = import_openvino()
    network = network.to("cpu").float().eval()
    # Two rows and an odd length: a dimension of one would be taken for a constant.
    example = torch.ones(2, 7, dtype=torch.long)
    with _quiet():
        model = openvino.convert_model(
            _Served(network), example_input={"input_ids": example, "attention_mask": example}
        )
        for output, name in zip(model.outputs, ("logits", "token_logits"), strict=True):
            output.get_tensor().set_names({name})
        if precision == "int8":
            _store_weights_as_int8(model)
        try:
            openvino.save_model(model, str(path), compress_to_fp16=False)
        except RuntimeError as error:  # OpenVINO's own, also for a full disk
            raise SaveError(f"{path.name} could not be written: {error}.") from error


def quantise_in_groups(weights: NDArray[np.float32], group_size: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Round weights to int8, symmetrically, with one scale per group of inputs.

    Args:
        weights: Shape (rows, inputs); `group_size` divides `inputs`.
        group_size: Inputs that share a scale.

    Returns:
        Integers of shape (rows, groups, group_size) and scales of shape (rows, groups, 1); their product is the
        weights, to within half a scale.
    """
    grouped = weights.reshape(len(weights), -1, group_size)
    largest = np.abs(grouped).max(axis=-1, keepdims=True)
    # What is as good as zero is stored as zero: its scale would be zero too, and nothing divides by that.
    smallest = 127 * np.finfo(np.float32).tiny
    scales = np.where(largest >= smallest, largest / 127, 1).astype(np.float32)
    return np.round(grouped / scales).astype(np.int8), scales


def _store_weights_as_int8(model: Any) -> None:  # noqa: ANN401  an openvino.Model
    """Replace the large constants of matrix products and embeddings by int8 and scales, in place."""
    for node in model.get_ops():
        kind = node.get_type_name()
        if kind not in ("MatMul", "Gather"):
            continue
        slot = 1 if kind == "MatMul" else 0
        source = node.input_value(slot).get_node()
        if source.get_type_name() != "Constant" or len(source.get_output_shape(0)) != 2:
            continue
        rows, n_inputs = source.get_output_shape(0)
        # An embedding row is looked up whole: one scale does.
        group_size = GROUP_SIZE if kind == "MatMul" else n_inputs
        if rows >= _MIN_ROWS and n_inputs % group_size == 0:
            node.input(slot).replace_source_output(_dequantised(source.data, group_size))
    model.validate_nodes_and_infer_types()


def _dequantised(weights: NDArray[np.float32], group_size: int) -> Any:  # noqa: ANN401  an openvino.Output
    """Build int8 constant → float → times scales, the form that OpenVINO keeps compressed in memory."""
    from openvino import opset13 as ops

    rounded, scales = quantise_in_groups(weights.astype(np.float32), group_size)
    if group_size == weights.shape[1]:
        rounded, scales = rounded[:, 0], scales[:, 0]
    product = ops.multiply(ops.convert(ops.constant(rounded), "f32"), ops.constant(scales))
    if rounded.ndim == 3:
        product = ops.reshape(product, ops.constant(np.array(weights.shape, dtype=np.int64)), False)
    return product.output(0)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back the tracer's remarks, which nobody can act on."""
    logger = logging.getLogger("transformers")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
