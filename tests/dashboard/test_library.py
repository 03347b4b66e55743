"""The library in a real browser: table and cards, order, and actions on many videos."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.urls import ROWS_PER_PAGE
from pipeline.values.tasks import TaskStatus
from tests.support.browsing import needs_chromium
from tests.support.in_process_service import make_film

pytestmark = [pytest.mark.browser, needs_chromium]


def add_many(service, count, status="ERROR"):
    service.store.tasks._db.execute(
        "INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at, status, error) "
        "SELECT '/films/' || lpad(CAST(i AS VARCHAR), 5, '0') || '.mkv', 1000000 * (i % 977), i, ['es'], "
        "TIMESTAMP '2026-11-23' + INTERVAL (i) SECOND, ?, 'broken' FROM range(?) t(i)",
        [status, count],
    )


def find_violations(page):
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in Axe().run(page).response["violations"]]


def test_three_hundred_failed_videos_are_retried_at_once(service, window):
    add_many(service, 300)
    service.add("calm.mkv")
    page = window.open("/?status=ERROR")
    page.get_by_label("Select 00299.mkv").check()
    page.get_by_label("Select 00290.mkv").click(modifiers=["Shift"])
    bar = page.get_by_role("group", name="Selected videos")
    bar.get_by_text("10 videos selected").wait_for()
    page.get_by_role("link", name="Next").click()
    page.get_by_label("Select 00274.mkv").wait_for()  # until then the first page is the one to select
    page.get_by_label("Select page").check()
    bar.get_by_text("35 videos selected").wait_for()
    bar.get_by_role("button", name="Select all").click()
    bar.get_by_text("300 videos selected").wait_for()
    service.store.tasks.retry(1)  # somebody else was faster
    bar.get_by_role("button", name="Retry").click()
    dialog = page.get_by_role("dialog", name="300 videos")
    dialog.get_by_role("button", name="Retry 300 videos").click()
    done = page.get_by_text("299 videos queued again. 1 not, such as: task 1 is queued: there is nothing to retry.")
    done.wait_for(timeout=120_000)  # a task at a time, on a busy machine
    assert service.store.tasks.count_by_status()["QUEUED"] == 301
    page.get_by_text("No results").wait_for()
    bar.get_by_text("1 video selected").wait_for()
    page.get_by_role("link", name="All").click()
    bar.wait_for(state="hidden")  # of another filter


def test_the_table_is_sorted_by_its_columns_and_stays_in_this_browser(service, window):
    add_many(service, ROWS_PER_PAGE + 10, "QUEUED")
    page = window.open()
    page.get_by_role("button", name="Table").click()
    titles = page.locator("#tasks th a")
    page.get_by_role("link", name="Title").click()
    page.locator("th[aria-sort=ascending]").wait_for()
    assert titles.count() == ROWS_PER_PAGE and titles.first.text_content() == "00000.mkv"
    page.get_by_role("link", name="Size").click()
    page.locator("th[aria-sort=descending]").get_by_text("Size").wait_for()
    assert titles.first.text_content() == f"{ROWS_PER_PAGE + 9:05}.mkv" and "sort=size" in page.url
    page.reload()
    page.locator("th[aria-sort=descending]").get_by_text("Size").wait_for()
    for scheme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        page.get_by_label("Select page").set_checked(scheme == "light")
        assert find_violations(page) == [], (scheme, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Sort by").select_option("Title")
    page.locator("th[aria-sort=ascending]").get_by_text("Title").wait_for()
    page.get_by_role("button", name="Cards").click()
    page.locator("ol#tasks .task").first.wait_for()


def test_a_language_is_added_to_a_video_on_its_page(service, site, window):
    task = service.add(make_film(site.settings.library_roots[0] / "a.mkv"))
    service.store.tasks._db.execute("UPDATE tasks SET target_langs = ['ca'], status = 'DONE' WHERE id = ?", [task.id])
    page = window.open(f"/?task={task.id}&part=work")
    page.get_by_role("button", name="Add language").click()
    assert find_violations(page) == []
    dialog = page.get_by_role("dialog", name="Add languages to this video")
    assert dialog.get_by_role("button", name="Add").is_disabled() and dialog.locator("input[value=ca]").count() == 0
    dialog.locator("input[value=es]").check()
    dialog.get_by_role("button", name="Add").click()
    page.get_by_text("Queued for the added languages").wait_for()
    added = service.store.tasks.get(task.id)
    assert (added.target_langs, added.status) == (("ca", "es"), TaskStatus.QUEUED)
