"""Kokoro-82M in onnxruntime: from symbols and a style vector to durations, energy and F0 curves, and waves."""

import json
import logging
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.kokoro.onnx_graphs import DURATIONS_FILE, ENGINE, PACED_FILE, free_pitch_input
from pipeline.engines.kokoro.signed_activations import has_vnni, sign_activations
from pipeline.engines.protocols import Wave
from pipeline.errors import EngineError, ModelMissing

if TYPE_CHECKING:
    from onnx import ModelProto
    from onnxruntime import InferenceSession

log = logging.getLogger(__name__)

SAMPLE_RATE_HZ = 24_000  # Hz
FRAME_SAMPLES = 600  # samples a frame of a token's duration: 25 ms
ROW_STEP = 20  # rows of a voice pack between two variations of an utterance; a row is for a number of tokens
STYLE_SIZE, TIMBRE_SIZE = 256, 128  # components of a style vector; the first half is the timbre, the rest the prosody

Tokens = NDArray[np.int64]  # (1, n), padded by a 0 at both ends
Style = NDArray[np.float32]  # (1, 256)
Frames = NDArray[np.float32]  # (n,) frames of 25 ms a token
PitchFactors = NDArray[np.float32]  # (1,) or (2 * frames,)


@dataclass(frozen=True, slots=True)
class Packs:
    """Voice packs of one voice: names of the pack for timbre, and of the pack for intonation and pace. `pitch`: factor of F0."""

    timbre: str
    prosody: str
    pitch: float = 1.0


class KokoroModel:
    """The graphs, the symbols and the voice packs of a model's folder. May be called from several threads at once.

    `vnni`: True if the CPU has these instructions; None: detect them. They change the speed, not the samples.
    """

    def __init__(self, folder: Path, *, vnni: bool | None = None) -> None:
        for name in (DURATIONS_FILE, PACED_FILE, "vocab.json", "voices"):
            if not (folder / name).exists():
                raise ModelMissing(ENGINE, f"{folder} has no {name}; run ./dubarr setup")
        vnni = has_vnni() if vnni is None else vnni
        self._durations, self._paced = _load_session(folder / DURATIONS_FILE, vnni), _load_session(folder / PACED_FILE, vnni)
        self._symbols: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))["vocab"]
        self._folder, self._packs, self._lock = folder / "voices", dict[str, Style](), threading.Lock()

    def encode_symbols(self, symbols: str) -> Tokens:
        """Token ids of the symbols; symbols outside the model's vocabulary are left out."""
        return np.array([[0, *(self._symbols[symbol] for symbol in symbols if symbol in self._symbols), 0]], np.int64)

    def build_style(self, timbre: str, prosody: str, tokens: Tokens, *, variation: int = 0) -> Style:
        """Style vector of one pack's timbre and another's prosody, both for utterances of that many tokens.

        `variation`: 1, 2, …: for utterances of more, of fewer, of many more tokens …, which are spoken a little differently.
        """
        row = tokens.shape[1] - 2 + ROW_STEP * ((variation + 1) // 2) * (1 if variation % 2 else -1)
        one, other = self._pack_row(timbre, row), self._pack_row(prosody, row)
        return np.concatenate([one[:, :TIMBRE_SIZE], other[:, TIMBRE_SIZE:]], axis=1)

    def predict_durations(self, tokens: Tokens, style: Style) -> Frames:
        """Natural duration of each token, in frames and fractions of them."""
        frames = np.ones(tokens.shape, np.float32)
        return self._durations.run(None, {"tokens": tokens, "style": style, "durations": frames})[0].ravel()

    def predict_curves(self, tokens: Tokens, style: Style, frames: Frames) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Energy and F0 that the model predicts, (2 * frames,) each, every 12.5 ms.

        Energy is about 5 in speech and under -4 in silence; F0 is in Hz, and near 0 in unvoiced frames.
        """
        _, energy, pitch = self._durations.run(None, {"tokens": tokens, "style": style, "durations": frames[None]})
        return energy.ravel(), pitch.ravel()

    def synthesize_wave(self, tokens: Tokens, style: Style, frames: Frames, pitch: PitchFactors) -> Wave:
        """The wave, 600 samples a frame. `pitch`: factors of F0, one for all frames or one for each value of the F0 curve."""
        given = {"tokens": tokens, "style": style, "durations": frames[None], "pitch": pitch}
        return self._paced.run(None, given)[0].ravel()

    def _pack_row(self, name: str, row: int) -> Style:
        with self._lock:
            if name not in self._packs:
                self._packs[name] = self._read_pack(name)
            pack = self._packs[name]
        return pack[min(max(0, row), len(pack) - 1)][None]

    def _read_pack(self, name: str) -> Style:
        path = self._folder / f"{name}.bin"
        try:
            return np.fromfile(path, np.float32).reshape(-1, STYLE_SIZE)
        except (OSError, ValueError) as error:
            raise EngineError(ENGINE, f"{path} cannot be read as a voice pack ({error}); run ./dubarr setup again") from error


def _load_session(path: Path, vnni: bool) -> "InferenceSession":
    """Load a graph: one thread per call, because calls run in parallel; idle threads do not spin."""
    import onnx
    import onnxruntime
    from google.protobuf.message import DecodeError
    from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidGraph, InvalidProtobuf, NoSuchFile

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_mem_pattern = False  # every line has another shape
    options.log_severity_level = 3  # errors only: it warns of unused nodes of the export
    providers = ["CPUExecutionProvider"]
    try:
        model = _load_adapted_graph(path, vnni)
        try:
            with tempfile.TemporaryDirectory(prefix="dubarr-kokoro-") as folder:  # a session from bytes would keep them: 90 MB
                copy = Path(folder) / path.name
                onnx.save(model, str(copy))
                return onnxruntime.InferenceSession(str(copy), options, providers=providers)
        except OSError as error:
            log.warning("%s is in memory twice, because no copy of it could be written (%s)", path.name, error)
            return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=providers)
    except (DecodeError, Fail, InvalidGraph, InvalidProtobuf, NoSuchFile) as error:
        raise EngineError(ENGINE, f"{path} cannot be loaded ({error}); run ./dubarr setup again") from error


def _load_adapted_graph(path: Path, vnni: bool) -> "ModelProto":
    """A graph that takes a curve of pitch factors, with signed activations for a CPU with VNNI instructions."""
    import onnx

    model = onnx.load(str(path))
    free_pitch_input(model)
    if vnni:
        sign_activations(model)
    return model
