"""Speaker diarization on a CPU: silero VAD, GE2E speaker embeddings, clustering, and a second look at the boundaries.

First embeddings of 1.6 s find the voices; then embeddings of 0.8 s, closer together, are read as a path through the
voices (Viterbi), because film dialogue changes hands inside one stretch of speech.
"""

import importlib.metadata
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.speakers.ge2e_embeddings import PARTIAL, Ge2e
from pipeline.engines.speakers.speaker_clusters import (
    APART,
    CHANCE,
    TAKING_TURNS,
    UTMOST,
    Labels,
    cluster_voiceprints,
    mean_embeddings,
)
from pipeline.engines.speakers.speaker_profiles import describe_speakers
from pipeline.engines.speakers.vad_silero import SileroDetector, find_package_folder
from pipeline.engines.speakers.voiceprints import Voiceprints, compute_voiceprints
from pipeline.errors import EngineError
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import Artifact
from pipeline.values.timeline import Diarization, Span, merge_spans

PAD = 0.1  # seconds: the detector cuts close
LONGEST_REGION = 60.0  # seconds of speech in memory at once
TELLING = 1.2  # seconds; shorter stretches found no speakers: all "no" sound alike, and unlike whoever says them
STEP = 20  # frames between two looks of 1.6 s
CLOSE, CLOSE_STEP = 80, 20  # frames: the second look is 0.8 s long
SWITCH = 0.4  # what a change of speaker inside a region costs, in summed cosine


class Ge2eDiarizer:
    """Diarizer over packaged weights; needs no torch. Deterministic."""

    requirements = EngineRequirements(
        licence="Apache-2.0 (resemblyzer), MIT (silero-vad)", extra="embedded", modules=("onnxruntime", "scipy")
    )
    fingerprint: str
    concurrency = 1  # it uses all cores already

    def __init__(self) -> None:
        self._detector = SileroDetector()
        self._network = Ge2e(find_package_folder("resemblyzer") / "pretrained.pt")
        self.fingerprint = (
            f"ge2e resemblyzer {importlib.metadata.version('resemblyzer')} step={STEP} close={CLOSE}/{CLOSE_STEP} switch={SWITCH} "
            f"same={CHANCE},{TAKING_TURNS},{APART},{UTMOST} voices=1 | {self._detector.fingerprint}"
        )

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        """Turns over a 16 kHz mono WAV, none where there is no speech. EngineError where `speakers` is under 1."""
        if speakers is not None and speakers < 1:
            raise EngineError("ge2e", f"{speakers} speakers make no dialogue; give 1 or more, or leave it open")
        regions = pad_regions(self._detector.detect(speech))
        if not regions:
            return Diarization((), ())
        telling = [region for region in regions if region.duration >= TELLING] or regions
        looks = compute_voiceprints(self._network, speech.path, telling, length=PARTIAL, step=STEP)
        voices = mean_embeddings(looks.embeddings, cluster_voiceprints(looks, speakers))
        if len(voices) == 1:
            return describe_speakers([(region, 0) for region in regions], speech, dict(enumerate(voices)))
        looks = compute_voiceprints(self._network, speech.path, regions, length=CLOSE, step=CLOSE_STEP)
        voices = mean_embeddings(looks.embeddings, np.argmax(looks.embeddings @ voices.T, axis=1))  # as they sound in 0.8 s
        path = find_likely_path(looks.embeddings @ voices.T, looks.regions)
        return describe_speakers([*_stretches(path, looks, regions)], speech, dict(enumerate(voices)))


def pad_regions(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Stretches of speech with the room that words need around them, none longer than a minute."""
    padded = merge_spans([Span(max(0.0, span.start - PAD), span.end + PAD) for span in spans])
    return tuple(piece for span in padded for piece in _pieces(span))


def _pieces(span: Span) -> Iterator[Span]:
    count = int(span.duration // LONGEST_REGION) + 1
    edges = [span.start + span.duration * n / count for n in range(count)] + [span.end]
    return (Span(start, end) for start, end in pairwise(edges))


def find_likely_path(scores: NDArray[np.float32], regions: NDArray[np.intp]) -> Labels:
    """The speaker at each look that scores best in sum, (looks,), from (looks, speakers); changes inside a region cost."""
    best = scores[0].astype(np.float64)
    came_from = np.zeros(scores.shape, np.intp)
    speakers = np.arange(scores.shape[1])
    for n in range(1, len(scores)):
        cost = SWITCH if regions[n] == regions[n - 1] else 0.0
        leader = int(np.argmax(best))
        stay = best >= best[leader] - cost
        came_from[n] = np.where(stay, speakers, leader)
        best = np.where(stay, best, best[leader] - cost) + scores[n]
    path = np.empty(len(scores), np.intp)
    path[-1] = np.argmax(best)
    for n in range(len(scores) - 1, 0, -1):
        path[n - 1] = came_from[n, path[n]]
    return path


def _stretches(path: Labels, looks: Voiceprints, regions: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """The regions, cut halfway between the middles of looks at different speakers."""
    for number, region in enumerate(regions):
        here = np.flatnonzero(looks.regions == number)
        changes = here[1:][path[here[1:]] != path[here[1:] - 1]]
        cuts = [region.start, *(float(looks.middles[n - 1] + looks.middles[n]) / 2 for n in changes), region.end]
        owners = [path[here[0]], *path[changes]]
        for (start, end), owner in zip(pairwise(cuts), owners, strict=True):
            yield Span(start, end), int(owner)
