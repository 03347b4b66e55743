"""Remote engines, over handles that answer, fail and lose their replica as they are told."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeAligner, FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator
from ray.exceptions import ActorDiedError, ActorUnavailableError, RayTaskError, TaskCancelledError

from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.translator_list import TranslatorList
from pipeline.engines.protocols import Passage, Role, Translated, Usage, Utterance
from pipeline.engines.registry import engine_classes
from pipeline.engines.speakers.speech_duration import predict_duration
from pipeline.engines.speakers.speech_variation import speak_variation
from pipeline.errors import EngineError, EngineLost, LanguageError, ModelMissing
from pipeline.values.media import Artifact
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Segment, Span, Speaker, Voice
from serve.engines.deployments import EngineShell
from serve.engines.engine_calls import MAX_ATTEMPTS, EngineCalls
from serve.engines.inflight_calls import InflightCalls
from serve.engines.remote_engines import (
    RemoteAligner,
    RemoteDiarizer,
    RemoteSeparator,
    RemoteSynthesizer,
    RemoteTranscriber,
    RemoteTranslator,
    connect_engines,
)
from serve.profile import EngineProfile, Profile

SHARE = EngineProfile(engine="fake")
REMOTE: dict[Role, Any] = {
    "separator": RemoteSeparator,
    "transcriber": RemoteTranscriber,
    "aligner": RemoteAligner,
    "diarizer": RemoteDiarizer,
    "translator": RemoteTranslator,
    "synthesizer": RemoteSynthesizer,
}
SEGMENTS = (Segment(0, Span(0.0, 1.0), "hello", None),)


@dataclass
class Remote:
    """What `handle.method` is, and what its `remote()` answers."""

    answer: Callable[..., Any]
    args: tuple[Any, ...] = ()
    limits: list[float] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)

    def remote(self, *args: Any) -> "Remote":
        return Remote(self.answer, args, self.limits)

    def result(self, *, timeout_s: float) -> Any:
        self.limits.append(timeout_s)
        return self.answer(*self.args)

    def __hash__(self) -> int:
        return id(self)

    def cancel(self) -> None:
        self.cancelled.set()


class FakeHandle:
    """A replica's shell in this process. Each call first meets the next of its `troubles`."""

    def __init__(self, engine: object, role: Role = "translator") -> None:
        self.role = role
        self._shell = EngineShell(role, lambda: engine)  # type: ignore[arg-type, return-value]  # whatever a test calls an engine
        self.troubles: list[Exception] = []
        self.limits: list[float] = []
        self.calls = 0

    def __getattr__(self, method: str) -> Remote:
        return Remote(lambda *args: self._answer(method, args), limits=self.limits)

    def _answer(self, method: str, args: tuple[Any, ...]) -> Any:
        self.calls += 1
        if self.troubles:
            raise self.troubles.pop(0)
        try:
            return asyncio.run(getattr(self._shell, method)(*args))
        except Exception as error:  # noqa: BLE001 -- as Ray does with whatever an actor raises
            raise RayTaskError("call", "Traceback …", error, "replica", 1, "127.0.0.1").as_instanceof_cause() from None


def connect(handle: Any, share: EngineProfile = SHARE, **options: Any) -> EngineCalls[Any]:
    return EngineCalls("fake", handle, share, retry_pause_s=0.0, **options)


def remote(handle: FakeHandle, share: EngineProfile = SHARE) -> Any:
    """An engine that has been asked what it is already."""
    engine = REMOTE[handle.role](connect(handle, share))
    assert engine.fingerprint
    return engine


def test_the_engines_attributes_are_its_own() -> None:
    engine = remote(FakeHandle(FakeTranscriber(longest_utterance=7.0), "transcriber"))
    assert engine.fingerprint == "fake-transcriber"
    assert engine.longest_utterance == 7.0
    assert engine.languages == frozenset({"en"})


def test_attributes_are_asked_for_once() -> None:
    handle = FakeHandle(FakeTranscriber(), "transcriber")
    engine = remote(handle)
    assert [engine.fingerprint, engine.longest_utterance, engine.fingerprint] and handle.calls == 1


def test_an_engine_that_nobody_asks_for_is_not_woken() -> None:
    handle = FakeHandle(FakeTranscriber(), "transcriber")
    RemoteTranscriber(connect(handle))
    assert handle.calls == 0


def test_what_the_class_promises_is_known_without_waking_the_engine() -> None:
    handle = FakeHandle(FakeSynthesizer(), "synthesizer")
    engine = RemoteSynthesizer(connect(handle), clones=engine_classes.find_class_flag("synthesizer", "xtts", "clones"))
    assert engine.clones is True and engine.concurrency == 1 and handle.calls == 0


def test_a_call_to_an_engine_that_lost_its_device_is_made_again_elsewhere() -> None:
    class Fallen(FakeTranslator):
        left = 2

        def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
            self.left -= 1
            if self.left >= 0:
                raise EngineLost("fallen", "CUDA error")
            return super().translate(passage, source=source, target=target)

    assert remote(FakeHandle(Fallen())).translate(Passage(SEGMENTS), source="en", target="es").texts == ("es hello",)


def test_an_engine_that_loses_every_device_is_given_up_in_its_own_words() -> None:
    class Cursed(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> Translated:
            raise EngineLost("cursed", "CUDA error")

    with pytest.raises(EngineLost, match="cursed: CUDA error"):
        remote(FakeHandle(Cursed())).translate(Passage(SEGMENTS), source="en", target="es")


def test_an_engine_that_could_not_be_loaded_says_why() -> None:
    handle = FakeHandle(None)

    def missing() -> None:
        raise ModelMissing("whisperx", "there is no model 'large'")

    handle._shell = EngineShell("translator", missing)  # type: ignore[arg-type]
    with pytest.raises(ModelMissing, match="whisperx: there is no model 'large'"):
        remote(handle)


def test_as_many_calls_run_at_once_as_all_replicas_answer() -> None:
    engine = remote(FakeHandle(FakeTranscriber(concurrency=99), "transcriber"), EngineProfile(engine="fake", replicas=3, calls=4))
    assert engine.concurrency == 12


def test_a_call_is_forwarded_with_its_arguments_and_its_answer_comes_back() -> None:
    assert remote(FakeHandle(FakeTranslator())).translate(Passage(SEGMENTS), source="en", target="es") == Translated(
        ("es hello",), Usage(10, 1, 0.5)
    )


def test_the_engines_own_error_arrives_as_itself_and_is_not_tried_again() -> None:
    class Choosy(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> Translated:
            raise LanguageError("no Volapük here")

    handle = FakeHandle(Choosy())
    engine = remote(handle)
    with pytest.raises(LanguageError) as raised:
        engine.translate(Passage(SEGMENTS), source="en", target="vo")
    assert type(raised.value) is LanguageError
    assert str(raised.value) == "no Volapük here"
    assert handle.calls == 2  # the description, and this


def test_an_engines_own_timeout_is_not_taken_for_ours() -> None:
    class Late(FakeTranslator):
        def translate(self, *args: object, **kwargs: object) -> Translated:
            raise TimeoutError("the model's server was late")

    with pytest.raises(TimeoutError, match="model's server"):
        remote(FakeHandle(Late())).translate(Passage(SEGMENTS), source="en", target="es")


@pytest.mark.parametrize("trouble", [ActorDiedError(), ActorUnavailableError("away", None)], ids=["died", "away"])
def test_a_call_that_lost_its_replica_is_made_again(trouble: Exception) -> None:
    handle = FakeHandle(FakeTranslator())
    engine = remote(handle)
    handle.troubles = [trouble] * (MAX_ATTEMPTS - 1)
    assert engine.translate(Passage(SEGMENTS), source="en", target="es") == Translated(("es hello",), Usage(10, 1, 0.5))
    assert handle.troubles == []


def test_a_call_that_ends_every_replica_is_given_up() -> None:
    handle = FakeHandle(FakeTranslator())
    engine = remote(handle)
    handle.calls, handle.troubles = 0, [ActorDiedError() for _ in range(10 * MAX_ATTEMPTS)]
    with pytest.raises(EngineError, match=f"fake: its replica died {MAX_ATTEMPTS} times"):
        engine.translate(Passage(SEGMENTS), source="en", target="es")
    assert handle.calls == MAX_ATTEMPTS


def test_a_replica_that_dies_while_it_describes_itself_is_asked_again() -> None:
    handle = FakeHandle(FakeTranslator())
    handle.troubles = [ActorDiedError()]
    assert remote(handle).fingerprint == "fake-translator"


def test_an_answer_that_does_not_come_is_the_engines_error_with_the_limit() -> None:
    handle = FakeHandle(FakeTranslator())
    engine = remote(handle)
    handle.calls, handle.troubles = 0, [TimeoutError("Timed out waiting for result")]
    with pytest.raises(EngineError, match=r"fake: no answer within \d+ s"):
        engine.translate(Passage(SEGMENTS), source="en", target="es")
    assert handle.calls == 1, "what hangs is not asked again"


def test_every_call_has_a_limit() -> None:
    handle = FakeHandle(FakeTranslator())
    remote(handle).translate(Passage(SEGMENTS), source="en", target="es")
    assert len(handle.limits) == 2 and all(limit > 0 for limit in handle.limits)


def test_a_private_name_is_never_asked_over_there() -> None:
    engine = remote(FakeHandle(FakeTranslator()))
    with pytest.raises(AttributeError):
        _ = engine.__len__
    with pytest.raises(AttributeError):
        _ = engine._secret


def test_the_engines_of_a_dub_stand_in_their_roles() -> None:
    profile = Profile(
        transcriber=EngineProfile(engine="pocketsphinx", replicas=2),
        diarizer=EngineProfile(engine="ge2e"),
        translator=EngineProfile(engine="apertium"),
        synthesizer=EngineProfile(engine="espeak", calls=4),
    )
    engines = connect_engines(
        profile,
        {
            "transcriber": FakeHandle(FakeTranscriber(), "transcriber"),
            "diarizer": FakeHandle(FakeDiarizer(), "diarizer"),
            "translator": FakeHandle(FakeTranslator()),
            "synthesizer": FakeHandle(FakeSynthesizer(), "synthesizer"),
        },  # type: ignore[dict-item]  # fakes
    )
    played = (engines.transcriber, engines.diarizer, engines.translator, engines.synthesizer)
    assert [engine.fingerprint for engine in played] == [
        "fake-transcriber",
        "fake-diarizer",
        "fake-translator",
        "fake-synthesizer",
    ]
    assert [engine.concurrency for engine in played] == [2, 1, 1, 4]
    assert engines.separator is None and engines.aligner is None


def test_an_aligner_is_called_with_the_utterance_its_text_and_language() -> None:
    handle, engine = FakeHandle(FakeAligner({"one": 1.5}), "aligner"), FakeAligner({"one": 1.5})
    remote = RemoteAligner(EngineCalls("fake", handle, SHARE))  # type: ignore[arg-type]  # a fake handle
    utterance = Utterance(Artifact(Path("/speech.wav"), 1, "d"), Span(1.0, 3.0))
    assert remote.align(utterance, "one two", language="en") == engine.align(utterance, "one two", language="en") != ()
    assert (remote.fingerprint, remote.languages) == ("fake-aligner", frozenset({"en"}))


def test_a_call_is_counted_until_it_is_answered_and_a_description_is_not() -> None:
    inflight = InflightCalls()
    seen: list[dict[str, int]] = []

    class Watching(FakeTranslator):
        def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
            seen.append(inflight.count_by_deployment())
            return super().translate(passage, source=source, target=target)

    engine: Any = RemoteTranslator(connect(FakeHandle(Watching()), deployment="llm", inflight=inflight))
    assert engine.fingerprint and inflight.count_by_deployment() == {}
    engine.translate(Passage(SEGMENTS), source="en", target="es")
    assert (seen, inflight.count_by_deployment()) == ([{"llm": 1}], {})
    with pytest.raises(AttributeError):
        engine.nothing_of_the_kind()
    assert inflight.count_by_deployment() == {}


def test_a_call_that_is_ended_is_no_longer_waited_for() -> None:
    class Endless:
        """A handle whose answer comes only when it is cancelled."""

        def __init__(self) -> None:
            self.cancelled, self.waiting = threading.Event(), threading.Event()
            self.call = self

        def remote(self, *_: object) -> "Endless":
            return self

        def result(self, *, timeout_s: float) -> None:
            self.waiting.set()
            assert self.cancelled.wait(20)
            raise TaskCancelledError

        def cancel(self) -> None:
            self.cancelled.set()

    handle, inflight, ended = Endless(), InflightCalls(), []
    engine: Any = RemoteSynthesizer(connect(handle, inflight=inflight))

    def calling() -> None:
        with pytest.raises(EngineError, match="cancelled") as raised:
            engine.speak("hello", None, language="es", seconds=None)
        ended.append(raised.value)

    thread = threading.Thread(target=calling)
    thread.start()
    assert handle.waiting.wait(20) and inflight.count_by_deployment() == {"fake": 1}
    inflight.cancel_all()
    thread.join(20)
    assert ended and inflight.count_by_deployment() == {}


def test_the_voices_of_a_language_are_asked_for_once() -> None:
    handle = FakeHandle(FakeSynthesizer(), "synthesizer")
    engine = remote(handle)
    assert engine.voices(language="es") == engine.voices(language="es") == FakeSynthesizer().voices(language="es")
    engine.voices(language="ca")
    assert handle.calls == 3, "the description, and one of each language"


def test_a_list_behind_a_handle_has_the_keys_that_it_has_here_and_is_asked_again_while_a_server_is_away() -> None:
    class Llm(FakeTranslator):
        model = ""

        @property
        def fingerprint(self) -> str:
            if not self.model:
                raise EngineError("llm", "not there")
            return self.model

        @fingerprint.setter
        def fingerprint(self, _: str) -> None: ...

    now, llm = [0.0], Llm()
    members = [Member("llm", llm), Member("bergamot", FakeTranslator())]
    here = TranslatorList(members, {"llm": None, "bergamot": frozenset({("en", "es")})}, clock=lambda: now[0])
    there = remote(FakeHandle(here))
    assert there.fingerprints["en→es"] == "llm could not be asked | fake-translator"
    now[0], llm.model = 100.0, "qwen"
    assert there.fingerprints == here.fingerprints == {"en→es": "qwen | fake-translator", "": "qwen"}
    llm.model = "another"
    assert there.fingerprints["en→es"] == "qwen | fake-translator", "attributes are asked for once"


def test_an_engine_whose_class_lacks_a_duration_is_not_asked_for_one() -> None:
    handle = FakeHandle(FakeSynthesizer(), "synthesizer")
    engine = RemoteSynthesizer(connect(handle), predicts_duration=False)
    assert engine.seconds("hello", None, language="es") is None and handle.calls == 0  # type: ignore[arg-type]


def test_a_variation_travels_to_an_engine_that_has_them_and_to_no_other() -> None:
    @dataclass
    class Varying(FakeSynthesizer):
        variations: list[int] = field(default_factory=list)

        def speak(self, text, voice, *, language, seconds, variation=0):  # type: ignore[no-untyped-def]
            self.variations.append(variation)
            return super().speak(text, voice, language=language, seconds=seconds)

    voice, varying = Voice("S1", "v"), Varying()
    for variation in (0, 2):
        engine = RemoteSynthesizer(connect(FakeHandle(varying, "synthesizer")), varies=True)
        engine.speak("hello", voice, language="es", seconds=None, variation=variation)
    assert varying.variations == [0, 2]
    plain = RemoteSynthesizer(connect(FakeHandle(FakeSynthesizer(), "synthesizer")))
    assert not plain.reads_ipa
    assert plain.speak("hello", voice, language="es", seconds=None).rate == 1.0


def test_pronunciations_travel_to_an_engine_that_reads_them() -> None:
    @dataclass
    class Pronouncing(FakeSynthesizer):
        given: list[tuple[Pronunciation, ...]] = field(default_factory=list)

        def seconds(self, text, voice, *, language, pronunciations=()):  # type: ignore[no-untyped-def]
            self.given.append(pronunciations)
            return 1.0

        def speak(self, text, voice, *, language, seconds, pronunciations=()):  # type: ignore[no-untyped-def]
            self.given.append(pronunciations)
            return super().speak(text, voice, language=language, seconds=seconds)

    voice, reading, known = Voice("S1", "v"), Pronouncing(), Pronunciation("Jon", "ʤɔn")
    engine = RemoteSynthesizer(connect(FakeHandle(reading, "synthesizer")), reads_ipa=True)
    predict_duration(engine, "Hola, Jon", voice, language="es", pronunciations=(known,))
    speak_variation(engine, "Hola, Jon", voice, language="es", seconds=None, pronunciations=(known,))
    assert reading.given == [(known,), (known,)]


def test_a_chosen_engine_of_a_list_answers_and_is_described_alone() -> None:
    members = [Member("first", FakeTranslator()), Member("second", FakeTranslator(fingerprint="two", lines_at_once=7))]
    handle = FakeHandle(TranslatorList(members, {"first": None, "second": None}))
    engine = RemoteTranslator(connect(handle, member="second"))
    assert (engine.fingerprint, engine.lines_at_once, engine.fingerprints) == ("two", 7, None)
    assert engine.translate(Passage(SEGMENTS), source="en", target="es").texts == ("es hello",)
    assert [member.engine.calls for member in members] == [[], ["es"]]


def test_voices_to_cast_from_travel_only_where_there_are_any() -> None:
    @dataclass
    class Choosing(FakeSynthesizer):
        casts_choice: bool = True

        def cast(self, speakers: Any, *, language: str, voices: Any = ()) -> Any:
            return tuple(Voice(speaker.label, (*voices, "any")[0]) for speaker in speakers)

    speakers = (Speaker("S1", 3.0, 110.0),)
    engine = remote(FakeHandle(Choosing(), "synthesizer"))
    assert engine.cast(speakers, language="es", voices=("es-low",))[0].name == "es-low"
    assert remote(FakeHandle(FakeSynthesizer(), "synthesizer")).cast(speakers, language="es")[0].name == "es-S1"
