"""Speaker embeddings by the GE2E network (Wan et al. 2018) in numpy, from Resemblyzer's packaged weights.

Three LSTM layers of 256 over 40 mel bands, then a projection, ReLU and unit length. Equal to torch within 3e-7.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave
from pipeline.engines.torch.torch_weights import read_weights
from pipeline.values.media import SPEECH_RATE_HZ

Mels = NDArray[np.float32]  # (frames, 40): mel power at a hop of 10 ms
Embeddings = NDArray[np.float32]  # (n, 256), rows of unit length, never negative

WINDOW_SAMPLES, HOP_SAMPLES, MEL_BANDS = 400, 160, 40  # samples (25 ms, 10 ms) and mel bands, as the network was trained
FRAMES_PER_SECOND = SPEECH_RATE_HZ // HOP_SAMPLES
PARTIAL_FRAMES = 160  # frames: 1.6 s, the length the network was trained on
MIN_SPEECH_DBFS = -30.0  # RMS that quieter speech is raised to, as in training
LSTM_LAYERS, LSTM_UNITS = 3, 256


@dataclass(frozen=True, slots=True)
class _Layer:
    """An LSTM layer's weights, gates in the order i, f, o, g; those of i, f and o halved for `_Layer.run`."""

    inward: NDArray[np.float32]  # (in, 1024)
    recurrent: NDArray[np.float32]  # (256, 1024)
    bias: NDArray[np.float32]  # (1024,)

    @classmethod
    def from_tensors(cls, tensors: dict[str, NDArray[np.float32]], n: int) -> Self:
        """Layer `n` of torch's tensors, whose gates come as i, f, g, o."""
        i, f, g, o = np.arange(4 * LSTM_UNITS).reshape(4, LSTM_UNITS)
        order = np.concatenate([i, f, o, g])
        scale = np.repeat(np.array([0.5, 0.5, 0.5, 1.0], np.float32), LSTM_UNITS)
        bias = tensors[f"lstm.bias_ih_l{n}"] + tensors[f"lstm.bias_hh_l{n}"]
        inward, recurrent = tensors[f"lstm.weight_ih_l{n}"].T, tensors[f"lstm.weight_hh_l{n}"].T
        return cls(inward[:, order] * scale, recurrent[:, order] * scale, bias[order] * scale)

    def run(self, sequence: NDArray[np.float32]) -> NDArray[np.float32]:
        """The hidden states over (frames, n, in): (frames, n, 256)."""
        frames, n, _ = sequence.shape
        hidden, cell = np.zeros((n, LSTM_UNITS), np.float32), np.zeros((n, LSTM_UNITS), np.float32)
        states = np.empty((frames, n, LSTM_UNITS), np.float32)
        half = np.float32(0.5)
        for t in range(frames):
            gates = sequence[t] @ self.inward
            gates += hidden @ self.recurrent
            gates += self.bias
            np.tanh(gates, out=gates)  # one call for all four: sigmoid(x) is (tanh(x / 2) + 1) / 2
            gates[:, : 3 * LSTM_UNITS] = gates[:, : 3 * LSTM_UNITS] * half + half
            i, f, o, g = (gates[:, k * LSTM_UNITS : (k + 1) * LSTM_UNITS] for k in range(4))
            cell = f * cell + i * g
            hidden = o * np.tanh(cell)
            states[t] = hidden
        return states


class Ge2e:
    """The GE2E network. `compute_embeddings` may run in several threads at once."""

    def __init__(self, weights: Path) -> None:
        tensors = read_weights(weights)
        self._layers = [_Layer.from_tensors(tensors, n) for n in range(LSTM_LAYERS)]
        self._projection, self._bias = np.ascontiguousarray(tensors["linear.weight"].T), tensors["linear.bias"]

    def compute_embeddings(self, partials: NDArray[np.float32]) -> Embeddings:
        """Compute one embedding per sequence of mel frames, (n, frames, 40) → (n, 256). Takes about n * 0.3 MB."""
        sequence = np.ascontiguousarray(partials.transpose(1, 0, 2), dtype=np.float32)  # (frames, n, 40)
        for layer in self._layers:
            sequence = layer.run(sequence)  # (frames, n, 256)
        raw = np.maximum(sequence[-1] @ self._projection + self._bias, np.float32(0.0))
        return raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), np.float32(1e-6))


def compute_mels(wave: Wave) -> Mels:
    """Compute the mel power of a 16 kHz wave, quiet speech raised: (frames, 40), frame n centred on n * 10 ms."""
    rms = float(np.sqrt(np.mean(np.square(wave, dtype=np.float64)))) if len(wave) else 0.0
    gain = max(1.0, 10 ** (MIN_SPEECH_DBFS / 20) / rms) if rms > 1e-7 else 1.0
    padded = np.pad(wave * np.float32(gain), WINDOW_SAMPLES // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW_SAMPLES)[::HOP_SAMPLES]  # (frames, 400)
    hann = np.float32(0.5) - np.float32(0.5) * np.cos(2 * np.pi * np.arange(WINDOW_SAMPLES) / WINDOW_SAMPLES).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames * hann, axis=1))).astype(np.float32)  # (frames, 201)
    return power @ _build_mel_filters()


def _build_mel_filters() -> NDArray[np.float32]:
    """Slaney's mel filterbank, (201, 40): triangles of equal area, linear under 1 kHz and logarithmic above."""
    top = _hertz_to_mel(SPEECH_RATE_HZ / 2)
    edges = _mel_to_hertz(np.linspace(0.0, top, MEL_BANDS + 2))  # (42,)
    bins = np.linspace(0.0, SPEECH_RATE_HZ / 2, WINDOW_SAMPLES // 2 + 1)[:, None]  # (201, 1)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return (np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (high - low)).astype(np.float32)


def _hertz_to_mel(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * float(np.log(hertz / 1000) / np.log(6.4))


def _mel_to_hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) / 27 * np.log(6.4)))
