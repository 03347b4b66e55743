"""Rule-based machine translation by Apertium's installed language pairs.

Apertium is GPL and runs as programs of its own (`pipeline.engines.apertium.pipelines`). Pairs that are not installed go through
bridges, other languages: en → ca → fr.
"""

import itertools
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pipeline.engines.apertium.pipelines import MODES, TIMEOUT_S, Mode, Pipelines, find_modes, hash_rules
from pipeline.engines.apertium.text_normalization import normalize_source, restore_target
from pipeline.engines.apertium.unknown_words import LineTranslation, find_unknown_words, find_untranslated_words
from pipeline.engines.protocols import Passage, Translated
from pipeline.errors import EngineError, LanguageError
from pipeline.text import languages
from pipeline.values.engine_requirements import EngineRequirements
from pipeline.values.film_context import FilmContext
from pipeline.values.timeline import Line, Segment

MAX_ROUTE_MODES = 3  # modes; each one adds its own mistakes
BRIDGES = ("ca", "es", "fr", "pt", "gl", "it")  # best first: through Catalan measured better than Spanish; English last
MAX_SEGMENT_LENGTH = 5_000  # characters of one segment

Route = tuple[Mode, ...]


class ApertiumTranslator:
    """Translator by Apertium. Starts a pipeline per direction at its first use."""

    requirements = EngineRequirements(licence="GPL-2.0-or-later (programs and language data, from Debian)")
    rephrases = False
    lines_at_once = None  # a sentence costs some ten milliseconds, and means the same wherever it stands
    concurrency = 2  # the stages of a pipeline are processes of their own: two directions fill two cores

    def __init__(self, modes: Path | str = MODES, timeout: float = TIMEOUT_S) -> None:
        """`modes`: the folder of mode files. `timeout`: seconds for one text. EngineError if the folder holds no mode."""
        modes = Path(modes)
        self._modes = modes
        if not find_modes(modes):
            raise EngineError(
                "apertium", f"no language pairs are installed in {modes}; install apertium-eng-spa or others with apt"
            )
        self._pipelines = Pipelines(modes, engine="apertium", timeout=timeout)
        self.fingerprint = f"apertium;rules={hash_rules(modes)};dressing=3"

    @staticmethod
    def pairs(modes: Path = MODES) -> frozenset[tuple[str, str]]:
        """Every (source, target) that the installed modes can translate, directly or through bridges. Starts no process."""
        directions = find_modes(modes)
        sources = {mode.source for mode in directions}
        targets = {mode.target for mode in directions}
        return frozenset(
            (s, t)
            for s, t in itertools.product(sources, targets)
            if not languages.is_same_language(s, t) and find_route(s, t, modes)
        )

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> FilmContext:
        """An empty brief: rules translate sentence by sentence."""
        return FilmContext()

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment. LanguageError without a route, EngineError if a pipeline fails twice or a segment is too long."""
        way = find_route(source, target, self._modes)
        if not way:
            raise LanguageError(
                f"apertium cannot translate {source} to {target}; it can do {_format_pairs(self.pairs(self._modes))}"
            )
        lines = [self._translate_text(segment.text, way) for segment in passage.segments]
        left = find_untranslated_words(lines, target=target, modes=self._modes)
        return Translated(tuple(line.text for line in lines), untranslated=left)

    def rephrase(self, line: Line, shares: Sequence[float], *, source: str) -> tuple[str, ...]:
        """EngineError always: Apertium gives one wording only."""
        raise EngineError("apertium", f"line {line.number} cannot be put in fewer words; this engine does not rephrase")

    def close(self) -> None:
        """End all pipelines. They also end by themselves when this process does."""
        self._pipelines.close()

    def _translate_text(self, text: str, way: Route) -> LineTranslation:
        clean = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        if len(clean) > MAX_SEGMENT_LENGTH:
            raise EngineError(
                "apertium", f"a segment of {len(clean)} characters is too long; it must have at most {MAX_SEGMENT_LENGTH}"
            )
        words = normalize_source(clean, way[0].source)
        if not any(character.isalpha() for character in words):
            return LineTranslation(text, clean)
        unknown: list[str] = []

        def record_unknown(stream: str) -> str:
            unknown.extend(find_unknown_words(stream))
            return stream

        for mode in way:
            words = self._pipelines.translate(mode, words, record_unknown)
        return LineTranslation(text, restore_target(words, clean, way[-1].target), tuple(unknown))


@lru_cache(maxsize=1024)
def find_route(source: str, target: str, modes: Path = MODES) -> Route | None:
    """The shortest route over installed modes, by the best bridges; to the target's country if installed. None without one."""
    directions = find_modes(modes)
    asked, start = languages.require_tag(target), languages.base_language(source)
    goal = asked if any(mode.target == asked for mode in directions) else languages.base_language(asked)
    ways: list[Route] = [(mode,) for mode in directions if mode.source == start]
    for _ in range(MAX_ROUTE_MODES):
        if arrived := [way for way in ways if way[-1].target == goal]:
            return min(arrived, key=_rank_bridges)
        ways = [
            (*way, mode)
            for way in ways
            for mode in directions
            if mode.source == way[-1].target and mode.target not in {start, *(step.target for step in way)}
        ]
    return None


def _rank_bridges(way: Route) -> tuple[int, ...]:
    """Ranks of a route's bridges, 0 the best; a mode with its own country never serves as a bridge."""
    return tuple(BRIDGES.index(mode.target) if mode.target in BRIDGES else len(BRIDGES) for mode in way[:-1])


def _format_pairs(pairs: frozenset[tuple[str, str]]) -> str:
    return ", ".join(f"{source}→{target}" for source, target in sorted(pairs))
