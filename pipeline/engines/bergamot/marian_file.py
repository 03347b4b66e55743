"""Marian's binary model format (version 1) read as data: named tensors, 8-bit ones dequantized to float32.

The layout: version and number of tensors; per tensor a header (length of its name, type, rank, bytes); all names; all
shapes; padding; all contents. An 8-bit tensor is stored transposed, the embedding `Wemb` excepted, and its scale stands
behind its numbers. https://github.com/marian-nmt/marian-dev/blob/master/src/common/binary.cpp
"""

import math
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

FORMAT_VERSION = 1
FLOAT32, INTGEMM8 = 0x404, 0x4101  # types of tensors that are read; the others are settings
MAX_TENSORS, MAX_DIMENSIONS = 10_000, 8
EMBEDDING_TENSOR = "Wemb"
SHORTLIST_MAGIC = 0xF11A48D5013417F5


def read_tensors(path: Path) -> dict[str, Array]:
    """The float32 tensors of a model file by name. ValueError for a file that is damaged or something else."""
    content = path.read_bytes()
    try:
        return _parse_tensors(content)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is no marian model: {error}") from error


def _parse_tensors(content: bytes) -> dict[str, Array]:
    version, count = struct.unpack_from("<QQ", content)
    if version != FORMAT_VERSION or count > MAX_TENSORS:
        raise ValueError(f"it is no marian model of version {FORMAT_VERSION}")
    headers = [struct.unpack_from("<QQQQ", content, 16 + 32 * number) for number in range(count)]
    position = 16 + 32 * count
    names = []
    for length, *_ in headers:
        names.append(content[position : position + length - 1].decode())
        position += length
    shapes: list[tuple[int, ...]] = []
    for _, _, rank, _ in headers:
        if rank > MAX_DIMENSIONS:
            raise ValueError(f"a tensor has {rank} dimensions")
        shapes.append(struct.unpack_from(f"<{rank}i", content, position))
        position += 4 * rank
    (padding,) = struct.unpack_from("<Q", content, position)
    position += 8 + padding
    tensors = {}
    for name, shape, (_, kind, _, size) in zip(names, shapes, headers, strict=True):
        if kind == FLOAT32:
            tensors[name] = np.frombuffer(content, np.float32, math.prod(shape), position).reshape(shape)
        elif kind == INTGEMM8 and math.prod(shape) > 1:
            tensors[name] = _dequantize_tensor(content, position, shape, transposed=name != EMBEDDING_TENSOR)
        position += size
    return tensors


def _dequantize_tensor(content: bytes, position: int, shape: tuple[int, ...], *, transposed: bool) -> Array:
    rows, columns = shape
    numbers = np.frombuffer(content, np.int8, rows * columns, position)
    (scale,) = struct.unpack_from("<f", content, position + rows * columns)
    values = numbers.astype(np.float32) / np.float32(scale)
    return np.ascontiguousarray(values.reshape(columns, rows).T) if transposed else values.reshape(rows, columns)


class Shortlist:
    """Lexical shortlist: the target tokens that are likely for each source token, so that most of a softmax is left out."""

    def __init__(self, path: Path) -> None:
        """Read marian's binary shortlist. ValueError for a file that is damaged or something else."""
        content = path.read_bytes()
        try:
            magic, _, self._frequent, _, words, size = struct.unpack_from("<6Q", content)
            if magic != SHORTLIST_MAGIC or 48 + 8 * words + 4 * size != len(content):
                raise ValueError(f"{path.name} is no binary shortlist")
        except struct.error as error:
            raise ValueError(f"{path.name} is no binary shortlist: {error}") from error
        self._offsets = np.frombuffer(content, np.uint64, words, 48).astype(np.int64)
        self._tokens = np.frombuffer(content, np.uint32, size, 48 + 8 * words)

    def tokens(self, source: list[int]) -> NDArray[np.int64]:
        """Target token ids, ascending: the most frequent ones, the source's own (names), those likely for the source."""
        likely = [self._tokens[self._offsets[token] : self._offsets[token + 1]] for token in source]
        return np.unique(np.concatenate([np.arange(self._frequent), np.array(source), *likely]).astype(np.int64))
