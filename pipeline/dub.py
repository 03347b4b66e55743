"""The story: one film, dubbed into its target languages, stage by stage.

    probe → separate → diarize → read subtitles, or transcribe → (per language) translate → voice → synthesize ⇄ fit
          → mix → mux → compare → assess

Diarization comes before transcription, because a recogniser hears better what one speaker says. Every stage runs through
the runner, which answers from the cache what was answered before: a second language repeats nothing but its own stages.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from pipeline import languages
from pipeline.engines.protocols import Engines, SpeechDetector
from pipeline.errors import LanguageError, StageError
from pipeline.media import DubTrack, Film, Source, Stems
from pipeline.runner import Runner
from pipeline.stages import fit as fitting
from pipeline.stages.assess import Report, assess, compare
from pipeline.stages.diarize import diarize
from pipeline.stages.fit import fit
from pipeline.stages.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.probe import probe
from pipeline.stages.read import Subtitles, candidates, read
from pipeline.stages.segment import segment_cues, segment_words
from pipeline.stages.separate import separate
from pipeline.stages.synthesize import Order, speakable, synthesize
from pipeline.stages.transcribe import transcribe, utterances
from pipeline.stages.translate import Overlong, rephrase, translate
from pipeline.stages.voice import voice
from pipeline.tasks import Edit
from pipeline.timeline import Diarization, Line, Placement, Segment, Take, TextSource, Voice

LANGUAGES_AT_ONCE = 2  # each mixes with a decoder and an encoder beside it
HURRIED = 1.2  # a take faster than this asks for a shorter wording first, where the translator can


@dataclass(frozen=True, slots=True)
class Job:
    """What to dub. `destination`: where the finished film goes. `source_lang`, `speakers`: where somebody knows."""

    source: Source
    target_langs: tuple[str, ...]
    destination: str
    source_lang: str | None = None
    speakers: int | None = None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """What the film says, whatever language it goes to."""

    source: Source
    film: Film
    language: str
    stems: Stems
    diarization: Diarization
    subtitles: tuple[Subtitles, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Dub:
    """One film in one language."""

    track: DubTrack
    placements: tuple[Placement, ...]


@dataclass(frozen=True, slots=True)
class Dubbed:
    """The finished film and what is to be said of each language."""

    output: Source
    dubs: tuple[Dub, ...]
    reports: tuple[Report, ...]


def dub(
    job: Job, engines: Engines, run: Runner, *, detector: SpeechDetector, learned: Callable[[Heard], None] = lambda heard: None
) -> Dubbed:
    """Dub a film. `learned` hears what was found out about it before the languages begin."""
    heard = hear(job, engines, run)
    learned(heard)
    run = run.planning(run.done + stages_after_hearing(job, engines))
    with ThreadPoolExecutor(LANGUAGES_AT_ONCE, thread_name_prefix="language") as dubbing:
        dubs = tuple(dubbing.map(lambda target: dub_into(target, heard, job, engines, run.within(target)), job.target_langs))
        tracks, placements = tuple(each.track for each in dubs), tuple(each.placements for each in dubs)
        output = run(mux, heard.source, heard.film, tracks, placements, destination=job.destination)

        comparison = run(compare, heard.source, heard.film, output)

        def assessed(each: Dub) -> Report:
            return run.within(each.track.language)(assess, comparison, each.track, each.placements, detector)

        return Dubbed(output, dubs, tuple(dubbing.map(assessed, dubs)))


def stages_after_hearing(job: Job, engines: Engines) -> int:
    """How many stages follow once it is known what the film says.

    Mux and compare; for each language translate (or segment its subtitles), voice, synthesize, fit, mix and assess; a
    translator that rephrases adds that and a second take.
    """
    return 2 + (8 if engines.translator.rephrases else 6) * len(job.target_langs)


def hear(job: Job, engines: Engines, run: Runner) -> Heard:
    """Find out what is said in the film, when and by whom: from subtitles where they say it, else by recognition."""
    # A first guess: subtitles tell whether recognition must run.
    run = run.planning(6 + stages_after_hearing(job, engines))  # as many as there are without subtitles
    film = run(probe, job.source, dialogue_language=job.source_lang)
    stems = run(separate, job.source, film, engines.separator)
    diarization = run(diarize, stems.speech, engines.diarizer, speakers=job.speakers)
    found = run.each(read, candidates(job.source, film), job.source, film)
    texts = tuple(text for text in found if text is not None)
    language = spoken_language(film, job.source_lang, engines)
    heard = Heard(job.source, film, language, stems, diarization, texts, ())
    if original := subtitles_in(texts, language):
        segments = run(segment_cues, original.cues, diarization)
    elif all(subtitles_in(texts, target) for target in job.target_langs):
        segments = ()  # every dub's text and timing is there already
    else:
        pieces = utterances(stems.speech, diarization.turns, longest=engines.transcriber.longest_utterance)
        words = run.each(transcribe, pieces, engines.transcriber, language=language)
        segments = run(segment_words, tuple(word for piece in words for word in piece), diarization)
        if not segments:
            raise StageError(
                "transcribe", f"no words understood in {job.source.path.name}; add subtitles in {language!r}, or set source_lang"
            )
    return replace(heard, segments=segments)


def spoken_language(film: Film, given: str | None, engines: Engines) -> str:
    """The language of the dialogue: as given, else as tagged, else the only one the transcriber knows."""
    known = given or film.track(film.dialogue).language
    if known:
        return known
    only: frozenset[str] = getattr(engines.transcriber, "languages", frozenset())
    if len(only) == 1:
        return next(iter(only))
    raise LanguageError("the film does not tell which language its dialogue is in; set source_lang")


def subtitles_in(texts: Iterable[Subtitles], language: str) -> Subtitles | None:
    """The first full subtitle in this language, whatever its region."""
    return next((text for text in texts if languages.same(text.language, language)), None)


def dub_into(target: str, heard: Heard, job: Job, engines: Engines, run: Runner) -> Dub:
    """One language: words, voices, takes, places, mix."""
    lines = edited(translated(target, heard, engines, run), job.edits, target)
    lines = tuple(line for line in lines if speakable(line.text))
    if not lines:
        raise StageError("translate", f"nothing to say in {target!r}; check the subtitles and the source language")
    voices = {each.speaker: each for each in run(voice, heard.diarization, engines.synthesizer)}
    lines, takes = spoken(lines, voices, engines, run)
    slots = fitting.slots([line.segment for line in lines], heard.film.duration)
    placements = run(fit, lines, takes, slots)
    return Dub(run(mix, heard.source, heard.film, heard.stems, placements), placements)


def translated(target: str, heard: Heard, engines: Engines, run: Runner) -> tuple[Line, ...]:
    """The lines of one language: from its own subtitles where there are some, else translated."""
    if ready := subtitles_in(heard.subtitles, target):
        segments = run(segment_cues, ready.cues, heard.diarization)
        return tuple(Line(segment, segment.text, target, TextSource.SUBTITLE) for segment in segments)
    return run(translate, heard.segments, engines.translator, source=heard.language, target=target)


def edited(lines: Iterable[Line], edits: Iterable[Edit], language: str) -> tuple[Line, ...]:
    """The lines with the words that people put in their place."""
    words = {edit.number: edit.text for edit in edits if edit.language == language}
    return tuple(
        replace(line, text=words[line.number], source=TextSource.EDIT) if line.number in words else line for line in lines
    )


def spoken(
    lines: tuple[Line, ...], voices: dict[str, Voice], engines: Engines, run: Runner
) -> tuple[tuple[Line, ...], tuple[Take, ...]]:
    """A take of every line that lasts as its source did; a line too long for that is said in fewer words first."""
    takes = run.each(synthesize, _orders(lines, voices), engines.synthesizer)
    if not engines.translator.rephrases:
        return lines, takes
    long = [
        line for line, take in zip(lines, takes, strict=True) if take.rate > HURRIED and line.source is TextSource.TRANSLATION
    ]
    shorter = run.each(rephrase, [Overlong(line, line.span.duration) for line in long], engines.translator)
    reworded = {line.number: line for line in shorter}
    lines = tuple(reworded.get(line.number, line) for line in lines)
    return lines, run.each(synthesize, _orders(lines, voices), engines.synthesizer)


def _orders(lines: Sequence[Line], voices: dict[str, Voice]) -> tuple[Order, ...]:
    first = next(iter(voices.values()))  # of whoever speaks most: also for a line whose speaker nobody knows
    return tuple(Order(line.text, voices.get(line.segment.speaker or "", first), line.span.duration) for line in lines)
