"""Pronunciations: IPA for engines that read it, respelled text for the others, and a note where there is only IPA."""

from dataclasses import dataclass, field

import pytest
from fakes import FakeSynthesizer

from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.synthesizer_list import SynthesizerList
from pipeline.engines.protocols import SynthesizedSpeech
from pipeline.engines.registry import engine_classes
from pipeline.engines.speakers.speech_duration import predict_duration
from pipeline.engines.speakers.speech_pronunciation import can_read_ipa
from pipeline.engines.speakers.speech_variation import speak_variation
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Voice

IPA = Pronunciation("Siobhan", "ʃiˈβon")
BOTH = Pronunciation("Siobhan", "ʃiˈβon", "Chivón")
ABSENT = Pronunciation("Xhosa", "ˈxosa")


@dataclass
class PronouncingSynthesizer(FakeSynthesizer):
    reads_ipa: bool = True
    given: list[tuple[Pronunciation, ...]] = field(default_factory=list)

    def seconds(self, text, voice, *, language, pronunciations=()):
        self.given.append(pronunciations)
        return 7.0

    def speak(self, text, voice, *, language, seconds, pronunciations=()):
        self.given.append(pronunciations)
        return super().speak(text, voice, language=language, seconds=seconds)


def speak(synthesizer: FakeSynthesizer, *pronunciations: Pronunciation, language: str = "es") -> SynthesizedSpeech:
    return speak_variation(
        synthesizer,
        "Hola, Siobhan.",
        Voice("S1", "v"),
        language=language,
        seconds=None,
        pronunciations=pronunciations,
    )


def test_an_engine_that_reads_ipa_gets_the_terms_of_its_text_and_the_text_as_it_is():
    engine = PronouncingSynthesizer()
    assert speak(engine, BOTH, ABSENT).notes == ()
    assert (engine.calls, engine.given) == (["Hola, Siobhan."], [(BOTH,)])
    assert predict_duration(engine, "Hola, Siobhan.", Voice("S1", "v"), language="es", pronunciations=(IPA, ABSENT)) == 7.0
    assert engine.given[1:] == [(IPA,)]


def test_an_engine_that_does_not_is_given_a_respelled_text():
    engine = FakeSynthesizer()
    assert speak(engine, BOTH, ABSENT).notes == ()
    assert engine.calls == ["Hola, Chivón."]
    predicted = predict_duration(engine, "Hola, Siobhan.", Voice("S1", "v"), language="es", pronunciations=(BOTH,))
    assert predicted == pytest.approx(0.1 * len("Hola, Chivón."))


def test_ipa_alone_is_told_by_an_engine_that_reads_none():
    engine = FakeSynthesizer()
    (note,) = speak(engine, IPA, ABSENT).notes
    assert engine.calls == ["Hola, Siobhan."]
    assert note.text.startswith("“Siobhan” is spoken as it is spelt, because this voice reads no IPA")
    assert 'Siobhan "…"' in note.text


def test_a_list_gives_each_engine_what_it_can_take():
    reading, plain = PronouncingSynthesizer(), FakeSynthesizer()
    engine = SynthesizerList([Member("a", reading, frozenset({"es"})), Member("b", plain, None)])
    assert can_read_ipa(engine)
    assert speak(engine, BOTH).notes == ()
    assert reading.given == [(BOTH,)]
    speak(engine, BOTH, language="ca")
    assert plain.calls == ["Hola, Chivón."]
    told = [note.text for note in speak(engine, IPA, language="ca").notes]
    assert len(told) == 2 and "reads no IPA" in told[0]
    assert predict_duration(engine, "Hola, Siobhan.", Voice("S1", "v"), language="es", pronunciations=(IPA,)) == 7.0


@pytest.mark.parametrize(("names", "reads"), [("kokoro", True), ("kokoro, espeak", True), ("espeak", False), ("xtts", False)])
def test_classes_tell_it_before_they_are_built(names, reads):
    assert engine_classes.can_read_ipa(names) is reads
