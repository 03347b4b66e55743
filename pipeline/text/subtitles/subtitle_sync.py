"""Subtitle synchronization: a subtitle held against the film's speech, its constant offset and frame-rate ratio found, or its film denied.

Two independent measures. Voice activity: the cross-correlation of cues with speech over all offsets up to 60 s and all
frame-rate conversions in use, as in "Automatic subtitle synchronization" tools; it decides by itself for films with many cues.
Words: runs of recognised words that stand in the cues, where activity says too little (short films, noise).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pipeline.text.subtitles.subtitle_parts import FRAMES_PER_S, MAX_OFFSET_S, PartFit, draw_activity, is_continuous, judge_parts
from pipeline.values.timeline import Cue, Span, Word, merge_spans

FRAME_RATE_RATIOS = (1.0, 25 / 24, 24 / 25, 25 / 23.976, 23.976 / 25, 24 / 23.976, 23.976 / 24)
NEAR_RATIO = 0.002  # between two frame-rate ratios that differ by 24 against 23.976
IN_SYNC_S = 0.3  # cues lead or lag the sound by this much in good subtitles
MIN_DRIFT_S = 0.6  # over the subtitle's length, before another frame rate is thought of
MIN_SIGNIFICANCE = 2.8  # of a correlation of independent cues: other films' subtitles reach 2.2 at their best offset
MAX_FOREIGN_SIGNIFICANCE = 2.6
MIN_GAIN = 0.05  # of the correlation, over that of the subtitle as it is
MIN_CORRELATION = 0.3
MAX_DOUBT = 0.1  # of the correlation: a better offset that is not certain, which leaves the question to the words
MIN_JUDGED_CUES = 30  # fewer say nothing against a subtitle
ONSET_WINDOW_S = 0.7  # around a cue's start, in which the onset of its speech is looked for
MIN_ONSETS = 4
MIN_PAUSE_S = 0.3  # between words of two utterances
ANCHOR_WINDOW_S = 0.8  # in which word matches count as one offset: words inside a cue are placed by their share of its text
MIN_ANCHORS = 4
MIN_ANCHOR_SHARE = 0.5  # of all matches, in the best window
MIN_OTHER_SHARE = 0.15  # of all matches, at a second offset
MIN_HEARD_WORDS = 30  # fewer say nothing against a subtitle
MAX_FOREIGN_SHARE = 0.12  # of the heard words that stand in the cues by chance
MIN_ANCHOR_LETTERS = 9  # of a pair of words: "of the" stands everywhere


class Match(StrEnum):
    """Result of holding a subtitle against the film's speech."""

    IN_SYNC = "in sync"
    SHIFTED = "shifted"  # by a constant offset, a frame-rate ratio, or both
    OTHER_FILM = "other film"
    OTHER_CUT = "other cut"  # parts of it are shifted otherwise than others
    UNKNOWN = "unknown"  # neither measure says enough


@dataclass(frozen=True, slots=True)
class SubtitleSync:
    """The result: time in the film = `ratio` × time in the subtitle + `offset_s`."""

    match: Match
    ratio: float = 1.0
    offset_s: float = 0.0

    def apply_to(self, cues: Iterable[Cue]) -> tuple[Cue, ...]:
        """The cues at their times in the film; those that end before its start are left out."""
        moved = ((cue, self.ratio * cue.span.start + self.offset_s, self.ratio * cue.span.end + self.offset_s) for cue in cues)
        return tuple(Cue(Span(max(0.0, start), end), cue.text) for cue, start, end in moved if end > max(0.0, start))


@dataclass(frozen=True, slots=True)
class _Alignment:
    """An offset and a ratio with the correlation of cues and speech under them, -1..1."""

    ratio: float
    offset_s: float
    correlation: float


def align_to_speech(cues: Sequence[Cue], speech: Sequence[Span], duration: float) -> SubtitleSync:
    """Hold cues against voice activity. `speech`: spans of speech in order, seconds; `duration`: of the film, seconds."""
    if not cues or not speech:
        return SubtitleSync(Match.UNKNOWN)
    sync = _align_whole(cues, speech, duration)
    if sync.match not in {Match.IN_SYNC, Match.SHIFTED}:
        return sync
    match judge_parts(sync.apply_to(cues), speech, duration):
        case PartFit.OTHER_CUT:
            return SubtitleSync(Match.OTHER_CUT)
        case PartFit.UNKNOWN if sync.match is Match.SHIFTED:
            return SubtitleSync(Match.UNKNOWN)
        case _:
            return sync


def _align_whole(cues: Sequence[Cue], speech: Sequence[Span], duration: float) -> SubtitleSync:
    """The one offset and ratio that fit all of the cues best."""
    alignments = _correlate(cues, speech, duration)
    here = max((each.correlation for each in alignments if each.ratio == 1.0 and each.offset_s == 0.0), default=0.0)
    best = _choose_best(alignments, cues[-1].span.end)
    moved = _refine(_settle_ratio(best, alignments, cues, speech), cues, speech)
    significance = float(np.sqrt(len(cues)))
    is_certain = best.correlation * significance >= MIN_SIGNIFICANCE and best.correlation >= MIN_CORRELATION
    if moved.match is Match.IN_SYNC and best.correlation >= MIN_CORRELATION:
        return moved
    if is_certain and best.correlation >= here + MIN_GAIN:
        return moved
    if here >= MIN_CORRELATION and best.correlation < here + MAX_DOUBT:
        return SubtitleSync(Match.IN_SYNC)
    is_judged = len(cues) >= MIN_JUDGED_CUES <= len(speech) and not is_continuous(cues)
    if is_judged and best.correlation * significance < MAX_FOREIGN_SIGNIFICANCE:
        return SubtitleSync(Match.OTHER_FILM)
    return SubtitleSync(Match.UNKNOWN)


def _correlate(cues: Sequence[Cue], speech: Sequence[Span], duration: float) -> list[_Alignment]:
    """The alignments of every ratio at every offset: normalized cross-correlation by FFT."""
    frames = int(duration * FRAMES_PER_S) + 1
    reach = int(MAX_OFFSET_S * FRAMES_PER_S)
    longest = int(max(FRAME_RATE_RATIOS) * cues[-1].span.end * FRAMES_PER_S) + 2
    size = 1 << (max(frames, longest) + reach).bit_length()
    heard = draw_activity(speech, frames)
    heard_norm = float(np.sqrt(heard.mean() * (1 - heard.mean()) * frames))
    spectrum = np.fft.rfft(heard - heard.mean(), size)
    lags = np.arange(-reach, reach + 1)
    found: list[_Alignment] = []
    for ratio in FRAME_RATE_RATIOS:
        shown = draw_activity([cue.span for cue in cues], max(frames, longest), ratio)
        share = min(1.0, float(shown.sum()) / frames)
        norm = heard_norm * float(np.sqrt(share * (1 - share) * frames))
        if not norm:
            continue
        products = np.fft.irfft(spectrum * np.conj(np.fft.rfft(shown, size)), size)[lags] / norm  # (lags,)
        found.extend(_Alignment(ratio, lag / FRAMES_PER_S, value) for lag, value in zip(lags, products.tolist(), strict=True))
    return found


def _choose_best(alignments: Sequence[_Alignment], length_s: float) -> _Alignment:
    """The highest correlation; the subtitle's own frame rate where another one is hardly better or hardly another."""
    best = max(alignments, key=lambda each: each.correlation, default=_Alignment(1.0, 0.0, 0.0))
    own = max((each for each in alignments if each.ratio == 1.0), key=lambda each: each.correlation, default=best)
    is_hardly_another = abs(best.ratio - 1.0) * length_s < MIN_DRIFT_S
    return own if is_hardly_another or own.correlation >= best.correlation - 0.02 else best


def _settle_ratio(best: _Alignment, alignments: Sequence[_Alignment], cues: Sequence[Cue], speech: Sequence[Span]) -> _Alignment:
    """Of frame rates that differ by a thousandth, the one under which cues begin nearest to onsets of speech."""
    if best.ratio == 1.0:
        return best
    rivals = [
        max((each for each in alignments if each.ratio == ratio), key=lambda each: each.correlation)
        for ratio in FRAME_RATE_RATIOS
        if ratio != 1.0 and abs(ratio - best.ratio) < NEAR_RATIO
    ]
    return min(rivals, key=lambda each: _measure_onset_spread(each, cues, speech))


def _measure_onset_spread(alignment: _Alignment, cues: Sequence[Cue], speech: Sequence[Span]) -> float:
    """Mean distance in seconds of cues' starts from onsets of speech, none more than `ONSET_WINDOW_S`."""
    starts = np.array([cue.span.start * alignment.ratio + alignment.offset_s for cue in cues])
    onsets = np.array([span.start for span in speech])
    starts = starts + _measure_onset_lag(starts, onsets)
    return float(np.abs(onsets[None, :] - starts[:, None]).min(axis=1).clip(max=ONSET_WINDOW_S).mean())


def _refine(alignment: _Alignment, cues: Sequence[Cue], speech: Sequence[Span]) -> SubtitleSync:
    """The offset that puts cues where speech begins: cues stay after it has ended, so their ends tell little."""
    ratio = alignment.ratio
    starts = np.array([cue.span.start * ratio + alignment.offset_s for cue in cues])
    offset = alignment.offset_s + _measure_onset_lag(starts, np.array([span.start for span in speech]))
    if ratio == 1.0 and abs(offset) <= IN_SYNC_S:
        return SubtitleSync(Match.IN_SYNC)
    return SubtitleSync(Match.SHIFTED, ratio, round(offset, 3))


def _measure_onset_lag(starts: NDArray[np.float64], onsets: NDArray[np.float64]) -> float:
    """Median of onset - start, seconds, over the cues with an onset nearby; 0.0 where too few have one."""
    nearest = onsets[np.abs(onsets[None, :] - starts[:, None]).argmin(axis=1)] if len(onsets) else starts
    lags = (nearest - starts)[np.abs(nearest - starts) <= ONSET_WINDOW_S]
    return float(np.median(lags)) if len(lags) >= MIN_ONSETS else 0.0


# --- words ---


def align_to_words(cues: Sequence[Cue], words: Sequence[Word]) -> SubtitleSync:
    """Hold cues against recognised words of the same language, of the whole film or of parts of it."""
    shown, heard = _place_words(cues), [(word.span.start, _normalize(word.text)) for word in words]
    heard = [(start, text) for start, text in heard if text]
    anchors = _match_pairs(shown, heard)
    best = max((_find_densest(anchors, ratio) for ratio in FRAME_RATE_RATIOS), key=lambda found: len(found[1]))
    ratio, offsets = best
    if len(offsets) >= MIN_ANCHORS and len(offsets) >= MIN_ANCHOR_SHARE * len(anchors):
        own = _find_densest(anchors, 1.0)[1]
        if len(own) >= 0.9 * len(offsets):
            ratio, offsets = 1.0, own
        if _has_other_offset(anchors, ratio, offsets):
            return SubtitleSync(Match.OTHER_CUT)
        utterances = merge_spans([word.span for word in words], gap=MIN_PAUSE_S)
        return _refine(_Alignment(ratio, float(np.median(offsets)), 1.0), cues, utterances)
    vocabulary = {text for _, text in shown if len(text) > 3}
    content = [text for _, text in heard if len(text) > 3]
    is_foreign = sum(text in vocabulary for text in content) <= MAX_FOREIGN_SHARE * len(content)
    if len(heard) >= MIN_HEARD_WORDS and len(offsets) < MIN_ANCHORS and is_foreign:
        return SubtitleSync(Match.OTHER_FILM)
    return SubtitleSync(Match.UNKNOWN)


def _has_other_offset(anchors: Sequence[tuple[float, float]], ratio: float, offsets: Sequence[float]) -> bool:
    """True where many of the other anchors agree, too, on another offset: parts of the subtitle are shifted otherwise."""
    others = [anchor for anchor in anchors if not offsets[0] <= anchor[1] - ratio * anchor[0] <= offsets[-1]]
    found = _find_densest(others, ratio)[1]
    is_apart = bool(found) and abs(float(np.median(found)) - float(np.median(offsets))) > 2 * ANCHOR_WINDOW_S
    return is_apart and len(found) >= max(MIN_ANCHORS, MIN_OTHER_SHARE * len(anchors))


def _normalize(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


def _place_words(cues: Iterable[Cue]) -> list[tuple[float, str]]:
    """The words of cues with the time at which each begins, by its share of its cue's characters."""
    return [
        (cue.span.start + cue.span.duration * match.start() / len(cue.text), text)
        for cue in cues
        for match in re.finditer(r"\S+", cue.text)
        if (text := _normalize(match.group()))
    ]


def _match_pairs(shown: Sequence[tuple[float, str]], heard: Sequence[tuple[float, str]]) -> list[tuple[float, float]]:
    """Times (in the subtitle, in the film) of two words in a row that both hold just once."""
    heard_pairs = _index_pairs(heard)
    return [
        (at[0], sounds[0])
        for pair, at in _index_pairs(shown).items()
        if len(at) == 1 and len(sounds := heard_pairs.get(pair, [])) == 1
    ]


def _index_pairs(words: Sequence[tuple[float, str]]) -> dict[tuple[str, str], list[float]]:
    index: dict[tuple[str, str], list[float]] = defaultdict(list)
    for (start, first), (_, second) in pairwise(words):
        if len(first) + len(second) >= MIN_ANCHOR_LETTERS:
            index[first, second].append(start)
    return index


def _find_densest(anchors: Sequence[tuple[float, float]], ratio: float) -> tuple[float, list[float]]:
    """The ratio, and the offsets of the most anchors that agree within a window."""
    offsets = sorted(film - ratio * subtitle for subtitle, film in anchors)
    windows = ([each for each in offsets[first:] if each <= offsets[first] + ANCHOR_WINDOW_S] for first in range(len(offsets)))
    return ratio, max(windows, key=len, default=[])
