"""Remote engines: one typed class per role, which implements the engine protocol over a Serve handle.

The pipeline uses them like engines in its own process. Each method names the protocol's method that it calls in the replica.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ray.serve.handle import DeploymentHandle

from pipeline.engines.protocols import (
    Aligner,
    Diarizer,
    Engines,
    Passage,
    Role,
    Separator,
    SynthesizedSpeech,
    Synthesizer,
    Transcriber,
    Translated,
    Translator,
    Utterance,
)
from pipeline.engines.registry import descriptions, engine_classes
from pipeline.engines.speakers.speech_pronunciation import PronouncingSynthesizer
from pipeline.engines.speakers.voice_choice import ChoosingSynthesizer
from pipeline.text.languages import Guess
from pipeline.values.film_context import FilmContext
from pipeline.values.media import Artifact, Separation
from pipeline.values.pronunciation import Pronunciation
from pipeline.values.timeline import Diarization, Line, Segment, Speaker, Voice, Word
from serve.engine_preferences import find_chosen, narrow_profile
from serve.engines.engine_calls import EngineCalls, RemoteEngine
from serve.engines.inflight_calls import InflightCalls
from serve.profile import DEPLOYMENTS, Profile


class RemoteSeparator(RemoteEngine[descriptions.SeparatorDescription]):
    """Source separation over a handle."""

    @property
    def separates_effects(self) -> bool:
        return self._calls.describe().separates_effects

    def separate(self, audio: Artifact, *, workdir: str) -> Separation:
        return self._calls.call(Separator.separate, audio, workdir=workdir)


class RemoteTranscriber(RemoteEngine[descriptions.TranscriberDescription]):
    """Speech recognition over a handle. `across_speakers`: the flag of its class, None where only the built engine has it."""

    def __init__(self, calls: EngineCalls[descriptions.TranscriberDescription], *, across_speakers: bool | None = None) -> None:
        super().__init__(calls)
        self._across_speakers = across_speakers

    @property
    def longest_utterance(self) -> float:
        return self._calls.describe().longest_utterance

    @property
    def across_speakers(self) -> bool:
        known = self._across_speakers
        return self._calls.describe().across_speakers if known is None else known

    @property
    def languages(self) -> frozenset[str] | None:
        return self._calls.describe().languages

    def transcribe(self, utterance: Utterance, *, language: str, prompt: str = "") -> tuple[Word, ...]:
        return self._calls.call(Transcriber.transcribe, utterance, language=language, prompt=prompt)

    def identify(self, utterance: Utterance) -> tuple[Guess, ...]:
        return self._calls.call(Transcriber.identify, utterance)


class RemoteAligner(RemoteEngine[descriptions.AlignerDescription]):
    """Forced alignment over a handle."""

    @property
    def languages(self) -> frozenset[str] | None:
        return self._calls.describe().languages

    def align(self, utterance: Utterance, text: str, *, language: str) -> tuple[Word, ...]:
        return self._calls.call(Aligner.align, utterance, text, language=language)


class RemoteDiarizer(RemoteEngine[descriptions.EngineDescription]):
    """Speaker diarization over a handle."""

    def diarize(self, speech: Artifact, *, speakers: int | None) -> Diarization:
        return self._calls.call(Diarizer.diarize, speech, speakers=speakers)


class RemoteTranslator(RemoteEngine[descriptions.TranslatorDescription]):
    """Machine translation over a handle. `rephrases`: the flag of its class, None where only the built engine has it."""

    def __init__(self, calls: EngineCalls[descriptions.TranslatorDescription], *, rephrases: bool | None = None) -> None:
        super().__init__(calls)
        self._rephrases = rephrases

    @property
    def rephrases(self) -> bool:
        return self._calls.describe().rephrases if self._rephrases is None else self._rephrases

    @property
    def lines_at_once(self) -> int | None:
        return self._calls.describe().lines_at_once

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        return self._calls.call(Translator.study, segments, source=source, target=target)

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        return self._calls.call(Translator.translate, passage, source=source, target=target)

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        return self._calls.call(Translator.rephrase, line, shares, source=source)


class RemoteSynthesizer(RemoteEngine[descriptions.SynthesizerDescription]):
    """Speech synthesis over a handle. `clones`: the flag of its class, None where only the built engine has it.

    `predicts_duration`: False where its class lacks `seconds`, which an engine of one's own may. `inflects`, `varies`,
    `reads_ipa`, `casts_choice`, `needs_transcripts`: of its class.
    """

    def __init__(
        self,
        calls: EngineCalls[descriptions.SynthesizerDescription],
        *,
        clones: bool | None = None,
        predicts_duration: bool = True,
        inflects: bool = False,
        varies: bool = False,
        reads_ipa: bool = False,
        casts_choice: bool = False,
        needs_transcripts: bool = False,
    ) -> None:
        super().__init__(calls)
        self._clones, self._predicts_duration = clones, predicts_duration
        self.needs_transcripts = needs_transcripts
        self.inflects, self.varies, self.reads_ipa, self.casts_choice = inflects, varies, reads_ipa, casts_choice
        self._voices: dict[str, tuple[str, ...]] = {}  # by language

    @property
    def clones(self) -> bool:
        return self._calls.describe().clones if self._clones is None else self._clones

    def cast(self, speakers: Sequence[Speaker], *, language: str, voices: Sequence[str] = ()) -> tuple[Voice, ...]:
        given = {"voices": tuple(voices)} if voices else {}
        return self._calls.call(ChoosingSynthesizer.cast, speakers, language=language, **given)

    def voices(self, *, language: str) -> tuple[str, ...]:
        """Names of voices, fetched once per language: they need not wait in line behind other films' lines."""
        if language not in self._voices:
            self._voices[language] = self._calls.call(Synthesizer.voices, language=language)
        return self._voices[language]

    def seconds(self, text: str, voice: Voice, *, language: str, pronunciations: Sequence[Pronunciation] = ()) -> float | None:
        if not self._predicts_duration:
            return None
        given = {"pronunciations": tuple(pronunciations)} if pronunciations else {}
        return self._calls.call(PronouncingSynthesizer.seconds, text, voice, language=language, **given)

    def speak(
        self,
        text: str,
        voice: Voice,
        *,
        language: str,
        seconds: float | None,
        variation: int = 0,
        pronunciations: Sequence[Pronunciation] = (),
    ) -> SynthesizedSpeech:
        given: dict[str, Any] = {"variation": variation, "pronunciations": tuple(pronunciations)}
        asked = {name: value for name, value in given.items() if value}  # an engine without them does not take them
        return self._calls.call(PronouncingSynthesizer.speak, text, voice, language=language, seconds=seconds, **asked)


def connect_engines(
    profile: Profile,
    handles: Mapping[Role, DeploymentHandle],
    inflight: InflightCalls | None = None,
    *,
    limit_s: float | None = None,
    chosen: Sequence[tuple[str, str]] = (),
) -> Engines:
    """Connect the engines of a dub over their handles. `inflight` counts their calls. Flags of their classes are read without a call.

    `limit_s`: of each call, the waiting in line included; None: by the profile. `chosen`: role and the engine of its list that answers.
    """
    inflight = inflight or InflightCalls()
    members, roles = find_chosen(profile, chosen), narrow_profile(profile, chosen).roles()

    def calls(role: Role) -> EngineCalls[Any]:
        return EngineCalls(
            roles[role].engine,
            handles[role],
            roles[role],
            deployment=DEPLOYMENTS[role],
            inflight=inflight,
            limit_s=limit_s,
            member=members.get(role, ""),
        )

    transcriber, translator, synthesizer = (roles[role].engine for role in ("transcriber", "translator", "synthesizer"))
    return Engines(
        transcriber=RemoteTranscriber(
            calls("transcriber"),
            across_speakers=engine_classes.find_class_flag("transcriber", transcriber, "across_speakers"),
        ),
        diarizer=RemoteDiarizer(calls("diarizer")),
        translator=RemoteTranslator(
            calls("translator"), rephrases=engine_classes.find_class_flag("translator", translator, "rephrases")
        ),
        synthesizer=_connect_synthesizer(synthesizer, calls("synthesizer")),
        separator=RemoteSeparator(calls("separator")) if "separator" in handles else None,
        aligner=RemoteAligner(calls("aligner")) if "aligner" in handles else None,
    )


def _connect_synthesizer(name: str, calls: EngineCalls[descriptions.SynthesizerDescription]) -> RemoteSynthesizer:
    return RemoteSynthesizer(
        calls,
        clones=engine_classes.find_class_flag("synthesizer", name, "clones"),
        predicts_duration=engine_classes.can_predict_duration(name),
        inflects=engine_classes.find_class_flag("synthesizer", name, "inflects") or False,
        varies=engine_classes.can_vary(name),
        reads_ipa=engine_classes.can_read_ipa(name),
        casts_choice=engine_classes.can_cast_choice(name),
        needs_transcripts=engine_classes.needs_transcripts(name),
    )
