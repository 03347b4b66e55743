"""Analysis of a film before it is dubbed: its audio track, language, speakers and dialogue, from subtitles or by speech recognition."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from pipeline.analysis.dialogue_alignment import align_cues
from pipeline.analysis.dialogue_source import (
    build_language_note,
    describe_audio_track,
    describe_dialogue_track,
    detect_spoken_language,
    find_script_language,
    find_stated_language,
    find_subtitles,
    infer_subtitle_language,
    recognize_sample,
    recognize_speech,
    require_detected_language,
)
from pipeline.analysis.preview_window import choose_window, limit_subtitles, limit_to_window
from pipeline.analysis.previewed_part import describe_stems, diarize_rest, exclude_subtitles
from pipeline.analysis.subtitle_source import (
    Recognize,
    choose_subtitles,
    describe_use,
    list_subtitle_candidates,
    use_chosen_subtitles,
)
from pipeline.analysis.unused_subtitles import describe_unused_subtitles
from pipeline.dub_values import DubSpec, FilmAnalysis, PreviewedPart, PreviewWindow
from pipeline.engines.protocols import Engines
from pipeline.errors import EngineError, NoSpeechFound
from pipeline.ffmpeg.truncation.truncation_notes import describe_truncation
from pipeline.runner import Runner
from pipeline.stages.diarize import diarize
from pipeline.stages.identify_language import build_unidentified_error, find_only_language
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import SubtitleCandidate, Subtitles, read_subtitles
from pipeline.stages.reference_clips import extract_reference_clips
from pipeline.stages.segment import segment_cues
from pipeline.stages.separate import separate, separate_rest
from pipeline.text import languages
from pipeline.text.track_choice import select_dialogue_track
from pipeline.values.media import Film, Stems
from pipeline.values.notes import Note
from pipeline.values.timeline import Diarization, Turn
from pipeline.verification.round_trip import is_verified


def count_analysis_stages(engines: Engines) -> int:
    """Number of the stages of a film's analysis without subtitles."""
    return 7 if engines.aligner is None else 8


def count_language_stages(spec: DubSpec, engines: Engines) -> int:
    """Number of the stages after the analysis of the film.

    Mux and compare, or the sidecars; for each language study, translate (or segment its subtitles), voice, the prosody and the estimated duration
    of each line, synthesize, fit, mix and assess; a translator that rephrases adds that; a recogniser that knows the language, the
    check of its takes.
    """
    each = 8 + (1 if is_film_studied(engines) else 0) + (1 if engines.translator.rephrases else 0)
    verified = _count_verified_languages(spec, engines)
    return (1 if spec.is_sidecar else 2) + each * len(spec.target_langs) + verified


def _count_verified_languages(spec: DubSpec, engines: Engines) -> int:
    """Number of dubs whose takes will be recognised; 0 where the transcriber cannot be asked, as a film with subtitles does not need it."""
    try:
        return sum(is_verified(target, engines.transcriber, spec.verify_takes) for target in spec.target_langs)
    except EngineError:
        return 0


def is_film_studied(engines: Engines) -> bool:
    """True if the translator reads the whole film first. One that gets it in one passage has nothing to learn from that."""
    return engines.translator.lines_at_once is not None


def analyze_film(
    spec: DubSpec,
    engines: Engines,
    run: Runner,
    require: Callable[[FilmAnalysis], None] = lambda analysis: None,
    part: PreviewedPart | None = None,
) -> FilmAnalysis:
    """Find the film's dialogue: text, times and speakers, from subtitles, else by speech recognition. `part` is left out of it."""
    # A first guess of their number: only the subtitles show whether recognition must run.
    run = run.with_planned_stages(count_analysis_stages(engines) + count_language_stages(spec, engines))
    film = run(probe, spec.source, dialogue_language=spec.source_lang)
    film = select_dialogue_track(film, spec.selection.audio, name=spec.source.path.name)
    stated = find_stated_language(film, spec.source_lang)
    only = find_only_language(engines.transcriber) if stated is None else None
    by_ear = stated is None and only is None
    run = run.with_planned_stages(run.planned + 1) if by_ear else run
    candidates, notes = list_subtitle_candidates(spec.source, film, spec.selection)
    if only and not candidates:
        raise build_unidentified_error(spec.source.path.name, only)
    stems = separate_film(spec, film, engines, run, part)
    whole = diarize_speech(stems, film, spec, engines, run)
    window, diarization = limit_to_preview(whole, spec, film, part)
    clips = run(extract_reference_clips, spec.source, film, stems, diarization) if engines.synthesizer.clones else ()
    found = run.each(read_subtitles, candidates, spec.source)
    if by_ear:
        spoken = detect_spoken_language(stems, diarization, engines.transcriber, run)
    else:
        spoken = stated or infer_subtitle_language(found, spec, only or "")
    sample = partial(recognize_sample, stems, diarization, engines.transcriber, spoken, run)
    texts, language, text_notes = choose_texts(spec, candidates, found, whole.turns, film, spoken=spoken, recognize=sample)
    texts = limit_subtitles(texts, window.span) if window else exclude_subtitles(texts, part) if part else texts
    notes = (
        *describe_truncation(film, [(text.label, text.cues) for text in found]),
        *describe_dialogue_track(film, spec.source_lang, is_by_person=spec.selection.audio is not None),
        *(*notes, *text_notes, *(() if stated else (build_language_note(spoken, by_ear=by_ear),))),
    )
    analysis = FilmAnalysis(spec.source, film, language, stems, diarization, texts, (), clips, notes, window)
    if by_ear:
        require_detected_language(analysis, require)
    return find_segments(analysis, spec, engines, run, spoken=spoken)


def find_segments(analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner, *, spoken: str) -> FilmAnalysis:
    """The analysis with its segments, from subtitles in the film's language, else by speech recognition.

    `spoken`: the language of the speech, in which subtitles can be aligned to it.
    """
    if original := find_subtitles(analysis.subtitles, analysis.language):
        aligner = engines.aligner if languages.is_same_language(original.language, spoken) else None
        cues, notes = align_cues(original.cues, analysis, aligner, run)
        segments = run(segment_cues, cues, analysis.diarization)
        return replace(analysis, segments=segments, notes=(*analysis.notes, *describe_use(original), *notes))
    if all(find_subtitles(analysis.subtitles, target) for target in spec.target_langs):
        return analysis  # every dub's text and timing is there already
    segments, unrecognized, notes = recognize_speech(spec, analysis, engines, run)
    return replace(analysis, segments=segments, unrecognized=unrecognized, notes=(*analysis.notes, *notes))


def choose_texts(
    spec: DubSpec,
    candidates: Sequence[SubtitleCandidate],
    found: Sequence[Subtitles],
    turns: Sequence[Turn],
    film: Film,
    *,
    spoken: str,
    recognize: Recognize,
) -> tuple[tuple[Subtitles, ...], str, tuple[Note, ...]]:
    """The usable subtitles: the one that a person chose, else the best of each language; the language that the dialogue is
    translated from; and notes on both.
    """
    if spec.selection.subtitles is None:
        texts, notes = choose_subtitles(found, turns, film, language=spoken, recognize=recognize)
        return texts, spoken, (*notes, *describe_unused_subtitles(texts, (spoken, *spec.target_langs)))
    texts = use_chosen_subtitles(candidates, found, turns, film, language=spoken, recognize=recognize)
    return texts, *find_script_language(texts, spoken, spec.target_langs)


def separate_film(spec: DubSpec, film: Film, engines: Engines, run: Runner, part: PreviewedPart | None) -> Stems:
    """The stems of the film; those of a previewed part are not made again."""
    ready = describe_stems(part) if part else None
    if engines.separator is None or ready is None:
        return run(separate, spec.source, film, engines.separator)
    return run(separate_rest, spec.source, film, engines.separator, ready)


def limit_to_preview(
    whole: Diarization, spec: DubSpec, film: Film, part: PreviewedPart | None
) -> tuple[PreviewWindow | None, Diarization]:
    """The window of a preview in its excerpt, and the turns in it; the turns outside a previewed part; else all turns."""
    if spec.range is None:
        return None, diarize_rest(whole, part) if part else whole
    window = choose_window(whole.turns, spec.range, film.duration)
    return window, limit_to_window(whole, window.span)


def diarize_speech(stems: Stems, film: Film, spec: DubSpec, engines: Engines, run: Runner) -> Diarization:
    """Turns and speakers of the film. NoSpeechFound names the audio track in which nobody speaks."""
    try:
        return run(diarize, stems.speech, engines.diarizer, speakers=spec.speakers)
    except NoSpeechFound as error:
        raise NoSpeechFound(describe_audio_track(film.track(film.dialogue))) from error
