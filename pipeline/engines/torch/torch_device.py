"""Torch device: its choice, a check that it still answers, and less at a time when its memory is full."""

import gc
import logging
from collections.abc import Callable
from typing import TypeVar

from pipeline.errors import EngineError, EngineLost

log = logging.getLogger(__name__)

T = TypeVar("T")

FULL = ("out of memory", "cublas_status_alloc_failed")  # what CUDA and CTranslate2 say
BROKEN = ("cuda error", "cudnn error", "device-side assert", "illegal memory access", "unspecified launch failure")


def choose_device(asked: str) -> str:
    """`auto` → `cuda` where there is one, else `cpu`; anything else as it is. EngineError for a cuda that is not there."""
    import torch

    if asked == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if asked.startswith("cuda") and not torch.cuda.is_available():
        raise EngineError(
            "torch", f"device {asked!r} was asked for, but torch sees no GPU; run ./dubarr doctor, or use device: auto"
        )
    return asked


def check_device(device: str) -> None:
    """Ask the device for a sum. EngineLost where its context is gone: this process will never compute again."""
    if not device.startswith("cuda"):
        return
    import torch

    try:
        torch.ones(2, device=device).sum().item()
    except RuntimeError as error:
        raise EngineLost(
            "torch", f"{device} no longer answers ({first_line(error)}); the engine's process is replaced"
        ) from error


def halve_batch_until_it_fits(call: Callable[[int], T], batch: int, *, engine: str) -> T:
    """`call(batch)`, with half the batch each time the device's memory is full. EngineError when one alone is too much.

    Any other trouble of the device is EngineLost.
    """
    while True:
        try:
            return call(batch)
        except RuntimeError as error:  # torch.OutOfMemoryError is one too
            words = str(error).lower()
            if type(error).__name__ != "OutOfMemoryError" and not any(sign in words for sign in FULL):
                if any(sign in words for sign in BROKEN):
                    raise EngineLost(
                        engine, f"its device failed ({first_line(error)}); the engine's process is replaced"
                    ) from error
                raise
            if batch <= 1:
                raise EngineError(
                    engine,
                    f"the GPU's memory is full even for one at a time ({first_line(error)}); "
                    "give the engine a larger share in the profile, or choose a smaller model",
                ) from error
            batch //= 2
            log.warning("engine=%s memory is full; going on with %d at a time", engine, batch)
        free_memory()  # outside the except block: the traceback holds what should be freed


def free_memory() -> None:
    """Give unused memory back to the device."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def first_line(error: Exception) -> str:
    """First line of an error, without its pages of advice."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
