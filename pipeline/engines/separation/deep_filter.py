"""DeepFilterNet speech enhancement over sound of any length: windows of frames with a warm-up, in parallel, in constant memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pipeline.engines.protocols import Wave
from pipeline.engines.separation.deep_filter_model import DeepFilterModel, Filters
from pipeline.engines.separation.deep_filter_spectra import (
    Analysis,
    FeatureExtractor,
    Floats,
    Framing,
    Spectra,
    synthesize_hops,
)


@dataclass(frozen=True, slots=True)
class Windows:
    """Window sizes: `frames` of output, after `warmup` frames that settle the network's recurrent state; `at_once` in parallel."""

    frames: int
    warmup: int
    at_once: int = 1

    def __post_init__(self) -> None:
        if self.frames < 1 or self.warmup < 0 or self.at_once < 1:
            raise ValueError(f"windows of {self.frames} frames after {self.warmup}, {self.at_once} at once, cannot be made")


@dataclass(frozen=True, slots=True)
class _Frames:
    """Consecutive spectra (frames, channels, bins), and the features of each channel."""

    spectra: Spectra
    levels: Floats  # (frames, channels, bands)
    deep: Spectra  # (frames, channels, deep bins)

    def __len__(self) -> int:
        return len(self.spectra)

    def join(self, other: "_Frames") -> "_Frames":
        return _Frames(
            np.concatenate([self.spectra, other.spectra]),
            np.concatenate([self.levels, other.levels]),
            np.concatenate([self.deep, other.deep]),
        )

    def slice_frames(self, start: int, end: int) -> "_Frames":
        return _Frames(self.spectra[start:end], self.levels[start:end], self.deep[start:end])


@dataclass(frozen=True, slots=True)
class _Window:
    """Frames of which those from `first` to `last` are output; the others are context."""

    frames: _Frames
    first: int
    last: int


def enhance_speech(waves: Iterable[Wave], model: DeepFilterModel, windows: Windows, *, channels: int) -> Iterator[Wave]:
    """Enhance consecutive waves (samples, channels) to speech, aligned to the sample, up to a hop longer in all."""
    framing = model.framing

    def enhance_window(window: _Window) -> Wave:
        spectra = np.stack([*_filter_channels(window, model)], axis=1)  # (frames, channels, bins)
        return synthesize_hops(spectra, framing)

    tail = np.zeros((framing.hop, channels), np.float32)
    skipped = 1  # the first hop is the silence before the sound
    for hops in _map_in_order(
        enhance_window, _cut_windows(_analyze(waves, framing, channels), framing, windows), windows.at_once
    ):
        hops[0] += tail
        tail = hops[-1]
        yield hops[skipped:-1].reshape(-1, channels)
        skipped = 0


def _analyze(waves: Iterable[Wave], framing: Framing, channels: int) -> Iterator[_Frames]:
    """Analyse waves to frames, with silence appended for the last sample's two frames and the lookahead."""
    analysis, features = Analysis(framing, channels), FeatureExtractor(framing, channels)

    def frames_of(wave: Wave) -> _Frames:
        spectra = analysis.add(wave)
        return _Frames(spectra, *features.add(spectra))

    for wave in waves:
        yield frames_of(wave)
    missing = -analysis.pending % framing.hop
    yield frames_of(np.zeros((missing + (1 + framing.lookahead) * framing.hop, channels), np.float32))


def _cut_windows(blocks: Iterable[_Frames], framing: Framing, windows: Windows) -> Iterator[_Window]:
    """Windows that follow each other without a gap, over all frames but the last `lookahead`."""
    context = max(windows.warmup, framing.lookback)
    held: _Frames | None = None
    first = 0  # in `held`, of the next window
    for block in blocks:
        held = block if held is None else held.join(block)
        while len(held) >= first + windows.frames + framing.lookahead:
            last = first + windows.frames
            yield _Window(held.slice_frames(0, last + framing.lookahead), first, last)
            spent = max(0, last - context)
            held, first = held.slice_frames(spent, len(held)), last - spent
    if held is not None and (last := len(held) - framing.lookahead) > first:
        yield _Window(held, first, last)


def _filter_channels(window: _Window, model: DeepFilterModel) -> Iterator[Spectra]:
    """The speech of each channel, (frames, bins). Equal channels, as mono films often have, cost one run."""
    frames, done = window.frames, list[tuple[int, Spectra]]()
    for channel in range(frames.spectra.shape[1]):
        mixed = frames.spectra[:, channel]
        like = (speech for other, speech in done if np.array_equal(frames.spectra[:, other], mixed))
        speech = next(like, None)
        if speech is None:
            speech = apply_filters(
                window.first, window.last, mixed, model.run(frames.levels[:, channel], frames.deep[:, channel]), model.framing
            )
            done.append((channel, speech))
        yield speech


def apply_filters(first: int, last: int, mixed: Spectra, filters: Filters, framing: Framing) -> Spectra:
    """Filter the frames from `first` to `last` of (frames, bins): gains by band, and taps over neighbouring frames in the low bins."""
    late = slice(first + framing.lookahead, last + framing.lookahead)
    speech: Spectra = mixed[first:last] * np.repeat(filters.gains[late], np.diff(framing.edges), axis=1)
    deep = mixed[:, : framing.deep_bins]
    silence = np.zeros((max(0, framing.lookback - first), framing.deep_bins), np.complex64)  # before the film
    deep = np.concatenate([silence, deep])[max(0, first - framing.lookback) :]
    taps = filters.taps[late]  # (frames, deep bins, order)
    speech[:, : framing.deep_bins] = sum(deep[tap : tap + last - first] * taps[..., tap] for tap in range(framing.order))
    return speech


def _map_in_order(call: Callable[[_Window], Wave], windows: Iterable[_Window], at_once: int) -> Iterator[Wave]:
    """Map windows in order, `at_once` of them in parallel. Memory holds `at_once` windows and one more."""
    waiting: deque[Future[Wave]] = deque()
    with ThreadPoolExecutor(at_once, thread_name_prefix="deep-filter") as pool:
        try:
            for window in windows:
                waiting.append(pool.submit(call, window))
                if len(waiting) > at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
