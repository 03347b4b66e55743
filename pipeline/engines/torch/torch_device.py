"""Torch device: choice of a device, health check, and smaller batches when its memory is full."""

import gc
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import EngineError, EngineLost

log = logging.getLogger(__name__)

T = TypeVar("T")
Batch = NDArray[np.float32]  # (chunks, …)

OUT_OF_MEMORY_SIGNS = ("out of memory", "cublas_status_alloc_failed")  # in messages of CUDA and CTranslate2
DEVICE_FAILURE_SIGNS = ("cuda error", "cudnn error", "device-side assert", "illegal memory access", "unspecified launch failure")


def choose_device(device: str) -> str:
    """Resolve `auto` to `cuda` if there is one, else `cpu`; other names are returned unchanged. EngineError for a missing cuda."""
    import torch

    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if device.startswith("cuda") and not torch.cuda.is_available():
        raise EngineError(
            "torch", f"device {device!r} was asked for, but torch sees no GPU; run ./dubarr doctor, or use device: auto"
        )
    return device


def check_device(device: str) -> None:
    """Check the device by a sum. EngineLost if its context is gone: this process cannot compute again."""
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
    """Call `call(batch)`, with half the batch each time the device's memory is full. EngineError if a batch of one is too large.

    Other failures of the device are EngineLost.
    """
    while True:
        try:
            return call(batch)
        except RuntimeError as error:  # torch.OutOfMemoryError is one too
            words = str(error).lower()
            if type(error).__name__ != "OutOfMemoryError" and not any(sign in words for sign in OUT_OF_MEMORY_SIGNS):
                if any(sign in words for sign in DEVICE_FAILURE_SIGNS):
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


class BatchSize:
    """Batch size of a network, halved each time the device's memory is full, from then on for all calls.

    `size`: chunks at once. `engine`: its name in errors.
    """

    def __init__(self, size: int, *, engine: str) -> None:
        self.size = size
        self._engine = engine

    def apply(self, network: Callable[[Batch], Batch], chunks: Batch) -> Batch:
        """Apply the network to chunks, (chunks, …) in and out, at most `size` at once. Errors are those of `halve_batch_until_it_fits`."""

        def call(size: int) -> Batch:
            answer = np.concatenate([network(chunks[first : first + size]) for first in range(0, len(chunks), size)])
            self.size = size  # one that was too large is not tried again
            return answer

        return halve_batch_until_it_fits(call, self.size, engine=self._engine)


def free_memory() -> None:
    """Free unused memory of the device."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def first_line(error: Exception) -> str:
    """First line of an error, without its pages of advice."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def build_load_error(error: Exception, folder: Path, *, engine: str) -> EngineError:
    """Build the error of a model whose files cannot be loaded. Raises `error` itself where the device is full or lost instead."""
    words = str(error).lower()
    if any(sign in words for sign in (*OUT_OF_MEMORY_SIGNS, *DEVICE_FAILURE_SIGNS)):
        raise error
    return EngineError(
        engine, f"the model in {folder} cannot be loaded ({first_line(error)}); download it again, or name another"
    )
