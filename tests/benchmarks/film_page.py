"""The film page of a script of 3,000 lines in headless Chromium: seconds until it is usable, milliseconds a frame while a line is dragged.

    .venv/bin/python -m tests.benchmarks.film_page [LINES]

Usable: a translation can be typed and becomes a draft. A frame: the main thread's work from one frame of the trace to the next.
"""

import json
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from pipeline.store.store import Store
from tests.support.browsing import Window, chromium
from tests.support.dashboard import StoreService, add_dub
from tests.support.dashboard_server import PASSWORD, USER, served

LOADS, DRAGS = 5, 60
FRAME = "FireAnimationFrame"  # of the trace


def measure_loads(browser: Browser, url: str, task: int) -> list[float]:
    """Seconds from the request until a typed translation is a draft, each in a window of its own."""
    found = []
    for _ in range(LOADS):
        window = Window(browser, url, (USER, PASSWORD), viewport={"width": 1400, "height": 900})
        page, begun = window.context.new_page(), time.monotonic()
        page.goto(f"{url}/?task={task}")
        page.locator("html[data-live] #script-1 textarea[name=text]").fill("otra")
        page.locator("#drafts:not([hidden])").wait_for()
        found.append(time.monotonic() - begun)
        window.context.close()
    return found


def trace_drag(browser: Browser, page: Page) -> list[float]:
    """Milliseconds of the main thread's work in each frame of a drag."""
    box = page.locator("#timeline-view canvas").bounding_box()
    assert box
    browser.start_tracing(page=page, categories=["devtools.timeline", "disabled-by-default-devtools.timeline"])
    page.mouse.move(box["x"] + box["width"] * 7.5 / 60, box["y"] + 40)
    page.mouse.down()
    for step in range(DRAGS):
        page.mouse.move(box["x"] + box["width"] * (7.5 + step / 10) / 60, box["y"] + 40)
    page.mouse.up()
    return read_frames(json.loads(browser.stop_tracing())["traceEvents"])


def read_frames(events: list[dict[str, Any]]) -> list[float]:
    """Work between the main thread's frames, from a Chromium trace."""
    frames = sorted(event["ts"] for event in events if event["name"] == FRAME)
    thread = next((event["pid"], event["tid"]) for event in events if event["name"] == FRAME)
    tasks = [event for event in events if event["name"] == "RunTask" and (event["pid"], event["tid"]) == thread]
    return [sum(task.get("dur", 0) for task in tasks if start <= task["ts"] < end) / 1000.0 for start, end in pairwise(frames)]


def main(count: int) -> None:
    """Measure, and print both."""
    with tempfile.TemporaryDirectory() as name:
        folder, store = Path(name), Store(Path(name) / "bench.duckdb")
        service = StoreService(store)
        task = add_dub(service, "film.mkv", lines=count)[0].id
        with served(service, folder) as site, chromium() as browser:
            loads = measure_loads(browser, site.url, task)
            print(f"usable after {median(loads):.2f} s (median of {LOADS}; {min(loads):.2f} to {max(loads):.2f})")
            page = Window(browser, site.url, (USER, PASSWORD), viewport={"width": 1400, "height": 900}).open(f"/?task={task}")
            page.locator(f"table[aria-rowcount='{count + 1}']").wait_for()
            page.wait_for_timeout(1_500)
            frames = trace_drag(browser, page)
        late = sorted(frames)[int(0.95 * (len(frames) - 1))]
        print(f"{len(frames)} frames of a drag: median {median(frames):.1f} ms, 95% {late:.1f} ms, longest {max(frames):.1f} ms")
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
