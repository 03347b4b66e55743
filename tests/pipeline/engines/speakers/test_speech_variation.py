"""Variations are asked only of engines that have them."""

from dataclasses import dataclass, field

import pytest
from fakes import FakeSynthesizer

from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.synthesizer_list import SynthesizerList
from pipeline.engines.registry import engine_classes
from pipeline.engines.speakers.speech_variation import can_vary, speak_variation
from pipeline.values.timeline import Voice


@dataclass
class VaryingSynthesizer(FakeSynthesizer):
    varies: bool = True
    variations: list[int] = field(default_factory=list)

    def speak(self, text, voice, *, language, seconds, variation=0):
        self.variations.append(variation)
        return super().speak(text, voice, language=language, seconds=seconds)


def speak(synthesizer, variation):
    speak_variation(synthesizer, "Hola", Voice("S1", "v"), language="es", seconds=None, variation=variation)


def test_an_engine_with_variations_gets_the_number():
    engine = VaryingSynthesizer()
    speak(engine, 2)
    speak(engine, 0)
    assert engine.variations == [2, 0]


def test_an_engine_without_speaks_as_usual():
    engine = FakeSynthesizer()
    speak(engine, 2)
    assert engine.calls == ["Hola"]
    assert not can_vary(engine)


def test_a_list_varies_where_a_member_does():
    varying, plain = VaryingSynthesizer(), FakeSynthesizer()
    engine = SynthesizerList([Member("a", varying, frozenset({"es"})), Member("b", plain, None)])
    speak(engine, 1)
    assert can_vary(engine)
    assert varying.variations == [1]


@pytest.mark.parametrize(("names", "varies"), [("kokoro", True), ("kokoro, espeak", True), ("espeak", False), ("xtts", True)])
def test_classes_tell_it_before_they_are_built(names, varies):
    assert engine_classes.can_vary(names) is varies
