"""Translation routes through pivot languages, over neural models and apertium pairs, chosen by measured quality.

The number of legs says little: English → Portuguese → Spanish is better than the direct English → Spanish rules.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.engines.apertium.pipelines import MODES, Mode, find_modes
from pipeline.engines.bergamot.route_quality import ROUTE_QUALITY, Measurement
from pipeline.text import languages

NEURAL_PAIRS = (("en", "pt"), ("en", "pt-BR"), ("pt", "en"))  # the Portuguese of the models is Brazil's
MAX_ROUTE_LEGS = 3  # each leg adds its own errors
# Pivot languages of routes without a measurement, the preferred one first.
PREFERRED_PIVOTS = ("pt", "ca", "es", "fr", "gl", "it")


@dataclass(frozen=True, slots=True)
class Leg:
    """One translation step. `mode`: apertium's, None for a neural model. The target perhaps with a country (`pt-BR`)."""

    source: str
    target: str
    mode: Mode | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Legs in order. `quality`: None for a route that was not measured."""

    legs: tuple[Leg, ...]
    quality: Measurement | None

    @property
    def path(self) -> tuple[str, ...]:
        """The languages that the route passes, without countries."""
        return (self.legs[0].source, *(languages.base_language(leg.target) for leg in self.legs))

    def __str__(self) -> str:
        names = " → ".join(languages.get_english_name(tag) for tag in (self.legs[0].source, *(leg.target for leg in self.legs)))
        engines = ", ".join("apertium" if leg.mode else "neural" for leg in self.legs)
        measured = f"chrF {self.quality.chrf:.0f} on {self.quality.lines}" if self.quality else "not measured"
        return f"{names} ({engines}; {measured})"


@lru_cache(maxsize=1024)
def find_route(source: str, target: str, modes: Path = MODES) -> Route | None:
    """The best route: the highest chrF that was measured; among unmeasured ones the shortest, by the preferred pivots."""
    if languages.is_same_language(source, target):
        return None
    return min(find_routes(source, target, modes), key=_rank, default=None)


def find_routes(source: str, target: str, modes: Path = MODES) -> tuple[Route, ...]:
    """All routes of at most `MAX_ROUTE_LEGS` legs, to the requested country's variant where that is installed."""
    start, wanted = languages.base_language(source), languages.require_tag(target)
    directions = (*(Leg(*pair) for pair in NEURAL_PAIRS), *(Leg(mode.source, mode.target, mode) for mode in find_modes(modes)))
    goal = wanted if any(leg.target == wanted for leg in directions) else languages.base_language(wanted)
    if languages.is_same_language(start, goal):
        return ()
    return tuple(Route(legs, ROUTE_QUALITY.get(_path(start, legs))) for legs in _extend_route((), start, goal, directions))


def find_reachable_pairs(modes: Path = MODES) -> frozenset[tuple[str, str]]:
    """Every (source, target) that a route connects."""
    sources = {source for source, _ in NEURAL_PAIRS} | {mode.source for mode in find_modes(modes)}
    targets = {target for _, target in NEURAL_PAIRS} | {mode.target for mode in find_modes(modes)}
    return frozenset((source, target) for source in sources for target in targets if find_route(source, target, modes))


def _extend_route(legs: tuple[Leg, ...], here: str, goal: str, directions: tuple[Leg, ...]) -> Iterator[tuple[Leg, ...]]:
    if here == goal:
        yield legs
    elif len(legs) < MAX_ROUTE_LEGS:
        visited = {leg.source for leg in legs}
        for leg in directions:
            if leg.source == here and leg.target not in visited:
                yield from _extend_route((*legs, leg), leg.target, goal, directions)


def _path(start: str, legs: tuple[Leg, ...]) -> tuple[str, ...]:
    return (start, *(languages.base_language(leg.target) for leg in legs))


def _rank(route: Route) -> tuple[float, ...]:
    pivots = (
        PREFERRED_PIVOTS.index(leg.target) if leg.target in PREFERRED_PIVOTS else len(PREFERRED_PIVOTS) for leg in route.legs[:-1]
    )
    return (-route.quality.chrf if route.quality else 0.0, len(route.legs), *pivots)
