"""The colours of figures, in the page's two schemes.

What means something stands out from its card by 3:1 at least (WCAG 1.4.11), and the paces differ in lightness as well as in
hue, so that people who see colours otherwise can tell them apart. The tests compute both.
"""

from dataclasses import dataclass
from enum import StrEnum


class Scheme(StrEnum):
    """Dark on light, or light on dark."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Tone:
    """A fill, and letters that can be read on it."""

    fill: str
    ink: str


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one scheme. Grounds and words are those of the page's style sheet."""

    card: str
    line: str
    text: str
    soft: str
    accent: str
    bad: str
    slot: Tone  # the film's own line
    spare: str  # the silence it may borrow
    paces: tuple[Tone, ...]  # one for each step of `pace.STEPS`
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
        paces=(
            Tone("#4c94e6", "#10141a"),
            Tone("#574fc3", "#ffffff"),
            Tone("#97325e", "#ffffff"),
            Tone("#550005", "#ffffff"),
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
        paces=(
            Tone("#4277a8", "#ffffff"),
            Tone("#a98afa", "#10141a"),
            Tone("#ea989b", "#10141a"),
            Tone("#f9e048", "#10141a"),
        ),
        languages=("#66a1fe", "#94f0a8", "#da8e60", "#986891"),
    ),
}


def get_palette(scheme: Scheme) -> Palette:
    """The colours of a scheme."""
    return PALETTES[scheme]
