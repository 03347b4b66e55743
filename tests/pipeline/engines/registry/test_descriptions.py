"""Engine descriptions: the properties that the roles' protocols promise, and nothing else."""

import pickle
from dataclasses import asdict
from types import SimpleNamespace

from fakes import FakeSeparator, FakeSynthesizer, FakeTranscriber, FakeTranslator

from pipeline.engines.registry.descriptions import (
    SeparatorDescription,
    SynthesizerDescription,
    TranscriberDescription,
    TranslatorDescription,
    describe_engine,
)


def test_a_description_holds_the_properties_of_the_role_and_nothing_else() -> None:
    class Engine(FakeTranscriber):
        _key = "secret"

    assert asdict(describe_engine("transcriber", Engine())) == {
        "fingerprint": "fake-transcriber",
        "fingerprints": None,
        "is_provisional": False,
        "longest_utterance": 15.0,
        "languages": frozenset({"en"}),
        "across_speakers": False,
    }
    assert describe_engine("translator", FakeTranslator(lines_at_once=8)) == TranslatorDescription(
        fingerprint="fake-translator", rephrases=False, lines_at_once=8
    )
    assert describe_engine("separator", FakeSeparator()) == SeparatorDescription(
        fingerprint="fake-separator", separates_effects=True
    )
    own = SimpleNamespace(fingerprint="own", concurrency=1)  # an engine of one's own: two stems, and no word of it
    assert describe_engine("separator", own) == SeparatorDescription(fingerprint="own", separates_effects=False)
    assert describe_engine("synthesizer", FakeSynthesizer(clones=True)) == SynthesizerDescription(
        fingerprint="fake-synthesizer", clones=True
    )


def test_a_property_that_is_worked_out_is_described_too() -> None:
    class Engine(FakeTranslator):
        fingerprints = property(lambda self: {"en→es": "worked out"})

    assert describe_engine("translator", Engine()).fingerprints == {"en→es": "worked out"}


def test_a_set_of_languages_is_described_whatever_kind_of_set_it_is() -> None:
    class Engine(FakeTranscriber): ...

    for languages in (frozenset({"en"}) | {"de": 1}.keys(), lambda: {"en", "de"}):
        description = describe_engine("transcriber", Engine(languages=languages))  # type: ignore[arg-type]
        assert isinstance(description, TranscriberDescription) and description.languages == frozenset({"en", "de"})


def test_a_description_travels() -> None:
    description = describe_engine("transcriber", FakeTranscriber())
    assert pickle.loads(pickle.dumps(description)) == description
