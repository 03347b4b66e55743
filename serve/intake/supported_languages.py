"""Supported languages of the profile's engines: source and target languages, and the engines between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.engines.registry import language_support
from pipeline.text import languages
from serve.profile import Profile


@dataclass(frozen=True, slots=True)
class LanguagePair:
    """Engines for a target language. `translators`: in the order in which they are tried.

    `route`: the languages and models that the first translator goes through, "" where it does not tell.
    """

    target: str
    synthesizer: str
    translators: tuple[str, ...] = ()
    route: str = ""


def list_language_pairs(profile: Profile, source: str) -> tuple[LanguagePair, ...]:
    """List the engines from `source` into each of its target languages."""
    translator = profile.engine("translator")
    found = []
    for target in list_target_languages(profile, source):
        names = language_support.find_translators(translator, source, target, profile.options_by_engine)
        route = language_support.find_route(names[0], source, target) if names else None
        found.append(LanguagePair(target, find_synthesizer(profile, target), names, route or ""))
    return tuple(found)


def find_synthesizer(profile: Profile, target: str) -> str:
    """Find the synthesizer of a language: the first of the profile's that supports it."""
    synthesizer = profile.engine("synthesizer")
    return language_support.find_synthesizer(synthesizer, target, profile.options_by_engine) or synthesizer


def find_fallback_synthesizers(profile: Profile) -> dict[str, str]:
    """Find the targets whose synthesizer is not the first of the profile's list: target → engine."""
    first = profile.engines("synthesizer")[0]
    return {target: name for target in list_target_languages(profile) if (name := find_synthesizer(profile, target)) != first}


def list_source_languages(profile: Profile) -> tuple[str, ...]:
    """List the source languages. A language model translates from all that the transcriber recognizes.

    Where neither limits them: a choice of languages, not all.
    """
    pairs = language_support.find_pairs(profile.engine("translator"), profile.options_by_engine)
    understood = list_recognized_languages(profile)
    return tuple(sorted({start for start, _ in pairs} if pairs is not None else understood or language_support.UNLIMITED_CHOICE))


def list_target_languages(profile: Profile, source: str | None = None) -> tuple[str, ...]:
    """List the target languages of a film in `source`, or in any source language."""
    return language_support.find_targets(
        source,
        translator=profile.engine("translator"),
        synthesizer=profile.engine("synthesizer"),
        options=profile.options_by_engine,
    )


def list_recognized_languages(profile: Profile) -> frozenset[str] | None:
    """List the languages of speech recognition, which need no subtitles; None: all."""
    return language_support.find_languages("transcriber", profile.engine("transcriber"), profile.options_by_engine)


def require_targets(profile: Profile, spoken: str | None, targets: Sequence[str], subtitles: Sequence[str]) -> None:
    """Require that the profile's engines support the languages: LanguageError. `spoken`: the film's language, None where it is not known yet."""
    for target in targets:
        language_support.require_languages(
            spoken,
            target,
            translator=profile.engine("translator"),
            synthesizer=profile.engine("synthesizer"),
            transcriber=profile.engine("transcriber"),
            has_source_subtitles=spoken is not None and any(languages.is_same_language(tag, spoken) for tag in subtitles),
            has_target_subtitles=any(languages.is_same_language(tag, target) for tag in subtitles),
            options=profile.options_by_engine,
        )
