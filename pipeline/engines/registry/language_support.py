"""Language support of a choice of engines: recognised and spoken languages, translation pairs, and the languages a film can be dubbed into.

An engine's class declares its languages without being built: `languages` (a set, or a function that gives one) of a transcriber or
synthesizer, `pairs()` of a translator, which is given those of its options that it takes. None means: any, or those of its option
`languages`, by which a profile tells what a server's model can do. A list of engines supports what any of its engines supports.
"""

from collections.abc import Iterable, Mapping
from inspect import signature
from typing import Literal, cast

from pipeline.engines.registry.engine_classes import find_class, split_list
from pipeline.engines.whisper.whisper_languages import LANGUAGES
from pipeline.errors import LanguageError
from pipeline.text import languages

Options = Mapping[str, Mapping[str, object]]  # of engines: name → its constructor's keyword arguments
NO_OPTIONS: Options = {}
# Languages to choose from where no engine limits them, as servers and language models do not: those that Whisper knows.
UNLIMITED_CHOICE: frozenset[str] = LANGUAGES


def find_languages(
    role: Literal["transcriber", "aligner", "synthesizer"], engine: str, options: Options = NO_OPTIONS
) -> frozenset[str] | None:
    """Find the BCP 47 tags that an engine recognises, aligns or speaks; None: any. LanguageError for an option that names no languages."""
    tags: frozenset[str] = frozenset()
    for name in split_list(engine):
        given = find_class(role, name).languages  # type: ignore[attr-defined]  # what a class in the registry promises
        known = cast("frozenset[str] | None", given() if callable(given) else given)
        if known is None and (named := options.get(name, {}).get("languages")) is not None:
            known = languages.parse_tags(cast("str | Iterable[str]", named))
        if known is None:
            return None
        tags |= known
    return tags


def can_identify_languages(transcriber: str) -> bool:
    """True where a transcriber can identify the spoken language: one of a single language gives that for everything."""
    each_understands = (find_languages("transcriber", name) for name in split_list(transcriber))
    return any(understood is None or len(understood) != 1 for understood in each_understands)


def find_pairs(engine: str, options: Options = NO_OPTIONS) -> frozenset[tuple[str, str]] | None:
    """Find the pairs (source, target) that a translator can do; None: any."""
    pairs: frozenset[tuple[str, str]] = frozenset()
    for name in split_list(engine):
        declare = find_class("translator", name).pairs  # type: ignore[attr-defined]  # as above
        taken = signature(declare).parameters.keys() & options.get(name, {}).keys()
        known = cast("frozenset[tuple[str, str]] | None", declare(**{each: options[name][each] for each in taken}))
        if known is None:
            return None
        pairs = pairs | known if pairs else known
    return pairs


def find_synthesizer(synthesizer: str, target: str, options: Options = NO_OPTIONS) -> str | None:
    """Find the synthesizer of a list that speaks a language; None where none does."""
    names = split_list(synthesizer)
    return next((name for name in names if languages.is_among(target, find_languages("synthesizer", name, options))), None)


def find_translators(translator: str, source: str, target: str, options: Options = NO_OPTIONS) -> tuple[str, ...]:
    """Find the translators of a list that can do a pair, in the order in which they are tried."""
    return tuple(name for name in split_list(translator) if languages.is_pair_among(source, target, find_pairs(name, options)))


def find_route(translator: str, source: str, target: str) -> str | None:
    """Find a translator's route (pivot languages) between two languages, for people; None where its class names none."""
    routes = getattr(find_class("translator", translator), "routes", None)
    named = cast("Mapping[tuple[str, str], object]", routes()) if routes else {}
    return next((str(named[pair]) for pair in languages.expand_pair(source, target) if pair in named), None)


def find_targets(source: str | None, *, translator: str, synthesizer: str, options: Options = NO_OPTIONS) -> tuple[str, ...]:
    """Find the target languages of a film in `source` (None: not known yet) with these engines, sorted."""
    pairs, voices = find_pairs(translator, options), find_languages("synthesizer", synthesizer, options)
    if pairs is None:
        reached = voices if voices is not None else UNLIMITED_CHOICE
    else:
        starts = {start for start, _ in pairs}
        known = {start for start in starts if source is None or languages.is_same_language(start, source)}
        reached = frozenset(target for start, target in pairs if start in known)
    return tuple(
        sorted(
            tag for tag in reached if languages.is_among(tag, voices) and not (source and languages.is_same_language(source, tag))
        )
    )


def require_languages(
    source: str | None,
    target: str,
    *,
    translator: str,
    synthesizer: str,
    transcriber: str | None = None,
    has_source_subtitles: bool = False,
    has_target_subtitles: bool = False,
    options: Options = NO_OPTIONS,
) -> None:
    """Validate a language pair: LanguageError that lists the possible languages where these engines cannot do it.

    Subtitles in the target language make translation unnecessary, subtitles in the film's language recognition.
    `source` None: not known yet, so only what is possible from no language is refused.
    """
    wanted = languages.require_tag(target)
    if source and languages.is_same_language(source, wanted):
        raise LanguageError(
            f"the film already speaks {_name_language(wanted)}; name another target language, or the film's own with source_lang (--from)"
        )
    voices = find_languages("synthesizer", synthesizer, options)
    if not languages.is_among(wanted, voices):
        can = find_targets(source, translator=translator, synthesizer=synthesizer, options=options)
        raise LanguageError(
            f"{_join_names(synthesizer)} cannot speak {_name_language(wanted)}; this film can be dubbed into {_join_tags(can)}"
        )
    if has_target_subtitles:
        return
    if not has_source_subtitles:
        _require_recognised(source, transcriber, options)
    can = find_targets(source, translator=translator, synthesizer=synthesizer, options=options)
    pairs = find_pairs(translator, options)
    if pairs is not None and not languages.is_among(wanted, can):
        raise LanguageError(_word_untranslatable_error(source, wanted, can, translator, pairs))


def _word_untranslatable_error(
    source: str | None, wanted: str, can: tuple[str, ...], translator: str, pairs: frozenset[tuple[str, str]]
) -> str:
    advice = f"; subtitles in {_name_language(wanted)} beside the film would do as well"
    if source and not can:
        starts = tuple(sorted({start for start, _ in pairs}))
        return f"{_join_names(translator)} cannot translate from {_name_language(source)}, only from {_join_tags(starts)}{advice}"
    whence = f" from {_name_language(source)}" if source else ""
    return f"{_join_names(translator)} cannot translate{whence} to {_name_language(wanted)}, only to {_join_tags(can)}{advice}"


def _require_recognised(source: str | None, transcriber: str | None, options: Options) -> None:
    if source is None or transcriber is None:
        return
    understood = find_languages("transcriber", transcriber, options)
    if not languages.is_among(source, understood):
        raise LanguageError(
            f"{_join_names(transcriber)} cannot understand {_name_language(source)}, only {_join_tags(tuple(sorted(understood or ())))}; "
            f"put {_name_language(source)} subtitles beside the film, or choose another transcriber"
        )


def _join_names(engine: str) -> str:
    return " and ".join(split_list(engine))


def _name_language(tag: str) -> str:
    return f"{languages.get_english_name(tag)} ({tag})"


def _join_tags(tags: tuple[str, ...]) -> str:
    return ", ".join(tags) or "nothing"
