"""Quality benchmark of a profile's engines: separation, recognition, translation and synthesis against references.

Speech and music of the sample film are known apart; recordings of the user's own add to it. Voices are measured by a round
trip through Whisper, whose errors are in the figure. Film lines with two references each are in a checkout's tests folder.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation import metrics
from evaluation.datasets import Recording, convert_recording, load_recordings
from evaluation.round_trip import RoundTripRecognizer
from evaluation.sample import film as sample
from evaluation.sample.sample_script import SCENES
from pipeline.engines.protocols import Passage, Role, Transcriber, Translator
from pipeline.errors import LanguageError
from pipeline.stages.diarize import diarize
from pipeline.stages.identify_language import choose_identification_windows, choose_likeliest_language, measure_speech_seconds
from pipeline.stages.transcribe import cut_utterances
from pipeline.text import languages
from pipeline.values.media import Artifact
from pipeline.values.timeline import Segment, Span, Turn
from tools.benchmarks.spoken_sentences import SENTENCES
from tools.benchmarks.voice_quality import measure_voices

if TYPE_CHECKING:
    from rich.table import Table

FILM_LINES = Path(__file__).parents[2] / "tests/pipeline/engines/bergamot/film_lines_en_es.tsv"
BASELINE = "apertium"  # the translator that needs no weights
TABLE_HEAD = ("what", "language", "figure", "measured on", "CPU-s a second")

Build = Callable[[Role], Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `cost`: seconds of CPU time per second of sound, None where it means nothing."""

    what: str
    language: str
    figure: str
    on: str
    cost: float | None = None

    def cells(self) -> tuple[str, ...]:
        """The row of a table."""
        return self.what, self.language, self.figure, self.on, "" if self.cost is None else f"{self.cost:.2f}"


def build_quality_table(figures: Iterable[Figure]) -> "Table":
    """The figures for the screen."""
    from rich.table import Table

    shown = Table(*TABLE_HEAD, box=None, pad_edge=False)
    for figure in figures:
        shown.add_row(*figure.cells())
    return shown


def measure_engines(build: Build, home: Path, whisper: Path, own: Path | None) -> Iterator[Figure]:
    """Every figure, each as soon as it is known.

    `build` gives a role's engine, None for a role that no engine plays. `whisper`: the folder of the model that hears the voices
    again. `own`: a folder of recordings with transcripts.
    """
    engine = cache(build)
    sound = sample.synthesize_sound(SCENES, home)
    yield from measure_separation(engine, home, sound)
    heard = home / "heard"
    heard.mkdir()
    film = convert_recording(_write_sound(home, sound), heard, text=_script_text())
    yield from measure_recognition(engine, [("the sample film", "en", film)])
    if own is not None:
        yield from measure_recognition(engine, [(each.name, None, each) for each in load_recordings(own, heard) if each.text])
    yield from measure_translation(engine)
    yield from measure_synthesis(engine, whisper)


def measure_separation(engine: Build, home: Path, sound: sample.Sound) -> Iterator[Figure]:
    """SI-SDR of the background against the film's music, before and after; none where nothing separates."""
    import soundfile

    separator = engine("separator")
    if separator is None:
        return
    path = home / "mix.flac"
    soundfile.write(path, sound.speech + sound.music, sample.RATE, subtype="PCM_24", format="FLAC")
    began = time.process_time()
    stems = separator.separate(Artifact.of(path), workdir=str(home))
    cost = (time.process_time() - began) / sound.seconds
    background = soundfile.read(stems.background.path, dtype="float32")[0]
    before, after = (
        metrics.compute_si_sdr(sound.music.ravel(), wave.ravel()) for wave in (sound.speech + sound.music, background)
    )
    left = metrics.to_decibels(metrics.compute_gains(background.ravel(), sound.speech.ravel())[0])
    told = f"SI-SDR {before:.1f} → {after:.1f} dB, voices {left:.0f} dB"
    yield Figure("background", "", told, "the sample film, music 18 dB under speech", cost)


def measure_recognition(engine: Build, heard: list[tuple[str, str | None, Recording]]) -> Iterator[Figure]:
    """Word error rates; a language that nobody tells is heard first."""
    transcriber, diarizer = engine("transcriber"), engine("diarizer")
    for name, language, each in heard:
        began = time.process_time()
        turns = diarize(each.audio, diarizer, speakers=None).turns
        pieces = cut_utterances(each.audio, turns, transcriber)
        spoken = language or _identify_language(each, turns, transcriber)
        if spoken is None:
            yield Figure("recognition", "?", "the language was not heard", name)
            continue
        words = [word.text for piece in pieces for word in transcriber.transcribe(piece, language=spoken)]
        errors = metrics.count_word_errors(each.text, " ".join(words))
        cost = (time.process_time() - began) / each.seconds
        yield Figure("recognition", spoken, f"WER {errors.rate:.3f}", f"{name}, {errors.words} words", cost)


def _identify_language(each: Recording, turns: tuple[Turn, ...], transcriber: Transcriber) -> str | None:
    windows = choose_identification_windows(each.audio, turns, transcriber)
    try:
        return choose_likeliest_language(
            [(transcriber.identify(window), measure_speech_seconds(window.span, turns)) for window in windows]
        )
    except LanguageError:
        return None


def measure_translation(engine: Build) -> Iterator[Figure]:
    """Scores (chrF) of English film lines in Spanish, by the profile's translator and by apertium's direct pair."""
    import sacrebleu

    from pipeline.engines.registry import engine_builder

    if not FILM_LINES.is_file():
        return
    rows = [line.split("\t") for line in FILM_LINES.read_text("utf-8").splitlines()]
    sources, *references = (list(column) for column in zip(*rows, strict=True))
    segments = tuple(Segment(n, Span(3.0 * n, 3.0 * n + 2.0), text, None) for n, text in enumerate(sources))
    for name, translator in (
        ("translation", engine("translator")),
        (f"  {BASELINE}", engine_builder.build_engine("translator", BASELINE)),
    ):
        began = time.process_time()
        answers = _translate_segments(translator, segments)
        seconds = (time.process_time() - began) / len(sources)
        score = sacrebleu.corpus_chrf(answers, references).score
        yield Figure(name, "en → es", f"chrF {score:.1f}", f"{len(sources)} film lines, {1000 * seconds:.0f} ms of CPU a line")


def _translate_segments(translator: Translator, segments: tuple[Segment, ...]) -> list[str]:
    at_once = translator.lines_at_once or len(segments)
    parts = (segments[start : start + at_once] for start in range(0, len(segments), at_once))
    return [text or "" for part in parts for text in translator.translate(Passage(part), source="en", target="es").texts]


def measure_synthesis(engine: Build, whisper: Path) -> Iterator[Figure]:
    """Round-trip word error rate of each language's first voice at its own pace and a quarter faster, and its lengths' errors."""
    synthesizer, ear = engine("synthesizer"), RoundTripRecognizer(whisper)
    spoken = [tag for tag in SENTENCES if languages.is_among(tag, getattr(synthesizer, "languages", None))]
    for row in measure_voices(synthesizer, ear, spoken, voices=1):
        told = f"WER {row.wer:.3f} at rate {row.rate:g}, length within {row.worst_length_ms:.0f} ms"
        yield Figure(f"voice {row.voice}", row.language, told, f"{len(SENTENCES[row.language])} sentences", row.cost)


def _script_text() -> str:
    return " ".join(sentence.text for scene in SCENES for sentence in scene.sentences)


def _write_sound(home: Path, sound: sample.Sound) -> Path:
    import soundfile

    path = home / "sample-film.wav"
    soundfile.write(path, sound.speech + sound.music, sample.RATE)
    return path
