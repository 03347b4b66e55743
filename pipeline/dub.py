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
from pipeline.stages.cast_voices import remembered, voice
from pipeline.stages.diarize import diarize
from pipeline.stages.identify_language import (
    identification_windows,
    identify,
    likeliest,
    only_language,
    seconds_of_speech,
    unidentified,
)
from pipeline.stages.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.plan_timing import fit
from pipeline.stages.probe import probe
from pipeline.stages.read_subtitles import Subtitles, candidates, read
from pipeline.stages.reference_clips import refer
from pipeline.stages.segment import segment_cues, segment_words
from pipeline.stages.separate import separate
from pipeline.stages.synthesize import Order, estimate_duration, synthesize
from pipeline.stages.transcribe import transcribe, utterances
from pipeline.stages.translate import Overlong, Translation, joined, passages, rephrase, study, translate, with_terms
from pipeline.text import glossary, languages
from pipeline.text.glossary import Entry
from pipeline.values.edits import Edit, SpeakerEdit
from pipeline.values.film_context import Brief
from pipeline.values.media import DubTrack, Film, Source, Stems
from pipeline.values.notes import Note, Severity, merge_notes
from pipeline.values.timeline import Clip, Diarization, KnownVoice, Line, Placement, Segment, Take, TextSource, Voice

LANGUAGES_AT_ONCE = 2  # each mixes with a decoder and an encoder beside it
HURRIED = 1.2  # a line that must be faster than this asks for a shorter wording first, where the translator can

# The course of a dub by its stages' names, in order; no film takes them all. First the film is heard, then the languages go
# side by side, then they are joined, and each is assessed.
HEARING = ("probe", "separate", "diarize", "refer", "read", "identify", "transcribe", "segment_cues", "segment_words")
DUBBING = ("segment_cues", "study", "translate", "voice", "estimate_duration", "rephrase", "synthesize", "fit", "mix")
JOINING = ("mux", "compare")
ASSESSING = ("assess",)


@dataclass(frozen=True, slots=True)
class Job:
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
class Heard:
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
class Dubbed:
    """The finished film and what is to be said of each language."""

    output: Source
    heard: Heard
    dubs: tuple[Dub, ...]
    reports: tuple[Report, ...]


def dub(
    job: Job,
    engines: Engines,
    run: Runner,
    *,
    detector: SpeechDetector,
    require: Callable[[Heard], None] = lambda heard: None,
    learned: Callable[[Heard], None] = lambda heard: None,
) -> Dubbed:
    """Dub a film. `learned` hears what was found out about it before the languages begin.

    `require` refuses, by a LanguageError, what cannot be done with a language that nobody told and that was heard; the film's words
    are not recognised then.
    """
    heard = hear(job, engines, run, require)
    learned(heard)
    labels = {speaker.label for speaker in heard.diarization.speakers}
    edits, speaker_edits = apply_edits.meant(job.edits, job.speaker_edits, labels)
    job = replace(job, edits=edits, speaker_edits=speaker_edits)
    run = run.planning(run.done + stages_after_hearing(job, engines))
    with ThreadPoolExecutor(LANGUAGES_AT_ONCE, thread_name_prefix="language") as dubbing:
        dubs = tuple(dubbing.map(lambda target: dub_into(target, heard, job, engines, run.within(target)), job.target_langs))
        tracks, placements = tuple(each.track for each in dubs), tuple(each.placements for each in dubs)
        made = run(mux, heard.source, heard.film, tracks, placements, destination=job.destination)
        output = replace(made, path=Path(job.destination))  # whatever path a stored answer names

        comparison = run(compare, heard.source, heard.film, output)

        def assessed(each: Dub) -> Report:
            report = run.within(each.track.language)(assess, comparison, each.track, each.placements, detector)
            return replace(report, notes=merge_notes((*heard.notes, *each.notes)))

        return Dubbed(output, heard, dubs, tuple(dubbing.map(assessed, dubs)))


def stages_after_hearing(job: Job, engines: Engines) -> int:
    """How many stages follow once it is known what the film says.

    Mux and compare; for each language study, translate (or segment its subtitles), voice, synthesize, fit, mix and assess; a
    translator that rephrases adds that and the estimate of each line's duration.
    """
    each = 6 + (1 if _studies(engines) else 0) + (2 if engines.translator.rephrases else 0)
    return 2 + each * len(job.target_langs)


def _studies(engines: Engines) -> bool:
    """Whether the translator reads the whole film first. One that gets it whole anyway has nothing to learn."""
    return engines.translator.lines_at_once is not None


def hear(job: Job, engines: Engines, run: Runner, require: Callable[[Heard], None] = lambda heard: None) -> Heard:
    """Find out what is said in the film, when and by whom: from subtitles where they say it, else by recognition."""
    # A first guess: subtitles tell whether recognition must run.
    run = run.planning(6 + stages_after_hearing(job, engines))  # as many as there are without subtitles
    film = run(probe, job.source, dialogue_language=job.source_lang)
    told = told_language(film, job.source_lang)
    only = only_language(engines.transcriber) if told is None else None
    by_ear = told is None and only is None
    if by_ear:
        run = run.planning(7 + stages_after_hearing(job, engines))
    elif only and not candidates(job.source, film):
        raise unidentified(job.source.path.name, only)
    stems = run(separate, job.source, film, engines.separator)
    diarization = run(diarize, stems.speech, engines.diarizer, speakers=job.speakers)
    clips = run(refer, job.source, film, stems, diarization) if engines.synthesizer.clones else ()
    found = run.each(read, candidates(job.source, film), job.source, film)
    texts = tuple(text for text in found if text is not None)
    if by_ear:
        language = heard_language(stems, diarization, engines.transcriber, run)
    else:
        language = told or subtitles_language(texts, job, only or "")
    notes = () if told else (guessed_language_note(language, by_ear=by_ear),)
    heard = Heard(job.source, film, language, stems, diarization, texts, (), clips, notes)
    if by_ear:
        require_heard(heard, require)
    if original := subtitles_in(texts, language):
        return replace(heard, segments=run(segment_cues, original.cues, diarization))
    if all(subtitles_in(texts, target) for target in job.target_langs):
        return heard  # every dub's text and timing is there already
    return replace(heard, segments=recognised(job, heard, engines, run))


def guessed_language_note(language: str, *, by_ear: bool) -> Note:
    """The note on a source language that was guessed, because the film names none."""
    basis = "detected in its speech" if by_ear else "taken from its subtitles"
    name = f"{languages.english_name(language)} ({language})"
    return Note(f"The film does not name its language: {name} was {basis}; set source_lang where that is wrong")


def require_heard(heard: Heard, require: Callable[[Heard], None]) -> None:
    """Refuse what cannot be done with a language that nobody told: the sentence says that it was heard."""
    try:
        require(heard)
    except LanguageError as error:
        called = f"{languages.english_name(heard.language)} ({heard.language})"
        raise LanguageError(f"by ear the film speaks {called}: {error}; set source_lang where that is misheard") from error


def recognised(job: Job, heard: Heard, engines: Engines, run: Runner) -> tuple[Segment, ...]:
    """What is said, by ear. StageError where not a word was understood."""
    pieces = utterances(heard.stems.speech, heard.diarization.turns, engines.transcriber)
    words = run.each(transcribe, pieces, engines.transcriber, language=heard.language, prompt=prompt(job, heard))
    segments = run(segment_words, tuple(word for piece in words for word in piece), heard.diarization)
    if not segments:
        raise StageError(
            "transcribe",
            f"no words understood in {job.source.path.name}; add subtitles in {heard.language!r}, or set source_lang",
        )
    return segments


def prompt(job: Job, heard: Heard) -> str:
    """Terms and names that may be said. German subtitles give none away: they write every noun like a name."""
    others = (text for text in heard.subtitles if not languages.same(text.language, "de"))
    return glossary.prompt(job.glossary, glossary.names(cue.text for text in others for cue in text.cues))


def told_language(film: Film, given: str | None) -> str | None:
    """The language of the dialogue: as given, else as tagged; None: not told."""
    return given or film.track(film.dialogue).language


def heard_language(stems: Stems, diarization: Diarization, transcriber: Transcriber, run: Runner) -> str:
    """The language of the dialogue as the transcriber hears it. LanguageError where it cannot tell."""
    windows = identification_windows(stems.speech, diarization.turns, transcriber)
    guesses = run.each(identify, windows, transcriber)
    weights = [seconds_of_speech(window.span, diarization.turns) for window in windows]
    return likeliest(tuple(zip(guesses, weights, strict=True)))


def subtitles_language(texts: Sequence[Subtitles], job: Job, only: str) -> str:
    """The language that subtitles give an untagged film where nobody can hear it: its lines are then theirs.

    LanguageError where all of them are in target languages: they tell nothing of the film's own.
    """
    for text in texts:
        if not any(languages.same(text.language, target) for target in job.target_langs):
            return text.language
    raise unidentified(job.source.path.name, only)


def subtitles_in(texts: Iterable[Subtitles], language: str) -> Subtitles | None:
    """The first full subtitle in this language, whatever its region."""
    return next((text for text in texts if languages.same(text.language, language)), None)


def dub_into(target: str, heard: Heard, job: Job, engines: Engines, run: Runner) -> Dub:
    """One language: words, voices, takes, places, mix; what people want otherwise is laid over words and voices."""
    translation = translated(target, heard, job, engines, run)
    subtitled = subtitles_in(heard.subtitles, target) is not None
    every = apply_edits.revised(translation.lines, job.edits, job.speaker_edits, target, subtitled=subtitled)
    room = fitting.slots([line.segment for line in every], heard.film.duration)  # none is lent where the original is heard
    slots = tuple(slot for line, slot in zip(every, room, strict=True) if apply_edits.is_spoken(line))
    lines = tuple(line for line in every if apply_edits.is_spoken(line))
    if not lines:
        raise StageError("translate", f"nothing to say in {target!r}; check the subtitles, the source language and your edits")
    voices = cast(target, heard, job, engines, run)
    lines, takes = spoken(lines, voices, engines, run)
    placements = run(fit, lines, takes, slots)
    undubbed = tuple(line for line in every if not apply_edits.is_spoken(line))
    track = run(mix, heard.source, heard.film, heard.stems, placements)
    notes = notes_on(every, translation.notes, lines, takes)
    return Dub(track, placements, voices, subtitled, undubbed, translation.usage, notes)


def notes_on(
    every: Sequence[Line], translation: Iterable[Note], lines: Sequence[Line], takes: Sequence[Take]
) -> tuple[Note, ...]:
    """What people are told of a dub: of its translation, of what is left to the original for want of one, of its takes."""
    untranslated = tuple(line.number for line in every if line.source is TextSource.NONE)
    left = Note("Not translated, so that the original is heard there", Severity.WARNING, untranslated)
    takes_told = (replace(note, lines=(line.number,)) for line, take in zip(lines, takes, strict=True) for note in take.notes)
    spoken_notes = merge_notes(takes_told, dub_lines=[line.number for line in lines])
    notes = (*([left] if untranslated else []), *translation, *spoken_notes)
    return merge_notes(notes, dub_lines=[line.number for line in every])


def translated(target: str, heard: Heard, job: Job, engines: Engines, run: Runner) -> Translation:
    """The lines of one language: from its own subtitles where there are some, else translated passage by passage."""
    if ready := subtitles_in(heard.subtitles, target):
        segments = run(segment_cues, ready.cues, heard.diarization)
        return Translation(tuple(Line(segment, segment.text, target, TextSource.SUBTITLE) for segment in segments))
    ways = {"source": heard.language, "target": target}
    brief = run(study, heard.segments, engines.translator, **ways) if _studies(engines) else Brief()
    brief = with_terms(brief, glossary.terms(job.glossary, target))
    parts = passages(heard.segments, brief, lines_at_once=engines.translator.lines_at_once)
    corrections = apply_edits.corrections(heard.segments, job.edits, brief, target)
    answers = run.each(translate, (*parts, *corrections), engines.translator, **ways)
    return apply_edits.corrected(joined(answers[: len(parts)]), joined(answers[len(parts) :]))


def cast(target: str, heard: Heard, job: Job, engines: Engines, run: Runner) -> Mapping[str, Voice]:
    """Who speaks with which voice: label → voice, in order of speaking time."""
    synthesizer, clips = engines.synthesizer, remembered(heard.clips, heard.diarization, job.known)
    voices = run(voice, heard.diarization, clips, synthesizer)
    chosen = any(target in edit.chosen for edit in job.speaker_edits)
    offered = offers(heard, synthesizer, target) if chosen else ()
    return apply_edits.cast(voices, job.speaker_edits, target, offered=offered)


def offers(heard: Heard, synthesizer: Synthesizer, target: str) -> tuple[str, ...]:
    """The voices that a speaker can be given: the synthesizer's own, and where it clones, those of the film's speakers."""
    lenders = (clip.speaker for clip in heard.clips) if synthesizer.clones else ()
    return (*synthesizer.voices(language=target), *lenders)


def spoken(
    lines: tuple[Line, ...], voices: Mapping[str, Voice], engines: Engines, run: Runner
) -> tuple[tuple[Line, ...], tuple[Take, ...]]:
    """A take of every line that lasts as its source did; a line too long for that is said in fewer words first."""
    if engines.translator.rephrases:
        durations = run.each(estimate_duration, _orders(lines, voices), engines.synthesizer)
        long = [
            Overlong(line, line.span.duration)
            for line, duration in zip(lines, durations, strict=True)
            if duration > HURRIED * line.span.duration and line.source is TextSource.TRANSLATION
        ]
        reworded = {line.number: line for line in run.each(rephrase, long, engines.translator)}
        lines = tuple(reworded.get(line.number, line) for line in lines)
    return lines, run.each(synthesize, _orders(lines, voices), engines.synthesizer)


def _orders(lines: Sequence[Line], voices: Mapping[str, Voice]) -> tuple[Order, ...]:
    first = next(iter(voices.values()))  # of whoever speaks most: also for a line whose speaker nobody knows
    return tuple(Order(line.text, voices.get(line.segment.speaker or "", first), line.span.duration) for line in lines)
