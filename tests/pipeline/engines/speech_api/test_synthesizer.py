"""The synthesizer on a real server of OpenAI's speech endpoint, whose voice is espeak-ng, in good and in bad health."""

import base64
import io
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import soundfile
from audio_api_server import PASSING, Act, AudioApiServer, AudioRequest, Hostile

from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.synthesizer_list import SynthesizerList
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.engines.registry import engine_builder
from pipeline.engines.speech_api.synthesizer import SPEED_NOTE, SpeechApiSynthesizer
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact
from pipeline.values.timeline import Speaker, Voice

TEXT = "La estación está vacía desde hace muchos años."
ANA = Voice("S1", "speech-api:ana")
WORDS = [
    "la",
    "casa",
    "donde",
    "nadie",
    "vive",
    "queda",
    "lejos",
    "de",
    "aquí",
    "y",
    "ella",
    "dijo",
    "que",
    "nunca",
    "debimos",
    "volver",
    "sin",
    "una",
    "palabra",
]


def synthesizer(server: AudioApiServer, **options) -> SpeechApiSynthesizer:
    return SpeechApiSynthesizer(url=server.url, **({"timeout": 20.0, "sleep": lambda seconds: None} | options))


def spoken(server: AudioApiServer, seconds: float | None = None, voice: Voice = ANA, **options) -> SynthesizedSpeech:
    return synthesizer(server, **options).speak(TEXT, voice, language="es", seconds=seconds)


def length(speech: SynthesizedSpeech) -> float:
    return len(speech.wave) / speech.sample_rate


def once(act: Act, times: int = 1) -> Callable[[AudioRequest], Act]:
    """The act for the first requests, honesty afterwards."""
    left = [act] * times
    return lambda request: left.pop() if left else Act.HONEST


def lines(count: int) -> list[str]:
    """Lines that are all different, of 3 to 16 words."""
    dice = np.random.default_rng(7)
    return [f"{' '.join(dice.choice(WORDS, dice.integers(3, 16)))} {number}.".capitalize() for number in range(count)]


def test_a_line_is_spoken_at_its_natural_pace_and_at_a_film_takes_level() -> None:
    with AudioApiServer() as server:
        speech = spoken(server)
    assert speech.rate == 1.0 and not speech.notes and 2.0 < length(speech) < 5.0
    assert speech.wave.dtype == np.float32 and 0.05 < np.abs(speech.wave).max() <= 0.71
    assert [request.body for request in server.requests] == [
        {"model": "tiny-audio", "input": TEXT, "voice": "ana", "response_format": "wav"}
    ]


@pytest.mark.parametrize("form", ["wav", "flac", "pcm"])
def test_every_format_gives_the_same_samples(form: str) -> None:
    with AudioApiServer() as server:
        speech = spoken(server, format=form)
        assert np.array_equal(speech.wave, spoken(server).wave) and speech.sample_rate == 22_050


@pytest.mark.parametrize("factor", [0.75, 0.9, 1.2])
def test_a_wanted_duration_is_approached_by_speed(factor: float) -> None:
    with AudioApiServer() as server:
        natural = length(spoken(server))
        speech = spoken(server, natural * factor)
    assert length(speech) == pytest.approx(natural * factor, rel=0.06)
    assert speech.rate == pytest.approx(natural / length(speech)) and not speech.notes
    assert len(server.requests) <= 4


def test_a_duration_field_takes_the_place_of_speed() -> None:
    with AudioApiServer() as server:
        spoken(server, 3.0, duration_field="duration")
    assert server.requests[0].body["duration"] == 3.0 and "speed" not in server.requests[0].body and len(server.requests) == 1


@pytest.mark.parametrize("options", [{"ignores_speed": True}, {"rejects": ["speed"]}])
def test_a_server_without_speed_gives_the_natural_pace_with_a_note_and_is_not_asked_again(options: dict) -> None:
    with AudioApiServer(**options) as server:
        engine = synthesizer(server)
        first, second = (engine.speak(TEXT, ANA, language="es", seconds=2.0) for _ in range(2))
    assert first.rate == second.rate == 1.0
    assert [[note.text for note in speech.notes] for speech in (first, second)] == [[SPEED_NOTE], [SPEED_NOTE]]
    assert [("speed" in request.body) for request in server.requests].count(True) == 1


def test_a_server_that_speaks_faster_but_not_slower_is_asked_for_that() -> None:
    with AudioApiServer(slowest=1.0) as server:
        engine = synthesizer(server)
        natural = length(engine.speak(TEXT, ANA, language="es", seconds=None))
        slow, slower, fast = (engine.speak(TEXT, ANA, language="es", seconds=natural * by) for by in (1.2, 1.15, 0.8))
    assert slow.rate == slower.rate == 1.0 and [note.text for note in slow.notes] == [SPEED_NOTE]
    assert length(fast) == pytest.approx(natural * 0.8, rel=0.06) and not fast.notes
    assert [request.body["speed"] < 1.0 for request in server.requests if "speed" in request.body].count(True) == 1


def test_a_format_that_a_server_lacks_is_replaced_by_another() -> None:
    with AudioApiServer(formats=("mp3", "pcm")) as server:
        assert length(spoken(server)) > 2.0
    assert [request.body["response_format"] for request in server.requests] == ["wav", "flac", "pcm"]


def test_language_seed_and_fields_go_by_the_names_that_the_server_has() -> None:
    with AudioApiServer() as server:
        engine = synthesizer(
            server, language_field="language", language_names=True, seed_field="seed", fields={"task_type": "CustomVoice"}
        )
        engine.speak(TEXT, ANA, language="es", seconds=None, variation=2)
    body = server.requests[0].body
    assert (body["language"], body["seed"], body["task_type"]) == ("Spanish", 6, "CustomVoice")


def test_a_voice_is_cloned_from_the_speakers_clip(tmp_path: Path) -> None:
    wave = np.random.default_rng(1).normal(0, 0.1, 40_000 * 3).astype(np.float32)
    soundfile.write(tmp_path / "clip.flac", wave, 40_000)
    voice = Voice("S1", "speech-api:clone", reference=Artifact.of(tmp_path / "clip.flac"))
    with AudioApiServer(lists_voices=False) as server:
        engine = synthesizer(server, reference_field="ref_audio", fields={"task_type": "Base"})
        assert engine.clones and engine.cast([Speaker("S1", 9.0, None)], language="es") == (Voice("S1", "speech-api:clone"),)
        assert engine.speak(TEXT, voice, language="es", seconds=None).cloned is True
        with pytest.raises(EngineError, match="S1 has no reference clip"):
            engine.speak(TEXT, Voice("S1", "speech-api:clone"), language="es", seconds=None)
    body = server.requests[0].body
    sent, rate = soundfile.read(io.BytesIO(base64.b64decode(body["ref_audio"].removeprefix("data:audio/wav;base64,"))))
    assert (rate, len(sent)) == (24_000, 72_000) and "voice" not in body and body["task_type"] == "Base"


# --- casting ---


def test_voices_are_those_that_the_server_lists_by_register() -> None:
    speakers = [Speaker("S1", 60.0, 210.0), Speaker("S2", 50.0, 110.0), Speaker("S3", 40.0, 220.0), Speaker("S4", 1.0, None)]
    with AudioApiServer() as server:
        engine = synthesizer(server)
        assert engine.voices(language="es") == ("speech-api:juan", "speech-api:ana", "speech-api:luz")
        assert [voice.name.partition(":")[2] for voice in engine.cast(speakers, language="es")] == ["ana", "juan", "luz", "juan"]
        assert engine.cast(speakers[:1], language="es", voices=["speech-api:luz"])[0].name == "speech-api:luz"


def test_without_a_list_the_voices_are_those_of_the_setting() -> None:
    with AudioApiServer(lists_voices=False) as server:
        assert synthesizer(server, voices=["luz:high", "juan:low"]).voices(language="es") == ("speech-api:juan", "speech-api:luz")
        with pytest.raises(EngineError, match=r"lists no voice that speaks Spanish .*SPEECH_API_VOICES"):
            synthesizer(server).cast([Speaker("S1", 1.0, None)], language="es")


def test_languages_may_be_limited_alone_and_in_a_list() -> None:
    with AudioApiServer() as server:
        engine = synthesizer(server, languages=["es"])
        with pytest.raises(LanguageError, match="French"):
            engine.speak(TEXT, ANA, language="fr", seconds=None)
        options = {"speech-api": {"url": server.url, "languages": ["es"]}}
        both = engine_builder.build_engine("synthesizer", "speech-api, espeak", **options)
        names = [both.voices(language=language)[0].partition(":")[0] for language in ("es", "fr")]
    assert names == ["speech-api", "fr+m3"]


# --- identity, settings, errors ---


def test_while_the_server_is_away_its_last_known_model_and_voices_stand_for_it(tmp_path: Path) -> None:
    hub = Hub(cache=tmp_path)
    with AudioApiServer() as server:
        known = synthesizer(server, hub=hub)
        fingerprint, voices = known.fingerprint, known.voices(language="es")
        assert not known.is_provisional
    away = synthesizer(server, hub=hub, tries=1)
    assert (away.fingerprint, away.is_provisional, away.voices(language="es")) == (fingerprint, True, voices)
    listed = SynthesizerList([Member("speech-api", away)])
    assert listed.is_provisional and fingerprint in listed.fingerprint
    for ask in (lambda: away.speak(TEXT, ANA, language="es", seconds=None), lambda: away.cast((), language="es")):
        with pytest.raises(EngineError, match="the speech server at .* gave no answer"):
            ask()
    with pytest.raises(EngineError, match="gave no answer"):
        _ = synthesizer(server, tries=1).fingerprint
    with AudioApiServer(port=int(server.url.split(":")[2].removesuffix("/v1"))):
        assert away.is_provisional and length(away.speak(TEXT, ANA, language="es", seconds=None)) > 1
        assert not away.is_provisional and away.fingerprint == fingerprint


def test_a_server_that_comes_back_with_another_model_makes_nothing_under_the_old_ones_name(tmp_path: Path) -> None:
    hub = Hub(cache=tmp_path)
    with AudioApiServer() as server:
        fingerprint = synthesizer(server, hub=hub).fingerprint
    away = synthesizer(server, hub=hub, tries=1)
    assert away.fingerprint == fingerprint
    with AudioApiServer(model="another", port=int(server.url.split(":")[2].removesuffix("/v1"))) as changed:
        for _ in range(2):
            with pytest.raises(EngineError, match="was away, and now has another in place of tiny-audio; retry the film"):
                away.speak(TEXT, ANA, language="es", seconds=None)
        assert not changed.requests and "another(espeak/ng)" in away.fingerprint and not away.is_provisional
        assert away.speak(TEXT, ANA, language="es", seconds=None).rate == 1.0


def test_the_fingerprint_names_model_and_options_and_no_address() -> None:
    with AudioApiServer() as server, AudioApiServer() as other, AudioApiServer(model="large") as third:
        one = synthesizer(server).fingerprint
        assert one == synthesizer(other).fingerprint and "tiny-audio(espeak/ng)" in one and "127.0.0.1" not in one
        changed = (
            synthesizer(third), synthesizer(server, duration_field="duration"), synthesizer(server, fields={"cfg": 2}),
            synthesizer(server, model="tiny-audio", revision="2"),
        )  # fmt: skip
        assert len({one, *(each.fingerprint for each in changed)}) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"format": "mp3"}, "wav, flac, pcm"),
        ({"frmat": "wav"}, "an option is unknown"),
        ({"pcm_rate": 5}, "sample rate"),
        ({"attempts": 0}, "at least 1"),
        ({"fields": {"x": b""}}, "no JSON"),
        ({"voices": ["a\nb"]}, "no voice"),
        ({"url": "ftp://x/v1"}, "SPEECH_API_URL"),
        ({"api_key": "ключ"}, "SPEECH_API_KEY"),
    ],
)
def test_an_option_that_cannot_be_used_is_told_at_once(options: dict, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        SpeechApiSynthesizer(**options)


def test_the_key_opens_the_server_and_is_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with AudioApiServer(key="sk-secret") as server:
        assert length(spoken(server, api_key="sk-secret")) > 2.0
        server.key = "sk-changed"
        with pytest.raises(EngineError, match="rejects the API key.*SPEECH_API_KEY") as error:
            spoken(server, api_key="sk-secret", model="tiny-audio")
    assert "sk-secret" not in f"{error.value} {caplog.text}"


def test_what_cannot_be_spoken_is_no_request() -> None:
    with AudioApiServer() as server:
        engine = synthesizer(server)
        for text, message in (("… ♪", "can be spoken"), ("palabra " * 400, "too long")):
            with pytest.raises(EngineError, match=message):
                engine.speak(text, ANA, language="es", seconds=None)
        with pytest.raises(EngineError, match="not a voice of this engine"):
            engine.speak(TEXT, Voice("S1", "kokoro:x"), language="es", seconds=None)
    assert not server.requests


# --- faults ---


@pytest.mark.parametrize("act", PASSING)
def test_a_passing_fault_is_requested_again(act: Act) -> None:
    with AudioApiServer() as server:
        well = spoken(server)
        server.behave = once(act)
        speech = spoken(server)
    assert np.array_equal(speech.wave, well.wave) and not speech.notes


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (Act.ERROR, "HTTP 500, something broke; tried 2×.*SPEECH_API_URL"),
        (Act.TOO_MANY, "HTTP 429, slow down"),
        (Act.HTML, "its answer is text/html, not audio"),
        (Act.TRUNCATED, "its audio breaks off"),
        (Act.HANG_UP, "broke off"),
        (Act.ENDLESS, "its answer has more than"),
        (Act.EMPTY, "its answer is empty"),
        (Act.SILENCE, "silent 3 times"),
        (Act.LONG, "s long at best"),
    ],
)
def test_a_lasting_fault_is_an_error_in_words(act: Act, message: str) -> None:
    with AudioApiServer(behave=lambda request: act) as server, pytest.raises(EngineError, match=message):
        spoken(server, tries=2)


def test_a_take_that_stays_too_short_is_used_with_a_warning() -> None:
    with AudioApiServer(behave=lambda request: Act.SHORT) as server:
        (note,) = spoken(server).notes
    assert "too short" in note.text and note.severity == "warning"


def test_a_server_that_hangs_is_cut_off() -> None:
    with AudioApiServer(behave=lambda request: Act.HANG) as server, pytest.raises(EngineError, match=r"no answer within 0\.5 s"):
        spoken(server, tries=2, timeout=0.5, model="tiny-audio")


@pytest.mark.slow
def test_two_hundred_lines_come_back_as_they_were_asked_for_whatever_the_server_does() -> None:
    texts = lines(200)

    def speak_all(server: AudioApiServer) -> list[SynthesizedSpeech]:
        engine = synthesizer(server, voices=["ana", "juan"], timeout=8.0)
        with ThreadPoolExecutor(4) as pool:
            asked = [(text, Voice("S", f"speech-api:{('ana', 'juan')[n % 2]}")) for n, text in enumerate(texts)]
            return list(pool.map(lambda line: engine.speak(*line, language="es", seconds=None), asked))

    hostile = Hostile(seed=3)
    with AudioApiServer() as server:
        well = speak_all(server)
        server.behave = hostile
        found = speak_all(server)
    assert all(np.array_equal(one.wave, other.wave) for one, other in zip(well, found, strict=True))
    assert set(hostile.acts) >= {*PASSING, Act.HANG} and sum(hostile.acts.values()) > 280


def test_a_line_that_the_server_never_speaks_is_an_honest_failure_and_the_others_are_whole() -> None:
    texts = lines(12)
    with AudioApiServer(behave=lambda request: Act.ENDLESS if request.text in texts[3:5] else Act.HONEST) as server:
        engine = synthesizer(server, tries=2)

        def attempt(text: str) -> float | str:
            try:
                return length(engine.speak(text, ANA, language="es", seconds=None))
            except EngineError as error:
                return str(error)

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(attempt, texts))
    failed = [n for n, each in enumerate(found) if isinstance(each, str)]
    assert failed == [3, 4] and all("gave no answer (its answer has more than" in str(found[n]) for n in failed)
