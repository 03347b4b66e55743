"""Dialogue source of a film: its language, and whether its lines come from subtitles or from speech recognition."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from pipeline.analysis.dialogue_alignment import align_words
from pipeline.dub_values import DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines, Transcriber, Utterance
from pipeline.errors import LanguageError, StageError
from pipeline.recognition.recognized_words import collect_words
from pipeline.recognition.second_pass import Stretch, choose_second_pass, collect_unrecognized, map_to_film, place_stretches
from pipeline.recognition.unrecognized_speech import find_unrecognized_speech
from pipeline.recognition.word_merging import Found, merge_words
from pipeline.runner import Runner
from pipeline.stages.identify_language import (
    build_unidentified_error,
    choose_identification_windows,
    choose_likeliest_language,
    identify_language,
    measure_speech_seconds,
)
from pipeline.stages.read_subtitles import Subtitles
from pipeline.stages.segment import segment_words
from pipeline.stages.transcribe import cut_utterances, transcribe
from pipeline.text import glossary, languages
from pipeline.text.track_choice import explain_dialogue_track
from pipeline.text.track_titles import DUB_TITLE_PREFIX
from pipeline.values.media import Film, Stems, Track, TrackKind
from pipeline.values.notes import Note, Severity
from pipeline.values.timeline import Diarization, Segment, Span, Turn, Word, merge_spans


def recognize_speech(
    spec: DubSpec, analysis: FilmAnalysis, engines: Engines, run: Runner
) -> tuple[tuple[Segment, ...], tuple[Span, ...], tuple[Note, ...]]:
    """The dialogue by speech recognition, the speech in which it found no words, and notes. StageError where not a word was understood."""
    prompt, turns = build_recognition_prompt(spec, analysis), analysis.diarization.turns
    pieces = cut_utterances(analysis.stems.speech, turns, engines.transcriber)
    found = run.each(transcribe, pieces, engines.transcriber, language=analysis.language, prompt=prompt)
    words = tuple(word for piece in found for word in piece)
    if engines.transcriber.across_speakers:
        words = recognize_left_out_speech(words, prompt, analysis, engines.transcriber, run)
    words, notes = align_words(words, analysis, engines.aligner, run)
    words = run(collect_words, words)
    segments = run(segment_words, words, analysis.diarization)
    if not segments:
        raise StageError(
            "transcribe",
            f"no words understood in {spec.source.path.name}; add subtitles in {analysis.language!r}, or set source_lang (--from)",
        )
    return segments, merge_spans([part.span for part in find_unrecognized_speech(turns, words)]), notes


def recognize_left_out_speech(
    words: tuple[Word, ...], prompt: str, analysis: FilmAnalysis, transcriber: Transcriber, run: Runner
) -> tuple[Word, ...]:
    """The words with those of a second pass over the speech in which the first found none: in windows of one speaker, and each
    stretch by itself that has no words even then.
    """
    turns = analysis.diarization.turns
    stretches = place_stretches(choose_second_pass(turns, sorted(words, key=lambda word: word.span)))
    if not stretches:
        return words
    run = run.with_planned_stages(run.planned + 1)
    joined = run(collect_unrecognized, analysis.stems.speech, stretches)

    def recognize(pieces: Sequence[Utterance], among: Sequence[Stretch]) -> tuple[Found, ...]:
        answers = run.each(transcribe, pieces, transcriber, language=analysis.language, prompt=prompt)
        return map_to_film([word for piece in answers for word in piece], among)

    voices = groupby(stretches, key=lambda stretch: stretch.turn.speaker)
    own = [[Turn(stretch.joined, speaker) for stretch in each] for speaker, each in voices]
    found = recognize([piece for each in own for piece in cut_utterances(joined, tuple(each), transcriber)], stretches)
    silent = [stretch for stretch, each in zip(stretches, found, strict=True) if not each.words]
    if silent and len(stretches) > len(own):
        found += recognize([Utterance(joined, stretch.joined) for stretch in silent], silent)
    return merge_words(words, found, turns)


def recognize_sample(
    stems: Stems, diarization: Diarization, transcriber: Transcriber, language: str, run: Runner
) -> tuple[Word, ...]:
    """Words of the windows with most speech, in order; none where the transcriber does not hear the language."""
    if not languages.is_among(language, transcriber.languages):
        return ()
    windows = choose_identification_windows(stems.speech, diarization.turns, transcriber)
    words = run.each(transcribe, windows, transcriber, language=language)
    return tuple(sorted((word for window in words for word in window), key=lambda word: word.span))


def build_recognition_prompt(spec: DubSpec, analysis: FilmAnalysis) -> str:
    """Prompt of terms and names that may be spoken. No names from German subtitles: German capitalizes every noun."""
    others = (text for text in analysis.subtitles if not languages.is_same_language(text.language, "de"))
    return glossary.build_prompt(spec.glossary, glossary.find_names(cue.text for text in others for cue in text.cues))


def find_stated_language(film: Film, given: str | None) -> str | None:
    """The language of the dialogue: as given, else as tagged; None where neither is."""
    return given or film.track(film.dialogue).language


def detect_spoken_language(stems: Stems, diarization: Diarization, transcriber: Transcriber, run: Runner) -> str:
    """The language of the dialogue as the transcriber identifies it. LanguageError where it cannot."""
    windows = choose_identification_windows(stems.speech, diarization.turns, transcriber)
    guesses = run.each(identify_language, windows, transcriber)
    weights = [measure_speech_seconds(window.span, diarization.turns) for window in windows]
    return choose_likeliest_language(tuple(zip(guesses, weights, strict=True)))


def infer_subtitle_language(texts: Sequence[Subtitles], spec: DubSpec, only: str) -> str:
    """The language of an untagged film by its subtitles, where the transcriber identifies none: its lines are then theirs.

    LanguageError where all of them are in target languages: none shows the film's own.
    """
    for text in texts:
        if text.cues and not any(languages.is_same_language(text.language, target) for target in spec.target_langs):
            return text.language
    raise build_unidentified_error(spec.source.path.name, only)


def describe_audio_track(track: Track) -> str:
    """Language and channel layout of an audio track for users, as in "English, 5.1"; "" where neither is known."""
    name = languages.get_english_name(track.language) if track.language else track.title
    return ", ".join(part for part in (name, track.layout) if part)


def describe_dialogue_track(film: Film, language: str | None, *, is_by_person: bool = False) -> tuple[Note, ...]:
    """The note on the audio track that is dubbed, where a film has several; a warning where none is plain dialogue."""
    tracks = [track for track in film.of_kind(TrackKind.AUDIO) if not track.title.startswith(DUB_TITLE_PREFIX)]
    choice = explain_dialogue_track(film.tracks, film.track(film.dialogue), language, is_by_person=is_by_person)
    if len(tracks) < 2 and choice.is_certain and not is_by_person:
        return ()
    return (Note(choice.reason, Severity.INFO if choice.is_certain else Severity.WARNING),)


def build_language_note(language: str, *, by_ear: bool) -> Note:
    """The note on a source language that was detected, because the film names none."""
    basis = "detected in its speech" if by_ear else "taken from its subtitles"
    name = f"{languages.get_english_name(language)} ({language})"
    return Note(f"The film does not name its language: {name} was {basis}; set source_lang (--from) where that is wrong")


def find_script_language(texts: Sequence[Subtitles], spoken: str, targets: Sequence[str]) -> tuple[str, tuple[Note, ...]]:
    """The language that the dialogue is translated from: that of a chosen subtitle which is neither in the spoken language nor in
    a target, else the spoken one; and the note on it.
    """
    for text in texts:
        if not any(languages.is_same_language(text.language, tag) for tag in (spoken, *targets)):
            names = languages.get_english_name(text.language), languages.get_english_name(spoken)
            return text.language, (
                Note(
                    f"The dialogue is translated from {names[0]}, the language of the chosen subtitle; the film is in {names[1]}"
                ),
            )
    return spoken, ()


def require_detected_language(analysis: FilmAnalysis, require: Callable[[FilmAnalysis], None]) -> None:
    """Check a detected language by `require`; its LanguageError then says that the language was detected."""
    try:
        require(analysis)
    except LanguageError as error:
        called = f"{languages.get_english_name(analysis.language)} ({analysis.language})"
        raise LanguageError(
            f"by ear the film speaks {called}: {error}; set source_lang (--from) where that is misheard"
        ) from error


def is_recognized(analysis: FilmAnalysis, *, subtitled: bool) -> bool:
    """True if a dub's dialogue was recognised from the speech. `subtitled`: its lines are subtitles in its own language."""
    return not (subtitled or find_subtitles(analysis.subtitles, analysis.language))


def find_subtitles(texts: Iterable[Subtitles], language: str) -> Subtitles | None:
    """The first full subtitle in this language, whatever its region."""
    return next((text for text in texts if languages.is_same_language(text.language, language)), None)
