"""The story: one film, dubbed into its target languages, stage by stage.

    probe → separate → diarize → read subtitles, or identify and transcribe → (per language) study → translate → voice
          → synthesize ⇄ fit → mix → mux → compare → assess

Diarization comes before transcription, because a recogniser hears better what one speaker says; a synthesizer that clones
gets a reference clip of each speaker first (refer). Every stage runs through
the runner, which answers from the cache what was answered before: a second language repeats nothing but its own stages.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline import apply_edits
from pipeline.engines.protocols import Engines, SpeechDetector, Synthesizer, Transcriber, Usage
from pipeline.errors import LanguageError, StageError
from pipeline.runner import Runner
from pipeline.stages import plan_timing as fitting
from pipeline.stages.assess import Report, assess, compare
from pipeline.stages.cast_voices import cast_voices, reuse_known_voices
from pipeline.stages.diarize import diarize
from pipeline.stages.identify_language import (
    build_unidentified_error,
    choose_identification_windows,
    choose_likeliest_language,
    find_only_language,
    identify_language,
    measure_speech_seconds,
)
from pipeline.stages.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.plan_timing import plan_timing
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import Subtitles, list_subtitle_candidates, read_subtitles
from pipeline.stages.reference_clips import extract_reference_clips
from pipeline.stages.segment import segment_cues, segment_words
from pipeline.stages.separate import separate
from pipeline.stages.synthesize import SynthesisRequest, estimate_duration, synthesize
from pipeline.stages.transcribe import cut_utterances, transcribe
from pipeline.stages.translate import (
    Overlong,
    Translation,
    add_terms,
    join_translations,
    rephrase,
    split_into_passages,
    study,
    translate,
)
from pipeline.text import glossary, languages
from pipeline.text.glossary import Entry
from pipeline.values.edits import Edit, SpeakerEdit
from pipeline.values.film_context import Brief
from pipeline.values.media import DubTrack, Film, Source, Stems
from pipeline.values.notes import Note, Severity, merge_notes
from pipeline.values.timeline import Clip, Diarization, KnownVoice, Line, Placement, Segment, Take, TextSource, Voice

MAX_PARALLEL_LANGUAGES = 2  # each mixes with a decoder and an encoder beside it
MAX_RATE_BEFORE_REPHRASE = 1.2  # a line that must be faster than this asks for a shorter wording first, where the translator can

# The course of a dub by its stages' names, in order; no film takes them all. First the film is heard, then the languages go
# side by side, then they are joined, and each is assessed.
ANALYSIS_STAGES = ("probe", "separate", "diarize", "refer", "read", "identify", "transcribe", "segment_cues", "segment_words")
LANGUAGE_STAGES = ("segment_cues", "study", "translate", "voice", "estimate_duration", "rephrase", "synthesize", "fit", "mix")
MUX_STAGES = ("mux", "compare")
ASSESSMENT_STAGES = ("assess",)


@dataclass(frozen=True, slots=True)
class DubSpec:
    """What to dub. `destination`: where the finished film goes. `source_lang`, `speakers`: where somebody knows."""

    source: Source
    target_langs: tuple[str, ...]
    destination: str
    source_lang: str | None = None
    speakers: int | None = None
    edits: tuple[Edit, ...] = ()
    speaker_edits: tuple[SpeakerEdit, ...] = ()
    glossary: tuple[Entry, ...] = ()
    known: tuple[KnownVoice, ...] = ()


@dataclass(frozen=True, slots=True)
class FilmAnalysis:
    """The film's dialogue as it was found out, for every target language. `notes`: told with each dub."""

    source: Source
    film: Film
    language: str
    stems: Stems
    diarization: Diarization
    subtitles: tuple[Subtitles, ...]
    segments: tuple[Segment, ...]
    clips: tuple[Clip, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Dub:
    """One film in one language. `undubbed`: lines that are left to the original; `usage`: what the translation cost;
    `notes`: what people are told of it.

    `voices`: diarizer label → the voice that speaks for it. `subtitled`: the lines are those of subtitles in this language.
    """

    track: DubTrack
    placements: tuple[Placement, ...]
    voices: Mapping[str, Voice]
    subtitled: bool
    undubbed: tuple[Line, ...] = ()
    usage: Usage = field(default_factory=Usage)
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class DubbedFilm:
    """The finished film and what is to be said of each language."""

    output: Source
    heard: FilmAnalysis
    dubs: tuple[Dub, ...]
    reports: tuple[Report, ...]


def dub(
    job: DubSpec,
    engines: Engines,
    run: Runner,
    *,
    detector: SpeechDetector,
    require: Callable[[FilmAnalysis], None] = lambda heard: None,
    learned: Callable[[FilmAnalysis], None] = lambda heard: None,
) -> DubbedFilm:
    """Dub a film. `learned` hears what was found out about it before the languages begin.

    `require` refuses, by a LanguageError, what cannot be done with a language that nobody told and that was heard; the film's words
    are not recognised then.
    """
    heard = analyze_film(job, engines, run, require)
    learned(heard)
    labels = {speaker.label for speaker in heard.diarization.speakers}
    edits, speaker_edits = apply_edits.meant(job.edits, job.speaker_edits, labels)
    job = replace(job, edits=edits, speaker_edits=speaker_edits)
    run = run.with_planned_stages(run.done + count_language_stages(job, engines))
    with ThreadPoolExecutor(MAX_PARALLEL_LANGUAGES, thread_name_prefix="language") as dubbing:
        dubs = tuple(
            dubbing.map(lambda target: dub_language(target, heard, job, engines, run.with_language(target)), job.target_langs)
        )
        tracks, placements = tuple(each.track for each in dubs), tuple(each.placements for each in dubs)
        made = run(mux, heard.source, heard.film, tracks, placements, destination=job.destination)
        output = replace(made, path=Path(job.destination))  # whatever path a stored answer names

        comparison = run(compare, heard.source, heard.film, output)

        def assessed(each: Dub) -> Report:
            report = run.with_language(each.track.language)(assess, comparison, each.track, each.placements, detector)
            return replace(report, notes=merge_notes((*heard.notes, *each.notes)))

        return DubbedFilm(output, heard, dubs, tuple(dubbing.map(assessed, dubs)))


def count_language_stages(job: DubSpec, engines: Engines) -> int:
    """How many stages follow once it is known what the film says.

    Mux and compare; for each language study, translate (or segment its subtitles), voice, synthesize, fit, mix and assess; a
    translator that rephrases adds that and the estimate of each line's duration.
    """
    each = 6 + (1 if is_film_studied(engines) else 0) + (2 if engines.translator.rephrases else 0)
    return 2 + each * len(job.target_langs)


def is_film_studied(engines: Engines) -> bool:
    """Whether the translator reads the whole film first. One that gets it whole anyway has nothing to learn."""
    return engines.translator.lines_at_once is not None


def analyze_film(
    job: DubSpec, engines: Engines, run: Runner, require: Callable[[FilmAnalysis], None] = lambda heard: None
) -> FilmAnalysis:
    """Find out what is said in the film, when and by whom: from subtitles where they say it, else by recognition."""
    # A first guess: subtitles tell whether recognition must run.
    run = run.with_planned_stages(6 + count_language_stages(job, engines))  # as many as there are without subtitles
    film = run(probe, job.source, dialogue_language=job.source_lang)
    told = find_stated_language(film, job.source_lang)
    only = find_only_language(engines.transcriber) if told is None else None
    by_ear = told is None and only is None
    if by_ear:
        run = run.with_planned_stages(7 + count_language_stages(job, engines))
    elif only and not list_subtitle_candidates(job.source, film):
        raise build_unidentified_error(job.source.path.name, only)
    stems = run(separate, job.source, film, engines.separator)
    diarization = run(diarize, stems.speech, engines.diarizer, speakers=job.speakers)
    clips = run(extract_reference_clips, job.source, film, stems, diarization) if engines.synthesizer.clones else ()
    found = run.each(read_subtitles, list_subtitle_candidates(job.source, film), job.source, film)
    texts = tuple(text for text in found if text is not None)
    if by_ear:
        language = detect_spoken_language(stems, diarization, engines.transcriber, run)
    else:
        language = told or infer_subtitle_language(texts, job, only or "")
    notes = () if told else (build_language_note(language, by_ear=by_ear),)
    heard = FilmAnalysis(job.source, film, language, stems, diarization, texts, (), clips, notes)
    if by_ear:
        require_detected_language(heard, require)
    if original := find_subtitles(texts, language):
        return replace(heard, segments=run(segment_cues, original.cues, diarization))
    if all(find_subtitles(texts, target) for target in job.target_langs):
        return heard  # every dub's text and timing is there already
    return replace(heard, segments=recognize_speech(job, heard, engines, run))


def build_language_note(language: str, *, by_ear: bool) -> Note:
    """The note on a source language that was guessed, because the film names none."""
    basis = "detected in its speech" if by_ear else "taken from its subtitles"
    name = f"{languages.get_english_name(language)} ({language})"
    return Note(f"The film does not name its language: {name} was {basis}; set source_lang where that is wrong")


def require_detected_language(heard: FilmAnalysis, require: Callable[[FilmAnalysis], None]) -> None:
    """Refuse what cannot be done with a language that nobody told: the sentence says that it was heard."""
    try:
        require(heard)
    except LanguageError as error:
        called = f"{languages.get_english_name(heard.language)} ({heard.language})"
        raise LanguageError(f"by ear the film speaks {called}: {error}; set source_lang where that is misheard") from error


def recognize_speech(job: DubSpec, heard: FilmAnalysis, engines: Engines, run: Runner) -> tuple[Segment, ...]:
    """What is said, by ear. StageError where not a word was understood."""
    pieces = cut_utterances(heard.stems.speech, heard.diarization.turns, engines.transcriber)
    words = run.each(
        transcribe, pieces, engines.transcriber, language=heard.language, prompt=build_recognition_prompt(job, heard)
    )
    segments = run(segment_words, tuple(word for piece in words for word in piece), heard.diarization)
    if not segments:
        raise StageError(
            "transcribe",
            f"no words understood in {job.source.path.name}; add subtitles in {heard.language!r}, or set source_lang",
        )
    return segments


def build_recognition_prompt(job: DubSpec, heard: FilmAnalysis) -> str:
    """Terms and names that may be said. German subtitles give none away: they write every noun like a name."""
    others = (text for text in heard.subtitles if not languages.is_same_language(text.language, "de"))
    return glossary.build_prompt(job.glossary, glossary.find_names(cue.text for text in others for cue in text.cues))


def find_stated_language(film: Film, given: str | None) -> str | None:
    """The language of the dialogue: as given, else as tagged; None: not told."""
    return given or film.track(film.dialogue).language


def detect_spoken_language(stems: Stems, diarization: Diarization, transcriber: Transcriber, run: Runner) -> str:
    """The language of the dialogue as the transcriber hears it. LanguageError where it cannot tell."""
    windows = choose_identification_windows(stems.speech, diarization.turns, transcriber)
    guesses = run.each(identify_language, windows, transcriber)
    weights = [measure_speech_seconds(window.span, diarization.turns) for window in windows]
    return choose_likeliest_language(tuple(zip(guesses, weights, strict=True)))


def infer_subtitle_language(texts: Sequence[Subtitles], job: DubSpec, only: str) -> str:
    """The language that subtitles give an untagged film where nobody can hear it: its lines are then theirs.

    LanguageError where all of them are in target languages: they tell nothing of the film's own.
    """
    for text in texts:
        if not any(languages.is_same_language(text.language, target) for target in job.target_langs):
            return text.language
    raise build_unidentified_error(job.source.path.name, only)


def find_subtitles(texts: Iterable[Subtitles], language: str) -> Subtitles | None:
    """The first full subtitle in this language, whatever its region."""
    return next((text for text in texts if languages.is_same_language(text.language, language)), None)


def dub_language(target: str, heard: FilmAnalysis, job: DubSpec, engines: Engines, run: Runner) -> Dub:
    """One language: words, voices, takes, places, mix; what people want otherwise is laid over words and voices."""
    translation = translate_film(target, heard, job, engines, run)
    subtitled = find_subtitles(heard.subtitles, target) is not None
    every = apply_edits.revised(translation.lines, job.edits, job.speaker_edits, target, subtitled=subtitled)
    room = fitting.compute_slots(
        [line.segment for line in every], heard.film.duration
    )  # none is lent where the original is heard
    slots = tuple(slot for line, slot in zip(every, room, strict=True) if apply_edits.is_dubbed(line))
    lines = tuple(line for line in every if apply_edits.is_dubbed(line))
    if not lines:
        raise StageError("translate", f"nothing to say in {target!r}; check the subtitles, the source language and your edits")
    voices = cast_speakers(target, heard, job, engines, run)
    lines, takes = synthesize_lines(lines, voices, engines, run)
    placements = run(plan_timing, lines, takes, slots)
    undubbed = tuple(line for line in every if not apply_edits.is_dubbed(line))
    track = run(mix, heard.source, heard.film, heard.stems, placements)
    notes = collect_notes(every, translation.notes, lines, takes)
    return Dub(track, placements, voices, subtitled, undubbed, translation.usage, notes)


def collect_notes(
    every: Sequence[Line], translation: Iterable[Note], lines: Sequence[Line], takes: Sequence[Take]
) -> tuple[Note, ...]:
    """What people are told of a dub: of its translation, of what is left to the original for want of one, of its takes."""
    untranslated = tuple(line.number for line in every if line.source is TextSource.NONE)
    left = Note("Not translated, so that the original is heard there", Severity.WARNING, untranslated)
    takes_told = (replace(note, lines=(line.number,)) for line, take in zip(lines, takes, strict=True) for note in take.notes)
    spoken_notes = merge_notes(takes_told, dub_lines=[line.number for line in lines])
    notes = (*([left] if untranslated else []), *translation, *spoken_notes)
    return merge_notes(notes, dub_lines=[line.number for line in every])


def translate_film(target: str, heard: FilmAnalysis, job: DubSpec, engines: Engines, run: Runner) -> Translation:
    """The lines of one language: from its own subtitles where there are some, else translated passage by passage."""
    if ready := find_subtitles(heard.subtitles, target):
        segments = run(segment_cues, ready.cues, heard.diarization)
        return Translation(tuple(Line(segment, segment.text, target, TextSource.SUBTITLE) for segment in segments))
    ways = {"source": heard.language, "target": target}
    brief = run(study, heard.segments, engines.translator, **ways) if is_film_studied(engines) else Brief()
    brief = add_terms(brief, glossary.select_terms(job.glossary, target))
    parts = split_into_passages(heard.segments, brief, lines_at_once=engines.translator.lines_at_once)
    corrections = apply_edits.corrections(heard.segments, job.edits, brief, target)
    answers = run.each(translate, (*parts, *corrections), engines.translator, **ways)
    return apply_edits.corrected(join_translations(answers[: len(parts)]), join_translations(answers[len(parts) :]))


def cast_speakers(target: str, heard: FilmAnalysis, job: DubSpec, engines: Engines, run: Runner) -> Mapping[str, Voice]:
    """Who speaks with which voice: label → voice, in order of speaking time."""
    synthesizer, clips = engines.synthesizer, reuse_known_voices(heard.clips, heard.diarization, job.known)
    voices = run(cast_voices, heard.diarization, clips, synthesizer)
    chosen = any(target in edit.chosen for edit in job.speaker_edits)
    offered = list_voice_choices(heard, synthesizer, target) if chosen else ()
    return apply_edits.cast(voices, job.speaker_edits, target, offered=offered)


def list_voice_choices(heard: FilmAnalysis, synthesizer: Synthesizer, target: str) -> tuple[str, ...]:
    """The voices that a speaker can be given: the synthesizer's own, and where it clones, those of the film's speakers."""
    lenders = (clip.speaker for clip in heard.clips) if synthesizer.clones else ()
    return (*synthesizer.voices(language=target), *lenders)


def synthesize_lines(
    lines: tuple[Line, ...], voices: Mapping[str, Voice], engines: Engines, run: Runner
) -> tuple[tuple[Line, ...], tuple[Take, ...]]:
    """A take of every line that lasts as its source did; a line too long for that is said in fewer words first."""
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
    first = next(iter(voices.values()))  # of whoever speaks most: also for a line whose speaker nobody knows
    return tuple(SynthesisRequest(line.text, voices.get(line.segment.speaker or "", first), line.span.duration) for line in lines)
