"""Speech by the real model; skipped where set-up has not fetched it."""

import shutil
import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from real_models import model_folder

from evaluation.round_trip import RoundTripRecognizer, count_round_trip_errors
from pipeline.audio.pitch import measure_median_pitch
from pipeline.engines.kokoro.onnx_graphs import make_graphs
from pipeline.engines.kokoro.phonemes import to_phonemes
from pipeline.engines.kokoro.utterance_synthesis import MAX_SYMBOLS, split_symbols
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.engines.speakers.ge2e_embeddings import PARTIAL_FRAMES, Ge2e, compute_mels
from pipeline.engines.speakers.vad_silero import find_package_folder
from pipeline.engines.synthesizer_kokoro import KokoroSynthesizer
from pipeline.errors import EngineError, LanguageError, ModelMissing
from pipeline.models.model_hub import Hub
from pipeline.values.inflection import Inflection
from pipeline.values.media import SPEECH_RATE_HZ
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Register, Speaker, Voice
from tools.benchmarks.spoken_sentences import SENTENCES

pytestmark = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")

LINES = {
    "es": "Mi hermana trabaja en un hospital pequeño.",
    "fr": "Je ne sais pas ce que tu veux dire.",
    "it": "Non so cosa vuoi dirmi, amico mio.",
    "pt": "Não sei o que você quer dizer com isso.",
    "en": "He left me six boxes of old letters.",
}


@pytest.fixture(scope="session")
def kokoro() -> KokoroSynthesizer:
    folder = model_folder("kokoro-82m")
    if not (folder / "paced.onnx").exists():
        pytest.skip(f"{folder} has no paced.onnx; run ./dubarr setup")
    return KokoroSynthesizer(hub=Hub(folder.parent))


def first(kokoro: KokoroSynthesizer, language: str) -> Voice:
    return Voice("S1", kokoro.voices(language=language)[0])


def seconds(spoken: SynthesizedSpeech) -> float:
    return len(spoken.wave) / spoken.sample_rate


def heard_seconds(spoken: SynthesizedSpeech) -> float:
    """From the first sample over -40 dB of the peak to the last."""
    loud = np.flatnonzero(np.abs(spoken.wave) > 0.01 * np.abs(spoken.wave).max())
    return float(loud[-1] - loud[0]) / spoken.sample_rate


@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(LINES))
def test_a_take_has_the_length_it_was_asked_for(kokoro: KokoroSynthesizer, language: str) -> None:
    voice, text = first(kokoro, language), LINES[language]
    natural = kokoro.seconds(text, voice, language=language)
    assert natural is not None
    for rate in (0.85, 1.0, 1.25):
        spoken = kokoro.speak(text, voice, language=language, seconds=natural / rate)
        assert seconds(spoken) == pytest.approx(natural / rate, abs=0.025)
        assert heard_seconds(spoken) == pytest.approx(natural / rate, abs=0.06), "it is speech that lasts, not silence"
        assert spoken.rate == pytest.approx(natural / seconds(spoken))


@pytest.mark.slow
def test_a_variation_is_another_rendition_of_the_same_length(kokoro: KokoroSynthesizer) -> None:
    voice = first(kokoro, "es")
    usual, first_other, second_other = (
        kokoro.speak("Buenas noches.", voice, language="es", seconds=1.0, variation=variation) for variation in (0, 1, 2)
    )
    assert seconds(first_other) == pytest.approx(1.0, abs=0.025)
    assert not np.array_equal(usual.wave, first_other.wave)
    assert not np.array_equal(first_other.wave, second_other.wave)


def test_a_length_is_foretold_before_it_is_spoken(kokoro: KokoroSynthesizer) -> None:
    voice = first(kokoro, "es")
    spoken = kokoro.speak(LINES["es"], voice, language="es", seconds=None)
    assert kokoro.seconds(LINES["es"], voice, language="es") == pytest.approx(seconds(spoken), abs=0.04)
    assert spoken.rate == 1.0


def test_a_given_pronunciation_is_spoken_and_counted_in_the_length(kokoro: KokoroSynthesizer) -> None:
    voice, text = first(kokoro, "es"), "Hola, Siobhan."
    known = (Pronunciation("Siobhan", "ʃiˈβon ˈlaɾɣa"),)
    assert to_phonemes(text, "es", known) == "ˈola, ʃiβˈon lˈaɾɣa."
    spoken = kokoro.speak(text, voice, language="es", seconds=None, pronunciations=known)
    predicted = kokoro.seconds(text, voice, language="es", pronunciations=known)
    assert predicted == pytest.approx(seconds(spoken), abs=0.04)
    assert predicted > (kokoro.seconds(text, voice, language="es") or 0.0) + 0.2


def test_the_same_line_is_the_same_sound_whoever_speaks_beside_it(kokoro: KokoroSynthesizer) -> None:
    voice, takes = first(kokoro, "es"), []

    def speak() -> None:
        takes.append(kokoro.speak("Hola, amigos.", voice, language="es", seconds=1.0))

    threads = [threading.Thread(target=speak) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.array_equal(takes[0].wave, takes[1].wave)


def test_speech_is_level_and_neither_silent_nor_clipped(kokoro: KokoroSynthesizer) -> None:
    for name in kokoro.voices(language="es")[:3]:
        spoken = kokoro.speak("Dame un vaso de agua.", Voice("S1", name), language="es", seconds=None)
        assert spoken.wave.dtype == np.float32 and spoken.wave.ndim == 1
        assert 0.05 < float(np.abs(spoken.wave).max()) <= 0.71
        assert 0.04 < float(np.sqrt(np.mean(spoken.wave**2))) < 0.07


def test_no_wish_makes_it_faster_or_slower_than_it_is_understood(kokoro: KokoroSynthesizer) -> None:
    voice = first(kokoro, "fr")
    fast, slow = (kokoro.speak("Bonsoir, madame.", voice, language="fr", seconds=wished) for wished in (0.05, 30.0))
    assert fast.rate == pytest.approx(1.3, rel=0.05) and slow.rate == pytest.approx(0.8, rel=0.05)


@pytest.mark.slow
def test_a_text_longer_than_the_model_can_say_at_once_is_said_in_parts_of_exact_length(kokoro: KokoroSynthesizer) -> None:
    text = " ".join(SENTENCES["es"][:5])
    voice = first(kokoro, "es")
    natural = kokoro.seconds(text, voice, language="es")
    assert natural is not None and natural > 15.0
    spoken = kokoro.speak(text, voice, language="es", seconds=natural / 1.2)
    assert seconds(spoken) == pytest.approx(natural / 1.2, abs=0.025)


def test_long_symbols_are_cut_after_a_mark_else_at_a_space() -> None:
    sentence = "a" * 60 + " " + "b" * 60 + ". "
    assert [part[-1] for part in split_symbols(sentence * 4)] == ["."] * len(split_symbols(sentence * 4))
    assert "".join(split_symbols(sentence * 4)).replace(" ", "") == (sentence * 4).replace(" ", "")
    assert all(0 < len(part) <= MAX_SYMBOLS for part in (*split_symbols("c" * 900), *split_symbols("d e " * 300)))


@pytest.mark.slow
def test_five_speakers_sound_like_five_people_of_their_registers(kokoro: KokoroSynthesizer) -> None:
    import soxr

    speakers = [Speaker(f"S{n}", 50.0 - n, pitch) for n, pitch in enumerate((95.0, 210.0, 120.0, 185.0, 130.0))]
    network = Ge2e(find_package_folder("resemblyzer") / "pretrained.pt")
    embeddings = []
    for speaker, voice in zip(speakers, kokoro.cast(speakers, language="es"), strict=True):
        spoken = kokoro.speak(SENTENCES["es"][1] + " " + SENTENCES["es"][6], voice, language="es", seconds=None)
        pitch = measure_median_pitch(spoken.wave, spoken.sample_rate)
        assert pitch is not None and (pitch < 155.0) == (speaker.register is Register.LOW)
        mels = compute_mels(soxr.resample(spoken.wave, spoken.sample_rate, SPEECH_RATE_HZ))
        mean = network.compute_embeddings(
            np.stack([mels[at : at + PARTIAL_FRAMES] for at in range(0, len(mels) - PARTIAL_FRAMES, 40)])
        ).mean(axis=0)
        embeddings.append(mean / np.linalg.norm(mean))
    for one, other in combinations(embeddings, 2):
        assert float(one @ other) < 0.8


@pytest.mark.slow
@pytest.mark.parametrize(("language", "most"), [("es", 0.09), ("en", 0.08)])
def test_a_hurried_voice_is_still_understood(kokoro: KokoroSynthesizer, language: str, most: float) -> None:
    pytest.importorskip("faster_whisper")
    ear, voice, texts = RoundTripRecognizer(model_folder("whisper-base")), first(kokoro, language), SENTENCES[language][:5]
    assert count_round_trip_errors(ear, hurried(kokoro, texts, voice, language), texts, language).rate <= most


def hurried(kokoro: KokoroSynthesizer, texts: Sequence[str], voice: Voice, language: str) -> list[SynthesizedSpeech]:
    goals = [(kokoro.seconds(text, voice, language=language) or 0.0) / 1.25 for text in texts]
    return [kokoro.speak(text, voice, language=language, seconds=goal) for text, goal in zip(texts, goals, strict=True)]


def test_what_it_cannot_do_is_said_in_a_sentence(kokoro: KokoroSynthesizer) -> None:
    with pytest.raises(EngineError, match="'xx' is not a voice"):
        kokoro.speak("Hola.", Voice("S1", "xx"), language="es", seconds=None)
    with pytest.raises(EngineError, match="can be spoken"):
        kokoro.speak("♪", first(kokoro, "es"), language="es", seconds=None)
    with pytest.raises(LanguageError, match="kokoro cannot speak Japanese"):
        kokoro.cast((Speaker("S1", 1.0, 100.0),), language="ja")


def test_a_folder_without_the_model_names_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "kokoro-82m").mkdir()
    with pytest.raises(ModelMissing, match="PROFILE=draft"):
        KokoroSynthesizer(hub=Hub(tmp_path, cache=tmp_path / "cache"))


def test_another_model_is_refused_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper, number = onnx.helper, onnx.TensorProto.FLOAT
    inside, outside = (helper.make_tensor_value_info(name, number, [1]) for name in ("x", "y"))
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "other", [inside], [outside])
    onnx.save(helper.make_model(graph), str(tmp_path / "model.onnx"))
    with pytest.raises(EngineError, match="not the export of Kokoro"):
        make_graphs(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]


def test_the_fingerprint_names_model_voices_and_rates(kokoro: KokoroSynthesizer) -> None:
    assert kokoro.fingerprint.startswith("kokoro;model=") and "voices=" in kokoro.fingerprint and "rates=" in kokoro.fingerprint


@pytest.mark.slow
def test_an_inflection_shifts_the_pitch_and_leaves_the_duration(kokoro: KokoroSynthesizer) -> None:
    voice = first(kokoro, "es")
    plain, raised = (
        kokoro.speak(LINES["es"], replace(voice, inflection=inflection), language="es", seconds=None)
        for inflection in (None, Inflection(2.0))
    )
    pitches = [measure_median_pitch(spoken.wave, spoken.sample_rate) for spoken in (plain, raised)]
    assert 12 * np.log2(pitches[1] / pitches[0]) == pytest.approx(2.0, abs=0.5)
    assert seconds(raised) == pytest.approx(seconds(plain), abs=0.02)
