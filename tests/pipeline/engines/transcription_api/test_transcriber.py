"""The transcriber on a real server of OpenAI's transcription endpoint, in good and in bad health."""

import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from audio_api_server import PASSING, Act, AudioApiServer, AudioRequest, Hostile, say

from pipeline.engines.protocols import Utterance
from pipeline.engines.transcription_api.transcriber import TranscriptionApiTranscriber
from pipeline.errors import EngineError, LanguageError
from pipeline.models.model_hub import Hub
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span

TEXT = "La estación está vacía desde hace muchos años."


@pytest.fixture(scope="module")
def utterance(tmp_path_factory: pytest.TempPathFactory) -> Utterance:
    """A second of silence, a sentence, a second and a half of silence."""
    wave, rate = say(TEXT, "es+m3", 1.0)
    speech = soxr.resample(wave.astype(np.float32) / 32_768, rate, 16_000)
    path = tmp_path_factory.mktemp("speech") / "speech.wav"
    soundfile.write(path, np.concatenate([np.zeros(16_000), speech, np.zeros(24_000)]), 16_000)
    return Utterance(Artifact.of(path), Span(0.0, soundfile.info(path).duration))


def answer(text: str, audio: bytes, fields: dict[str, Any]) -> dict[str, Any]:
    """The text, its words evenly over the audio, in the detail that was asked for."""
    seconds, words = soundfile.info(io.BytesIO(audio)).duration, text.split()
    found: dict[str, Any] = {"text": text}
    if fields["response_format"] != "verbose_json":
        return found
    found |= {"language": "spanish", "segments": [{"text": text, "start": 0.0, "end": seconds, "avg_logprob": -0.2}]}
    if "word" in fields.get("timestamp_granularities[]", ()):
        step = seconds / len(words)
        bare = (word.strip(".,") for word in words)
        found["words"] = [{"word": word, "start": n * step, "end": (n + 1) * step} for n, word in enumerate(bare)]
    return found


def speaks(audio: bytes, fields: dict[str, Any]) -> dict[str, Any]:
    return answer(TEXT, audio, fields)


@pytest.fixture
def server() -> Iterator[AudioApiServer]:
    with AudioApiServer(speaks) as listening:
        yield listening


def transcriber(server: AudioApiServer, **options) -> TranscriptionApiTranscriber:
    return TranscriptionApiTranscriber(url=server.url, **({"timeout": 20.0, "sleep": lambda seconds: None} | options))


def said(words) -> str:
    return " ".join(word.text for word in words)


def test_words_come_with_their_times_in_the_film(server: AudioApiServer, utterance: Utterance) -> None:
    words = transcriber(server).transcribe(utterance, language="es", prompt="Estación Norte")
    assert said(words) == TEXT
    assert 0.7 < words[0].span.start < 1.3 and words[-1].span.end < utterance.span.end - 1.0
    assert all(one.span.end <= other.span.start for one, other in pairwise(words))
    body = server.requests[0].body
    assert (body["language"], body["prompt"], body["temperature"], body["response_format"]) == (
        "es",
        "Estación Norte",
        "0",
        "verbose_json",
    )
    assert body["timestamp_granularities[]"] == ["word", "segment"]


@pytest.mark.parametrize("rejects", [["timestamp_granularities[]"], ["timestamp_granularities[]", "verbose"]])
def test_a_server_with_fewer_times_is_asked_more_simply_and_once_only(
    server: AudioApiServer, utterance: Utterance, rejects: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    server.rejects = rejects[:1]
    if len(rejects) > 1:
        server.rejected_formats = ("verbose_json",)
    engine = transcriber(server)
    words = [engine.transcribe(utterance, language="es") for _ in range(2)]
    assert [said(each) for each in words] == [TEXT, TEXT]
    assert all(word.confidence is None for word in words[0])
    assert len(server.requests) == 2 + len(rejects) and "estimated times" in caplog.text


def test_the_language_is_identified_where_the_server_tells_it(server: AudioApiServer, utterance: Utterance) -> None:
    (guess,) = transcriber(server).identify(utterance)
    assert (guess.language, guess.confidence) == ("es", 1.0)
    assert "language" not in server.requests[0].body
    assert transcriber(server, identifies=False).identify(utterance) == ()


def test_silence_is_no_request(server: AudioApiServer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(32_000), 16_000)
    silent = Utterance(Artifact.of(tmp_path / "silence.wav"), Span(0.0, 2.0))
    engine = transcriber(server)
    assert engine.transcribe(silent, language="es") == () == engine.identify(silent)
    assert not server.requests


@pytest.mark.parametrize("text", ["", "Thanks for watching! " * 30, "a" * 900])
def test_what_nobody_said_is_left_out(utterance: Utterance, text: str) -> None:
    with AudioApiServer(lambda audio, fields: answer(text, audio, fields) if text else {"text": ""}) as server:
        words = transcriber(server).transcribe(utterance, language="es")
    assert len(words) <= 3


def test_while_the_server_is_away_its_last_known_model_stands_for_it(tmp_path: Path) -> None:
    with AudioApiServer() as listening:
        fingerprint = transcriber(listening, hub=Hub(cache=tmp_path)).fingerprint
    away = transcriber(listening, hub=Hub(cache=tmp_path), tries=1)
    assert (away.fingerprint, away.is_provisional) == (fingerprint, True)


def test_the_fingerprint_names_the_model_and_no_address(server: AudioApiServer) -> None:
    with AudioApiServer(speaks) as other:
        assert transcriber(server).fingerprint == transcriber(other).fingerprint
    assert "tiny-audio(espeak/ng)" in transcriber(server).fingerprint and server.url not in transcriber(server).fingerprint


def test_a_language_outside_of_the_options_is_refused(server: AudioApiServer, utterance: Utterance) -> None:
    with pytest.raises(LanguageError, match="French"):
        transcriber(server, languages=["es", "en"]).transcribe(utterance, language="fr")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (Act.ERROR, "HTTP 500, something broke; tried 2×.*TRANSCRIPTION_API_URL"),
        (Act.HTML, "not JSON"),
        (Act.HANG_UP, "broke off"),
        (Act.ENDLESS, "more than 2 MiB"),
        (Act.LONG, "no transcript"),
    ],
)
def test_a_lasting_fault_is_an_error_in_words(utterance: Utterance, act: Act, message: str) -> None:
    with AudioApiServer(speaks, behave=lambda request: act) as server, pytest.raises(EngineError, match=message):
        transcriber(server, tries=2).transcribe(utterance, language="es")


def test_a_key_that_is_wrong_and_a_model_that_is_not_there_are_told(utterance: Utterance) -> None:
    with AudioApiServer(speaks, key="sk-right") as server:
        with pytest.raises(EngineError, match="rejects the API key.*TRANSCRIPTION_API_KEY") as error:
            transcriber(server, api_key="sk-wrong").transcribe(utterance, language="es")
        assert "sk-wrong" not in str(error.value)
        with pytest.raises(EngineError, match=r"no such model or path .*TRANSCRIBER_MODEL"):
            transcriber(server, api_key="sk-right", model="other").transcribe(utterance, language="es")


@pytest.mark.slow
def test_two_hundred_utterances_come_back_as_they_were_asked_for_whatever_the_server_does(utterance: Utterance) -> None:
    """The server says each prompt, so that an answer to another request would be seen. Silence is a fault that no client can see."""
    hostile = Hostile(seed=5)

    def behave(request: AudioRequest) -> Act:
        act = hostile(request)
        return Act.ERROR if act is Act.SILENCE else act

    prompts = [f"número {number}" for number in range(200)]
    with AudioApiServer(lambda audio, fields: answer(fields["prompt"], audio, fields), behave=behave) as server:
        engine = transcriber(server, timeout=8.0)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda prompt: said(engine.transcribe(utterance, language="es", prompt=prompt)), prompts))
    assert found == prompts
    assert set(hostile.acts) >= {*PASSING, Act.HANG}
