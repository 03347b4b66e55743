"""Engine builder: engines and lists of engines by role and name, ready to work."""

from functools import lru_cache
from importlib.util import find_spec
from typing import Literal, cast, overload

from pipeline.engines.fallback.list_members import Member
from pipeline.engines.fallback.synthesizer_list import SynthesizerList
from pipeline.engines.fallback.transcriber_list import TranscriberList
from pipeline.engines.fallback.translator_list import TranslatorList
from pipeline.engines.protocols import (
    Aligner,
    Diarizer,
    Engine,
    Role,
    Separator,
    SpeechDetector,
    Synthesizer,
    Transcriber,
    Translator,
)
from pipeline.engines.registry.engine_classes import find_class, require_engines, split_list
from pipeline.engines.registry.language_support import Options, find_languages, find_pairs
from pipeline.engines.speakers.voice_embedder import VoiceEmbedder
from pipeline.engines.watermark.audioseal_detector import AudioSealDetector
from pipeline.engines.watermark.audioseal_models import DEFAULT_MODEL
from pipeline.engines.watermark.audioseal_watermarker import AudioSealWatermarker
from pipeline.engines.watermark.watermarker import Watermarker
from pipeline.models.model_hub import Hub


@overload
def build_engine(role: Literal["separator"], name: str, **options: object) -> Separator: ...
@overload
def build_engine(role: Literal["transcriber"], name: str, **options: object) -> Transcriber: ...
@overload
def build_engine(role: Literal["aligner"], name: str, **options: object) -> Aligner: ...
@overload
def build_engine(role: Literal["diarizer"], name: str, **options: object) -> Diarizer: ...
@overload
def build_engine(role: Literal["translator"], name: str, **options: object) -> Translator: ...
@overload
def build_engine(role: Literal["synthesizer"], name: str, **options: object) -> Synthesizer: ...
def build_engine(role: Role, name: str, **options: object) -> Engine:
    """Build the engine of this name; `options` are its constructor's. SettingsError names the engines that there are.

    For a list of engines they are by name: `build_engine("synthesizer", "kokoro, espeak", kokoro={…})`.
    """
    listed = split_list(name)
    if len(listed) == 1:
        return cast(Engine, find_class(role, name)(**options))
    require_engines(role, name)
    engines = {each: find_class(role, each)(**cast(dict[str, object], options.get(each, {}))) for each in listed}
    if role == "translator":
        members = [Member(each, cast(Translator, engine)) for each, engine in engines.items()]
        return cast(Engine, TranslatorList(members, {each: find_pairs(each, cast(Options, options)) for each in listed}))
    if role == "synthesizer":
        return SynthesizerList(
            [Member(each, cast(Synthesizer, engine), _find_own_languages(role, each, engine)) for each, engine in engines.items()]
        )
    return TranscriberList(
        [
            Member(each, cast(Transcriber, engine), _find_own_languages("transcriber", each, engine))
            for each, engine in engines.items()
        ]
    )


def _find_own_languages(role: Literal["transcriber", "synthesizer"], name: str, engine: object) -> frozenset[str] | None:
    """Find the languages of a built engine: those of its class, or of its options where the class leaves them open."""
    known = find_languages(role, name)
    own = getattr(engine, "languages", None)
    return own if known is None and isinstance(own, frozenset) else known


def build_detector() -> SpeechDetector:
    """Build the voice activity detector, which is no role: there is one, and it always runs in process."""
    from pipeline.engines.speakers.vad_silero import SileroDetector

    return SileroDetector()


def build_voice_embedder() -> VoiceEmbedder | None:
    """Build the voice embedder that assesses dubs, in process; None where its package is not installed."""
    from pipeline.engines.speakers.voice_embedder import Ge2eVoiceEmbedder

    return Ge2eVoiceEmbedder() if find_spec("resemblyzer") else None


@lru_cache(maxsize=1)
def build_watermarker(model: str | None, hub: Hub) -> Watermarker:
    """Build the watermarker of cloned voices, in process and once. `model`: name, name@revision or directory; None: AudioSeal's own.

    EngineError where its library is not installed, or its weights cannot be loaded; ModelMissing.
    """
    name, revision = _parse_watermark_model(model)
    return AudioSealWatermarker(name, revision=revision, hub=hub)


def build_watermark_detector(model: str | None, hub: Hub) -> AudioSealDetector:
    """Build the detector of watermarks, in process. Arguments and errors as of `build_watermarker`."""
    name, revision = _parse_watermark_model(model)
    return AudioSealDetector(name, revision=revision, hub=hub)


def _parse_watermark_model(model: str | None) -> tuple[str, str | None]:
    name, _, revision = (model or DEFAULT_MODEL).partition("@")
    return name, revision or None
