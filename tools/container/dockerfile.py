"""Dockerfile as instructions, read by the rules that this project's own keeps: one stage, shell form of RUN, no heredocs."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pipeline.errors import DubarrError

KNOWN = frozenset(
    {"FROM", "ARG", "ENV", "RUN", "COPY", "WORKDIR", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD", "STOPSIGNAL"}
)
ASSIGNMENT = re.compile(r'(?P<name>\w+)=(?P<value>"[^"]*"|\S*)')
VARIABLE = re.compile(r"\$(?:\{(?P<braced>\w+)\}|(?P<plain>\w+))")


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction: `keyword` in capitals, and the rest of its line, continuation lines joined."""

    keyword: str
    rest: str


def parse_dockerfile(text: str) -> tuple[Instruction, ...]:
    """The instructions of a Dockerfile. DubarrError for one that is not known here."""
    return tuple(_iterate_instructions(text))


def _iterate_instructions(text: str) -> Iterator[Instruction]:
    joined = ""
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1].rstrip() + " "
            continue
        keyword, _, rest = joined.partition(" ")
        if keyword.upper() not in KNOWN:
            raise DubarrError(f"Dockerfile: {keyword} is not read here; known are {', '.join(sorted(KNOWN))}")
        yield Instruction(keyword.upper(), rest.strip())
        joined = ""


def parse_assignments(rest: str, known: Mapping[str, str]) -> dict[str, str]:
    """The variables of an ENV or ARG instruction, those in `known` put in; ARG without a value is left out."""
    return {match["name"]: expand_variables(match["value"].strip('"'), known) for match in ASSIGNMENT.finditer(rest)}


def expand_variables(text: str, known: Mapping[str, str]) -> str:
    """Text with `$NAME` and `${NAME}` replaced; by nothing where they are unknown, as Docker does."""
    return VARIABLE.sub(lambda match: known.get(match["braced"] or match["plain"], ""), text)
