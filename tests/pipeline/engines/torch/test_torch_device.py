"""Where torch computes: which device, whether it answers, and less at a time when its memory is full."""

import numpy as np
import pytest

from pipeline.engines.torch import torch_device
from pipeline.errors import EngineError, EngineLost

pytestmark = pytest.mark.models

FULL = "CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 23.69 GiB total capacity)\nSee documentation"


def test_a_device_is_what_was_asked_for_or_what_there_is() -> None:
    import torch

    assert torch_device.choose_device("cpu") == "cpu"
    assert torch_device.choose_device("auto") == ("cuda" if torch.cuda.is_available() else "cpu")


def test_a_card_that_is_not_there_is_told() -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(EngineError, match="device 'cuda:1' was asked for, but torch sees no GPU"):
        torch_device.choose_device("cuda:1")


def test_a_card_whose_context_is_gone_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    torch_device.check_device("cpu")

    def gone(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure\nCompile with TORCH_USE_CUDA_DSA")

    monkeypatch.setattr(torch, "ones", gone)
    with pytest.raises(EngineLost, match=r"cuda no longer answers \(CUDA error: unspecified launch failure\)"):
        torch_device.check_device("cuda")
    torch_device.check_device("cpu")


@pytest.mark.parametrize(
    "words", [FULL, "CUDA failed with error out of memory", "CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate"]
)
def test_a_full_card_gets_half_as_much_until_it_fits(words: str) -> None:
    tried: list[int] = []

    def call(batch: int) -> str:
        tried.append(batch)
        if batch > 3:
            raise RuntimeError(words)
        return f"{batch} at a time"

    assert torch_device.halve_batch_until_it_fits(call, 24, engine="whisperx") == "3 at a time"
    assert tried == [24, 12, 6, 3]


def test_one_that_is_too_much_is_a_clear_error() -> None:
    def call(batch: int) -> None:
        raise RuntimeError(FULL)

    with pytest.raises(
        EngineError, match=r"whisperx: the GPU's memory is full even for one at a time \(CUDA out of memory\.[^\n]*\); give"
    ):
        torch_device.halve_batch_until_it_fits(call, 5, engine="whisperx")


def test_the_librarys_own_word_for_it_counts_too() -> None:
    import torch

    def call(batch: int) -> int:
        if batch > 1:
            raise torch.OutOfMemoryError("no room")
        return batch

    with pytest.raises(torch.OutOfMemoryError):
        call(2)
    assert torch_device.halve_batch_until_it_fits(call, 2, engine="xtts") == 1


@pytest.mark.parametrize(
    "words", ["CUDA error: device-side assert triggered", "CUDA error: an illegal memory access was encountered"]
)
def test_a_broken_context_is_a_lost_engine(words: str) -> None:
    def call(batch: int) -> None:
        raise RuntimeError(words)

    with pytest.raises(EngineLost, match=f"xtts: its device failed \\({words}"):
        torch_device.halve_batch_until_it_fits(call, 4, engine="xtts")


def test_what_has_nothing_to_do_with_the_device_is_left_as_it_is() -> None:
    def call(batch: int) -> None:
        raise RuntimeError("expected scalar type Float but found Half")

    with pytest.raises(RuntimeError, match="scalar type"):
        torch_device.halve_batch_until_it_fits(call, 4, engine="xtts")


def test_a_batch_size_that_was_too_large_is_not_tried_again_by_later_calls() -> None:
    tried: list[int] = []

    def network(chunks: torch_device.Batch) -> torch_device.Batch:
        tried.append(len(chunks))
        if len(chunks) > 2:
            raise RuntimeError(FULL)
        return 2 * chunks

    batch, chunks = torch_device.BatchSize(4, engine="demucs"), np.arange(5, dtype=np.float32)[:, None]
    for _ in range(2):
        assert (batch.apply(network, chunks) == 2 * chunks).all()
    assert tried == [4, 2, 2, 1, 2, 2, 1] and batch.size == 2
