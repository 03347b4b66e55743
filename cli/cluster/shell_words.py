"""What a shell command would run: its simple commands, as far as they stand there in words."""

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

OPERATOR = re.compile(r"[;&|()]+")
ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
PREFIXES = frozenset({"sudo", "exec", "env", "nice"})


@dataclass(frozen=True, slots=True)
class Call:
    """One simple command. `assigned`: what stands before it as NAME=value; `target`: the file it writes to."""

    assigned: tuple[str, ...]
    program: str
    args: tuple[str, ...]
    target: str | None = None


def calls(commands: Iterable[str]) -> tuple[Call, ...]:
    """The simple commands in some shell commands, in order. ValueError where a quote is not closed."""
    return tuple(call for command in commands for call in _calls(command))


def _calls(command: str) -> Iterator[Call]:
    words = shlex.shlex(command, posix=True, punctuation_chars=True)
    words.commenters, words.whitespace_split = "", True
    simple: list[str] = []
    for word in (*words, ";"):
        if not OPERATOR.fullmatch(word):
            simple.append(word)
        elif simple:
            yield _call(simple)
            simple = []


def _call(words: list[str]) -> Call:
    target = None
    for place, word in enumerate(words):
        if word in {">", ">>"}:
            target = words[place + 1] if place + 1 < len(words) else None
            words = words[:place]
            break
    assigned = 0
    while assigned < len(words) and (ASSIGNMENT.match(words[assigned]) or words[assigned] in PREFIXES):
        assigned += 1
    rest = words[assigned:]
    return Call(tuple(words[:assigned]), rest[0] if rest else "", tuple(rest[1:]), target)
