"""Forced alignment of a film's dialogue: of its recognised words, or of the cues of a subtitle in the spoken language."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from pipeline.dub_values import FilmAnalysis
from pipeline.engines.protocols import Aligner, Utterance
from pipeline.recognition.aligned_times import AlignedTime, retime_cues, retime_words
from pipeline.recognition.text_windows import TextWindow, build_windows, halve_window
from pipeline.runner import Runner
from pipeline.stages.align import SpokenText, align
from pipeline.text import languages
from pipeline.values.notes import Note
from pipeline.values.timeline import Cue, Word

T = TypeVar("T", Word, Cue)

MAX_SEARCHES = 3  # of a text: as a whole, in halves, in quarters
LEFT_OUT = "too long for one line, or after the film's end"


def align_words(
    words: tuple[Word, ...], analysis: FilmAnalysis, aligner: Aligner | None, run: Runner
) -> tuple[tuple[Word, ...], tuple[Note, ...]]:
    """The recognised words at their aligned times, and the note on them; unchanged without an aligner of the language."""
    return _align_texts(words, analysis, aligner, run, retime_words, "recognized words")


def align_cues(
    cues: tuple[Cue, ...], analysis: FilmAnalysis, aligner: Aligner | None, run: Runner
) -> tuple[tuple[Cue, ...], tuple[Note, ...]]:
    """The cues of a subtitle in the spoken language at their aligned times, and the note on them; unchanged as `align_words`."""
    return _align_texts(cues, analysis, aligner, run, retime_cues, "subtitle lines")


def _align_texts(
    texts: tuple[T, ...],
    analysis: FilmAnalysis,
    aligner: Aligner | None,
    run: Runner,
    retime: Callable[[TextWindow[T], Sequence[Word], str], tuple[AlignedTime[T], ...]],
    kind: str,
) -> tuple[tuple[T, ...], tuple[Note, ...]]:
    language = analysis.language
    if aligner is None or not texts:
        return texts, ()
    if not languages.is_among(language, aligner.languages):
        name = languages.get_english_name(language)
        return texts, (Note(f"The times of the {kind} were not set by forced alignment: the aligner has no {name}"),)
    found = _find_texts(build_windows(texts, analysis.film.duration), analysis, aligner, run)
    results = [each for window, words in found for each in retime(window, words, language)]
    searched = {text for window, _ in found for text in window.texts}
    results += [AlignedTime(text, LEFT_OUT) for text in texts if text not in searched]
    return tuple(sorted((each.text for each in results), key=lambda text: text.span)), (_describe_times(results, kind),)


def _find_texts(
    windows: Sequence[TextWindow[T]], analysis: FilmAnalysis, aligner: Aligner, run: Runner
) -> list[tuple[TextWindow[T], tuple[Word, ...]]]:
    """The windows with the aligner's answers; one whose text is not found as a whole is halved and searched again."""
    found: list[tuple[TextWindow[T], tuple[Word, ...]]] = []
    for _ in range(MAX_SEARCHES):
        questions = [SpokenText(Utterance(analysis.stems.speech, window.span), window.text) for window in windows]
        answers = run.each(align, questions, aligner, language=analysis.language)
        rest: list[TextWindow[T]] = []
        for window, words in zip(windows, answers, strict=True):
            halves = () if words else halve_window(window)
            rest += halves
            found += [] if halves else [(window, words)]
        windows = rest
        if not windows:
            return found
    found += [(window, ()) for window in windows]
    return found


def _describe_times(results: Sequence[AlignedTime[T]], kind: str) -> Note:
    """The note on how many times were set by alignment, the largest shift, and why others were kept."""
    shifts = [abs(each.shift) for each in results if not each.kept]
    reasons = Counter(each.kept for each in results if each.kept)
    text = f"Forced alignment set the times of {len(shifts)} of {len(results)} {kind}"
    if shifts:
        text += f", by up to {max(shifts):.2f} s"
    if reasons:
        listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        text += f"; the others kept theirs: {listed}"
    return Note(text)
