"""The story: one film, dubbed into its target languages, stage by stage.

    probe → separate → diarize → read subtitles, or identify and transcribe → (per language) study → translate → voice
          → synthesize ⇄ fit → mix → mux → compare → assess

Diarization comes before transcription, because a recogniser is more accurate on one speaker's speech; a synthesizer that
clones gets a reference clip of each speaker first (refer). Every stage runs through the runner, which takes from the cache
what was computed before: a second language repeats nothing but its own stages.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pipeline.apply_edits import Script, apply_edits, is_dubbed
from pipeline.dialogue_source import (
    build_language_note,
    describe_audio_track,
    detect_spoken_language,
    find_stated_language,
    find_subtitles,
    infer_subtitle_language,
    recognize_speech,
    require_detected_language,
)
from pipeline.dub_values import Dub, DubbedFilm, DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines, Passage, SpeechDetector, Synthesizer
from pipeline.engines.speakers.recurring_speakers import reuse_known_voices
from pipeline.errors import NoSpeechFound, StageError
from pipeline.runner import Runner
from pipeline.stages.assess import Report, assess, compare
from pipeline.stages.cast_voices import cast_voices
from pipeline.stages.diarize import diarize
from pipeline.stages.identify_language import build_unidentified_error, find_only_language
from pipeline.stages.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.plan_timing import compute_slots, plan_timing
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import list_subtitle_candidates, read_subtitles
from pipeline.stages.reference_clips import extract_reference_clips
from pipeline.stages.segment import segment_cues
from pipeline.stages.separate import separate
from pipeline.stages.synthesize import SynthesisRequest, estimate_duration, synthesize
from pipeline.stages.translate import (
    Overlong,
    Translation,
    add_terms,
    correct_segments,
    join_translations,
    rephrase,
    split_into_passages,
    study,
    translate,
)
from pipeline.text import glossary
from pipeline.values.film_context import FilmContext
from pipeline.values.media import Film, Stems
from pipeline.values.notes import Note, Severity, merge_notes
from pipeline.values.timeline import Diarization, Line, Take, TextSource, Voice

MAX_PARALLEL_LANGUAGES = 2  # each mixes with a decoder and an encoder beside it
MAX_RATE_BEFORE_REPHRASE = 1.2  # a line that must be faster than this gets a shorter wording first, if the translator can

# The course of a dub by its stages' names, in order; no film takes them all. First the film is analyzed, then the languages
# run in parallel, then they are joined, and each is assessed.
ANALYSIS_STAGES = ("probe", "separate", "diarize", "refer", "read", "identify", "transcribe", "segment_cues", "segment_words")
LANGUAGE_STAGES = ("segment_cues", "study", "translate", "voice", "estimate_duration", "rephrase", "synthesize", "fit", "mix")
MUX_STAGES = ("mux", "compare")
ASSESSMENT_STAGES = ("assess",)


def dub(
    spec: DubSpec,
    engines: Engines,
    run: Runner,
    *,
    detector: SpeechDetector,
    require: Callable[[FilmAnalysis], None] = lambda analysis: None,
    on_analysis: Callable[[FilmAnalysis], None] = lambda analysis: None,
) -> DubbedFilm:
    """Dub a film. `on_analysis` gets the analysis of the film before the languages begin.

    `require` raises a LanguageError for a film whose detected language cannot be dubbed; its speech is not recognised then.
    """
    analysis = analyze_film(spec, engines, run, require)
    on_analysis(analysis)
    run = run.with_planned_stages(run.done + count_language_stages(spec, engines))
    with ThreadPoolExecutor(MAX_PARALLEL_LANGUAGES, thread_name_prefix="language") as pool:
        dubs = tuple(
            pool.map(lambda target: dub_language(target, analysis, spec, engines, run.with_language(target)), spec.target_langs)
        )
        tracks, placements = tuple(each.track for each in dubs), tuple(each.placements for each in dubs)
        made = run(mux, analysis.source, analysis.film, tracks, placements, destination=spec.destination)
        output = replace(made, path=Path(spec.destination))  # whatever path a stored answer names

        comparison = run(compare, analysis.source, analysis.film, output)

        def assess_dub(each: Dub) -> Report:
            report = run.with_language(each.track.language)(assess, comparison, each.track, each.placements, detector)
            return replace(report, notes=merge_notes((*analysis.notes, *each.notes)))

        return DubbedFilm(output, analysis, dubs, tuple(pool.map(assess_dub, dubs)))


def count_language_stages(spec: DubSpec, engines: Engines) -> int:
    """Number of the stages after the analysis of the film.

    Mux and compare; for each language study, translate (or segment its subtitles), voice, synthesize, fit, mix and assess; a
    translator that rephrases adds that and the estimate of each line's duration.
    """
    each = 6 + (1 if is_film_studied(engines) else 0) + (2 if engines.translator.rephrases else 0)
    return 2 + each * len(spec.target_langs)


def is_film_studied(engines: Engines) -> bool:
    """True if the translator reads the whole film first. One that gets it in one passage has nothing to learn from that."""
    return engines.translator.lines_at_once is not None


def analyze_film(
    spec: DubSpec, engines: Engines, run: Runner, require: Callable[[FilmAnalysis], None] = lambda analysis: None
) -> FilmAnalysis:
    """Find the film's dialogue: text, times and speakers, from subtitles where they have it, else by speech recognition."""
    # A first guess of their number: only the subtitles show whether recognition must run.
    run = run.with_planned_stages(6 + count_language_stages(spec, engines))  # as many as there are without subtitles
    film = run(probe, spec.source, dialogue_language=spec.source_lang)
    stated = find_stated_language(film, spec.source_lang)
    only = find_only_language(engines.transcriber) if stated is None else None
    by_ear = stated is None and only is None
    if by_ear:
        run = run.with_planned_stages(7 + count_language_stages(spec, engines))
    elif only and not list_subtitle_candidates(spec.source, film):
        raise build_unidentified_error(spec.source.path.name, only)
    stems = run(separate, spec.source, film, engines.separator)
    diarization = diarize_speech(stems, film, spec, engines, run)
    clips = run(extract_reference_clips, spec.source, film, stems, diarization) if engines.synthesizer.clones else ()
    found = run.each(read_subtitles, list_subtitle_candidates(spec.source, film), spec.source, film)
    texts = tuple(text for text in found if text is not None)
    if by_ear:
        language = detect_spoken_language(stems, diarization, engines.transcriber, run)
    else:
        language = stated or infer_subtitle_language(texts, spec, only or "")
    notes = () if stated else (build_language_note(language, by_ear=by_ear),)
    analysis = FilmAnalysis(spec.source, film, language, stems, diarization, texts, (), clips, notes)
    if by_ear:
        require_detected_language(analysis, require)
    if original := find_subtitles(texts, language):
        return replace(analysis, segments=run(segment_cues, original.cues, diarization))
    if all(find_subtitles(texts, target) for target in spec.target_langs):
        return analysis  # every dub's text and timing is there already
    return replace(analysis, segments=recognize_speech(spec, analysis, engines, run))


def diarize_speech(stems: Stems, film: Film, spec: DubSpec, engines: Engines, run: Runner) -> Diarization:
    """Turns and speakers of the film. NoSpeechFound names the audio track in which nobody speaks."""
    try:
        return run(diarize, stems.speech, engines.diarizer, speakers=spec.speakers)
    except NoSpeechFound as error:
        raise NoSpeechFound(describe_audio_track(film.track(film.dialogue))) from error


def dub_language(target: str, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner) -> Dub:
    """One language: lines and voices with the users' edits, then takes, timing and mix."""
    script = write_script(target, analysis, spec, engines, run)
    every = script.translation.lines
    # Slots of all lines: no silence is borrowed where a line keeps the original audio.
    slots = compute_slots([line.segment for line in every], analysis.film.duration)
    slots = tuple(slot for line, slot in zip(every, slots, strict=True) if is_dubbed(line))
    lines = tuple(line for line in every if is_dubbed(line))
    if not lines:
        raise StageError("translate", f"nothing to say in {target!r}; check the subtitles, the source language and your edits")
    lines, takes = synthesize_lines(lines, script.voices, engines, run)
    placements = run(plan_timing, lines, takes, slots)
    undubbed = tuple(line for line in every if not is_dubbed(line))
    track = run(mix, analysis.source, analysis.film, analysis.stems, placements)
    notes = collect_notes(every, script.translation.notes, lines, takes)
    return Dub(track, placements, script.voices, script.subtitled, undubbed, script.translation.usage, notes)


def write_script(target: str, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner) -> Script:
    """Lines and voices of one language, as subtitles and engines give them, then with the users' edits."""
    ways = {"source": analysis.language, "target": target}

    def translate_passages(passages: Sequence[Passage]) -> Translation:
        return join_translations(run.each(translate, passages, engines.translator, **ways))

    brief = FilmContext()
    if subtitles := find_subtitles(analysis.subtitles, target):
        segments = run(segment_cues, subtitles.cues, analysis.diarization)
        translation = Translation(tuple(Line(segment, segment.text, target, TextSource.SUBTITLE) for segment in segments))
    else:
        brief = run(study, analysis.segments, engines.translator, **ways) if is_film_studied(engines) else brief
        brief = add_terms(brief, glossary.select_terms(spec.glossary, target))
        passages = split_into_passages(analysis.segments, brief, lines_at_once=engines.translator.lines_at_once)
        translation = translate_passages(passages)
    clips = reuse_known_voices(analysis.clips, analysis.diarization, spec.known)
    cast = run(cast_voices, analysis.diarization, clips, engines.synthesizer)
    return apply_edits(
        Script(target, translation, {voice.speaker: voice for voice in cast}, subtitled=subtitles is not None),
        spec.edits,
        retranslate=lambda texts: translate_passages(correct_segments(analysis.segments, texts, brief)),
        list_voices=lambda: list_voice_choices(analysis, engines.synthesizer, target),
    )


def list_voice_choices(analysis: FilmAnalysis, synthesizer: Synthesizer, target: str) -> tuple[str, ...]:
    """The voices that a speaker can be given: the synthesizer's own, and where it clones, those of the film's speakers."""
    lenders = (clip.speaker for clip in analysis.clips) if synthesizer.clones else ()
    return (*synthesizer.voices(language=target), *lenders)


def synthesize_lines(
    lines: tuple[Line, ...], voices: Mapping[str, Voice], engines: Engines, run: Runner
) -> tuple[tuple[Line, ...], tuple[Take, ...]]:
    """A take of every line that lasts as its source did; a line too long for that is rephrased in fewer words first."""
    if engines.translator.rephrases:
        durations = run.each(estimate_duration, build_synthesis_requests(lines, voices), engines.synthesizer)
        long = [
            Overlong(line, line.span.duration)
            for line, duration in zip(lines, durations, strict=True)
            if duration > MAX_RATE_BEFORE_REPHRASE * line.span.duration and line.source is TextSource.TRANSLATION
        ]
        reworded = {line.number: line for line in run.each(rephrase, long, engines.translator)}
        lines = tuple(reworded.get(line.number, line) for line in lines)
    return lines, run.each(synthesize, build_synthesis_requests(lines, voices), engines.synthesizer)


def build_synthesis_requests(lines: Sequence[Line], voices: Mapping[str, Voice]) -> tuple[SynthesisRequest, ...]:
    """Synthesis requests of the lines, in their order: text, voice and duration in seconds."""
    first = next(iter(voices.values()))  # of the main speaker: also for a line whose speaker is unknown
    return tuple(SynthesisRequest(line.text, voices.get(line.segment.speaker or "", first), line.span.duration) for line in lines)


def collect_notes(
    every: Sequence[Line], translation: Iterable[Note], lines: Sequence[Line], takes: Sequence[Take]
) -> tuple[Note, ...]:
    """Notes on a dub for the users: on its translation, on lines without one, on its takes."""
    untranslated = tuple(line.number for line in every if line.source is TextSource.NONE)
    missing = Note("Not translated, so that the original is heard there", Severity.WARNING, untranslated)
    take_notes = (replace(note, lines=(line.number,)) for line, take in zip(lines, takes, strict=True) for note in take.notes)
    merged = merge_notes(take_notes, dub_lines=[line.number for line in lines])
    notes = (*([missing] if untranslated else []), *translation, *merged)
    return merge_notes(notes, dub_lines=[line.number for line in every])
