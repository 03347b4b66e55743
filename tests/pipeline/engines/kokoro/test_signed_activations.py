"""Signed activations give the integers that unsigned ones gave, in a small graph and in the real model."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from real_models import model_folder

from pipeline.engines.kokoro.duration_control import Rates
from pipeline.engines.kokoro.kokoro_model import KokoroModel, Packs
from pipeline.engines.kokoro.phonemes import to_phonemes
from pipeline.engines.kokoro.signed_activations import has_vnni, sign_activations
from pipeline.engines.kokoro.utterance_synthesis import UtteranceSynthesizer

CHANNELS, WIDTH = 3, 3


def quantized_convolution(weights: np.ndarray, zero_point: int) -> onnx.ModelProto:
    """Float samples (1, 3, n), quantized as they come, through two convolutions of the same activations."""
    nodes = [helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "scale", "zero"])]
    nodes += [
        helper.make_node("ConvInteger", ["q", "weights", "zero", "weights_zero"], [f"y{n}"], pads=[n, n], name=f"conv{n}")
        for n in (0, 1)
    ]
    tensors = [numpy_helper.from_array(weights, "weights")]
    tensors.append(numpy_helper.from_array(np.array(zero_point, weights.dtype), "weights_zero"))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, "n"])
    ys = [helper.make_tensor_value_info(f"y{n}", TensorProto.INT32, [1, 4, None]) for n in (0, 1)]
    graph = helper.make_graph(nodes, "quantized", [x], ys, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def answers(model: onnx.ModelProto, samples: np.ndarray) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": samples})


@pytest.mark.parametrize("offset", [-1.0, 0.0, 1.0])
def test_every_product_is_as_it_was(offset: float) -> None:
    random = np.random.default_rng(7)
    weights = random.integers(100, 156, (4, CHANNELS, WIDTH)).astype(np.uint8)  # small: no kernel saturates with these
    samples = (random.uniform(-1.0, 1.0, (1, CHANNELS, 50)) + offset).astype(np.float32)
    model = quantized_convolution(weights, 128)
    before = answers(model, samples)
    sign_activations(model)
    onnx.checker.check_model(model, full_check=True)
    assert sum(node.op_type == "Cast" for node in model.graph.node) == 2, "activations and zero point, once for both convolutions"
    after = answers(model, samples)
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))
    assert np.abs(before[0]).max() > 1000


def test_signed_weights_are_left_alone() -> None:
    model = quantized_convolution(np.ones((4, CHANNELS, WIDTH), np.int8), 0)
    sign_activations(model)
    assert [node.op_type for node in model.graph.node] == ["DynamicQuantizeLinear", "ConvInteger", "ConvInteger"]


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("model name\t: A\nflags\t\t: fpu avx2 avx512f avx512_vnni\n", True),
        ("flags\t\t: fpu avx2 avx_vnni\n", True),
        ("flags\t\t: fpu avx2 avx512f\n", False),
        ("flags\t\t: not_avx_vnni_at_all\n", False),
        ("Features\t: fp asimd asimddp\n", False),
    ],
)
def test_the_instructions_are_read_from_the_systems_table(tmp_path: Path, text: str, answer: bool) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    assert has_vnni(tmp_path / "cpuinfo") is answer
    assert not has_vnni(tmp_path / "missing")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_the_real_model_says_the_same_samples() -> None:
    if not has_vnni():
        pytest.skip("this CPU has no VNNI instructions, without which the graph stays as it is")
    folder, symbols = model_folder("kokoro-82m"), to_phonemes("El lago está tranquilo.", "es")
    plain, signed = (
        UtteranceSynthesizer(KokoroModel(folder, vnni=vnni))
        .speak(symbols, Packs("ef_dora", "ef_dora"), None, Rates(0.8, 1.3))
        .wave
        for vnni in (False, True)
    )
    assert len(plain) > 20_000 and np.array_equal(plain, signed)
