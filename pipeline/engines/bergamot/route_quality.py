"""Measured quality of routes: chrF over lines of dialogue with reference translations.

`python tests/benchmarks/translation_routes.py en-ca …` makes the rows of `PARALLEL_CHRF`; the test of the translator makes those
of `FILM_CHRF`. Figures of one pair compare, figures of two pairs do not: their references differ.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Measurement:
    """`chrf`: 0..100. `lines`: the test set."""

    chrf: float
    lines: str


# 60 film lines with two references each; none of them was used to write the post-editing rules for Spanish
FILM_CHRF = {"en pt es": 67.7, "en es": 59.5}

# 30 lines in seven languages, one reference each
PARALLEL_CHRF = {
    "en pt": 79.3,
    "en ca pt": 52.2,
    "en es pt": 47.9,
    "en pt ca": 62.7,
    "en ca": 62.1,
    "en es pt ca": 55.4,
    "en es fr ca": 52.6,
    "en pt gl": 62.1,
    "en ca pt gl": 52.2,
    "en es pt gl": 49.4,
    "en pt ca fr": 62.1,
    "en pt es fr": 58.4,
    "en ca fr": 57.0,
    "en es fr": 53.2,
    "en ca it": 57.7,
    "en pt ca it": 55.8,
    "pt en": 88.1,
    "pt es en": 51.5,
    "pt ca en": 48.3,
    "pt es": 74.1,
    "pt en es": 61.8,
    "pt ca en es": 59.0,
    "pt ca fr es": 56.4,
    "pt ca": 65.6,
    "pt en ca": 63.9,
    "pt es fr ca": 56.9,
    "pt es en ca": 55.8,
    "pt gl": 63.5,
    "pt ca fr": 59.8,
    "pt en ca fr": 58.7,
    "pt es fr": 54.4,
    "pt en es fr": 52.5,
    "pt ca it": 59.1,
    "pt en ca it": 57.5,
    "es pt en": 76.6,
    "es en": 58.1,
    "es pt ca en": 47.0,
    "es fr ca en": 43.7,
    "es en pt": 67.0,
    "es pt": 60.2,
    "es fr ca pt": 55.7,
    "es en ca pt": 53.0,
    "es pt ca": 74.7,
    "es fr ca": 66.7,
    "es en ca": 63.9,
    "es pt en ca": 61.1,
    "es en pt ca": 59.3,
    "es pt gl": 76.7,
    "es en pt gl": 61.1,
    "es pt ca fr": 59.0,
    "es fr": 57.7,
    "es en ca fr": 56.9,
    "es fr ca it": 61.1,
    "es pt ca it": 59.6,
    "es en ca it": 55.3,
    "ca pt en": 72.5,
    "ca pt es en": 55.0,
    "ca en": 51.0,
    "ca fr es en": 49.7,
    "ca en pt": 59.4,
    "ca pt": 57.2,
    "ca en es pt": 47.4,
    "ca fr es pt": 45.1,
    "ca pt es": 76.9,
    "ca fr es": 62.0,
    "ca en pt es": 61.8,
    "ca en es": 61.0,
    "ca pt en es": 59.0,
    "ca pt gl": 66.6,
    "ca en pt gl": 53.6,
    "gl pt en": 75.7,
    "gl pt es en": 54.7,
    "gl pt ca en": 48.2,
    "gl pt": 63.1,
    "gl pt es": 86.5,
    "gl pt en es": 64.2,
    "gl pt ca": 72.1,
    "gl pt en ca": 61.0,
    "fr ca pt en": 70.0,
    "fr es pt en": 61.7,
    "fr es en": 50.6,
    "fr ca en": 48.3,
    "fr ca en pt": 57.6,
    "fr ca pt": 55.7,
    "fr es en pt": 53.3,
    "fr es pt": 47.5,
    "fr ca pt es": 65.9,
    "fr es": 59.3,
    "fr ca en es": 54.2,
    "it ca pt en": 69.8,
    "it ca en": 47.6,
    "it ca en pt": 53.2,
    "it ca pt": 49.6,
    "it ca pt es": 63.5,
    "it ca fr es": 55.0,
    "it ca en es": 50.2,
}

ROUTE_QUALITY: dict[tuple[str, ...], Measurement] = {
    **{tuple(path.split()): Measurement(chrf, "30 parallel lines") for path, chrf in PARALLEL_CHRF.items()},
    **{tuple(path.split()): Measurement(chrf, "60 film lines") for path, chrf in FILM_CHRF.items()},
}
