"""Where and in which number format to train."""

from __future__ import annotations

from typing import Literal

import torch

from mihwar.errors import DeviceError

__all__ = ["DeviceName", "choose_bf16", "choose_device"]

DeviceName = Literal["cpu", "cuda", "mps"]


def choose_device(wanted: Literal["auto", "cpu", "cuda", "mps"]) -> DeviceName:
    """Return the device to train on.

    Args:
        wanted: What the config says; `auto` takes the fastest that is there.

    Raises:
        DeviceError: If the device asked for is not there.
    """
    present: dict[DeviceName, bool] = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if wanted == "auto":
        return next(name for name, here in present.items() if here)
    if not present[wanted]:
        here = ", ".join(name for name, is_here in present.items() if is_here)
        raise DeviceError(
            f"training.device is {wanted}, but torch {torch.__version__} sees no such device (it sees: {here})."
            " Set training.device to auto, or install a torch build for that device."
        )
    return wanted


def choose_bf16(wanted: Literal["auto", "fp32", "bf16"], device: DeviceName) -> bool:
    """Return whether to train in bf16 autocast.

    Args:
        wanted: What the config says; `auto` asks the processor.
        device: Where the training runs.
    """
    if wanted != "auto":
        return wanted == "bf16"
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return device == "cpu" and bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
