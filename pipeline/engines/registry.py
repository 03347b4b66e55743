"""Engines by role and name, imported on demand, and what a choice of them can do.

An entry's class says without being built what it can do: `languages` (a set, or a function that gives one) of a
transcriber or synthesizer, `pairs()` of a translator. None means: any.
"""

from collections.abc import Collection
from importlib import import_module
from typing import Literal, cast, overload

from pipeline import languages
from pipeline.engines.protocols import Diarizer, Engine, Role, Separator, SpeechDetector, Synthesizer, Transcriber, Translator
from pipeline.errors import LanguageError, SettingsError

ENGINES: dict[Role, dict[str, str]] = {
    "separator": {"demucs": "separator_demucs:DemucsSeparator"},
    "transcriber": {
        "pocketsphinx": "transcriber_pocketsphinx:PocketsphinxTranscriber",
        "whisperx": "transcriber_whisperx:WhisperxTranscriber",
    },
    "diarizer": {"ge2e": "diarizer_ge2e:Ge2eDiarizer", "pyannote": "diarizer_pyannote:PyannoteDiarizer"},
    "translator": {
        "apertium": "translator_apertium:ApertiumTranslator",
        "bergamot": "translator_bergamot:BergamotTranslator",
        "llm": "translator_llm:LlmTranslator",
    },
    "synthesizer": {"espeak": "synthesizer_espeak:EspeakSynthesizer", "xtts": "synthesizer_xtts:XttsSynthesizer"},
}

# What a class must have before it is built, by role.
PROMISED: dict[Role, tuple[str, ...]] = {
    "separator": ("separate",),
    "transcriber": ("transcribe", "identify", "languages", "longest_utterance", "across_speakers"),
    "diarizer": ("diarize",),
    "translator": ("study", "translate", "pairs", "rephrases", "lines_at_once"),
    "synthesizer": ("cast", "voices", "speak", "languages", "clones"),
}


def names(role: Role) -> tuple[str, ...]:
    """The engines that can play this role."""
    return tuple(sorted(ENGINES[role]))


@overload
def build(role: Literal["separator"], name: str, **options: object) -> Separator: ...
@overload
def build(role: Literal["transcriber"], name: str, **options: object) -> Transcriber: ...
@overload
def build(role: Literal["diarizer"], name: str, **options: object) -> Diarizer: ...
@overload
def build(role: Literal["translator"], name: str, **options: object) -> Translator: ...
@overload
def build(role: Literal["synthesizer"], name: str, **options: object) -> Synthesizer: ...
def build(role: Role, name: str, **options: object) -> Engine:
    """The engine of this name, ready to work; `options` are its own. SettingsError names the engines that there are."""
    return cast(Engine, engine_class(role, name)(**options))


def detector() -> SpeechDetector:
    """The voice activity detector, which is no role: there is one, and it runs in process wherever it is needed."""
    from pipeline.engines.vad_silero import SileroDetector

    return SileroDetector()


def engine_class(role: Role, name: str) -> type:
    """The class behind a name, or behind `module:Class`, an engine of one's own. Ours import nothing heavy with their module."""
    if ":" in name:
        return _own(role, name)
    try:
        module, _, attribute = ENGINES[role][name].partition(":")
    except KeyError:
        known = ", ".join(names(role))
        raise SettingsError(role.upper(), name, f"the engines for this role are: {known}, or module:Class") from None
    return cast(type, getattr(import_module(f"pipeline.engines.{module}"), attribute))


def _own(role: Role, name: str) -> type:
    """A class of somebody else's, by where it is. SettingsError where it is not there, or lacks what the role needs."""
    module, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise SettingsError(role.upper(), name, f"it cannot be imported ({error}); check the name and PYTHONPATH") from error
    lacks = [each for each in PROMISED[role] if not hasattr(found, each)]
    if not isinstance(found, type) or lacks:
        raise SettingsError(role.upper(), name, f"it is no {role}: it lacks {', '.join(lacks) or 'a class'}; see docs/engines.md")
    return found


def spoken(role: Literal["transcriber", "synthesizer"], name: str) -> frozenset[str] | None:
    """The BCP 47 tags that an engine understands or speaks; None: any."""
    given = engine_class(role, name).languages  # type: ignore[attr-defined]  # what a class in the registry promises
    return cast("frozenset[str] | None", given() if callable(given) else given)


def translated(name: str) -> frozenset[tuple[str, str]] | None:
    """The pairs (source, target) that a translator can do; None: any."""
    return cast("frozenset[tuple[str, str]] | None", engine_class("translator", name).pairs())  # type: ignore[attr-defined]  # as above


def targets(source: str | None, *, translator: str, synthesizer: str) -> tuple[str, ...]:
    """The languages that a film in `source` (None: not known yet) can be dubbed into by these engines."""
    pairs, voices = translated(translator), spoken("synthesizer", synthesizer)
    if pairs is None:
        reached = voices if voices is not None else frozenset[str]()
    else:
        reached = frozenset(target for start, target in pairs if source is None or languages.same(start, source))
    return tuple(sorted(tag for tag in reached if _has(voices, tag) and not (source and languages.same(source, tag))))


def require(
    source: str | None,
    target: str,
    *,
    translator: str,
    synthesizer: str,
    transcriber: str | None = None,
    has_source_subtitles: bool = False,
    has_target_subtitles: bool = False,
) -> None:
    """Refuse what these engines cannot do, in a sentence that lists what they can: LanguageError.

    Subtitles in the target language make translation unnecessary, subtitles in the film's language recognition.
    `source` None: not known yet, so only what is possible from no language is refused.
    """
    wanted = languages.required(target)
    if source and languages.same(source, wanted):
        raise LanguageError(f"the film already speaks {_called(wanted)}; name another target language")
    voices = spoken("synthesizer", synthesizer)
    if not _has(voices, wanted):
        can = targets(source, translator=translator, synthesizer=synthesizer)
        raise LanguageError(f"{synthesizer} cannot speak {_called(wanted)}; this film can be dubbed into {_listed(can)}")
    if has_target_subtitles:
        return
    _require_understood(source, transcriber, has_source_subtitles=has_source_subtitles)
    can = targets(source, translator=translator, synthesizer=synthesizer)
    if translated(translator) is not None and not _has(can, wanted):
        raise LanguageError(_no_way(source, wanted, can, translator))


def _no_way(source: str | None, wanted: str, can: tuple[str, ...], translator: str) -> str:
    mending = f"; subtitles in {_called(wanted)} beside the film would do as well"
    if source and not can:
        starts = tuple(sorted({start for start, _ in translated(translator) or ()}))
        return f"{translator} cannot translate from {_called(source)}, only from {_listed(starts)}{mending}"
    whence = f" from {_called(source)}" if source else ""
    return f"{translator} cannot translate{whence} to {_called(wanted)}, only to {_listed(can)}{mending}"


def _require_understood(source: str | None, transcriber: str | None, *, has_source_subtitles: bool) -> None:
    if source is None or transcriber is None or has_source_subtitles:
        return
    understood = spoken("transcriber", transcriber)
    if not _has(understood, source):
        raise LanguageError(
            f"{transcriber} cannot understand {_called(source)}, only {_listed(tuple(sorted(understood or ())))}; "
            f"put {_called(source)} subtitles beside the film, or choose another transcriber"
        )


def _has(tags: Collection[str] | None, tag: str) -> bool:
    """Whether the language is among them, by its own tag or by its plain one."""
    return tags is None or tag in tags or languages.base(tag) in tags


def _called(tag: str) -> str:
    return f"{languages.english_name(tag)} ({tag})"


def _listed(tags: tuple[str, ...]) -> str:
    return ", ".join(tags) or "nothing"
