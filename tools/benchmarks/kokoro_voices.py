"""Measure Kokoro's voices and make their table: `python -m tools.benchmarks.kokoro_voices MODELS_DIR [LANGUAGE…]`.

Each language's own packs come first; then those of other languages, kept where Whisper understands them nearly as well and
the embedding is clearly another person's. It takes about half an hour of a core per language.
Portuguese was measured on fourteen short film lines (86 words): three timbres that ten long sentences favour were not understood there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from cli import console
from evaluation.round_trip import RECOGNIZER_MODEL, RoundTripRecognizer, count_round_trip_errors
from pipeline.audio.pitch import measure_median_pitch
from pipeline.engines.kokoro import voice_table
from pipeline.engines.kokoro.duration_control import Rates
from pipeline.engines.kokoro.kokoro_model import KokoroModel, Packs
from pipeline.engines.kokoro.phonemes import to_phonemes
from pipeline.engines.kokoro.utterance_synthesis import UtteranceSynthesizer
from pipeline.engines.kokoro.voice_table import MeasuredVoice
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.engines.speakers.ge2e_embeddings import PARTIAL_FRAMES, Ge2e, compute_mels
from pipeline.engines.speakers.vad_silero import find_package_folder
from pipeline.engines.synthesizer_kokoro import choose_accent
from pipeline.values.media import SPEECH_RATE_HZ
from tools.benchmarks.spoken_sentences import SENTENCES

MAX_LIKENESS = 0.8  # cosine under which two voices are clearly two people
MAX_WER_MARGIN = 0.08  # by which a voice's word error rate may pass that of the language's own
LEAST, MOST = 5, 10  # voices of a language; one with fewer is left out, since a film's speakers must be told apart
STEP_FRAMES = 40  # mel frames between the embeddings that are averaged
ANY_RATE = Rates(0.5, 2.0)

# A language's own packs, or those that are understood best in it.
OWN: Mapping[str, tuple[str, ...]] = {
    "es": ("ef_dora", "em_alex"),
    "fr": ("ff_siwis",),
    "it": ("if_sara", "im_nicola"),
    "pt": ("pf_dora", "pm_alex"),
    "en": ("af_heart", "am_michael", "bf_emma", "bm_george", "af_bella", "am_fenrir", "am_onyx", "bm_fable", "bf_isabella", "bm_lewis", "af_kore", "af_aoede", "am_puck"),
    "ca": ("ef_dora", "em_alex"),
    "de": ("bm_george",),
}  # fmt: skip
# Those of them that are kept in any case.
PRIMARY: Mapping[str, tuple[str, ...]] = {**OWN, "en": ("af_heart", "am_michael", "bf_emma", "bm_george")}
# Whose intonation and pace timbres of other languages take, by language: for high and for low ones.
PROSODY: Mapping[str, tuple[str, str]] = {
    "es": ("ef_dora", "em_alex"),
    "fr": ("ff_siwis", "ff_siwis"),
    "it": ("if_sara", "im_nicola"),
    "pt": ("pf_dora", "pm_alex"),
    "ca": ("ef_dora", "ef_dora"),
    "de": ("bm_george", "bm_george"),
}
TIMBRES = (
    "am_onyx", "hf_alpha", "im_nicola", "bf_emma", "am_fenrir", "if_sara", "bm_lewis", "af_bella", "hm_omega", "ff_siwis",
    "am_michael", "zf_xiaobei", "bm_george", "af_kore",
)  # fmt: skip
TWINS = {"pf_dora": "ef_dora", "pm_alex": "em_alex", "pm_santa": "em_santa"}  # the same voice under another name


@dataclass(frozen=True, slots=True)
class Workbench:
    """The synthesizer, the recogniser and the network that embeds voices."""

    utterances: UtteranceSynthesizer
    ear: RoundTripRecognizer
    network: Ge2e

    @classmethod
    def of(cls, models: Path) -> "Workbench":
        """With the weights in a folder of models."""
        model = KokoroModel(models / "kokoro-82m")
        network = Ge2e(find_package_folder("resemblyzer") / "pretrained.pt")
        return cls(UtteranceSynthesizer(model), RoundTripRecognizer(models / RECOGNIZER_MODEL), network)

    def synthesize_takes(self, language: str, packs: Packs, texts: Iterable[str], rate: float = 1.0) -> list[SynthesizedSpeech]:
        """The texts at a rate, each by itself."""
        found = []
        for text in texts:
            symbols = to_phonemes(text, choose_accent(language, packs))
            seconds = None if rate == 1.0 else self.utterances.predict_duration(symbols, packs) / rate
            found.append(self.utterances.speak(symbols, packs, seconds, ANY_RATE))
        return found

    def measure_voice(self, name: str, language: str, packs: Packs, texts: Sequence[str]) -> MeasuredVoice:
        """A voice's pitch, embedding and round trip at rate 1."""
        takes = self.synthesize_takes(language, packs, texts)
        wave = np.concatenate([take.wave for take in takes])
        wer = count_round_trip_errors(self.ear, takes, texts, language).rate
        pitch = measure_median_pitch(wave, takes[0].sample_rate) or 0.0
        return MeasuredVoice(name, packs, pitch, wer, self.embed_voice(takes))

    def embed_voice(self, takes: Sequence[SynthesizedSpeech]) -> NDArray[np.float32]:
        """The voice of the takes by GE2E, (256,), length 1."""
        import soxr
        from threadpoolctl import threadpool_limits

        mels = compute_mels(np.concatenate([soxr.resample(take.wave, take.sample_rate, SPEECH_RATE_HZ) for take in takes]))
        looks = np.stack([mels[first : first + PARTIAL_FRAMES] for first in range(0, len(mels) - PARTIAL_FRAMES, STEP_FRAMES)])
        with threadpool_limits(1, "blas"):  # its own threads spin, which costs twice the work beside others
            mean = self.network.compute_embeddings(looks).mean(axis=0)
        return np.asarray(mean / np.linalg.norm(mean), np.float32)


def list_candidates(bench: Workbench, language: str) -> dict[str, Packs]:
    """The voices to measure: the language's own packs, then other timbres on its prosody, each at the height of its own F0."""
    found = {name: Packs(name, name) for name in OWN[language]}
    if language not in PROSODY:
        return found
    high, low = PROSODY[language]
    for name in TIMBRES:
        if name not in found and TWINS.get(name) not in found:
            prosody = high if name[1] == "f" else low
            symbols = to_phonemes(SENTENCES[language][0], choose_accent(language, Packs(prosody, prosody)))
            own, lent = (bench.utterances.measure_pitch(symbols, Packs(pack, pack)) for pack in (name, prosody))
            found[name] = Packs(name, prosody, round(own / lent, 2))
    return found


def select_voices(language: str, measured: Sequence[MeasuredVoice]) -> tuple[MeasuredVoice, ...]:
    """The voices to keep: the language's own, then those that are understood nearly as well and are like no other."""
    kept = [voice for voice in measured if voice.name in PRIMARY[language]]
    limit = max(voice.wer for voice in kept) + MAX_WER_MARGIN
    others = [voice for voice in measured if voice.name in {*OWN[language], *TIMBRES} - {*PRIMARY[language]}]
    for voice in others:
        is_apart = all(voice.cosine_similarity(other) < MAX_LIKENESS for other in kept)
        if voice.wer <= limit and is_apart and len(kept) < MOST:
            kept.append(voice)
    return tuple(kept)


def measure_candidates(bench: Workbench, languages: Sequence[str], folder: Path, sentences: int) -> None:
    """Measure every candidate of the languages that was not measured before, and keep each in a file of its language."""
    found = {language: load_measurements(folder, language) for language in languages}
    for language, name, packs in interleave_candidates({each: list_candidates(bench, each) for each in languages}):
        if name not in {voice.name for voice in found[language]}:
            voice = bench.measure_voice(name, language, packs, SENTENCES[language][:sentences])
            found[language] = (*found[language], voice)
            (folder / f"{language}.json").write_text(voice_table.format_table({language: found[language]}), "utf-8")
            console.write_result(f"{language} {name}: {voice.pitch:.0f} Hz, WER {voice.wer:.3f}")


def load_measurements(folder: Path, language: str) -> tuple[MeasuredVoice, ...]:
    """The stored measurements of a language; () where there are none."""
    path = folder / f"{language}.json"
    return voice_table.read_table(path)[language] if path.exists() else ()


def interleave_candidates(offered: Mapping[str, Mapping[str, Packs]]) -> Iterator[tuple[str, str, Packs]]:
    """The candidates of all languages, the first of each before the second of any: what is cut short is even."""
    for rank in range(max(map(len, offered.values()), default=0)):
        for language, voices in offered.items():
            yield from ((language, name, packs) for name, packs in list(voices.items())[rank : rank + 1])


@click.command()
@click.argument("models", type=click.Path(path_type=Path, exists=True))
@click.argument("languages", nargs=-1)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("voices"), help="Where each language's measurements go.")
@click.option("--sentences", default=10, help="How many sentences each voice speaks: three show too little of a voice.")
@click.option("--write", is_flag=True, help="Write the engine's table from the measurements that there are.")
def main(models: Path, languages: tuple[str, ...], folder: Path, sentences: int, *, write: bool) -> None:
    """Measure voices language by language; then, with --write, keep the distinct and intelligible ones as the engine's table."""
    folder.mkdir(parents=True, exist_ok=True)
    if languages:
        measure_candidates(Workbench.of(models), languages, folder, sentences)
    if write:
        found = {language: load_measurements(folder, language) for language in SENTENCES}
        kept = {language: select_voices(language, voices) for language, voices in found.items() if voices}
        enough = {language: voices for language, voices in kept.items() if len(voices) >= LEAST}
        voice_table.TABLE_PATH.write_text(voice_table.format_table(enough), "utf-8")


if __name__ == "__main__":
    main()
