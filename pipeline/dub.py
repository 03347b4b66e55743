"""The story: one film, dubbed into its target languages, stage by stage.

    probe → separate → diarize → read subtitles, or identify and transcribe → (per language) study → translate → voice
          → synthesize ⇄ fit → mix (→ fold_down) → mux → compare → assess

Diarization comes before transcription, because a recogniser is more accurate on one speaker's speech; a synthesizer that
clones gets a reference clip of each speaker first (refer). Every stage runs through the runner, which takes from the cache
what was computed before: a second language repeats nothing but its own stages.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pipeline.analysis.dialogue_source import find_subtitles
from pipeline.analysis.film_analysis import analyze_film, count_language_stages, is_film_studied
from pipeline.analysis.subtitle_source import describe_use
from pipeline.apply_edits import Script, apply_edits, is_dubbed
from pipeline.assessment.report_warnings import find_warnings
from pipeline.dub_values import Dub, DubbedFilm, DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines, Passage, SpeechDetector, Synthesizer, VoiceEmbedder
from pipeline.engines.speakers.recurring_speakers import reuse_known_voices
from pipeline.errors import StageError
from pipeline.ffmpeg.muxer import describe_left_out_streams
from pipeline.ffmpeg.track_flags.dispositions import describe_dispositions
from pipeline.runner import Runner
from pipeline.stages.assess import AssessmentEngines, FinishedDub, assess, compare
from pipeline.stages.cast_voices import cast_voices
from pipeline.stages.mixing.fold_down import describe_fold_down, fold_down, has_surround_dub
from pipeline.stages.mixing.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.plan_timing import compute_slots, plan_timing
from pipeline.stages.segment import segment_cues
from pipeline.stages.synthesize import SynthesisRequest, estimate_duration, synthesize
from pipeline.stages.translate import (
    Overlong,
    Translation,
    add_terms,
    convert_numbers,
    correct_segments,
    join_translations,
    rephrase,
    split_into_passages,
    study,
    translate,
)
from pipeline.text import glossary
from pipeline.text.spoken_forms.verbalize import verbalize
from pipeline.values.dub_report import Report
from pipeline.values.film_context import FilmContext
from pipeline.values.notes import Note, Severity, merge_notes
from pipeline.values.timeline import Line, Take, TextSource, Voice

MAX_PARALLEL_LANGUAGES = 2  # each mixes with a decoder and an encoder beside it
MAX_RATE_BEFORE_REPHRASE = 1.2  # a line that must be faster than this gets a shorter wording first, if the translator can

# The course of a dub by its stages' names, in order; no film takes them all. First the film is analyzed, then the languages
# run in parallel, then they are joined, and each is assessed.
ANALYSIS_STAGES = ("probe", "separate", "diarize", "refer", "read", "identify", "transcribe", "segment_cues", "segment_words")
LANGUAGE_STAGES = (
    "segment_cues",
    "study",
    "translate",
    "voice",
    "estimate_duration",
    "rephrase",
    "synthesize",
    "fit",
    "mix",
    "fold_down",
)
MUX_STAGES = ("mux", "compare")
ASSESSMENT_STAGES = ("assess",)


def dub(
    spec: DubSpec,
    engines: Engines,
    run: Runner,
    *,
    detector: SpeechDetector,
    embedder: VoiceEmbedder | None = None,
    require: Callable[[FilmAnalysis], None] = lambda analysis: None,
    on_analysis: Callable[[FilmAnalysis], None] = lambda analysis: None,
) -> DubbedFilm:
    """Dub a film. `on_analysis` gets the analysis of the film before the languages begin.

    `require` raises a LanguageError for a film whose detected language cannot be dubbed; its speech is not recognised then.
    `detector`, `embedder`: assess the dub; without an embedder the likeness of its voices is not measured.
    """
    analysis = analyze_film(spec, engines, run, require)
    on_analysis(analysis)
    is_folded = spec.stereo_dub and has_surround_dub(analysis.film)
    run = run.with_planned_stages(run.done + count_language_stages(spec, engines) + is_folded * len(spec.target_langs))
    with ThreadPoolExecutor(MAX_PARALLEL_LANGUAGES, thread_name_prefix="language") as pool:
        dubs = tuple(
            pool.map(lambda target: dub_language(target, analysis, spec, engines, run.with_language(target)), spec.target_langs)
        )
        tracks = tuple(track for each in dubs for track in each.tracks)
        placements = tuple(each.placements for each in dubs)
        default = {"default_track": spec.default_track}
        made = run(mux, analysis.source, analysis.film, tracks, placements, destination=spec.destination, **default)
        output = replace(made, path=Path(spec.destination))  # whatever path a stored answer names

        left_out = describe_left_out_streams(analysis.film, Path(spec.destination).suffix)
        mux_notes = (*left_out, *describe_dispositions(analysis.film, spec.default_track))
        comparison = run(compare, analysis.source, analysis.film, output, **default)

        def assess_dub(each: Dub) -> Report:
            finished, listeners = describe_finished_dub(each, analysis), AssessmentEngines(detector, embedder)
            report = run.with_language(each.track.language)(assess, comparison, finished, listeners)
            return replace(report, notes=merge_notes((*find_warnings(report), *analysis.notes, *each.notes, *mux_notes)))

        return DubbedFilm(output, analysis, dubs, tuple(pool.map(assess_dub, dubs)))


def describe_finished_dub(dub: Dub, analysis: FilmAnalysis) -> FinishedDub:
    """The dub of one language as it is assessed."""
    voices, source_language = tuple(dub.voices.values()), None if dub.subtitled else analysis.language
    return FinishedDub(dub.track, dub.placements, analysis.film, analysis.stems, voices, source_language)


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
    is_folded = spec.stereo_dub and has_surround_dub(analysis.film)
    stereo = run(fold_down, analysis.source, analysis.film, track) if is_folded else None
    notes = (*collect_notes(every, script.translation.notes, lines, takes), *(describe_fold_down(stereo) if stereo else ()))
    return Dub(track, placements, script.voices, script.subtitled, undubbed, script.translation.usage, notes, stereo)


def write_script(target: str, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner) -> Script:
    """Lines and voices of one language, as subtitles and engines give them, then with the users' edits."""
    ways = {"source": analysis.language, "target": target}

    def translate_passages(passages: Sequence[Passage]) -> Translation:
        return convert_numbers(join_translations(run.each(translate, passages, engines.translator, **ways)), analysis.language)

    brief = FilmContext()
    if subtitles := find_subtitles(analysis.subtitles, target):
        segments = run(segment_cues, subtitles.cues, analysis.diarization)
        lines = tuple(Line(segment, segment.text, target, TextSource.SUBTITLE) for segment in segments)
        translation = Translation(lines, notes=describe_use(subtitles, is_target=True))
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
    """Synthesis requests of the lines, in their order: text in words (numbers, dates, units …), voice and duration in seconds."""
    first = next(iter(voices.values()))  # of the main speaker: also for a line whose speaker is unknown
    return tuple(
        SynthesisRequest(verbalize(line.text, line.language), voices.get(line.segment.speaker or "", first), line.span.duration)
        for line in lines
    )


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
