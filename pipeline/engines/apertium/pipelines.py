"""Apertium's installed pairs as resident pipelines: a sentence costs milliseconds, a start a third of a second.

Apertium is GPL and runs as programs of its own, chained as its mode files define
(`pipeline.processes.resident_process.ResidentProcess`). The statistical tagger is started anew for each text, which costs 10 ms:
one that stays changes its answers for good after the first word of an ambiguity class that it was not trained on, so that a
sentence would depend on those before it.
"""

import hashlib
import re
import shlex
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.engines.apertium.lexical_units import escape_text, unescape_text
from pipeline.errors import EngineError, ProgramError
from pipeline.processes.resident_process import ResidentProcess
from pipeline.processes.subprocesses import run
from pipeline.text import languages

MODES = Path("/usr/share/apertium/modes")  # where Debian puts them
MODE_NAME = re.compile(r"(?P<source>[a-z]{2,3})-(?P<target>[a-z]{2,3})(?:_(?P<variant>[A-Z]{2}|valencia))?")
TIMEOUT_S = 30.0  # for one text; cold pipelines take up to 2, warm ones 0.005
END_OF_TEXT = b"\0"
GENERATOR_SUFFIX = ".autogen.bin"
STATISTICAL_TAGGER = ("apertium-tagger", "-g")  # a hidden Markov model; -gx, a perceptron, keeps no state
FLUSH_BLANK = "[][\n]"  # a blank that flushes the pipeline without being translated

Edit = Callable[[str], str]
Chain = list[list[str]]  # programs with their arguments, each reading the output of the one before it


@dataclass(frozen=True, slots=True)
class Mode:
    """One installed translation direction: a mode file. `source`, `target`: BCP 47, the target perhaps with a country (`pt-BR`)."""

    path: Path
    source: str
    target: str

    def split_programs(self) -> tuple[list[list[str]], list[list[str]]]:
        """The programs in two parts: up to the lexical units of the target language, and the generator with those after it."""
        chain = self.read_programs()
        generators = (number for number, program in enumerate(chain) if program[-1].endswith(GENERATOR_SUFFIX))
        generator = next(generators, len(chain))
        return chain[:generator], chain[generator:]

    def read_programs(self) -> list[list[str]]:
        """The programs of the mode file, each flushing at NUL; the generator leaves out the marks of unknown words."""
        script = self.path.read_text("utf-8").replace("$1", "-n").replace("$2", "")
        programs = [shlex.split(part) for part in script.split("|")]
        return [[name, "-z", *arguments] for name, *arguments in programs]


class Pipelines:
    """Resident pipelines, one per direction, each started at its first use. `engine`: the name in error messages."""

    def __init__(self, modes: Path, *, engine: str, timeout: float = TIMEOUT_S) -> None:
        self._engine, self._timeout = engine, timeout
        self._residents: dict[tuple[Path, str, int], ResidentProcess] = {}
        self._locks = {mode.path: threading.Lock() for mode in find_modes(modes)}

    def translate(self, mode: Mode, text: str, edit: Edit) -> str:
        """One text through one direction. A pipeline that fails is restarted once; EngineError where it fails again.

        `edit` changes the stream of the target language's lexical units before generation.
        """
        with self._locks[mode.path]:
            analysis, generation = mode.split_programs()
            stream = edit(self._run_with_restart(mode, "analysis", analysis, escape_text(text)))
            return unescape_text(self._run_with_restart(mode, "generation", generation, stream))

    def close(self) -> None:
        """End all pipelines. They also end by themselves when this process does."""
        while self._residents:
            self._residents.popitem()[1].close()

    def _run_with_restart(self, mode: Mode, part: str, chain: Chain, stream: str) -> str:
        text = (stream + FLUSH_BLANK).encode() + END_OF_TEXT
        for number, programs in enumerate(split_at_taggers(chain)):
            try:
                text = self._ask((mode.path, part, number), programs, text)
            except ProgramError:
                try:
                    text = self._ask((mode.path, part, number), programs, text)  # by fresh programs: the failed ones are gone
                except ProgramError as error:
                    raise EngineError(self._engine, f"{mode.path.stem} failed twice on {stream[:60]!r} ({error})") from error
        return text.removesuffix(END_OF_TEXT).decode("utf-8", "replace").removesuffix(FLUSH_BLANK)

    def _ask(self, key: tuple[Path, str, int], programs: Chain, text: bytes) -> bytes:
        """Text after these programs. `text` and the answer end in NUL."""
        if is_statistical_tagger(programs[0]):
            answer = run(programs[0], timeout=self._timeout, stdin=text)
            return answer.partition(END_OF_TEXT)[0] + END_OF_TEXT  # it writes one more at the end of its input
        resident = self._residents.get(key)
        if resident is None:
            resident = self._residents[key] = ResidentProcess(programs)
        try:
            return resident.ask(text, until=END_OF_TEXT, timeout=self._timeout) + END_OF_TEXT
        except ProgramError:
            self._residents.pop(key).close()
            raise


def is_statistical_tagger(program: Sequence[str]) -> bool:
    """True for a part-of-speech tagger by a hidden Markov model."""
    name, *options = program
    return (name, *(each for each in options if each == STATISTICAL_TAGGER[1])) == STATISTICAL_TAGGER


def split_at_taggers(chain: Chain) -> Iterator[Chain]:
    """The chain in parts: each statistical tagger by itself, and the programs before, between and after them."""
    part: list[list[str]] = []
    for program in chain:
        if not is_statistical_tagger(program):
            part.append(program)
            continue
        if part:
            yield part
        yield [program]
        part = []
    if part:
        yield part


@lru_cache(maxsize=8)
def find_modes(modes: Path = MODES) -> tuple[Mode, ...]:
    """The installed directions; variants other than countries and Valencian are left out."""
    found = []
    for path in sorted(modes.glob("*.mode")):
        if match := MODE_NAME.fullmatch(path.stem):
            target = languages.require_tag("-".join(filter(None, (match["target"], match["variant"]))))
            found.append(Mode(path, languages.require_tag(match["source"]), target))
    return tuple(found)


@lru_cache(maxsize=8)
def hash_rules(modes: Path) -> str:
    """Hash of the directions' programs and the sizes of their rule files: another release of a pair has another hash."""
    digest = hashlib.blake2b(digest_size=8)
    for mode in find_modes(modes):
        for program in mode.read_programs():
            digest.update(repr(program).encode())
            digest.update(repr([Path(word).stat().st_size for word in program if Path(word).is_file()]).encode())
    return digest.hexdigest()
