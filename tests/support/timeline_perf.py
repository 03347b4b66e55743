"""Performance of a long film's timeline: its first drawing, and each step of real drags and wheel turns in a browser."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bokeh.embed import json_item
from playwright.sync_api import Browser, CDPSession, Page, ViewportSize

from dashboard.views.figures.timeline import draw_timeline
from tests.support.figures import DRAW, film_of, open_page

SECONDS = 7200.0  # of the film
WINDOW: ViewportSize = {"width": 1400, "height": 900}

# Notes when a gesture reached the page, and when the browser went on to the next frame after Bokeh had painted for it.
WATCH = """() => {
  window.film = Bokeh.documents.at(-1).get_model_by_name("film")
  window.steps = []
  for (const kind of ["pointermove", "wheel"]) {
    addEventListener(kind, (event) => { if (event.buttons || kind == "wheel") steps.push({ begun: event.timeStamp }) }, true)
  }
  Bokeh.index.find_one_by_id(film.id).repainted.connect(() => requestAnimationFrame(() => {
    for (const step of steps) step.shown ??= performance.now()
  }))
}"""
SETTLED = """async () => {
  while (!steps.length || steps.some((step) => !step.shown)) await new Promise(requestAnimationFrame)
  return Math.max(...steps.splice(0).map((step) => step.shown - step.begun))
}"""
LOOK = """async ([start, end]) => {
  film.x_range.setv({ start, end })
  for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame)
  steps.splice(0)
}"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds: `wall` until the next frame is shown, `work` of the processor meanwhile, all threads of the page.

    On a machine that does other things as well, `wall` tells of those, and `work` of the figure.
    """

    wall: float
    work: float


class Meter:
    """Counts what the page's process works."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._session.send("Performance.enable")

    def cost(self, act: Callable[[], float]) -> Cost:
        """What an act costs that tells its own wall time."""
        before = self._worked()
        wall = act()
        return Cost(wall, self._worked() - before)

    def _worked(self) -> float:
        metrics = {each["name"]: each["value"] for each in self._session.send("Performance.getMetrics")["metrics"]}
        return 1000.0 * metrics["ProcessTime"]


def first_drawings(browser: Browser, folder: Path, *, times: int, count: int = 3000) -> list[Cost]:
    """From the lines of a film until they are seen, Python's part included; each time on a page of its own."""
    lines, costs = film_of(count, speakers=8, seconds=SECONDS), []
    for _ in range(times):
        page = browser.new_page(viewport=WINDOW)
        open_page(page, folder)
        wall, work = time.perf_counter(), time.process_time()
        text = json.dumps(json_item(draw_timeline(lines, duration=SECONDS)))
        made = Cost(1000.0 * (time.perf_counter() - wall), 1000.0 * (time.process_time() - work))
        item = json.loads(text)
        drawn = Meter(page).cost(partial(page.evaluate, DRAW, item))
        costs.append(Cost(made.wall + drawn.wall, made.work + drawn.work))
        page.close()
    return costs


def gestures(browser: Browser, folder: Path, *, count: int = 3000) -> Iterator[tuple[str, list[Cost]]]:
    """Every gesture's name, and what each of its steps cost."""
    page = browser.new_page(viewport=WINDOW)
    open_page(page, folder)
    page.evaluate(DRAW, json_item(draw_timeline(film_of(count, speakers=8, seconds=SECONDS), duration=SECONDS)))
    page.evaluate(WATCH)
    meter = Meter(page)
    for name, start, end in (("near", 600.0, 660.0), ("as at first", 600.0, 720.0), ("far", 600.0, 6600.0)):
        page.evaluate(LOOK, [start, end])
        yield f"pan {name}", _pan(page, meter)
    page.evaluate(LOOK, [3600.0, 3720.0])
    yield "zoom out to the whole film", _zoom(page, meter, 200)
    yield "zoom in again", _zoom(page, meter, -200)
    page.close()


def _pan(page: Page, meter: Meter, steps: int = 16) -> list[Cost]:
    def step(x: int) -> float:
        page.mouse.move(x, 300)
        return page.evaluate(SETTLED)

    page.mouse.move(900, 300)
    page.mouse.down()
    costs = [meter.cost(partial(step, x)) for x in range(885, 885 - 15 * steps, -15)]
    page.mouse.up()
    return costs


def _zoom(page: Page, meter: Meter, turn: int, steps: int = 16) -> list[Cost]:
    def step() -> float:
        page.mouse.wheel(0, turn)
        return page.evaluate(SETTLED)

    page.mouse.move(800, 300)
    page.keyboard.down("Control")
    costs = [meter.cost(step) for _ in range(steps)]
    page.keyboard.up("Control")
    return costs
