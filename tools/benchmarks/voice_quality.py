"""Voice quality benchmark: round-trip word error rate and length error of a synthesizer, over ten sentences a language.

`python -m tools.benchmarks.voice_quality SYNTHESIZER [LANGUAGE…]` prints a table; `measure_voices` gives its rows.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from cli import console
from evaluation.round_trip import RECOGNIZER_MODEL, RoundTripRecognizer, count_round_trip_errors
from pipeline.engines.protocols import SynthesizedSpeech, Synthesizer
from pipeline.engines.registry import engine_builder
from pipeline.engines.speakers.speech_duration import predict_duration
from pipeline.models.model_hub import Hub
from pipeline.values.timeline import Voice
from tools.benchmarks.spoken_sentences import SENTENCES

RATES = (1.0, 1.25)


@dataclass(frozen=True, slots=True)
class VoiceQuality:
    """One voice at one rate. `wer`: of the round trip. `worst_length_ms`: the largest distance from a wished length.

    `cost`: seconds of CPU time per second of speech.
    """

    language: str
    voice: str
    rate: float
    wer: float
    worst_length_ms: float
    cost: float


def measure_voices(
    synthesizer: Synthesizer,
    ear: RoundTripRecognizer,
    languages: Iterable[str],
    *,
    voices: int = 2,
    rates: Sequence[float] = RATES,
) -> Iterator[VoiceQuality]:
    """The first `voices` of each language at each rate."""
    for language in languages:
        for name in synthesizer.voices(language=language)[:voices]:
            for rate in rates:
                yield _measure_voice(synthesizer, ear, language, Voice("S1", name), rate)


def _measure_voice(synthesizer: Synthesizer, ear: RoundTripRecognizer, language: str, voice: Voice, rate: float) -> VoiceQuality:
    texts = SENTENCES[language]
    began, takes, errors = time.process_time(), list[SynthesizedSpeech](), list[float]()
    for text in texts:
        goal = predict_duration(synthesizer, text, voice, language=language) / rate
        takes.append(synthesizer.speak(text, voice, language=language, seconds=goal))
        errors.append(abs(len(takes[-1].wave) / takes[-1].sample_rate - goal))
    speech = sum(len(take.wave) / take.sample_rate for take in takes)
    cost = (time.process_time() - began) / speech
    wer = count_round_trip_errors(ear, takes, texts, language).rate
    return VoiceQuality(language, voice.name, rate, wer, 1000.0 * max(errors), cost)


@click.command()
@click.argument("synthesizer")
@click.argument("languages", nargs=-1)
@click.option("--models", type=click.Path(path_type=Path, exists=True), required=True, help="The folder of models.")
@click.option("--voices", default=2, show_default=True, help="How many voices of each language.")
def main(synthesizer: str, languages: tuple[str, ...], models: Path, voices: int) -> None:
    """Measure a synthesizer's first voices in each language."""
    options = {} if synthesizer == "espeak" else {"hub": Hub(models)}
    engine = engine_builder.build_engine("synthesizer", synthesizer, **options)
    console.write_result("language voice        rate   WER  length (ms)  CPU-s/s")
    for row in measure_voices(engine, RoundTripRecognizer(models / RECOGNIZER_MODEL), languages or SENTENCES, voices=voices):
        console.write_result(
            f"{row.language:8} {row.voice:12} {row.rate:4.2f}  {row.wer:.3f}  {row.worst_length_ms:10.0f}  {row.cost:7.2f}"
        )


if __name__ == "__main__":
    main()
