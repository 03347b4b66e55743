"""The two graphs that set-up makes of Kokoro's: one that foretells durations and loudness, one that speaks at given durations.

The model rounds the durations it predicts and speeds up by one divisor, in steps of a token's frames. Here the rounding is
taken out and the durations become an input, so that whoever paces a line decides where each frame goes. The pitch (F0)
becomes adjustable, too: a voice with another's intonation keeps its own height.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import EngineError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

ENGINE = "kokoro"
MODEL, DURATIONS, PACED = "model.onnx", "durations.onnx", "paced.onnx"
INPUTS = ["tokens", "style", "durations"]
# Values inside the ONNX export of version 1.0: the durations after rounding and before it, the energy curve and the F0 curve.
ROUNDED, NATURAL = "/encoder/Round_output_0", "/encoder/predictor/ReduceSum_output_0"
ENERGY, PITCH = "/encoder/N_proj/Conv_output_0", "/encoder/F0_proj/Conv_output_0"


def make_graphs(folder: Path) -> None:
    """Write `durations.onnx` and `paced.onnx` beside `model.onnx`. EngineError where the model is another export.

    `durations.onnx` answers the natural durations in frames, and the energy and F0 at the durations it is given; `paced.onnx`
    the audio, its F0 multiplied by the input `pitch`.
    """
    import onnx

    source = folder / MODEL
    model = onnx.load(str(source))
    nodes = model.graph.node
    rounding = next((node for node in nodes if ROUNDED in node.output), None)
    if rounding is None or not {NATURAL, ENERGY, PITCH} <= {name for node in nodes for name in node.output}:
        raise EngineError(
            ENGINE, f"{source} is not the export of Kokoro-82M v1.0 that this engine knows; run ./dubarr setup again"
        )
    audio = model.graph.output[0].name
    nodes.remove(rounding)
    _rename_input(nodes, ROUNDED, "durations")
    _rename_input(nodes, PITCH, "scaled_pitch")
    nodes.append(onnx.helper.make_node("Mul", [PITCH, "pitch"], ["scaled_pitch"]))
    shapes: dict[str, list[str | int | None]] = {"durations": [1, "sequence_length"], "pitch": [1]}
    for name, shape in shapes.items():
        model.graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape))
    parts = onnx.utils.Extractor(model)
    _write(parts.extract_model(INPUTS, [NATURAL, ENERGY, PITCH]), folder / DURATIONS)
    _write(parts.extract_model([*INPUTS, "pitch"], [audio]), folder / PACED)


def _rename_input(nodes: "Iterable[NodeProto]", old: str, new: str) -> None:
    for node in nodes:
        for place, name in enumerate(node.input):
            if name == old:
                node.input[place] = new


def _write(model: "ModelProto", path: Path) -> None:
    """Write a graph under a temporary name, and give it its own when all of it is there."""
    import onnx

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        onnx.save(model, str(temporary))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
