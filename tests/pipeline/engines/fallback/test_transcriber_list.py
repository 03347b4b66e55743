"""Fallback list of transcribers: the engine that answers for a language, and language identification."""

from dataclasses import replace

from fakes import FakeTranscriber

from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.transcriber_list import TranscriberList
from pipeline.engines.protocols import Utterance
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span

UTTERANCE = Utterance(Artifact("/speech.wav", 1, "d"), Span(0.0, 3.0))  # type: ignore[arg-type]  # nobody reads it


def test_a_transcriber_that_knows_one_language_leaves_others_and_hearing_them_to_the_next() -> None:
    one = FakeTranscriber(hears="en")
    other = FakeTranscriber(hears="de", longest_utterance=28.0, across_speakers=True)
    engine = TranscriberList([Member("one", one, frozenset({"en"})), Member("other", other, frozenset({"en", "de"}))])
    engine.transcribe(UTTERANCE, language="en")
    engine.transcribe(UTTERANCE, language="de")
    assert (len(one.calls), len(other.calls)) == (1, 1)
    assert [guess.language for guess in engine.identify(UTTERANCE)] == ["de"]
    assert (engine.longest_utterance, engine.across_speakers, engine.languages) == (15.0, False, frozenset({"en", "de"}))


def test_transcribers_of_one_language_each_tell_none() -> None:
    one, other = FakeTranscriber(hears="en"), FakeTranscriber(hears="de")
    engine = TranscriberList([Member("one", one, frozenset({"en"})), Member("other", other, frozenset({"de"}))])
    assert engine.identify(replace(UTTERANCE)) == ()
