"""The library of 10,000 films in headless Chromium: milliseconds from a click until the sorted, filtered or found films are drawn.

    .venv/bin/python -m tests.benchmarks.film_list [FILMS]

The time is the reader's: the click, the question to the server, its answer, and the frame in which the new rows are laid out.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from playwright.sync_api import Page

from dashboard.urls import ROWS_PER_PAGE
from pipeline.store.store import Store
from tests.support.browsing import Window, chromium
from tests.support.dashboard import StoreService
from tests.support.dashboard_server import PASSWORD, USER, served

TIMES = 5
ADD_FILMS = (
    "INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at, status, error, duration, warnings) "
    "SELECT '/films/Series ' || (i % 400) || '/S01E' || lpad(CAST(i AS VARCHAR), 5, '0') || '.mkv', 1000000 * (i % 977), i, ['es'], "
    "TIMESTAMP '2026-11-23' + INTERVAL (i) SECOND, CASE i % 4 WHEN 0 THEN 'ERROR' ELSE 'DONE' END, 'broken', 60.0 + i % 7200, i % 5 "
    "FROM range(?) t(i)"
)
DRAWN = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done)))"  # after the frame that is due


def measure(page: Page, act: Callable[[], object], selector: str) -> float:
    """Milliseconds from an action until an element is there and drawn."""
    begun = time.perf_counter()
    act()
    page.locator(selector).wait_for(state="attached")
    page.evaluate(DRAWN)
    return 1000 * (time.perf_counter() - begun)


def sort_twice(page: Page, column: str) -> list[float]:
    """By a column, both ways."""
    link = page.get_by_role("columnheader").get_by_role("link", name=column)
    return [measure(page, link.click, f"th[aria-sort={order}] a:has-text('{column}')") for order in find_orders(column)]


def find_orders(column: str) -> tuple[str, str]:
    """The orders of the first and the second click."""
    return ("ascending", "descending") if column in {"Title", "Status", "Languages"} else ("descending", "ascending")


def measure_all(page: Page) -> dict[str, list[float]]:
    """By action, milliseconds each time."""
    found: dict[str, list[float]] = {}
    for _ in range(TIMES):
        for column in ("Title", "Size", "Length", "Warnings", "Finished"):
            found.setdefault(f"sort by {column}", []).extend(sort_twice(page, column))
        failed, every = (page.get_by_role("link", name=name, exact=False).first for name in ("Failed", "All"))
        found.setdefault("filter: failed", []).append(
            measure(page, failed.click, "#tasks:not(:has([data-status=DONE])) tr[data-task] >> nth=0")
        )
        found.setdefault("filter: all", []).append(measure(page, every.click, "#tasks tr[data-status=DONE] >> nth=0"))
        box = page.get_by_role("searchbox").first
        found.setdefault("search", []).append(
            measure(
                page,
                lambda box=box: (box.fill("series 77"), box.press("Enter")),
                "#tasks:not(:has(th[title*='Series 78'])) th[title*='Series 77'] >> nth=0",
            )
        )
        measure(page, lambda box=box: (box.fill(""), box.press("Enter")), "#tasks tr[data-status=DONE] >> nth=0")
    return found


def main(count: int) -> None:
    """Measure, and print a table."""
    with tempfile.TemporaryDirectory() as name:
        store = Store(Path(name) / "bench.duckdb")
        store.tasks._db.execute(ADD_FILMS, [count])
        with served(StoreService(store), Path(name)) as site, chromium() as browser:
            page = Window(browser, site.url, (USER, PASSWORD), viewport={"width": 1400, "height": 900}).open("/")
            page.get_by_role("button", name="Table").click()
            page.locator(f"#tasks tr >> nth={ROWS_PER_PAGE - 1}").wait_for()
            for action, times in measure_all(page).items():
                print(f"{action:20} {len(times):3} times: median {median(times):4.0f} ms, longest {max(times):4.0f} ms")
        store.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
