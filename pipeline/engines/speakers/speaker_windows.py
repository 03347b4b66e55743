"""Diarization windows of long films: cuts between windows, and matching of speakers across windows by their voices.

Within a window the diarizer has compared every embedding; between windows only the mean voice of each speaker is known.
So two speakers of one window are not merged by their means, only by a known number of speakers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.values.timeline import Span, merge_spans

Stretch = tuple[Span, int]  # a span, and its speaker's number
Voice = NDArray[np.floating]  # an embedding of any length

CUT_SEARCH_S = 120.0  # before the end of a window, in which the cut may lie, or
CUT_SEARCH_SHARE = 0.25  # this share of the window, if that is less
MAX_CUT_GAP_S = 0.1  # between the two halves of a turn that was cut


@dataclass(frozen=True, slots=True)
class Window:
    """Diarization between two cuts: spans with the window's own speaker numbers, and these speakers' embeddings.

    A speaker without an embedding (too little speech, not finite, or all zeros) is not matched with another.
    """

    stretches: tuple[Stretch, ...]
    voices: Mapping[int, Voice]


def plan_window_ends(seconds: float, window: float) -> tuple[float, ...]:
    """Plan the latest end of each window: even lengths, none above `window` seconds; the last is the film's end."""
    count = max(1, math.ceil(seconds / window))
    return (*(seconds * n / count for n in range(1, count)), seconds)


def find_cut(stretches: Sequence[Stretch], window: Span) -> float:
    """Find the cut near the end of a window: the middle of the longest pause.

    Without a pause it is the last change of speakers, and without that the window's end.
    """
    earliest = window.end - min(CUT_SEARCH_S, CUT_SEARCH_SHARE * window.duration)
    speech = merge_spans([span for span, _ in stretches])
    starts = [window.start, *(span.end for span in speech)]
    stops = [*(span.start for span in speech), window.end]
    pauses = [(max(start, earliest), stop) for start, stop in zip(starts, stops, strict=True) if stop > max(start, earliest)]
    if pauses:
        start, stop = max(pauses, key=lambda pause: (pause[1] - pause[0], pause[0]))
        return (start + stop) / 2
    changes = [span.start for span, _ in stretches if earliest < span.start < window.end]
    return max(changes, default=window.end)


def clip_stretches(stretches: Sequence[Stretch], moment: float) -> tuple[Stretch, ...]:
    """Clip stretches to those before a moment; a longer turn ends there."""
    return tuple((Span(span.start, min(span.end, moment)), owner) for span, owner in stretches if span.start < moment)


def join_windows(windows: Sequence[Window], *, speakers: int | None, same: float) -> tuple[list[Stretch], dict[int, Voice]]:
    """Join windows to one film: stretches in order with the film's speakers, and the mean embedding of each that has one.

    `same`: largest cosine distance of mean embeddings of one speaker. `speakers`: their number, None if unknown.
    """
    keys = [(n, owner) for n, window in enumerate(windows) for owner in sorted({owner for _, owner in window.stretches})]
    if not keys:
        return [], {}
    seconds = np.array([sum(span.duration for span, who in windows[n].stretches if who == owner) for n, owner in keys])
    voices = _normalize_voices([windows[n].voices.get(owner) for n, owner in keys])
    labels = match_voices(voices, seconds, np.array([n for n, _ in keys]), speakers=speakers, same=same)
    owners = {key: int(label) for key, label in zip(keys, labels, strict=True)}
    means = {owner: np.asarray(seconds[labels == owner] @ voices[labels == owner]) for owner in sorted(set(owners.values()))}
    return _join_stretches(windows, owners), {owner: mean for owner, mean in means.items() if mean.any()}


def match_voices(
    voices: NDArray[np.float64],
    seconds: NDArray[np.float64],
    windows: NDArray[np.intp],
    *,
    speakers: int | None,
    same: float,
) -> NDArray[np.intp]:
    """Match mean embeddings (n, size) of length 1 or 0 by average linkage weighted by seconds: labels from 0.

    With `speakers` clusters are merged until that many are left, first between windows and only then within one.
    """
    distances = 1.0 - voices @ voices.T
    np.fill_diagonal(distances, np.inf)
    apart = windows[:, None] == windows[None, :]
    weights, labels = seconds.copy(), np.arange(len(voices))
    for _ in range(len(voices) - (speakers or 1)):
        allowed = np.where(apart, np.inf, distances)
        nearest = int(np.argmin(allowed))
        if speakers is None and allowed.flat[nearest] > same:
            break
        if np.isinf(allowed.flat[nearest]):
            nearest = int(np.argmin(distances))
        keep, gone = divmod(nearest, len(voices))
        distances[keep] = (weights[keep] * distances[keep] + weights[gone] * distances[gone]) / (weights[keep] + weights[gone])
        distances[:, keep] = distances[keep]
        distances[gone] = distances[:, gone] = distances[keep, keep] = np.inf
        apart[keep] |= apart[gone]
        apart[:, keep] = apart[keep]
        weights[keep] += weights[gone]
        labels[labels == gone] = keep
    return np.unique(labels, return_inverse=True)[1]


def _normalize_voices(voices: Sequence[Voice | None]) -> NDArray[np.float64]:
    """Each embedding at length 1, (n, size); zeros for an embedding without direction, which is at distance 1 from all."""
    size = max((len(voice) for voice in voices if voice is not None), default=1)
    directions = np.zeros((len(voices), size))
    for n, voice in enumerate(voices):
        length = 0.0 if voice is None else float(np.linalg.norm(voice))
        if voice is not None and math.isfinite(length) and length > 0.0:
            directions[n] = voice / length
    return directions


def _join_stretches(windows: Sequence[Window], owners: Mapping[tuple[int, int], int]) -> list[Stretch]:
    """All stretches with the film's speaker numbers; the halves of a turn that was cut are merged."""
    whole: list[Stretch] = []
    for n, window in enumerate(windows):
        for first, (span, owner) in enumerate(sorted(window.stretches)):
            stretch = (span, owners[n, owner])
            if first == 0 and whole and whole[-1][1] == stretch[1] and span.start - whole[-1][0].end <= MAX_CUT_GAP_S:
                whole[-1] = (whole[-1][0].hull(span), stretch[1])
            else:
                whole.append(stretch)
    return whole
