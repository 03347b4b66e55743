"""Preferences of a dub: the voices that speakers are cast from, and one engine of a list in some roles, as a rule says."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class DubPreferences:
    """Preferences of a film's dubs; empty ones leave the choice to the engines.

    `voices`: names as the synthesizer knows them; a language in which none of them speaks is cast from all. `engines`: role and
    name of one of the engines that are listed for the role.
    """

    voices: tuple[str, ...] = ()
    engines: tuple[tuple[str, str], ...] = ()

    @classmethod
    def parse(cls, voices: Iterable[str], engines: Iterable[str]) -> Self:
        """Parse stored preferences: names of voices, and entries `role=engine`."""
        pairs = ((role, name) for role, _, name in (entry.partition("=") for entry in engines))
        return cls(tuple(voices), tuple(pairs))

    def format_engines(self) -> tuple[str, ...]:
        """The engines as entries `role=engine`."""
        return tuple(f"{role}={name}" for role, name in self.engines)


NO_PREFERENCES = DubPreferences()
