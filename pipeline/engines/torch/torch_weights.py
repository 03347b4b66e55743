"""Weights of torch checkpoints, read without torch and without running code of the pickle."""

import pickle
import struct
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from pipeline.errors import EngineError


def read_weights(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read the float32 tensors of a torch checkpoint in the format before 1.6.

    EngineError if the file has another format, or its pickle names anything but tensors.
    """
    try:
        with path.open("rb") as file:
            for _ in range(3):  # magic number, protocol version, sizes of C types
                _TensorUnpickler(file).load()
            checkpoint = _TensorUnpickler(file)
            state = checkpoint.load()["model_state"]
            storages = {key: _read_storage(file) for key in _TensorUnpickler(file).load()}
    except (OSError, pickle.UnpicklingError, KeyError, EOFError, struct.error) as error:
        raise EngineError("torch_weights", f"{path.name} cannot be read ({error}); install its package again") from error
    return {name: tensor.read_from(storages) for name, tensor in state.items()}


def _read_storage(file: BinaryIO) -> NDArray[np.float32]:
    (count,) = struct.unpack("<q", file.read(8))
    content = file.read(4 * count)
    if len(content) < 4 * count:
        raise EOFError("it ends too early")
    return np.frombuffer(content, "<f4")


class _Tensor:
    """A view on a storage that is read later."""

    def __init__(self, key: str, offset: int, shape: tuple[int, ...], *_: object) -> None:
        self.key, self.offset, self.shape = key, offset, shape

    def read_from(self, storages: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        size = int(np.prod(self.shape))
        return storages[self.key][self.offset : self.offset + size].reshape(self.shape)


class _TensorUnpickler(pickle.Unpickler):
    """Unpickler restricted to tensors and ordered dicts; any other name is an error."""

    def find_class(self, module: str, name: str) -> Any:
        match module, name:
            case "collections", "OrderedDict":
                return OrderedDict
            case "torch._utils", "_rebuild_tensor_v2":
                return _Tensor
            case "torch", "FloatStorage" | "DoubleStorage" | "LongStorage":
                return name
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a file of weights")

    def persistent_load(self, pid: Any) -> Any:
        return pid[2]  # ("storage", type, key, device, size, view)
