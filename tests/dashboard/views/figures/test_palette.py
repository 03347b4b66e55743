from itertools import combinations, pairwise

import pytest

from dashboard.views.figures.palette import PALETTES, Palette
from dashboard.views.figures.speech_rate import RATE_LABELS

SCHEMES = pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES.keys())

# How linear RGB looks to eyes without one kind of cones (Machado, Oliveira and Fernandes 2009, severity 1).
EYES = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "no long": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "no medium": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "no short": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(colour: str) -> tuple[float, ...]:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)


def product(matrix, vector) -> list[float]:
    return [sum(weight * part for weight, part in zip(row, vector, strict=True)) for row in matrix]


def contrast(one: str, other: str) -> float:
    """As WCAG computes it."""
    weights = ((0.2126, 0.7152, 0.0722),)
    dark, light = sorted(product(weights, linear(colour))[0] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def distance(one: str, other: str, eyes: str) -> float:
    """In OKLab, where 0.02 is what one just sees."""
    cones = ((0.41222, 0.53633, 0.05145), (0.21190, 0.68070, 0.10740), (0.08830, 0.28172, 0.62998))
    lab = ((0.21045, 0.79362, -0.00407), (1.97800, -2.42859, 0.45059), (0.02590, 0.78277, -0.80868))
    seen = [
        product(lab, [max(0.0, part) ** (1 / 3) for part in product(cones, product(EYES[eyes], linear(colour)))])
        for colour in (one, other)
    ]
    return sum((a - b) ** 2 for a, b in zip(*seen, strict=True)) ** 0.5


@SCHEMES
def test_what_means_something_stands_out_from_its_card(palette: Palette) -> None:
    meaning = [palette.slot.fill, palette.accent, palette.bad, *(tone.fill for tone in palette.rates), *palette.languages]
    assert min(contrast(colour, palette.card) for colour in meaning) >= 3.0


@SCHEMES
def test_words_can_be_read_on_cards_and_on_bars(palette: Palette) -> None:
    assert contrast(palette.text, palette.card) >= 4.5 and contrast(palette.soft, palette.card) >= 4.5
    assert min(contrast(tone.ink, tone.fill) for tone in (palette.slot, *palette.rates)) >= 4.5


@SCHEMES
@pytest.mark.parametrize("eyes", EYES)
def test_neighbouring_paces_look_different_to_all_eyes(palette: Palette, eyes: str) -> None:
    assert min(distance(one.fill, other.fill, eyes) for one, other in pairwise(palette.rates)) >= 0.1


@SCHEMES
@pytest.mark.parametrize("eyes", EYES)
def test_languages_look_different_to_all_eyes(palette: Palette, eyes: str) -> None:
    assert min(distance(one, other, eyes) for one, other in combinations(palette.languages, 2)) >= 0.1


@SCHEMES
def test_every_pace_has_a_colour(palette: Palette) -> None:
    assert len(palette.rates) == len(RATE_LABELS)
