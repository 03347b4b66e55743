"""Morphological analysis by Apertium's dictionaries (`lt-proc`): the readings of each word of some texts."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from pipeline.engines.apertium.lexical_units import escape_text, parse_analyses
from pipeline.engines.apertium.pipelines import find_modes
from pipeline.processes import subprocesses
from pipeline.text import languages

TIMEOUT_S = 30.0  # for one batch; the dictionary loads in 0.1
ANALYSER_SUFFIX = ".automorf.bin"

Analysis = tuple[str, tuple[str, ...]]  # surface form, readings; the reading of an unknown word begins with `*`


def analyse_texts(texts: Sequence[str], analyser: Path) -> list[list[Analysis]]:
    """The words of each text with their readings. ProgramError, ProgramMissing."""
    lines = "\n".join(escape_text(" ".join(text.split())) for text in texts) + "\n"
    answer = subprocesses.run(["lt-proc", "-w", str(analyser)], stdin=lines.encode(), timeout=TIMEOUT_S).decode(
        "utf-8", "replace"
    )
    return [parse_analyses(line) for line in answer.split("\n")[: len(texts)]]


@lru_cache(maxsize=64)
def find_analysers(language: str, modes: Path) -> tuple[Path, ...]:
    """The dictionaries of a language among the installed pairs: those of the directions out of it."""
    base = languages.base_language(language)
    firsts = (mode.read_programs()[0] for mode in find_modes(modes) if mode.source == base)
    return tuple(dict.fromkeys(Path(program[-1]) for program in firsts if program[-1].endswith(ANALYSER_SUFFIX)))
