"""What only a browser can tell of the figures: what is drawn, told, tapped and fetched."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from dashboard.views.figures.palette import Scheme
from dashboard.views.figures.timeline import draw_timeline
from tests.support.browsing import chromium, needs_chromium, wait_until
from tests.support.figures import draw, film_of, line, open_page

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]

HOSTILE = "<img src=x onerror='hacked=1'>$$\\frac{1}{2}$$@number{safe}"
MODEL = "(name) => Bokeh.documents.at(-1).get_model_by_name(name)"

# The middle of a line's bar, in the window.
PLACE = f"""(index) => {{
  const find = {MODEL}
  const view = Bokeh.index.find_one_by_id(find("film").id)
  const corner = view.canvas_view.el.getBoundingClientRect(), lines = find("lines").data
  const x = view.frame.x_scale.compute((lines.start[index] + lines.end[index]) / 2)
  return [corner.left + x, corner.top + view.frame.y_scale.compute(lines.slot_y[index])]
}}"""
SHOWN = f"""async ([start, end]) => {{
  const find = {MODEL}
  if (end) find("film").x_range.setv({{ start, end }})
  for (let frame = 0; frame < 5; frame++) await new Promise(requestAnimationFrame)
  return {{ lines: find("seen").indices, runs: find("runs").data.y.length, words: find("captions").data.text }}
}}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page with Bokeh's scripts, from which nothing may be fetched and in which nothing may fail."""
    page, troubles = browser.new_page(viewport={"width": 1000, "height": 700}), []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type in ("warning", "error") else None)
    open_page(page, tmp_path)
    page.on("request", lambda request: troubles.append(request.url))
    yield page
    page.close()
    assert not troubles


def shown(page: Page, start: float = 0.0, end: float = 0.0) -> dict[str, Any]:
    return page.evaluate(SHOWN, [start, end])


@pytest.mark.parametrize("scheme", Scheme)
def test_hostile_texts_stay_texts(page: Page, scheme: Scheme) -> None:
    drawn = draw_timeline(
        [line(1, 0, 5, text=HOSTILE, source_text=HOSTILE, speaker=HOSTILE)], names={HOSTILE: HOSTILE}, scheme=scheme
    )
    draw(page, drawn)
    page.mouse.move(*page.evaluate(PLACE, 0))
    page.locator(".bk-Tooltip").get_by_text(HOSTILE).first.wait_for()
    expect(page.locator(".bk-Tooltip").get_by_text(HOSTILE)).to_have_count(3)
    assert page.locator("img").count() == 0 and page.evaluate("window.hacked") is None  # no element was made of it, no script ran


def test_what_is_tapped_is_selected_by_its_row(page: Page) -> None:
    draw(page, draw_timeline([line(5, 0, 4), line(8, 6, 4, speaker="S2")]))
    page.mouse.click(*page.evaluate(PLACE, 1))
    wait_until(
        page,
        f"() => {{ const lines = ({MODEL})('lines'); return lines.selected.indices.map((at) => lines.data.number[at]).join() === '8' }}",
    )


def test_only_lines_in_sight_are_drawn(page: Page) -> None:
    draw(page, draw_timeline(film_of(600, speakers=4, seconds=3600.0)))  # a line every 6 s
    assert shown(page, 600.0, 660.0)["lines"] == list(range(100, 110))


def test_from_afar_lines_become_runs_and_near_by_lines_again(page: Page) -> None:
    draw(page, draw_timeline(film_of(3000, speakers=4, seconds=7200.0)))
    far = shown(page, 0.0, 7200.0)
    assert far["lines"] == [] and 0 < far["runs"] < 1500
    near = shown(page, 0.0, 60.0)
    assert len(near["lines"]) == 25 and near["runs"] == 0


def test_words_stand_in_bars_that_are_wide_enough(page: Page) -> None:
    draw(page, draw_timeline([line(1, 0, 30, source_text="Good evening.", text="Buenas noches. " * 30), line(2, 40, 0.5)]))
    source, dub = shown(page)["words"]
    assert source == "Good evening." and dub.startswith("Buenas noches.") and dub.endswith("…") and len(dub) < 120


def test_a_wheel_without_ctrl_is_left_to_the_page(page: Page) -> None:
    draw(page, draw_timeline([line(1, 0, 60)]))
    page.mouse.move(500, 120)
    page.mouse.wheel(0, -300)
    page.get_by_text("use ctrl + scroll to zoom").wait_for()
    assert page.evaluate(f"() => {{ const range = ({MODEL})('time'); return [range.start, range.end] }}") == [0, 60]


def test_a_finger_can_scroll_the_page_over_the_timeline(page: Page) -> None:
    draw(page, draw_timeline([line(1, 0, 60)]))
    shown(page)
    assert page.locator(".bk-events").first.evaluate("(area) => getComputedStyle(area).touchAction") == "pan-y"


def test_a_screen_reader_gets_the_figure_in_words(page: Page) -> None:
    draw(page, draw_timeline([line(1, 0, 60)]))
    assert page.get_by_role("figure").get_attribute("aria-label").startswith("1 line by 1 speaker up to 1:00")
