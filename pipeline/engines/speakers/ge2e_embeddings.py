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

WINDOW, FRAME_HOP, BANDS = 400, 160, 40  # samples (25 ms, 10 ms) and mel bands, as the network was trained
FRAMES_PER_SECOND = SPEECH_RATE_HZ // FRAME_HOP
PARTIAL = 160  # frames: 1.6 s, the length the network was trained on
LOUDNESS = -30.0  # dBFS RMS that quiet speech is raised to, as in training
LAYERS, HIDDEN = 3, 256


@dataclass(frozen=True, slots=True)
class _Layer:
    """An LSTM layer's weights, gates in the order i, f, o, g; those of i, f and o halved for `_Layer.run`."""

    inward: NDArray[np.float32]  # (in, 1024)
    recurrent: NDArray[np.float32]  # (256, 1024)
    bias: NDArray[np.float32]  # (1024,)

    @classmethod
    def of(cls, tensors: dict[str, NDArray[np.float32]], n: int) -> Self:
        """Layer `n` of torch's tensors, whose gates come as i, f, g, o."""
        i, f, g, o = np.arange(4 * HIDDEN).reshape(4, HIDDEN)
        order = np.concatenate([i, f, o, g])
        scale = np.repeat(np.array([0.5, 0.5, 0.5, 1.0], np.float32), HIDDEN)
        bias = tensors[f"lstm.bias_ih_l{n}"] + tensors[f"lstm.bias_hh_l{n}"]
        inward, recurrent = tensors[f"lstm.weight_ih_l{n}"].T, tensors[f"lstm.weight_hh_l{n}"].T
        return cls(inward[:, order] * scale, recurrent[:, order] * scale, bias[order] * scale)

    def run(self, sequence: NDArray[np.float32]) -> NDArray[np.float32]:
        """The hidden states over (frames, n, in): (frames, n, 256)."""
        frames, n, _ = sequence.shape
        hidden, cell = np.zeros((n, HIDDEN), np.float32), np.zeros((n, HIDDEN), np.float32)
        states = np.empty((frames, n, HIDDEN), np.float32)
        half = np.float32(0.5)
        for t in range(frames):
            gates = sequence[t] @ self.inward
            gates += hidden @ self.recurrent
            gates += self.bias
            np.tanh(gates, out=gates)  # one call for all four: sigmoid(x) is (tanh(x / 2) + 1) / 2
            gates[:, : 3 * HIDDEN] = gates[:, : 3 * HIDDEN] * half + half
            i, f, o, g = (gates[:, k * HIDDEN : (k + 1) * HIDDEN] for k in range(4))
            cell = f * cell + i * g
            hidden = o * np.tanh(cell)
            states[t] = hidden
        return states


class Ge2e:
    """The network. `embed` may run in several threads at once."""

    def __init__(self, weights: Path) -> None:
        tensors = read_weights(weights)
        self._layers = [_Layer.of(tensors, n) for n in range(LAYERS)]
        self._projection, self._bias = np.ascontiguousarray(tensors["linear.weight"].T), tensors["linear.bias"]

    def embed(self, partials: NDArray[np.float32]) -> Embeddings:
        """One embedding per stretch of mel frames, (n, frames, 40) → (n, 256). About n * 0.3 MB while it works."""
        sequence = np.ascontiguousarray(partials.transpose(1, 0, 2), dtype=np.float32)  # (frames, n, 40)
        for layer in self._layers:
            sequence = layer.run(sequence)  # (frames, n, 256)
        raw = np.maximum(sequence[-1] @ self._projection + self._bias, np.float32(0.0))
        return raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), np.float32(1e-6))


def compute_mels(wave: Wave) -> Mels:
    """Mel power of a 16 kHz wave, quiet speech raised: (frames, 40), frame n centred on n * 10 ms."""
    rms = float(np.sqrt(np.mean(np.square(wave, dtype=np.float64)))) if len(wave) else 0.0
    gain = max(1.0, 10 ** (LOUDNESS / 20) / rms) if rms > 1e-7 else 1.0
    padded = np.pad(wave * np.float32(gain), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::FRAME_HOP]  # (frames, 400)
    hann = np.float32(0.5) - np.float32(0.5) * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames * hann, axis=1))).astype(np.float32)  # (frames, 201)
    return power @ _filters()


def _filters() -> NDArray[np.float32]:
    """Slaney's mel filterbank, (201, 40): triangles of equal area, linear under 1 kHz and logarithmic above."""
    top = _mel_of(SPEECH_RATE_HZ / 2)
    edges = _hertz_of(np.linspace(0.0, top, BANDS + 2))  # (42,)
    bins = np.linspace(0.0, SPEECH_RATE_HZ / 2, WINDOW // 2 + 1)[:, None]  # (201, 1)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rise, fall = (bins - low) / (centre - low), (high - bins) / (high - centre)
    return (np.maximum(0.0, np.minimum(rise, fall)) * 2.0 / (high - low)).astype(np.float32)


def _mel_of(hertz: float) -> float:
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * float(np.log(hertz / 1000) / np.log(6.4))


def _hertz_of(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) / 27 * np.log(6.4)))
