"""Voice activity detection by the silero network, through onnxruntime, in constant memory over hours.

The sequence model takes (N, 576) float32 — 64 samples of context before 512 new ones — with an LSTM state, and
answers N speech probabilities at a hop of 32 ms.
"""

import importlib.metadata
import importlib.util
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.protocols import Wave
from pipeline.engines.speakers import audio_input
from pipeline.errors import EngineError
from pipeline.tracing import WorkKind, trace_work
from pipeline.values.media import SPEECH_RATE_HZ, Artifact
from pipeline.values.timeline import Span, merge_spans

HOP_SAMPLES = 512  # 32 ms
CONTEXT_SAMPLES = 64  # of the previous hop that the network needs before each hop
BATCH_HOPS = 625  # 20 s: the network's activations stay near 10 MB whatever the film's length

ONSET_PROBABILITY, OFFSET_PROBABILITY = 0.5, 0.35  # hysteresis: speech begins over the first and ends under the second
MIN_SPEECH_S = 0.2  # a click or a cough is shorter, "no" is not
MIN_SILENCE_S = 0.25  # stop consonants make shorter ones inside words


class SileroDetector:
    """SpeechDetector over the packaged `silero_vad_16k_sequence.onnx`; needs no torch."""

    fingerprint: str
    concurrency = 4  # a session's run is thread-safe, and each call keeps its own LSTM state

    def __init__(self) -> None:
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # telemetry writes into the temporary folder and reports to its maker
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the steps depend on each other: more threads only wait for one another
        model = find_package_folder("silero_vad") / "data" / "silero_vad_16k_sequence.onnx"
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.fingerprint = (
            f"silero_vad {importlib.metadata.version('silero-vad')} sequence16k "
            f"on={ONSET_PROBABILITY} off={OFFSET_PROBABILITY} speech={MIN_SPEECH_S} silence={MIN_SILENCE_S}"
        )

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        """Detect speech spans, in order, unpadded. EngineError if the file is no audio."""
        samples = 0

        def count_samples() -> Iterator[Wave]:
            nonlocal samples
            for wave in audio_input.read_blocks(audio.path):
                samples += len(wave)
                yield wave

        with trace_work(WorkKind.ENGINE, "SileroDetector.detect"):
            spans = find_speech_spans(self._compute_probabilities(count_samples()))
        return _clip_spans(spans, samples)

    def detect_in(self, wave: Wave) -> tuple[Span, ...]:
        """Detect speech spans in a mono wave at 16 kHz, in seconds from its start, in order, unpadded."""
        return _clip_spans(find_speech_spans(self._compute_probabilities([wave])), len(wave))

    def _compute_probabilities(self, waves: Iterable[Wave]) -> NDArray[np.float32]:
        """Speech probabilities at a hop of 32 ms, (steps,)."""
        h = c = np.zeros((1, 1, 128), np.float32)  # the LSTM's memory from one batch of steps to the next
        found = [np.zeros(0, np.float32)]
        for steps in _cut_steps(waves):
            probabilities, h, c = self._session.run(None, {"input": steps, "h": h, "c": c})
            found.append(probabilities)
        return np.concatenate(found)


def _clip_spans(spans: Iterable[Span], samples: int) -> tuple[Span, ...]:
    """Clip the spans to the end of the audio: the last step was padded beyond it."""
    end = samples / SPEECH_RATE_HZ
    return tuple(Span(span.start, min(span.end, end)) for span in spans if span.start < end)


def _cut_steps(waves: Iterable[Wave]) -> Iterator[Wave]:
    """Cut consecutive waves into (N, 576) overlapping steps; the last is padded with silence."""
    held = np.zeros(CONTEXT_SAMPLES, np.float32)  # silence before the film, then what is not yet a whole hop
    for wave in waves:
        held = np.concatenate([held, wave])
        while len(held) >= CONTEXT_SAMPLES + HOP_SAMPLES * BATCH_HOPS:
            yield _stack_windows(held[: CONTEXT_SAMPLES + HOP_SAMPLES * BATCH_HOPS])
            held = held[HOP_SAMPLES * BATCH_HOPS :]
    if missing := -(len(held) - CONTEXT_SAMPLES) % HOP_SAMPLES:
        held = np.pad(held, (0, missing))
    if len(held) > CONTEXT_SAMPLES:
        yield _stack_windows(held)


def _stack_windows(samples: Wave) -> Wave:
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(samples, CONTEXT_SAMPLES + HOP_SAMPLES)[::HOP_SAMPLES])


def find_speech_spans(probabilities: NDArray[np.float32]) -> tuple[Span, ...]:
    """Find spans of speech in probabilities at a hop of 32 ms, by hysteresis, without too short speech and silence."""
    above, edges = probabilities >= OFFSET_PROBABILITY, np.zeros(len(probabilities) + 2, np.int8)
    edges[1:-1] = above
    starts, ends = np.flatnonzero(np.diff(edges) == 1), np.flatnonzero(np.diff(edges) == -1)
    seconds = HOP_SAMPLES / SPEECH_RATE_HZ
    spans = []
    for start, end in zip(starts, ends, strict=True):
        loud = np.flatnonzero(probabilities[start:end] >= ONSET_PROBABILITY)
        if len(loud):  # from the first step over ONSET_PROBABILITY to the last over OFFSET_PROBABILITY
            spans.append(Span(float(start + loud[0]) * seconds, float(end) * seconds))
    return tuple(span for span in merge_spans(spans, gap=MIN_SILENCE_S) if span.duration >= MIN_SPEECH_S)


def find_package_folder(package: str) -> Path:
    """Find the folder of an installed package without importing it: some import torch, and only their weights are used."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(package, "its package is not installed; run ./dubarr setup")
    return Path(spec.submodule_search_locations[0])
