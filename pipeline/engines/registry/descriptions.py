"""Engine descriptions: the properties of a built engine, as a value that travels to callers in other processes.

Every field is named here and filled from the property that the role's protocol promises; an engine's other attributes stay with it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.engines.protocols import Aligner, Diarizer, Engine, Role, Separator, Synthesizer, Transcriber, Translator
from pipeline.engines.separation.stems import can_separate_effects


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDescription:
    """Properties of an engine in any role.

    `fingerprints`: of a list of engines, by language or `source→target`; None of a single engine. `is_provisional`: True while
    a server cannot be asked for its model, after which the fingerprints may be others.
    """

    fingerprint: str
    fingerprints: dict[str, str] | None = None
    is_provisional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparatorDescription(EngineDescription):
    """Properties of a separator. `separates_effects`: True if it separates the background into music and effects."""

    separates_effects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriberDescription(EngineDescription):
    """Properties of a transcriber. `longest_utterance`: seconds; `languages`: BCP 47, None for any."""

    longest_utterance: float
    across_speakers: bool
    languages: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignerDescription(EngineDescription):
    """Properties of an aligner. `languages`: BCP 47, None for any."""

    languages: frozenset[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TranslatorDescription(EngineDescription):
    """Properties of a translator. `lines_at_once`: segments of a passage, None for the whole film."""

    rephrases: bool
    lines_at_once: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SynthesizerDescription(EngineDescription):
    """Properties of a synthesizer. `clones`: True where it wants a reference clip with each voice."""

    clones: bool


def describe_engine(role: Role, engine: Engine) -> EngineDescription:
    """Describe a built engine by the properties of its role. May ask a server: a language model's fingerprint names its model."""
    return DESCRIBE_BY_ROLE[role](engine)


def describe_separator(engine: Separator) -> SeparatorDescription:
    """Describe a separator."""
    return SeparatorDescription(fingerprint=engine.fingerprint, separates_effects=can_separate_effects(engine))


def describe_diarizer(engine: Diarizer) -> EngineDescription:
    """Describe a diarizer, whose role has no properties of its own."""
    return EngineDescription(fingerprint=engine.fingerprint)


def describe_transcriber(engine: Transcriber) -> TranscriberDescription:
    """Describe a transcriber."""
    return TranscriberDescription(
        fingerprint=engine.fingerprint,
        fingerprints=_find_fingerprints(engine),
        is_provisional=_is_provisional(engine),
        longest_utterance=engine.longest_utterance,
        across_speakers=engine.across_speakers,
        languages=_list_languages(engine),
    )


def describe_aligner(engine: Aligner) -> AlignerDescription:
    """Describe an aligner."""
    return AlignerDescription(fingerprint=engine.fingerprint, languages=_list_languages(engine))


def describe_translator(engine: Translator) -> TranslatorDescription:
    """Describe a translator."""
    return TranslatorDescription(
        fingerprint=engine.fingerprint,
        fingerprints=_find_fingerprints(engine),
        is_provisional=_is_provisional(engine),
        rephrases=engine.rephrases,
        lines_at_once=engine.lines_at_once,
    )


def describe_synthesizer(engine: Synthesizer) -> SynthesizerDescription:
    """Describe a synthesizer."""
    return SynthesizerDescription(
        fingerprint=engine.fingerprint,
        fingerprints=_find_fingerprints(engine),
        is_provisional=_is_provisional(engine),
        clones=engine.clones,
    )


DESCRIBE_BY_ROLE: Mapping[Role, Callable[[Any], EngineDescription]] = {
    "separator": describe_separator,
    "transcriber": describe_transcriber,
    "aligner": describe_aligner,
    "diarizer": describe_diarizer,
    "translator": describe_translator,
    "synthesizer": describe_synthesizer,
}


def _list_languages(engine: Transcriber | Aligner) -> frozenset[str] | None:
    """Languages of an engine; they may be a function, as its class may find them out."""
    known: Any = engine.languages
    languages: Iterable[str] | None = known() if callable(known) else known
    return None if languages is None else frozenset(languages)


def _find_fingerprints(engine: Engine) -> dict[str, str] | None:
    """Fingerprints by language; None of a single engine, which has no such attribute."""
    return getattr(engine, "fingerprints", None)


def _is_provisional(engine: Engine) -> bool:
    """True where a server's model is not known for the moment; engines without a server have no such attribute."""
    return getattr(engine, "is_provisional", False)
