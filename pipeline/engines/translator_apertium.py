"""Translation by apertium's installed pairs, kept running: a sentence costs milliseconds, a start a third of a second.

Apertium is GPL and runs as programs of its own, chained as its mode files say (`pipeline.programs.Resident`). Pairs that
are not installed go through other languages: en → ca → fr.
"""

import hashlib
import itertools
import re
import shlex
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline import languages
from pipeline.brief import Brief
from pipeline.engines.protocols import About, Passage, Translated
from pipeline.engines.sentences import dressed, undressed
from pipeline.errors import EngineError, LanguageError, ProgramError
from pipeline.programs import Resident
from pipeline.timeline import Line, Segment

MODES = Path("/usr/share/apertium/modes")  # where Debian puts them
MODE_NAME = re.compile(r"(?P<source>[a-z]{2,3})-(?P<target>[a-z]{2,3})(?:_(?P<variant>[A-Z]{2}|valencia))?")
LONGEST_ROUTE = 3  # modes; each one adds its own mistakes
BRIDGES = ("ca", "es", "fr", "pt", "gl", "it")  # best first: through Catalan measured better than Spanish; English last
TIMEOUT = 30.0  # seconds for one text; cold pipelines take up to 2, warm ones 0.005
LONGEST_TEXT = 5_000  # characters of one segment
END = b"\0"
TAIL = "[][\n]"  # a blank that flushes the pipeline without being translated

Route = tuple["Mode", ...]


@dataclass(frozen=True, slots=True)
class Mode:
    """One installed translation direction. `source`, `target`: BCP 47, the target perhaps with a country (`pt-BR`)."""

    path: Path
    source: str
    target: str

    def chain(self) -> list[list[str]]:
        """The programs of the mode file, each flushing at NUL; the generator is told to leave out marks of unknown words."""
        script = self.path.read_text("utf-8").replace("$1", "-n").replace("$2", "")
        programs = [shlex.split(part) for part in script.split("|")]
        return [[name, "-z", *arguments] for name, *arguments in programs]


class ApertiumTranslator:
    """Translator by apertium. Starts a pipeline per direction when it is first needed."""

    about = About(licence="GPL-2.0-or-later (programs and language data, from Debian)")
    rephrases = False
    lines_at_once = None  # a sentence costs milliseconds, and means the same wherever it stands
    concurrency = 2  # the stages of a pipeline are processes of their own: two directions fill two cores

    def __init__(self, modes: Path | str = MODES, timeout: float = TIMEOUT) -> None:
        """`modes`: the folder of mode files. EngineError where it holds none."""
        modes = Path(modes)
        self._modes, self._timeout = modes, timeout
        self._residents: dict[Path, Resident] = {}
        self._locks = {mode.path: threading.Lock() for mode in installed(modes)}
        if not self._locks:
            raise EngineError(
                "apertium", f"no language pairs are installed in {modes}; install apertium-eng-spa or others with apt"
            )
        self.fingerprint = f"apertium;rules={_rules_digest(modes)};dressing=1"

    @staticmethod
    def pairs(modes: Path = MODES) -> frozenset[tuple[str, str]]:
        """Every (source, target) that the installed modes can do, directly or through others. Starts nothing."""
        directions = installed(modes)
        sources = {mode.source for mode in directions}
        targets = {mode.target for mode in directions}
        return frozenset(
            (s, t) for s, t in itertools.product(sources, targets) if not languages.same(s, t) and route(s, t, modes)
        )

    def study(self, segments: Sequence[Segment], *, source: str, target: str) -> Brief:
        """Nothing: rules translate sentence by sentence."""
        return Brief()

    def translate(self, passage: Passage, *, source: str, target: str) -> Translated:
        """One text per segment. LanguageError where no route leads there, EngineError where a pipeline fails twice."""
        way = route(source, target, self._modes)
        if not way:
            raise LanguageError(f"apertium cannot translate {source} to {target}; it can do {_worded(self.pairs(self._modes))}")
        return Translated(tuple(self._translated(segment.text, way) for segment in passage.segments))

    def rephrase(self, line: Line, seconds: float) -> str:
        """Apertium knows one wording only."""
        raise EngineError("apertium", f"line {line.number} cannot be put in fewer words; this engine does not rephrase")

    def close(self) -> None:
        """End all pipelines. They also end by themselves when this process does."""
        while self._residents:
            self._residents.popitem()[1].close()

    def _translated(self, text: str, way: Route) -> str:
        clean = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
        if len(clean) > LONGEST_TEXT:
            raise EngineError(
                "apertium", f"a segment of {len(clean)} characters is too long; it must have at most {LONGEST_TEXT}"
            )
        words = dressed(clean, way[0].source)
        if not any(character.isalpha() for character in words):
            return clean
        for mode in way:
            words = self._through(mode, words)
        return undressed(words, clean, way[-1].target)

    def _through(self, mode: Mode, text: str) -> str:
        question = (escaped(text) + TAIL).encode() + END
        with self._locks[mode.path]:
            try:
                answer = self._ask(mode, question)
            except ProgramError:
                try:
                    answer = self._ask(mode, question)  # from a fresh pipeline: the failed one is gone
                except ProgramError as error:
                    raise EngineError("apertium", f"{mode.path.stem} failed twice on {text[:60]!r} ({error})") from error
        return unescaped(answer.decode("utf-8", "replace").removesuffix(TAIL))

    def _ask(self, mode: Mode, question: bytes) -> bytes:
        resident = self._residents.get(mode.path)
        if resident is None:
            resident = self._residents[mode.path] = Resident(mode.chain())
        try:
            return resident.ask(question, until=END, timeout=self._timeout)
        except ProgramError:
            self._residents.pop(mode.path).close()
            raise


@lru_cache(maxsize=8)
def installed(modes: Path = MODES) -> tuple[Mode, ...]:
    """The installed directions; variants other than countries and Valencian are left out."""
    found = []
    for path in sorted(modes.glob("*.mode")):
        if match := MODE_NAME.fullmatch(path.stem):
            target = languages.required("-".join(filter(None, (match["target"], match["variant"]))))
            found.append(Mode(path, languages.required(match["source"]), target))
    return tuple(found)


@lru_cache(maxsize=1024)
def route(source: str, target: str, modes: Path = MODES) -> Route | None:
    """The shortest way over installed modes, by the best bridges; to the country asked for where that is installed."""
    directions = installed(modes)
    asked, start = languages.required(target), languages.base(source)
    goal = asked if any(mode.target == asked for mode in directions) else languages.base(asked)
    ways: list[Route] = [(mode,) for mode in directions if mode.source == start]
    for _ in range(LONGEST_ROUTE):
        if arrived := [way for way in ways if way[-1].target == goal]:
            return min(arrived, key=_detour)
        ways = [
            (*way, mode)
            for way in ways
            for mode in directions
            if mode.source == way[-1].target and mode.target not in {start, *(step.target for step in way)}
        ]
    return None


def _detour(way: Route) -> tuple[int, ...]:
    """How bad the bridges of a way are, best first; a mode with its own country never serves as a bridge."""
    return tuple(BRIDGES.index(mode.target) if mode.target in BRIDGES else len(BRIDGES) for mode in way[:-1])


def escaped(text: str) -> str:
    """Text as apertium's stream format wants it."""
    return re.sub(r"([\[\]{}^$@<>\\/*~])", r"\\\1", text)


def unescaped(text: str) -> str:
    """Text out of apertium's stream format."""
    return re.sub(r"\\(.)", r"\1", text)


@lru_cache(maxsize=8)
def _rules_digest(modes: Path) -> str:
    """Names, chains and the sizes of all rule files: another release of a pair has others."""
    digest = hashlib.blake2b(digest_size=8)
    for mode in installed(modes):
        for program in mode.chain():
            digest.update(repr(program).encode())
            digest.update(repr([Path(word).stat().st_size for word in program if Path(word).is_file()]).encode())
    return digest.hexdigest()


def _worded(pairs: frozenset[tuple[str, str]]) -> str:
    return ", ".join(f"{source}→{target}" for source, target in sorted(pairs))
