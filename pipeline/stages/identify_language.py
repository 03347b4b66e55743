"""identify: spoken language identification, from windows of the film's speech that are long enough.

A recogniser is often wrong about two or three seconds of speech, and right about ten and more. So windows are chosen for the
speech they hold, from several parts of the film, and their probabilities are weighed by it.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.engines.protocols import Transcriber, Utterance
from pipeline.errors import LanguageError
from pipeline.runner import stage
from pipeline.text import languages
from pipeline.text.languages import Guess
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span, Turn, merge_spans

FILM_PARTS = 3  # each with a window, so that an opening song or a scene abroad does not decide
MAX_WINDOWS = 6  # more than one per part, where they hold little speech
MIN_SPEECH_S = 30.0  # seconds in all windows together
MAX_WINDOW_S = 30.0  # seconds
UNIDENTIFIED_ADVICE = (
    "name it with source_lang (--from), tag the audio track, put subtitles in its language beside the film, or choose a transcriber that "
    "tells languages apart (PROFILE=embedded)"
)
MIN_LANGUAGE_PROBABILITY = 0.5  # of a language that is taken for the film's


@stage(version=2, name="identify")
def identify_language(utterance: Utterance, transcriber: Transcriber) -> tuple[Guess, ...]:
    """The languages that may be spoken, the likeliest first; empty where the transcriber cannot identify any."""
    return transcriber.identify(utterance)


def find_only_language(transcriber: Transcriber) -> str | None:
    """The language of a transcriber that supports a single one, and so identifies none; None for any other transcriber."""
    known = getattr(transcriber, "languages", None)
    known = known() if callable(known) else known  # a method, where a class computes it
    return next(iter(known)) if known is not None and len(known) == 1 else None


def choose_identification_windows(speech: Artifact, turns: Sequence[Turn], transcriber: Transcriber) -> tuple[Utterance, ...]:
    """Windows for language identification: the one with most speech in each third of the film, more where that is little."""
    spans = merge_spans([turn.span for turn in turns])
    if not spans:
        return ()
    ranked = _rank_windows(spans, min(MAX_WINDOW_S, transcriber.longest_utterance))
    begins, seconds = spans[0].start, spans[-1].end - spans[0].start
    parts = [int((window.start - begins) / seconds * FILM_PARTS) for window, _ in ranked]
    first = [next(n for n, part in enumerate(parts) if part == each) for each in sorted(set(parts))]
    chosen: list[Span] = []
    heard = 0.0
    for n in (*first, *range(len(ranked))):
        window, amount = ranked[n]
        enough = len(chosen) >= FILM_PARTS and heard >= MIN_SPEECH_S
        if enough or len(chosen) == MAX_WINDOWS:
            break
        if not any(window.overlap(other) for other in chosen):
            chosen.append(window)
            heard += amount
    return tuple(Utterance(speech, window) for window in chosen)


def _rank_windows(spans: Sequence[Span], longest: float) -> list[tuple[Span, float]]:
    """Windows and the seconds of speech in them, most first; each begins with speech. `spans`: of speech, disjoint, in order."""
    edges = np.array([(span.start, span.end) for span in spans])  # (spans, 2)
    until = np.concatenate([[0.0], np.cumsum(edges[:, 1] - edges[:, 0])])  # seconds of speech before each span
    times, amounts = edges.reshape(-1), np.stack([until[:-1], until[1:]], axis=1).reshape(-1)
    starts = np.concatenate([np.arange(start, end, longest) for start, end in edges])
    ends = np.minimum(starts + longest, edges[-1, 1])
    speech = np.interp(ends, times, amounts) - np.interp(starts, times, amounts)
    order = np.lexsort((starts, -np.round(speech, 3)))
    return [(Span(float(starts[n]), float(ends[n])), float(speech[n])) for n in order]


def measure_speech_seconds(window: Span, turns: Sequence[Turn]) -> float:
    """Seconds of speech in a window."""
    return sum(window.overlap(span) for span in merge_spans([turn.span for turn in turns]))


def choose_likeliest_language(guesses: Sequence[tuple[tuple[Guess, ...], float]]) -> str:
    """The likeliest language of a film by its windows, each weighed by its seconds of speech. LanguageError where none
    has half of the probability.
    """
    heard = [(window, weight) for window, weight in guesses if window]
    whole = sum(weight for _, weight in heard)
    sums: dict[str, float] = {}
    for window, weight in heard:
        for guess in window:
            sums[guess.language] = sums.get(guess.language, 0.0) + guess.confidence * weight / whole
    ranked = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    if ranked and ranked[0][1] >= MIN_LANGUAGE_PROBABILITY:
        return ranked[0][0]
    like = " or ".join(f"{languages.get_english_name(tag)} ({probability:.0%})" for tag, probability in ranked[:2])
    raise LanguageError(
        f"the film does not tell which language its dialogue is in, and it cannot be heard{f': it sounds like {like}' if like else ''}; "
        "set source_lang (--from), or tag the audio track"
    )


def build_unidentified_error(film: str, only: str) -> LanguageError:
    """The error for a film without a stated language, where the transcriber supports one language alone (`only`)."""
    name = languages.get_english_name(only)
    return LanguageError(
        f"{film} does not tell which language it speaks, and its transcriber hears {name} in everything; {UNIDENTIFIED_ADVICE}"
    )
