"""Engine classes by role and name, imported on demand.

Where a role is named (`engine`), a list may stand for one engine: names in order of preference, separated by commas.
"""

from collections.abc import Iterable
from importlib import import_module
from typing import cast

from pipeline.engines.protocols import Role
from pipeline.errors import SettingsError

ENGINES: dict[Role, dict[str, str]] = {
    "separator": {
        "audio-separator": "separation.roformer_separator:AudioSeparator",
        "deepfilternet": "separator_deepfilternet:DeepFilterNetSeparator",
        "demucs": "separator_demucs:DemucsSeparator",
    },
    "transcriber": {
        "pocketsphinx": "transcriber_pocketsphinx:PocketsphinxTranscriber",
        "transcription-api": "transcription_api.transcriber:TranscriptionApiTranscriber",
        "whisper": "transcriber_whisper:WhisperTranscriber",
        "whisperx": "transcriber_whisperx:WhisperxTranscriber",
    },
    "aligner": {
        "pocketsphinx-align": "alignment.pocketsphinx_aligner:PocketsphinxAligner",
        "qwen3": "qwen_aligner.aligner:QwenAligner",
        "wav2vec2": "alignment.wav2vec2_aligner:Wav2vec2Aligner",
    },
    "diarizer": {"ge2e": "diarizer_ge2e:Ge2eDiarizer", "pyannote": "diarizer_pyannote:PyannoteDiarizer"},
    "translator": {
        "apertium": "translator_apertium:ApertiumTranslator",
        "bergamot": "translator_bergamot:BergamotTranslator",
        "ctranslate2": "ctranslate2.translator:CTranslate2Translator",
        "llm": "translator_llm:LlmTranslator",
    },
    "synthesizer": {
        "espeak": "synthesizer_espeak:EspeakSynthesizer",
        "kokoro": "synthesizer_kokoro:KokoroSynthesizer",
        "omnivoice": "omnivoice.synthesizer:OmnivoiceSynthesizer",
        "speech-api": "speech_api.synthesizer:SpeechApiSynthesizer",
        "xtts": "synthesizer_xtts:XttsSynthesizer",
    },
}

# Attributes that a class must have before it is built, by role.
REQUIRED_ATTRIBUTES: dict[Role, tuple[str, ...]] = {
    "separator": ("separate",),
    "transcriber": ("transcribe", "identify", "languages", "longest_utterance", "across_speakers"),
    "aligner": ("align", "languages"),
    "diarizer": ("diarize",),
    "translator": ("study", "translate", "pairs", "rephrases", "lines_at_once"),
    "synthesizer": ("cast", "voices", "speak", "languages", "clones"),
}

LISTABLE_ROLES: frozenset[Role] = frozenset({"transcriber", "translator", "synthesizer"})  # roles whose work divides by language


def engine_names(role: Role) -> tuple[str, ...]:
    """Names of the engines of a role, sorted."""
    return tuple(sorted(ENGINES[role]))


def split_list(engine: str) -> tuple[str, ...]:
    """Split a list of engines into names, in order; of one engine, its own."""
    return tuple(name for part in engine.split(",") if (name := part.strip()))


def join_list(listed: Iterable[str]) -> str:
    """Join names to a list of engines, in its canonical form."""
    return ", ".join(listed)


def require_engines(role: Role, engine: str) -> None:
    """Validate a choice of engines: SettingsError for an unknown or repeated name, or a list in a role of one engine."""
    listed = split_list(engine)
    if not listed or len(set(listed)) < len(listed):
        raise SettingsError(role.upper(), engine, "name each engine once, separated by commas, the preferred one first")
    if len(listed) > 1 and role not in LISTABLE_ROLES:
        raise SettingsError(
            role.upper(),
            engine,
            f"{'an' if role == 'aligner' else 'a'} {role} is one engine, for the whole film; name one of them",
        )
    for name in listed:
        find_class(role, name)


def find_class(role: Role, name: str) -> type:
    """Find an engine's class by name, or import `module:Class`, an engine of one's own. SettingsError. Loads nothing heavy."""
    if ":" in name:
        return _import_class(role, name)
    try:
        module, _, attribute = ENGINES[role][name].partition(":")
    except KeyError:
        known = ", ".join(engine_names(role))
        raise SettingsError(role.upper(), name, f"the engines for this role are: {known}, or module:Class") from None
    return cast(type, getattr(import_module(f"pipeline.engines.{module}"), attribute))


def _import_class(role: Role, name: str) -> type:
    """Import an engine class of one's own. SettingsError where it is missing or lacks a required attribute of the role."""
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise SettingsError(role.upper(), name, f"it cannot be imported ({error}); check the name and PYTHONPATH") from error
    lacks = [each for each in REQUIRED_ATTRIBUTES[role] if not hasattr(found, each)]
    if not isinstance(found, type) or lacks:
        raise SettingsError(role.upper(), name, f"it is no {role}: it lacks {', '.join(lacks) or 'a class'}; see docs/engines.md")
    return found


def find_class_flag(role: Role, engine: str, attribute: str) -> bool | None:
    """Find a boolean attribute of an engine's class, such as `clones`; of a list, as the list will have it. None: known of the built engine only."""
    flags = [getattr(find_class(role, name), attribute, None) for name in split_list(engine)]
    if not all(isinstance(each, bool) for each in flags):
        return None
    return all(flags) if attribute == "across_speakers" else any(flags)


def can_predict_duration(synthesizer: str) -> bool:
    """True where a synthesizer, or one of a list, has the optional method `seconds`."""
    return any(hasattr(find_class("synthesizer", name), "seconds") for name in split_list(synthesizer))


def can_vary(synthesizer: str) -> bool:
    """True where a synthesizer, or one of a list, has several renditions of a text (`VaryingSynthesizer`)."""
    return any(getattr(find_class("synthesizer", name), "varies", False) for name in split_list(synthesizer))


def needs_transcripts(synthesizer: str) -> bool:
    """True where a synthesizer, or one of a list, clones from a reference clip and its words."""
    return any(getattr(find_class("synthesizer", name), "needs_transcripts", False) for name in split_list(synthesizer))


def can_cast_choice(synthesizer: str) -> bool:
    """True where a synthesizer casts from a choice of voices (`ChoosingSynthesizer`); a list always does."""
    listed = split_list(synthesizer)
    return len(listed) > 1 or getattr(find_class("synthesizer", listed[0]), "casts_choice", False)


def can_read_ipa(synthesizer: str) -> bool:
    """True where a synthesizer, or one of a list, takes pronunciations in IPA (`PronouncingSynthesizer`)."""
    return any(getattr(find_class("synthesizer", name), "reads_ipa", False) for name in split_list(synthesizer))
