"""Engines by role and name, imported on demand, and what a choice of them can do.

An entry's class says without being built what it can do: `languages` (a set, or a function that gives one) of a
transcriber or synthesizer, `pairs()` of a translator. None means: any.

Where a role is named (`engine`), a list may stand for one engine: names in order of preference, separated by commas. It can
do what any of its engines can.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Literal, cast, overload

from pipeline.engines.lists.engine_lists import Member, SynthesizerList, TranscriberList
from pipeline.engines.lists.translator_list import TranslatorList
from pipeline.engines.protocols import Diarizer, Engine, Role, Separator, SpeechDetector, Synthesizer, Transcriber, Translator
from pipeline.errors import LanguageError, SettingsError
from pipeline.text import languages

ENGINES: dict[Role, dict[str, str]] = {
    "separator": {
        "deepfilternet": "separator_deepfilternet:DeepFilterNetSeparator",
        "demucs": "separator_demucs:DemucsSeparator",
    },
    "transcriber": {
        "pocketsphinx": "transcriber_pocketsphinx:PocketsphinxTranscriber",
        "whisper": "transcriber_whisper:WhisperTranscriber",
        "whisperx": "transcriber_whisperx:WhisperxTranscriber",
    },
    "diarizer": {"ge2e": "diarizer_ge2e:Ge2eDiarizer", "pyannote": "diarizer_pyannote:PyannoteDiarizer"},
    "translator": {
        "apertium": "translator_apertium:ApertiumTranslator",
        "bergamot": "translator_bergamot:BergamotTranslator",
        "llm": "translator_llm:LlmTranslator",
    },
    "synthesizer": {
        "espeak": "synthesizer_espeak:EspeakSynthesizer",
        "kokoro": "synthesizer_kokoro:KokoroSynthesizer",
        "xtts": "synthesizer_xtts:XttsSynthesizer",
    },
}

# What a class must have before it is built, by role.
PROMISED: dict[Role, tuple[str, ...]] = {
    "separator": ("separate",),
    "transcriber": ("transcribe", "identify", "languages", "longest_utterance", "across_speakers"),
    "diarizer": ("diarize",),
    "translator": ("study", "translate", "pairs", "rephrases", "lines_at_once"),
    "synthesizer": ("cast", "voices", "speak", "languages", "clones"),
}


LISTABLE: frozenset[Role] = frozenset({"transcriber", "translator", "synthesizer"})  # whose work divides by language


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
    """The engine of this name, ready to work; `options` are its own. SettingsError names the engines that there are.

    For a list of engines they are by name: `build("synthesizer", "kokoro, espeak", kokoro={…})`.
    """
    listed = split_list(name)
    if len(listed) == 1:
        return cast(Engine, engine_class(role, name)(**options))
    require_engines(role, name)
    engines = {each: engine_class(role, each)(**cast(dict[str, object], options.get(each, {}))) for each in listed}
    if role == "translator":
        members = [Member(each, cast(Translator, engine)) for each, engine in engines.items()]
        return cast(Engine, TranslatorList(members, {each: translated(each) for each in listed}))
    if role == "synthesizer":
        return SynthesizerList([Member(each, cast(Synthesizer, engine), spoken(role, each)) for each, engine in engines.items()])
    return TranscriberList(
        [Member(each, cast(Transcriber, engine), spoken("transcriber", each)) for each, engine in engines.items()]
    )


def split_list(engine: str) -> tuple[str, ...]:
    """The names in a list of engines, in order; of one engine, its own."""
    return tuple(name for part in engine.split(",") if (name := part.strip()))


def join_list(listed: Iterable[str]) -> str:
    """The list of these engines as it is written everywhere."""
    return ", ".join(listed)


def require_engines(role: Role, engine: str) -> None:
    """SettingsError where a name is unknown, stands there twice, or is one of a list in a role that takes one engine only."""
    listed = split_list(engine)
    if not listed or len(set(listed)) < len(listed):
        raise SettingsError(role.upper(), engine, "name each engine once, separated by commas, the preferred one first")
    if len(listed) > 1 and role not in LISTABLE:
        raise SettingsError(role.upper(), engine, f"a {role} is one engine: it works on the whole film; name one of them")
    for name in listed:
        engine_class(role, name)


def detector() -> SpeechDetector:
    """The voice activity detector, which is no role: there is one, and it runs in process wherever it is needed."""
    from pipeline.engines.speakers.vad_silero import SileroDetector

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


def spoken(role: Literal["transcriber", "synthesizer"], engine: str) -> frozenset[str] | None:
    """The BCP 47 tags that an engine understands or speaks; None: any."""
    tags: frozenset[str] = frozenset()
    for name in split_list(engine):
        given = engine_class(role, name).languages  # type: ignore[attr-defined]  # what a class in the registry promises
        known = cast("frozenset[str] | None", given() if callable(given) else given)
        if known is None:
            return None
        tags |= known
    return tags


def identifies_languages(transcriber: str) -> bool:
    """Whether a transcriber can tell which language is spoken: one that knows a single language hears that in everything."""
    each_understands = (spoken("transcriber", name) for name in split_list(transcriber))
    return any(understood is None or len(understood) != 1 for understood in each_understands)


def translated(engine: str) -> frozenset[tuple[str, str]] | None:
    """The pairs (source, target) that a translator can do; None: any."""
    pairs: frozenset[tuple[str, str]] = frozenset()
    for name in split_list(engine):
        known = cast("frozenset[tuple[str, str]] | None", engine_class("translator", name).pairs())  # type: ignore[attr-defined]  # as above
        if known is None:
            return None
        pairs |= known
    return pairs


def speaker_of(synthesizer: str, target: str) -> str | None:
    """Of a list, the engine that speaks a language; None where none does."""
    return next((name for name in split_list(synthesizer) if languages.is_among(target, spoken("synthesizer", name))), None)


def translators_of(translator: str, source: str, target: str) -> tuple[str, ...]:
    """Of a list, the engines that can translate a pair, in the order in which they are asked."""
    return tuple(name for name in split_list(translator) if languages.is_pair_among(source, target, translated(name)))


def route_of(translator: str, source: str, target: str) -> str | None:
    """The way a translator takes from one language to another, for people; None where its class does not tell."""
    routes = getattr(engine_class("translator", translator), "routes", None)
    told = cast("Mapping[tuple[str, str], object]", routes()) if routes else {}
    return next((str(told[pair]) for pair in languages.pairs_of(source, target) if pair in told), None)


def promised(role: Role, engine: str, attribute: str) -> bool | None:
    """An attribute that the class of an engine has whatever its options; of a list, as the list will have it. None: none told."""
    told = [getattr(engine_class(role, name), attribute, None) for name in split_list(engine)]
    if not all(isinstance(each, bool) for each in told):
        return None
    return all(told) if attribute == "across_speakers" else any(told)


def targets(source: str | None, *, translator: str, synthesizer: str) -> tuple[str, ...]:
    """The languages that a film in `source` (None: not known yet) can be dubbed into by these engines."""
    pairs, voices = translated(translator), spoken("synthesizer", synthesizer)
    if pairs is None:
        reached = voices if voices is not None else frozenset[str]()
    else:
        reached = frozenset(target for start, target in pairs if source is None or languages.same(start, source))
    return tuple(
        sorted(tag for tag in reached if languages.is_among(tag, voices) and not (source and languages.same(source, tag)))
    )


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
    if not languages.is_among(wanted, voices):
        can = targets(source, translator=translator, synthesizer=synthesizer)
        raise LanguageError(f"{_named(synthesizer)} cannot speak {_called(wanted)}; this film can be dubbed into {_listed(can)}")
    if has_target_subtitles:
        return
    _require_understood(source, transcriber, has_source_subtitles=has_source_subtitles)
    can = targets(source, translator=translator, synthesizer=synthesizer)
    if translated(translator) is not None and not languages.is_among(wanted, can):
        raise LanguageError(_no_way(source, wanted, can, translator))


def _no_way(source: str | None, wanted: str, can: tuple[str, ...], translator: str) -> str:
    mending = f"; subtitles in {_called(wanted)} beside the film would do as well"
    if source and not can:
        starts = tuple(sorted({start for start, _ in translated(translator) or ()}))
        return f"{_named(translator)} cannot translate from {_called(source)}, only from {_listed(starts)}{mending}"
    whence = f" from {_called(source)}" if source else ""
    return f"{_named(translator)} cannot translate{whence} to {_called(wanted)}, only to {_listed(can)}{mending}"


def _require_understood(source: str | None, transcriber: str | None, *, has_source_subtitles: bool) -> None:
    if source is None or transcriber is None or has_source_subtitles:
        return
    understood = spoken("transcriber", transcriber)
    if not languages.is_among(source, understood):
        raise LanguageError(
            f"{_named(transcriber)} cannot understand {_called(source)}, only {_listed(tuple(sorted(understood or ())))}; "
            f"put {_called(source)} subtitles beside the film, or choose another transcriber"
        )


def _named(engine: str) -> str:
    return " and ".join(split_list(engine))


def _called(tag: str) -> str:
    return f"{languages.english_name(tag)} ({tag})"


def _listed(tags: tuple[str, ...]) -> str:
    return ", ".join(tags) or "nothing"
