"""What the chosen engines can dub into what, before any film is there."""

from dataclasses import dataclass

from pipeline.engines.registry import language_support
from serve.profile import Profile


@dataclass(frozen=True, slots=True)
class Way:
    """How a film gets into a language. `synthesizer`, `translators`: the engines that do it, in the order in which they are asked.

    `route`: the languages and models that the first translator goes through, "" where it does not tell.
    """

    target: str
    synthesizer: str
    translators: tuple[str, ...] = ()
    route: str = ""


def ways(profile: Profile, source: str) -> tuple[Way, ...]:
    """How a film in `source` gets into each of its target languages."""
    translator = profile.engine("translator")
    found = []
    for target in targets(profile, source):
        names = language_support.find_translators(translator, source, target)
        route = language_support.find_route(names[0], source, target) if names else None
        found.append(Way(target, speaker(profile, target), names, route or ""))
    return tuple(found)


def speaker(profile: Profile, target: str) -> str:
    """The engine that speaks a language: the first of the profile's that can."""
    return language_support.find_synthesizer(profile.engine("synthesizer"), target) or profile.engine("synthesizer")


def second_choices(profile: Profile) -> dict[str, str]:
    """Target → the engine that speaks it, where that is not the first of the profile's list."""
    first = profile.engines("synthesizer")[0]
    return {target: name for target in targets(profile) if (name := speaker(profile, target)) != first}


def sources(profile: Profile) -> tuple[str, ...]:
    """The languages that a film may speak. A language model translates from all that the transcriber understands."""
    pairs, understood = language_support.find_pairs(profile.engine("translator")), by_ear(profile)
    return tuple(sorted({start for start, _ in pairs} if pairs is not None else understood or {"en"}))


def targets(profile: Profile, source: str | None = None) -> tuple[str, ...]:
    """The languages that a film in `source`, or in any of the sources, can be dubbed into."""
    return language_support.find_targets(source, translator=profile.engine("translator"), synthesizer=profile.engine("synthesizer"))


def by_ear(profile: Profile) -> frozenset[str] | None:
    """The languages that need no subtitles; None: all of them."""
    return language_support.find_languages("transcriber", profile.engine("transcriber"))
