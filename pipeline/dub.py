"""The story: one film, dubbed into its target languages, stage by stage.

    probe → separate → diarize → read subtitles, or identify and transcribe (→ align) → (per language) study → translate → voice
          → synthesize ⇄ recognize takes → fit (→ match_rooms) (→ watermark) → mix (→ fold_down) → mux, or write_sidecars → compare → assess

Diarization comes before transcription, because a recogniser is more accurate on one speaker's speech; a synthesizer that
clones gets a reference clip of each speaker first (refer). Every stage runs through the runner, which takes from the cache
what was computed before: a second language repeats nothing but its own stages.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from pipeline.analysis.clip_transcripts import transcribe_clips
from pipeline.analysis.dialogue_source import find_subtitles, is_recognized
from pipeline.analysis.film_analysis import count_language_stages, is_film_studied
from pipeline.analysis.line_deliveries import measure_deliveries, measure_retimed_deliveries
from pipeline.analysis.original_sounds import keep_vocalizations
from pipeline.analysis.preview_excerpt import analyze_preview, analyze_whole
from pipeline.analysis.script_notes import collect_notes, describe_recognition
from pipeline.analysis.subtitle_source import describe_use
from pipeline.apply_edits import Script, apply_edits, is_dubbed, join_scripts, shift_edits
from pipeline.assessment.report_warnings import rank_notes
from pipeline.assessment.round_trip_report import add_round_trips
from pipeline.dub_values import Dub, DubbedFilm, DubSpec, FilmAnalysis
from pipeline.engines.protocols import Engines, Passage, SpeechDetector, Synthesizer
from pipeline.engines.speakers.recurring_speakers import reuse_known_voices
from pipeline.engines.speakers.voice_choice import describe_unused_choice
from pipeline.engines.speakers.voice_embedder import VoiceEmbedder
from pipeline.engines.watermark.watermarker import Watermarker
from pipeline.errors import StageError
from pipeline.film_writing import write_film
from pipeline.line_synthesis import LineSynthesis, describe_lost_pauses, list_cloned_lines, list_kept_spans
from pipeline.recognition.unrecognized_speech import describe_unrecognized_speech
from pipeline.runner import Runner
from pipeline.stages.assess import AssessmentEngines, FinishedDub, assess
from pipeline.stages.cast_voices import cast_voices
from pipeline.stages.plan_timing import compute_slots, plan_timing
from pipeline.stages.segment import segment_cues
from pipeline.stages.translate import (
    Translation,
    add_terms,
    convert_numbers,
    correct_segments,
    join_translations,
    place_segments,
    split_into_passages,
    study,
    translate,
)
from pipeline.text import glossary
from pipeline.track_mixing import Watermarking, count_optional_stages, mix_tracks
from pipeline.values.dub_report import Report
from pipeline.values.film_context import FilmContext
from pipeline.values.notes import merge_notes
from pipeline.values.timeline import Line, Segment, TextSource

MAX_PARALLEL_LANGUAGES = 2  # each mixes with a decoder and an encoder beside it

# The stages in order, of which no film takes all: it is analyzed, its languages run in parallel, are joined, and assessed.
ANALYSIS_STAGES = (
    "probe",
    "excerpt",
    "separate",
    "diarize",
    "refer",
    "read",
    "identify",
    "transcribe",
    "collect_unrecognized",
    "align",
    "collect_words",
    "segment_cues",
    "segment_words",
)
LANGUAGE_STAGES = (
    "segment_cues",
    "study",
    "translate",
    "voice",
    "measure_prosody",
    "estimate_duration",
    "rephrase",
    "synthesize",
    "recognize_takes",
    "fit",
    "match_rooms",
    "watermark",
    "mix",
    "fold_down",
)
MUX_STAGES = ("mux", "write_sidecars", "compare")
ASSESSMENT_STAGES = ("assess",)


def dub(
    spec: DubSpec,
    engines: Engines,
    run: Runner,
    *,
    detector: SpeechDetector,
    embedder: VoiceEmbedder | None = None,
    watermarker: Watermarker | None = None,
    require: Callable[[FilmAnalysis], None] = lambda analysis: None,
    on_analysis: Callable[[FilmAnalysis], None] = lambda analysis: None,
) -> DubbedFilm:
    """Dub a film. `on_analysis` gets the analysis of the film before the languages begin.

    `require` raises a LanguageError for a film whose detected language cannot be dubbed; its speech is not recognised then.
    `detector`, `embedder`: assess the dub; without an embedder the likeness of its voices is not measured.
    `watermarker`: marks cloned voices; None: they are not marked.
    """
    analysis = (analyze_preview if spec.preview else analyze_whole)(spec, engines, run, require)
    on_analysis(analysis)
    mixing = count_optional_stages(spec, analysis.film, watermarker) * len(spec.target_langs)
    run = run.with_planned_stages(run.done + count_language_stages(spec, engines) + mixing)
    with ThreadPoolExecutor(MAX_PARALLEL_LANGUAGES, thread_name_prefix="language") as pool:
        dub_target = partial(
            dub_language, analysis=analysis, spec=spec, engines=engines, run=run, detector=detector, watermarker=watermarker
        )
        dubs = tuple(pool.map(dub_target, spec.target_langs))
        written = write_film(dubs, analysis, spec, run)

        def assess_dub(each: Dub) -> Report:
            finished, listeners = describe_finished_dub(each, analysis), AssessmentEngines(detector, embedder)
            report = add_round_trips(
                run.with_language(each.track.language)(assess, written.comparison, finished, listeners), each.checks
            )
            return replace(
                report, notes=merge_notes((*rank_notes(report, (*spec.notes, *analysis.notes, *each.notes)), *written.notes))
            )

        return DubbedFilm(written.output, analysis, dubs, tuple(pool.map(assess_dub, dubs)))


def describe_finished_dub(dub: Dub, analysis: FilmAnalysis) -> FinishedDub:
    """The dub of one language as it is assessed."""
    heard = is_recognized(analysis, subtitled=dub.subtitled)
    about = (tuple(dub.voices.values()), None if dub.subtitled else analysis.language, dub.undubbed, heard)
    return FinishedDub(dub.track, dub.placements, analysis.film, analysis.stems, *about)


def dub_language(
    target: str,
    analysis: FilmAnalysis,
    spec: DubSpec,
    engines: Engines,
    run: Runner,
    detector: SpeechDetector,
    watermarker: Watermarker | None,
) -> Dub:
    """One language: lines and voices with the users' edits, then takes, timing and mix."""
    run = run.with_language(target)
    draft = draft_script(target, analysis, spec, engines, run)
    script = edit_script(draft, analysis, spec, engines, run)
    every = script.translation.lines
    undubbed = tuple(line for line in every if not is_dubbed(line))
    if len(undubbed) == len(every):
        raise StageError("translate", f"nothing to say in {target!r}; check the subtitles, the source language and your edits")
    deliveries = measure_deliveries(draft, analysis, spec, engines, run, detector)
    lexicon = glossary.select_pronunciations(spec.glossary, target)
    retimed = measure_retimed_deliveries(draft, script, analysis, spec, engines, run, detector)
    synthesis = LineSynthesis(
        engines, run, analysis.language, analysis.film.duration, deliveries, spec.verify_takes, lexicon, retimed, spec.fixed_takes
    )
    verified = synthesis.synthesize_script(draft, script)
    lines, takes = verified.lines, verified.takes
    slots = compute_slots([line.segment for line in every], analysis.film.duration)  # of all: original audio lends no silence
    slots = tuple(slot for line, slot in zip(every, slots, strict=True) if is_dubbed(line))
    placements = run(plan_timing, lines, takes, slots, duration=analysis.film.duration, kept=list_kept_spans(script))
    watermarking = Watermarking(watermarker, *list_cloned_lines(script, verified.takes_by_number)) if watermarker else None
    track, stereo, mix_notes = mix_tracks(placements, analysis, spec, run, watermarking)
    translation_notes = (
        *describe_unused_choice(spec.voices, tuple(draft.voices.values()), target),
        *describe_unrecognized_speech(script.unrecognized),
        *(describe_recognition(every, run, spec) if is_recognized(analysis, subtitled=script.subtitled) else ()),
        *script.translation.notes,
        *describe_lost_pauses(lines, {**deliveries, **retimed}),
    )
    notes = (*collect_notes(every, translation_notes, lines, takes), *verified.notes, *mix_notes)
    facts = (script.translation.usage, notes, stereo, verified.checks, script.number_shift, deliveries)
    return Dub(track, placements, script.voices, script.subtitled, undubbed, *facts)


def draft_script(target: str, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner) -> Script:
    """Lines and voices of one language, as subtitles and engines give them; those of a previewed part as they were."""
    if analysis.rest is not None and (part := analysis.previewed) is not None:
        rest = draft_script(target, analysis.rest, spec, engines, run)
        return join_scripts(rest, draft_script(target, part.analysis, spec, engines, run), part.offset)
    if subtitles := find_subtitles(analysis.subtitles, target):
        segments = run(segment_cues, subtitles.cues, analysis.diarization)
        lines = tuple(Line(segment, segment.text, target, TextSource.SUBTITLE) for segment in segments)
        translation = Translation(lines, notes=describe_use(subtitles, is_target=True))
    else:
        context = study_film(target, analysis, spec, engines, run)
        passages = split_into_passages(analysis.segments, context, lines_at_once=engines.translator.lines_at_once)
        translation = translate_passages(passages, target, analysis, engines, run)
    translation = replace(translation, lines=keep_vocalizations(translation.lines))
    clips = reuse_known_voices(analysis.clips, analysis.diarization, spec.known)
    clips = transcribe_clips(clips, analysis.language, engines, run)
    chosen = {"choice": spec.voices} if spec.voices else {}  # nothing new in the question where no rule names any
    cast = run(cast_voices, analysis.diarization, clips, engines.synthesizer, **chosen)
    voices, unrecognized = {voice.speaker: voice for voice in cast}, () if subtitles else analysis.unrecognized
    return Script(target, translation, voices, subtitled=subtitles is not None, unrecognized=unrecognized)


def edit_script(draft: Script, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner) -> Script:
    """The script with the users' edits; the lines of corrected transcripts are translated again, and added ones translated."""

    def retranslate(texts: Mapping[int, str], added: Sequence[Segment]) -> Translation:
        context, segments = study_film(draft.language, analysis, spec, engines, run), analysis.segments
        passages = (*correct_segments(segments, texts, context), *place_segments(segments, added, context))
        return translate_passages(passages, draft.language, analysis, engines, run)

    return apply_edits(
        draft,
        shift_edits(spec.edits, draft.number_shift) if spec.has_preview_edits else spec.edits,
        retranslate=retranslate,
        list_voices=lambda: list_voice_choices(analysis, engines.synthesizer, draft.language),
    )


def study_film(target: str, analysis: FilmAnalysis, spec: DubSpec, engines: Engines, run: Runner) -> FilmContext:
    """Context of the translation into one language: of the film, where the translator studies it, and the glossary's terms."""
    context = FilmContext()
    if is_film_studied(engines):
        context = run(study, analysis.segments, engines.translator, source=analysis.language, target=target)
    return add_terms(context, glossary.select_terms(spec.glossary, target))


def translate_passages(
    passages: Sequence[Passage], target: str, analysis: FilmAnalysis, engines: Engines, run: Runner
) -> Translation:
    """The passages' translation, numbers in the target language's notation."""
    answers = run.each(translate, passages, engines.translator, source=analysis.language, target=target)
    return convert_numbers(join_translations(answers), analysis.language)


def list_voice_choices(analysis: FilmAnalysis, synthesizer: Synthesizer, target: str) -> tuple[str, ...]:
    """The voices that a speaker can be given: the synthesizer's own, and where it clones, those of the film's speakers."""
    lenders = (clip.speaker for clip in analysis.clips) if synthesizer.clones else ()
    return (*synthesizer.voices(language=target), *lenders)
