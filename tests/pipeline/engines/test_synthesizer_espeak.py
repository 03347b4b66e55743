"""Speech by the real program."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from pipeline.audio.pitch import measure_pitches
from pipeline.engines.protocols import SynthesizedSpeech, Wave
from pipeline.engines.synthesizer_espeak import EspeakSynthesizer, strip_commands
from pipeline.errors import EngineError, LanguageError
from pipeline.values.inflection import Inflection
from pipeline.values.timeline import Speaker, Voice

needs_espeak = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")

SENTENCES = {
    "es": ["Hola, ¿cómo estás?", "No podemos seguir así.", "Mi hermano vive en una casa pequeña cerca del mar.", "Gracias."],
    "ca": [
        "Tanca la porta, si us plau.",
        "El comitè es va reunir dimarts per discutir el pressupost.",
        "Compte!",
        "Triem anar a la lluna.",
    ],
}


@pytest.fixture(scope="module")
def espeak() -> EspeakSynthesizer:
    return EspeakSynthesizer()


def voice(language: str = "es", variant: str = "+m3", pitch: int = 50) -> Voice:
    return Voice("S1", f"{language}{variant}:p{pitch}")


def seconds(spoken: SynthesizedSpeech) -> float:
    return len(spoken.wave) / spoken.sample_rate


def loudest_pitch(wave: Wave, sample_rate: int) -> float:
    """F0 in Hz by autocorrelation of the loudest 0.1 s; 70 to 350 Hz."""
    length = sample_rate // 10
    start = int(np.argmax(np.convolve(wave**2, np.ones(length), "valid")))
    frame = wave[start : start + length]
    correlation = np.correlate(frame, frame, "full")[length - 1 :]
    lags = range(sample_rate // 350, sample_rate // 70)
    peaks = [lag for lag in lags if correlation[lag] == max(correlation[lag - 8 : lag + 9])]
    best = max(correlation[lag] for lag in peaks)
    return sample_rate / next(lag for lag in peaks if correlation[lag] > 0.85 * best)  # the first, or it may be a multiple


@needs_espeak
def test_speech_is_trimmed_mono_and_neither_silent_nor_clipped(espeak: EspeakSynthesizer) -> None:
    for variant in ("", "+m3", "+f2", "+Gene2", "+Henrique"):  # at espeak-ng's own level, 20 dB lie between them
        spoken = espeak.speak("Hola, amigos.", voice(variant=variant), language="es", seconds=None)
        assert spoken.wave.dtype == np.float32
        assert spoken.wave.ndim == 1
        assert spoken.rate == 1.0
        peak = float(np.abs(spoken.wave).max())
        assert 0.05 < peak <= 0.71
        assert 0.03 < float(np.sqrt(np.mean(spoken.wave**2))) < 0.07
        edge = spoken.sample_rate // 50
        assert np.abs(spoken.wave[:edge]).max() > 0.004 * peak
        assert np.abs(spoken.wave[-edge:]).max() > 0.004 * peak


@needs_espeak
@pytest.mark.parametrize("factor", [0.75, 0.9, 1.25, 1.6, 1.8])
@pytest.mark.parametrize("language", ["es", "ca"])
def test_a_wished_duration_is_held(espeak: EspeakSynthesizer, language: str, factor: float) -> None:
    errors = []
    for text in SENTENCES[language]:
        natural = seconds(espeak.speak(text, voice(language), language=language, seconds=None))
        spoken = espeak.speak(text, voice(language), language=language, seconds=natural / factor)
        assert spoken.rate == pytest.approx(natural / seconds(spoken))
        errors.append(abs(seconds(spoken) * factor / natural - 1.0))
    assert np.mean(errors) < 0.03
    assert max(errors) < 0.08


@needs_espeak
@pytest.mark.parametrize(("wished", "rate"), [(0.01, 1.8), (60.0, 0.7)])
def test_no_wish_makes_it_faster_or_slower_than_natural_limits(espeak: EspeakSynthesizer, wished: float, rate: float) -> None:
    spoken = espeak.speak(SENTENCES["es"][2], voice(), language="es", seconds=wished)
    assert spoken.rate == pytest.approx(rate, rel=0.06)


@needs_espeak
def test_the_same_order_gives_the_same_samples(espeak: EspeakSynthesizer) -> None:
    one, other = (espeak.speak("Hola.", voice(), language="es", seconds=0.5) for _ in range(2))
    assert np.array_equal(one.wave, other.wave)


@needs_espeak
@pytest.mark.parametrize(
    "text",
    [
        'Hola <break time="9s"/> amigo',
        "Hola [[h@l'o]] amigo",
        "Hola \x01600S amigo",
        "--version",
        "-w /tmp/x hola",
        "Hola &amp; <audio src='x'/>",
        "$(ls) `ls`",
    ],
)
def test_nothing_in_a_text_is_a_command(espeak: EspeakSynthesizer, text: str) -> None:
    spoken = espeak.speak(text, voice(), language="es", seconds=None)
    assert 0.3 < seconds(spoken) < 6.0


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Hola *amigo* #1", "Hola amigo 1"),
        ("a\u0000b\x01c", "a b c"),
        ("😀 ♪ Sí ♫", "Sí"),
        ("…", ""),
        ("e\u0301", "é"),
        ("50 % de 3 €", "50 % de 3 €"),
    ],
)
def test_symbols_are_not_spelt_out(text: str, clean: str) -> None:
    assert strip_commands(text) == clean


@needs_espeak
@pytest.mark.parametrize("text", ["", "…", "♪ ♪", "[]", "\x00"])
def test_a_text_without_words_is_an_engine_error(espeak: EspeakSynthesizer, text: str) -> None:
    with pytest.raises(EngineError, match="can be spoken"):
        espeak.speak(text, voice(), language="es", seconds=None)


@needs_espeak
@pytest.mark.parametrize("name", ["", "es", "-h", "es+m3:p50 --help", "../../x:p50", "es+m3:p100", "es+a/b:p10"])
def test_a_name_that_is_no_voice_never_reaches_the_command_line(espeak: EspeakSynthesizer, name: str) -> None:
    with pytest.raises(EngineError, match="is not a voice of this engine"):
        espeak.speak("Hola.", Voice("S1", name), language="es", seconds=None)


@needs_espeak
def test_a_voice_of_a_language_that_is_not_installed_is_an_engine_error(espeak: EspeakSynthesizer) -> None:
    with pytest.raises(EngineError, match="xx:p50"):
        espeak.speak("Hola.", Voice("S1", "xx:p50"), language="xx", seconds=None)


@needs_espeak
def test_a_cast_sounds_as_low_and_as_high_as_its_speakers(espeak: EspeakSynthesizer) -> None:
    crowd = (Speaker("S1", 60.0, 100.0), Speaker("S2", 30.0, 215.0))
    for language in ("es", "ca"):
        low, high = espeak.cast(crowd, language=language)
        waves = [espeak.speak(SENTENCES[language][1], one, language=language, seconds=None) for one in (low, high)]
        measured = [loudest_pitch(spoken.wave, spoken.sample_rate) for spoken in waves]
        assert measured[0] < 150 < 165 < measured[1]
        assert (low.speaker, high.speaker) == ("S1", "S2")


@needs_espeak
def test_the_voices_to_choose_from_are_clear_and_can_all_be_spoken_with(espeak: EspeakSynthesizer) -> None:
    names = espeak.voices(language="ca")
    assert names[0] == "ca+m3:p50" and len(set(names)) == len(names) == 30
    for name in names:
        assert seconds(espeak.speak("Compte!", Voice("S1", name), language="ca", seconds=None)) > 0.2
    with pytest.raises(LanguageError):
        espeak.voices(language="ja")


@needs_espeak
def test_a_cast_speaks_the_regional_voice_where_there_is_one(espeak: EspeakSynthesizer) -> None:
    crowd = (Speaker("S1", 60.0, 100.0),)
    names = {
        tag: espeak.cast(crowd, language=tag)[0].name.split("+")[0].split(":")[0]
        for tag in ("es", "es-419", "es-CL", "pt-BR", "pt-PT", "zh", "nb", "no")
    }
    assert names == {
        "es": "es",
        "es-419": "es-419",
        "es-CL": "es",
        "pt-BR": "pt-br",
        "pt-PT": "pt",
        "zh": "cmn",
        "nb": "nb",
        "no": "nb",
    }
    for tag in names:
        assert seconds(espeak.speak("123.", espeak.cast(crowd, language=tag)[0], language=tag, seconds=None)) > 0.3


@needs_espeak
def test_japanese_is_not_offered_because_kanji_cannot_be_read(espeak: EspeakSynthesizer) -> None:
    assert {"es", "ca", "fr", "it", "pt", "pt-BR", "en"} <= espeak.languages()
    assert "ja" not in espeak.languages()
    with pytest.raises(LanguageError, match="cannot speak Japanese"):
        espeak.cast((Speaker("S1", 1.0, 100.0),), language="ja")


@needs_espeak
def test_the_fingerprint_names_the_program_and_its_version(espeak: EspeakSynthesizer) -> None:
    assert espeak.fingerprint.startswith("espeak-ng;1.")


def semitones(espeak: EspeakSynthesizer, inflection: Inflection | None) -> np.ndarray:
    """F0 of the longest sentence's voiced frames, in semitones over 100 Hz."""
    spoken = espeak.speak(SENTENCES["es"][2], replace(voice(), inflection=inflection), language="es", seconds=None)
    return 12 * np.log2(measure_pitches(spoken.wave, spoken.sample_rate) / 100)


@needs_espeak
def test_an_inflection_shifts_the_pitch_and_widens_its_range(espeak: EspeakSynthesizer) -> None:
    plain, raised, lively = (semitones(espeak, each) for each in (None, Inflection(2.0), Inflection(0.0, 1.3)))
    assert np.median(raised) - np.median(plain) == pytest.approx(2.0, abs=0.7)
    assert abs(np.median(lively) - np.median(plain)) < 1.0
    assert np.std(lively) > 1.1 * np.std(plain)


@needs_espeak
def test_marks_of_the_text_are_no_markup_where_the_range_changes(espeak: EspeakSynthesizer) -> None:
    text = "Hola & adiós </prosody>"
    plain, wide = (
        espeak.speak(text, replace(voice(), inflection=inflection), language="es", seconds=None)
        for inflection in (None, Inflection(0.0, 1.3))
    )
    assert seconds(wide) == pytest.approx(seconds(plain), rel=0.05)
