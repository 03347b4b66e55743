"""Figures as a browser draws them: a page with Bokeh's own scripts and nothing else, and a film of any length made up."""

import random
from pathlib import Path
from typing import Any

from bokeh.embed import json_item
from bokeh.models import Model
from bokeh.util.paths import bokehjs_path
from playwright.sync_api import Page

from pipeline.values.tasks import LineRow

WORDS = [
    "the",
    "sea",
    "was",
    "quiet",
    "that",
    "night",
    "and",
    "nobody",
    "said",
    "a",
    "word",
    "about",
    "what",
    "had",
    "happened",
    "in",
    "the",
    "old",
    "house",
    "by",
    "the",
    "harbour",
]

# Until Bokeh is idle and the browser has shown what it drew.
DRAW = """async (item) => {
  const place = document.body.appendChild(document.createElement("div"))
  place.id = item.target_id = "place" + document.body.children.length
  const begun = performance.now()
  await Bokeh.embed.embed_item(item)
  while (!Bokeh.documents.at(-1).is_idle) await new Promise(requestAnimationFrame)
  await new Promise(requestAnimationFrame)
  await new Promise(requestAnimationFrame)
  return performance.now() - begun
}"""


def line(number: int, start: float, seconds: float, **changes: Any) -> LineRow:
    """A line that is dubbed on time at its voice's natural pace."""
    values: dict[str, Any] = {
        "number": number,
        "language": "es",
        "speaker": "S1",
        "start": start,
        "end": start + seconds,
        "latest_end": start + seconds + 0.5,
        "source_text": f"Line {number}.",
        "text": f"Línea {number}.",
        "text_source": "translation",
        "dub_start": start,
        "dub_seconds": seconds,
        "rate": 1.0,
        "stretch": 1.0,
        "audio": f"takes/{number}.flac",
    }
    return LineRow(**values | changes)


def untouched(number: int, start: float, seconds: float, **changes: Any) -> LineRow:
    """A line that was left to the original."""
    return line(number, start, seconds, dub_start=start, dub_seconds=0.0, audio="", **changes)


def film_of(count: int, *, speakers: int, seconds: float) -> tuple[LineRow, ...]:
    """A film of so many lines, the same each time: few speakers say most, some lines are pressed, some left out."""
    chance, every = random.Random(7), seconds / count
    labels = [f"S{number}" for number in range(1, speakers + 1)]
    return tuple(_spoken(number, every, labels, chance) for number in range(1, count + 1))


def _spoken(number: int, every: float, labels: list[str], chance: random.Random) -> LineRow:
    start, length = (number - 1) * every, every * chance.uniform(0.3, 0.9)
    says = " ".join(chance.choices(WORDS, k=chance.randint(2, 10))).capitalize()
    common = {
        "speaker": chance.choices(labels, [1 / rank for rank in range(1, len(labels) + 1)])[0],
        "latest_end": start + length + chance.uniform(0.0, 0.1) * every,
        "source_text": f"{says}.",
        "text": f"Es: {says}.",
    }
    if chance.random() < 0.03:
        return untouched(number, start, length, **common)
    spoken = length * chance.uniform(0.8, 1.05)
    stretch = chance.choice((1.0, 1.0, 1.0, 1.1, 1.25))
    return line(number, start, length, dub_seconds=spoken, rate=max(0.9, chance.gauss(1.1, 0.15)), stretch=stretch, **common)


def open_page(page: Page, folder: Path, *, ground: str = "#ffffff") -> None:
    """Open a page that holds Bokeh's scripts, and nothing else (its own listing of them changes once Panel is imported)."""
    folder_of_scripts = bokehjs_path() / "js"
    scripts = "".join(
        f"<script>{(folder_of_scripts / name).read_text(encoding='utf-8')}</script>"
        for name in ("bokeh.min.js", "bokeh-widgets.min.js")
    )
    path = folder / "figures.html"
    style = f"body {{ margin: 12px; background: {ground}; font-family: system-ui, sans-serif }}"
    path.write_text(
        f"<!doctype html><meta charset='utf-8'><title>Figures</title><style>{style}</style>{scripts}", encoding="utf-8"
    )
    page.goto(path.as_uri())


def draw(page: Page, figure: Model) -> float:
    """Draw a figure below what is there. How long it took until it was seen, in milliseconds."""
    return float(page.evaluate(DRAW, json_item(figure)))
