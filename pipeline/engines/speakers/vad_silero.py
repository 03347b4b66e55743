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

HOP = 512  # samples: 32 ms
CONTEXT = 64  # samples that the network wants again before each hop
HOPS_AT_ONCE = 625  # 20 s: the network's activations stay near 10 MB whatever the film's length

ONSET, OFFSET = 0.5, 0.35  # speech begins over the one and ends under the other: no flicker between them
SHORTEST_SPEECH = 0.2  # seconds; a click or a cough is shorter, "no" is not
SHORTEST_SILENCE = 0.25  # seconds; stop consonants make shorter ones inside words


class SileroDetector:
    """SpeechDetector over the packaged `silero_vad_16k_sequence.onnx`; needs no torch."""

    fingerprint: str
    concurrency = 4  # a session's run is thread-safe, and each call keeps its own LSTM state

    def __init__(self) -> None:
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # it would write into the temporary folder, and report to its makers
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the steps depend on each other: more threads only wait for one another
        model = find_package_folder("silero_vad") / "data" / "silero_vad_16k_sequence.onnx"
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.fingerprint = (
            f"silero_vad {importlib.metadata.version('silero-vad')} sequence16k "
            f"on={ONSET} off={OFFSET} speech={SHORTEST_SPEECH} silence={SHORTEST_SILENCE}"
        )

    def detect(self, audio: Artifact) -> tuple[Span, ...]:
        """Speech spans, in order, unpadded. EngineError where the file is no audio."""
        heard = 0  # samples

        def count_samples() -> Iterator[Wave]:
            nonlocal heard
            for wave in audio_input.read_blocks(audio.path):
                heard += len(wave)
                yield wave

        with trace_work(WorkKind.ENGINE, "SileroDetector.detect"):
            spans = find_speech_spans(self._probabilities(count_samples()))
        return _clip_spans(spans, heard)

    def detect_in(self, wave: Wave) -> tuple[Span, ...]:
        """Speech spans in a mono wave at 16 kHz, in seconds from its start, in order, unpadded."""
        return _clip_spans(find_speech_spans(self._probabilities([wave])), len(wave))

    def _probabilities(self, waves: Iterable[Wave]) -> NDArray[np.float32]:
        """Speech probabilities at a hop of 32 ms, (steps,)."""
        h = c = np.zeros((1, 1, 128), np.float32)  # the LSTM's memory from one batch of steps to the next
        found = [np.zeros(0, np.float32)]
        for steps in _steps(waves):
            probabilities, h, c = self._session.run(None, {"input": steps, "h": h, "c": c})
            found.append(probabilities)
        return np.concatenate(found)


def _clip_spans(spans: Iterable[Span], samples: int) -> tuple[Span, ...]:
    """The spans up to the end of the audio: the last step was filled up beyond it."""
    end = samples / SPEECH_RATE_HZ
    return tuple(Span(span.start, min(span.end, end)) for span in spans if span.start < end)


def _steps(waves: Iterable[Wave]) -> Iterator[Wave]:
    """Cut consecutive waves into (N, 576) overlapping steps; the last is filled up with silence."""
    held = np.zeros(CONTEXT, np.float32)  # silence before the film, then what is not yet a whole hop
    for wave in waves:
        held = np.concatenate([held, wave])
        while len(held) >= CONTEXT + HOP * HOPS_AT_ONCE:
            yield _windows(held[: CONTEXT + HOP * HOPS_AT_ONCE])
            held = held[HOP * HOPS_AT_ONCE :]
    if missing := -(len(held) - CONTEXT) % HOP:
        held = np.pad(held, (0, missing))
    if len(held) > CONTEXT:
        yield _windows(held)


def _windows(samples: Wave) -> Wave:
    return np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(samples, CONTEXT + HOP)[::HOP])


def find_speech_spans(probabilities: NDArray[np.float32]) -> tuple[Span, ...]:
    """Spans of speech from probabilities at a hop of 32 ms, by hysteresis, without too short speech and silence."""
    above, edges = probabilities >= OFFSET, np.zeros(len(probabilities) + 2, np.int8)
    edges[1:-1] = above
    starts, ends = np.flatnonzero(np.diff(edges) == 1), np.flatnonzero(np.diff(edges) == -1)
    seconds = HOP / SPEECH_RATE_HZ
    spans = []
    for start, end in zip(starts, ends, strict=True):
        loud = np.flatnonzero(probabilities[start:end] >= ONSET)
        if len(loud):  # from the first step over ONSET to the last over OFFSET
            spans.append(Span(float(start + loud[0]) * seconds, float(end) * seconds))
    return tuple(span for span in merge_spans(spans, gap=SHORTEST_SILENCE) if span.duration >= SHORTEST_SPEECH)


def find_package_folder(package: str) -> Path:
    """Folder of an installed package, found without importing it: several import torch, and only their weights are used."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise EngineError(package, "its package is not installed; run ./dubarr setup")
    return Path(spec.submodule_search_locations[0])
