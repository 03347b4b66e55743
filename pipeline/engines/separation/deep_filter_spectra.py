"""Short-time spectra for DeepFilterNet: analysis and synthesis without delay, ERB bands, and the network's two normalized features."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave

Spectra = NDArray[np.complex64]  # (frames, channels, bins)
Floats = NDArray[np.float32]

ERB_SCALE, ERB_OFFSET = (
    9.265,
    24.7 * 9.265,
)  # Hz to equivalent rectangular bandwidths (Glasberg and Moore): SCALE · ln(1 + f / OFFSET)
POWER_FLOOR = 1e-10  # added before the logarithm
DECIBELS_PER_UNIT = 40.0  # of the ERB feature
# Initial values of the running means, lowest band to highest, as in training.
FIRST_ERB_DB = (-60.0, -90.0)
FIRST_MAGNITUDES = (1e-3, 1e-4)


@dataclass(frozen=True, slots=True)
class Framing:
    """Framing of the sound, and the part of it the network gets: `[df]` of the model's config.ini. `size` and `hop` in samples."""

    rate: int
    size: int
    hop: int
    bands: int  # ERB bands, each with a gain
    fewest_bins: int  # in a band
    deep_bins: int  # lowest bins, which are filtered over time
    order: int  # taps of that filter
    lookahead: int  # future frames that the output of a frame needs
    decay: float  # of the running means, per frame

    def __post_init__(self) -> None:
        whole = self.size == 2 * self.hop and 0 < self.bands * self.fewest_bins <= self.bins
        if not (whole and 0 < self.deep_bins <= self.bins and 0 <= self.lookahead < self.order and 0.0 < self.decay < 1.0):
            raise ValueError(f"{self} describes no network that can be run here")

    @property
    def bins(self) -> int:
        """Frequencies of a spectrum, 0 Hz and the highest included."""
        return self.size // 2 + 1

    @property
    def lookback(self) -> int:
        """Number of past frames that the filter's taps reach."""
        return self.order - 1 - self.lookahead

    @property
    def window(self) -> Floats:
        """Vorbis' power-complementary window, (size,): applied before analysis and after synthesis it reconstructs the sound."""
        inner = np.sin(np.pi * (np.arange(self.size) + 0.5) / self.size)
        return np.sin(np.pi / 2 * inner**2).astype(np.float32)

    @property
    def edges(self) -> NDArray[np.intp]:
        """The first bin of each ERB band, and the end of the last: (bands + 1,)."""
        widest = ERB_SCALE * np.log1p(self.rate / 2 / ERB_OFFSET)
        hertz = ERB_OFFSET * np.expm1(np.linspace(0.0, widest, self.bands + 1) / ERB_SCALE)
        edges = np.round(hertz / (self.rate / self.size)).astype(np.intp)
        for band in range(1, self.bands + 1):
            edges[band] = max(edges[band], edges[band - 1] + self.fewest_bins)
        edges[-1] = self.bins
        return edges


class Analysis:
    """Short-time analysis of consecutive waves. Frame n covers the hops n - 1 and n; before the first hop is silence."""

    def __init__(self, framing: Framing, channels: int) -> None:
        self._framing = framing
        self._window = framing.window
        self._held: Wave = np.zeros((framing.hop, channels), np.float32)

    def add(self, wave: Wave) -> Spectra:
        """Add `wave` (samples, channels), and return the spectra of the frames that it completes."""
        import scipy.fft

        hop, size = self._framing.hop, self._framing.size
        sound = np.concatenate([self._held, wave])
        frames = max(0, (len(sound) - hop) // hop)
        self._held = sound[frames * hop :]
        if not frames:
            return np.zeros((0, wave.shape[1], self._framing.bins), np.complex64)
        cut = np.lib.stride_tricks.sliding_window_view(sound, size, axis=0)[::hop][:frames]  # (frames, channels, size)
        spectra: Spectra = scipy.fft.rfft(cut * self._window, axis=-1)
        return spectra

    @property
    def pending(self) -> int:
        """Number of samples that are not yet in any frame's newer hop."""
        return len(self._held) - self._framing.hop


def synthesize_hops(spectra: Spectra, framing: Framing) -> Wave:
    """Synthesize frames to hops, (hops, hop, channels), one hop more than frames: the last is to be added to the next call's first."""
    import scipy.fft

    hop = framing.hop
    cut = scipy.fft.irfft(spectra, n=framing.size, axis=-1) * framing.window  # (frames, channels, size)
    hops = np.zeros((len(spectra) + 1, hop, spectra.shape[1]), np.float32)
    hops[:-1] += cut[..., :hop].transpose(0, 2, 1)
    hops[1:] += cut[..., hop:].transpose(0, 2, 1)
    return hops


class FeatureExtractor:
    """Features of the network by channel: levels by ERB band, and the lowest bins, each normalized by its running mean."""

    def __init__(self, framing: Framing, channels: int) -> None:
        self._framing = framing
        self._scale = np.float32(2 * framing.hop / framing.size**2)
        self._edges = framing.edges
        self._levels = np.tile(np.linspace(*FIRST_ERB_DB, framing.bands, dtype=np.float32), (channels, 1))
        self._magnitudes = np.tile(np.linspace(*FIRST_MAGNITUDES, framing.deep_bins, dtype=np.float32), (channels, 1))

    def add(self, spectra: Spectra) -> tuple[Floats, Spectra]:
        """Levels (frames, channels, bands) and normalized bins (frames, channels, deep bins) of the next spectra."""
        scaled = spectra * self._scale
        power = np.square(scaled.real) + np.square(scaled.imag)
        bands = np.add.reduceat(power, self._edges[:-1], axis=-1) / np.diff(self._edges).astype(np.float32)
        levels = np.asarray(10.0 * np.log10(bands + np.float32(POWER_FLOOR)), np.float32)
        means = self._smooth(levels, self._levels)
        deep = scaled[..., : self._framing.deep_bins]
        magnitudes = self._smooth(np.abs(deep), self._magnitudes)
        if len(spectra):
            self._levels, self._magnitudes = means[-1], magnitudes[-1]
        return (levels - means) / np.float32(DECIBELS_PER_UNIT), (deep / np.sqrt(magnitudes)).astype(np.complex64)

    def _smooth(self, values: Floats, before: Floats) -> Floats:
        """Running means after each frame; `before`: the last one of the frames before."""
        from scipy.signal import lfilter

        decay, one = np.float32(self._framing.decay), np.float32(1.0)
        smoothed, _ = lfilter([one - decay], [one, -decay], values, axis=0, zi=decay * before[None])
        return np.asarray(smoothed, np.float32)
