"""ONNX graphs that set-up derives from Kokoro's: one predicts durations and energy, one synthesizes at given durations.

The model rounds the durations it predicts and speeds up by one divisor, in steps of a token's frames. Here the rounding is
removed and the durations become an input, so that duration control decides the frames of each token. The pitch (F0)
becomes adjustable, too: a voice with another's intonation keeps its own pitch.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import EngineError

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

ENGINE = "kokoro"
MODEL_FILE, DURATIONS_FILE, PACED_FILE = "model.onnx", "durations.onnx", "paced.onnx"
GRAPH_INPUTS = ["tokens", "style", "durations"]
# Values inside the ONNX export of version 1.0: the durations after rounding and before it, the energy curve and the F0 curve.
ROUNDED_DURATIONS, NATURAL_DURATIONS = "/encoder/Round_output_0", "/encoder/predictor/ReduceSum_output_0"
ENERGY_CURVE, F0_CURVE = "/encoder/N_proj/Conv_output_0", "/encoder/F0_proj/Conv_output_0"


def make_graphs(folder: Path) -> None:
    """Write `durations.onnx` and `paced.onnx` beside `model.onnx`. EngineError if the model is another export.

    `durations.onnx` gives the natural durations in frames, and the energy and F0 at the durations it is given; `paced.onnx`
    the audio, its F0 multiplied by the input `pitch`.
    """
    import onnx

    source = folder / MODEL_FILE
    model = onnx.load(str(source))
    nodes = model.graph.node
    rounding = next((node for node in nodes if ROUNDED_DURATIONS in node.output), None)
    if rounding is None or not {NATURAL_DURATIONS, ENERGY_CURVE, F0_CURVE} <= {name for node in nodes for name in node.output}:
        raise EngineError(
            ENGINE, f"{source} is not the export of Kokoro-82M v1.0 that this engine supports; run ./dubarr setup again"
        )
    audio = model.graph.output[0].name
    nodes.remove(rounding)
    _rename_input(nodes, ROUNDED_DURATIONS, "durations")
    _rename_input(nodes, F0_CURVE, "scaled_pitch")
    nodes.append(onnx.helper.make_node("Mul", [F0_CURVE, "pitch"], ["scaled_pitch"]))
    shapes: dict[str, list[str | int | None]] = {"durations": [1, "sequence_length"], "pitch": [1]}
    for name, shape in shapes.items():
        model.graph.input.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape))
    parts = onnx.utils.Extractor(model)
    _write(parts.extract_model(GRAPH_INPUTS, [NATURAL_DURATIONS, ENERGY_CURVE, F0_CURVE]), folder / DURATIONS_FILE)
    _write(parts.extract_model([*GRAPH_INPUTS, "pitch"], [audio]), folder / PACED_FILE)


def free_pitch_input(model: "ModelProto") -> None:
    """Let the input `pitch` of `paced.onnx` have a factor for each value of the F0 curve, or one for all. In place.

    The file itself stays as it is: its digest is part of the engine's fingerprint.
    """
    for given in model.graph.input:
        if given.name == "pitch":
            given.type.tensor_type.shape.dim[0].dim_param = "curve_length"


def _rename_input(nodes: "Iterable[NodeProto]", old: str, new: str) -> None:
    for node in nodes:
        for place, name in enumerate(node.input):
            if name == old:
                node.input[place] = new


def _write(model: "ModelProto", path: Path) -> None:
    """Write a graph atomically: under a temporary name first, then renamed."""
    import onnx

    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        onnx.save(model, str(temporary))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
