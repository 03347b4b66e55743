"""Fallback list of synthesizers: the engine that answers for a language, its note, and the cache keys."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from fakes import FakeSynthesizer

from pipeline.cache.cache_key import compute_cache_key
from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.synthesizer_list import SynthesizerList
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.engines.speech_api.synthesizer import SpeechApiSynthesizer
from pipeline.errors import EngineError, EngineLost, LanguageError, SettingsError
from pipeline.stages.cast_voices import cast_voices
from pipeline.stages.synthesize import SynthesisRequest, synthesize
from pipeline.stages.translate import rephrase
from pipeline.values.notes import Note
from pipeline.values.timeline import Diarization, Speaker, Voice

SPEAKER = Speaker("S1", 10.0, 120.0)


@dataclass
class Synthesizer(FakeSynthesizer):
    """Says which engine it is by the names of its voices."""

    name: str = ""

    def cast(self, speakers, *, language):
        return tuple(Voice(speaker.label, f"{self.name}:{language}") for speaker in speakers)

    def voices(self, *, language):
        return (f"{self.name}:{language}",)

    def seconds(self, text: str, voice: Voice, *, language: str) -> float:
        return float(len(text))


def listed(*parts: tuple[str, frozenset[str] | None], **changes: object) -> SynthesizerList:
    return SynthesizerList(
        [Member(name, Synthesizer(name=name, fingerprint=f"{name}-1", **changes), tags) for name, tags in parts]  # type: ignore[arg-type]  # a fake
    )


ESPEAK = ("espeak", frozenset({"ca", "es", "es-419", "de"}))
PAIR = (("kokoro", frozenset({"es", "pt-BR", "pt"})), ESPEAK)


@pytest.mark.parametrize(
    ("language", "name"), [("es", "kokoro"), ("es-MX", "kokoro"), ("es-419", "kokoro"), ("pt", "kokoro"), ("ca", "espeak")]
)
def test_the_first_engine_that_speaks_a_language_casts_offers_and_speaks_it(language: str, name: str) -> None:
    engine = listed(*PAIR)
    (cast,) = engine.cast((SPEAKER,), language=language)
    assert cast.name.startswith(name) and engine.voices(language=language)[0].startswith(name)
    spoken = engine.speak("Hola", cast, language=language, seconds=None)
    assert (spoken.notes == ()) is (name == "kokoro")


def test_a_language_of_a_later_engine_is_told_with_the_reason() -> None:
    engine = listed(*PAIR)
    (note,) = engine.speak("Hola", Voice("S1", "v"), language="ca", seconds=None).notes
    assert str(note) == "Catalan (ca) is spoken by espeak, because kokoro cannot speak it"


def test_the_engines_own_notes_stay() -> None:
    class Noting(Synthesizer):
        def speak(self, text, voice, *, language, seconds):
            return SynthesizedSpeech(np.zeros(10, np.float32), 16_000, 1.0, (Note("faster than it likes"),))

    members = [Member("kokoro", Noting(), frozenset({"es"})), Member("espeak", Noting(), frozenset({"ca"}))]
    notes = SynthesizerList(members).speak("Hola", Voice("S1", "v"), language="ca", seconds=1.0).notes
    assert [note.text[:6] for note in notes] == ["faster", "Catala"]


def test_a_take_tells_if_its_engine_cloned_the_voice() -> None:
    """Engines of one's own need not tell: one that does not clone has no clones, and one that does is believed to have one."""
    cloning = Member("xtts", Synthesizer(name="xtts", clones=True), frozenset({"es"}))
    engine = SynthesizerList([cloning, Member("espeak", Synthesizer(name="espeak"), frozenset({"ca"}))])
    spoken = {tag: engine.speak("Hola", Voice("S1", "v"), language=tag, seconds=1.0).cloned for tag in ("es", "ca")}
    assert spoken == {"es": None, "ca": False}

    class Server(Synthesizer):
        has_unknown_voices = SpeechApiSynthesizer.has_unknown_voices

    server = SynthesizerList([Member("speech-api", Server(), None), cloning])
    spoken_by_server = server.speak("Hola", Voice("S1", "speech-api:nova"), language="es", seconds=1.0)
    assert spoken_by_server.cloned is None, "a server's voice may be anybody's"


@dataclass
class Faulty(Synthesizer):
    """Tells a fault of each take whose text has a question mark; one of an exclamation mark comes out silent."""

    tells_faults = True
    silent: bool = False

    def speak(self, text, voice, *, language, seconds):
        if "!" in text:
            raise EngineError(self.name, "'…' came out silent 3 times; try another wording")
        speech = super().speak(text, voice, language=language, seconds=seconds)
        return replace(speech, faults=("too long", "cut end")) if "?" in text else speech


def test_a_line_whose_every_take_has_a_fault_is_spoken_by_the_next_engine_and_told() -> None:
    members = [
        Member("omnivoice", Faulty(name="omnivoice", fingerprint="o-1"), None),
        Member("kokoro", Synthesizer(name="kokoro", fingerprint="k-1"), frozenset({"es"})),
    ]
    engine = SynthesizerList(members)
    voice = Voice("S1", "omnivoice:low-1")
    assert engine.speak("Hola", voice, language="es", seconds=1.0).notes == ()
    replaced = engine.speak("¿Hola?", voice, language="es", seconds=1.0)
    assert replaced.cloned is False, "kokoro does not clone, whatever clip the voice has"
    (faulty,) = replaced.notes
    assert str(faulty) == "Spoken by kokoro, because every attempt of omnivoice had a fault: too long, cut end"
    (silent,) = engine.speak("¡Hola!", voice, language="es", seconds=1.0).notes
    assert str(silent).startswith("Spoken by kokoro, because every attempt of omnivoice had a fault: ") and "silent" in str(
        silent
    )
    assert engine.speak("Olá?", voice, language="pt", seconds=1.0).faults == ("too long", "cut end"), "nobody else speaks it"
    with pytest.raises(EngineError, match="came out silent"):
        engine.speak("Olá!", voice, language="pt", seconds=1.0)
    assert engine.fingerprints["es"] == "o-1; else k-1" and engine.fingerprints[""] == "o-1"


def test_a_language_that_none_of_them_speaks_is_refused_with_all_their_names() -> None:
    with pytest.raises(LanguageError, match=r"none of kokoro, espeak can do Japanese \(ja\)"):
        listed(*PAIR).cast((SPEAKER,), language="ja")


def test_an_engine_that_speaks_anything_takes_what_is_left() -> None:
    engine = listed(("kokoro", frozenset({"es"})), ("any", None))
    assert engine.languages is None
    assert engine.voices(language="ja") == ("any:ja",)
    assert engine.fingerprints[""] == "not kokoro; any-1"


def test_the_length_before_speech_is_that_of_the_languages_engine() -> None:
    assert listed(*PAIR).seconds("Hola", Voice("S1", "v"), language="ca") == 4.0


def test_a_list_bears_as_many_calls_as_its_weakest_engine_and_clones_where_one_does() -> None:
    members = [
        Member("xtts", Synthesizer(concurrency=1, clones=True), frozenset({"es"})),
        Member("espeak", Synthesizer(concurrency=4), frozenset({"ca"})),
    ]
    engine = SynthesizerList(members)
    assert (engine.concurrency, engine.clones) == (1, True)


def keys(engine: SynthesizerList, language: str) -> tuple[str, str]:
    order = {"order": SynthesisRequest("Hola", Voice("S1", "v")), "synthesizer": engine, "language": language}
    cast = {"diarization": Diarization((), ()), "clips": (), "synthesizer": engine, "language": language}
    return compute_cache_key(synthesize, order), compute_cache_key(cast_voices, cast)


def test_another_version_of_one_engine_leaves_the_cached_answers_of_the_other_alone() -> None:
    before = listed(*PAIR)
    after = SynthesizerList(
        [
            Member("kokoro", Synthesizer(fingerprint="kokoro-1"), PAIR[0][1]),
            Member("espeak", Synthesizer(fingerprint="2"), ESPEAK[1]),
        ]
    )
    for spanish in ("es", "es-MX", "es-419"):
        assert keys(before, spanish) == keys(after, spanish), spanish
    assert not set(keys(before, "ca")) & set(keys(after, "ca"))


def test_an_engine_alone_shares_its_answers_with_the_list_that_it_leads_and_with_no_other() -> None:
    alone = Synthesizer(fingerprint="kokoro-1"), Synthesizer(fingerprint="espeak-1")
    assert keys(listed(*PAIR), "es") == keys(alone[0], "es")  # type: ignore[arg-type]  # it plays the same role
    assert keys(listed(*PAIR), "ca") != keys(alone[1], "ca")  # type: ignore[arg-type]  # its answers would lack the note


def test_a_question_without_a_language_is_asked_of_all_of_them() -> None:
    one, other = listed(*PAIR), listed(PAIR[0], (ESPEAK[0], None))
    assert compute_cache_key(rephrase, {"overlong": None, "translator": one}) == compute_cache_key(
        rephrase, {"overlong": None, "translator": other}
    )
    other = SynthesizerList(
        [Member("kokoro", Synthesizer(fingerprint="another"), PAIR[0][1]), Member("espeak", Synthesizer(), None)]
    )
    assert compute_cache_key(rephrase, {"overlong": None, "translator": one}) != compute_cache_key(
        rephrase, {"overlong": None, "translator": other}
    )


def test_a_lost_device_of_any_member_is_noticed() -> None:
    class Lost(Synthesizer):
        def check(self) -> None:
            raise EngineLost("kokoro", "its card is gone")

    with pytest.raises(EngineLost, match="its card is gone"):
        SynthesizerList([Member("espeak", Synthesizer(), None), Member("kokoro", Lost(), None)]).check()


def test_an_engine_of_the_list_is_found_by_its_name() -> None:
    engine = listed(*PAIR)
    assert engine.find_engine("espeak").voices(language="es") == ("espeak:es",)
    with pytest.raises(SettingsError, match="none of kokoro, espeak"):
        engine.find_engine("xtts")


def test_a_list_casts_from_a_choice_of_the_languages_engine() -> None:
    engine = listed(*PAIR)
    assert [voice.name for voice in engine.cast((SPEAKER,), language="es", voices=("kokoro:es", "espeak:es"))] == ["kokoro:es"]
