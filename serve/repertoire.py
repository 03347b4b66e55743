"""What the chosen engines can dub into what, before any film is there."""

from pipeline.engines import registry
from serve.profile import Profile


def sources(profile: Profile) -> tuple[str, ...]:
    """The languages that a film may speak. A language model translates from all that the transcriber understands."""
    pairs, understood = registry.translated(profile.engine("translator")), by_ear(profile)
    return tuple(sorted({start for start, _ in pairs} if pairs is not None else understood or {"en"}))


def targets(profile: Profile, source: str | None = None) -> tuple[str, ...]:
    """The languages that a film in `source`, or in any of the sources, can be dubbed into."""
    return registry.targets(source, translator=profile.engine("translator"), synthesizer=profile.engine("synthesizer"))


def by_ear(profile: Profile) -> frozenset[str] | None:
    """The languages that need no subtitles; None: all of them."""
    return registry.spoken("transcriber", profile.engine("transcriber"))
