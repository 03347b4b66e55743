"""Speaker diarization on a CPU: silero VAD, GE2E speaker embeddings, clustering, and resegmentation of the boundaries.

First embeddings of 1.6 s, those within one voice, are clustered to speakers; then embeddings of 0.8 s are assigned by Viterbi decoding, because in film
dialogue the speaker changes inside one stretch of speech.
"""

import importlib.metadata
from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.engines.speakers.ge2e_embeddings import FRAMES_PER_SECOND, PARTIAL_FRAMES, Ge2e
from pipeline.engines.speakers.speaker_clusters import (
    CHANCE_DISTANCE,
    FRAGMENT_S,
    MAX_DISTANCE,
    MAX_DISTANCE_APART,
    MAX_DISTANCE_TOGETHER,
    MAX_SEPARATION,
    MIN_SEPARATED_S,
    PURE_SHARE,
    Labels,
    cluster_voiceprints,
    find_pure_windows,
    mean_embeddings,
)
from pipeline.engines.speakers.speaker_profiles import describe_speakers
from pipeline.engines.speakers.vad_silero import SileroDetector, find_package_folder
from pipeline.engines.speakers.voiceprints import Voiceprints, compute_voiceprints
from pipeline.errors import EngineError
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.media import Artifact
from pipeline.values.timeline import Diarization, Span, merge_spans

PADDING_S = 0.1  # around detected speech: the detector cuts close
MAX_REGION_S = 60.0  # of speech in memory at once
MIN_CLUSTERED_S = 1.2  # shorter regions are not clustered: the embeddings of all "no" are alike, and unlike their speakers'
STEP_FRAMES = 20  # between two windows of 1.6 s
SHORT_FRAMES, SHORT_STEP_FRAMES = 80, 20  # windows of resegmentation: 0.8 s
SWITCH_COST = 0.4  # of a speaker change inside a region, in summed cosine


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
            f"ge2e resemblyzer {importlib.metadata.version('resemblyzer')} step={STEP_FRAMES} close={SHORT_FRAMES}/{SHORT_STEP_FRAMES} switch={SWITCH_COST} "
            f"same={CHANCE_DISTANCE},{MAX_DISTANCE_TOGETHER},{MAX_DISTANCE_APART},{MAX_DISTANCE} pure={PURE_SHARE} apart={MAX_SEPARATION},{MIN_SEPARATED_S} fragment={FRAGMENT_S} voices=2 | {self._detector.fingerprint}"
        )

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        """Find turns in a 16 kHz mono WAV, none without speech. EngineError if `speakers` is under 1."""
        if speakers is not None and speakers < 1:
            raise EngineError("ge2e", f"{speakers} speakers make no dialogue; give 1 or more, or leave it open")
        regions = pad_regions(self._detector.detect(speech))
        if not regions:
            return Diarization((), ())
        clustered = [region for region in regions if region.duration >= MIN_CLUSTERED_S] or regions
        looks = compute_voiceprints(self._network, speech.path, clustered, length=PARTIAL_FRAMES, step=STEP_FRAMES)
        short = compute_voiceprints(self._network, speech.path, regions, length=SHORT_FRAMES, step=SHORT_STEP_FRAMES)
        pure = find_pure_windows(looks, short, window_s=PARTIAL_FRAMES / FRAMES_PER_SECOND)
        voices = mean_embeddings(looks.embeddings, cluster_voiceprints(looks, speakers, pure=pure))
        if len(voices) == 1:
            return describe_speakers([(region, 0) for region in regions], speech, dict(enumerate(voices)))
        looks = short
        voices = mean_embeddings(looks.embeddings, np.argmax(looks.embeddings @ voices.T, axis=1))  # of windows of 0.8 s
        path = find_likely_path(looks.embeddings @ voices.T, looks.regions)
        return describe_speakers([*_split_by_speaker(path, looks, regions)], speech, dict(enumerate(voices)))


def pad_regions(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Pad stretches of speech; overlapping ones are merged, and long ones split to at most a minute."""
    padded = merge_spans([Span(max(0.0, span.start - PADDING_S), span.end + PADDING_S) for span in spans])
    return tuple(piece for span in padded for piece in _split_region(span))


def _split_region(span: Span) -> Iterator[Span]:
    count = int(span.duration // MAX_REGION_S) + 1
    edges = [span.start + span.duration * n / count for n in range(count)] + [span.end]
    return (Span(start, end) for start, end in pairwise(edges))


def find_likely_path(scores: NDArray[np.float32], regions: NDArray[np.intp]) -> Labels:
    """Viterbi path: the speaker of each window, (windows,), with the best sum of scores (windows, speakers) less the cost of changes."""
    best = scores[0].astype(np.float64)
    came_from = np.zeros(scores.shape, np.intp)
    speakers = np.arange(scores.shape[1])
    for n in range(1, len(scores)):
        cost = SWITCH_COST if regions[n] == regions[n - 1] else 0.0
        leader = int(np.argmax(best))
        stay = best >= best[leader] - cost
        came_from[n] = np.where(stay, speakers, leader)
        best = np.where(stay, best, best[leader] - cost) + scores[n]
    path = np.empty(len(scores), np.intp)
    path[-1] = np.argmax(best)
    for n in range(len(scores) - 1, 0, -1):
        path[n - 1] = came_from[n, path[n]]
    return path


def _split_by_speaker(path: Labels, looks: Voiceprints, regions: Sequence[Span]) -> Iterator[tuple[Span, int]]:
    """Split the regions halfway between the middles of windows of different speakers."""
    for number, region in enumerate(regions):
        here = np.flatnonzero(looks.regions == number)
        changes = here[1:][path[here[1:]] != path[here[1:] - 1]]
        cuts = [region.start, *(float(looks.middles[n - 1] + looks.middles[n]) / 2 for n in changes), region.end]
        owners = [path[here[0]], *path[changes]]
        for (start, end), owner in zip(pairwise(cuts), owners, strict=True):
            yield Span(start, end), int(owner)
