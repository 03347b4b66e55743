"""Colour palettes of the figures, for the light and the dark colour scheme.

Meaningful colours have a contrast of at least 3:1 with their background (WCAG 1.4.11), and the steps of the speech rate differ
in lightness as well as in hue, for colour-blind readers. The tests compute both.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    """Colour scheme: light or dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Tone:
    """Fill colour and a legible text colour on it."""

    fill: str
    ink: str


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one scheme. `card`, `line`, `text`, `soft`, `accent`, `bad` as in the page's style sheet."""

    card: str
    line: str
    text: str
    soft: str
    accent: str
    bad: str
    slot: Tone  # the source line
    spare: str  # the silence after it that a dub may use
    rates: tuple[Tone, ...]  # one per step of `speech_rate.RATE_LABELS`
    languages: tuple[str, ...]


PALETTES = {
    Scheme.LIGHT: Palette(
        card="#ffffff",
        line="#dfe3ea",
        text="#1b2430",
        soft="#566173",
        accent="#3451c6",
        bad="#b3261e",
        slot=Tone("#8590a4", "#10141a"),
        spare="#d3d9e4",
        rates=(
            Tone("#1f6f62", "#ffffff"),
            Tone("#4c94e6", "#10141a"),
            Tone("#574fc3", "#ffffff"),
            Tone("#97325e", "#ffffff"),
        ),
        languages=("#104a71", "#399f5b", "#703005", "#ac64b9"),
    ),
    Scheme.DARK: Palette(
        card="#181e27",
        line="#2b3442",
        text="#e7ebf1",
        soft="#9eabbd",
        accent="#8ea6ff",
        bad="#ff8f87",
        slot=Tone("#7a89a1", "#10141a"),
        spare="#364153",
        rates=(
            Tone("#7fd0bd", "#10141a"),
            Tone("#4277a8", "#ffffff"),
            Tone("#a98afa", "#10141a"),
            Tone("#f9e048", "#10141a"),
        ),
        languages=("#66a1fe", "#94f0a8", "#da8e60", "#986891"),
    ),
}


def get_palette(scheme: Scheme) -> Palette:
    """Palette of a colour scheme."""
    return PALETTES[scheme]
