"""How every page looks and behaves whoever reads it: colours, widths, keyboard, screen readers, and nobody else's host."""

import gc
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from pipeline.values.tasks import StageRun, StageStatus
from serve.runtime import malloc_trim
from tests.support.browsing import needs_chromium, wait_until
from tests.support.dashboard import NOON, add_dub

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]

PAGES = (
    "/",
    "/?task=1",
    "/?task=1&part=voices",
    "/?task=1&part=report",
    "/?task=1&part=review",
    "/?task=1&part=work",
    "/?page=settings",
    "/?page=system",
)
LOOKS = (("light", 1280), ("dark", 390), ("light", 640), ("dark", 640))  # 640: half of 1280, as at a zoom of 200 %


@pytest.fixture
def films(service):
    """One done, one failed, one at work, with names and errors that do not break by themselves."""
    add_dub(service, "done.mkv", lines=120)
    store = service.store
    for name in ("a-very-long-name-without-any-space-" * 4 + ".mkv", "at work.mkv"):
        service.add(name)
        _, lease = store.leases.claim_next_task("t/1/a", 600)
        store.stages.record_run(
            lease, StageRun("synthesize", "es", 1, StageStatus.DONE, NOON, seconds=3.2, executed=3, reused=40)
        )
        if "long" in name:
            store.leases.fail(lease, "mux: " + "x" * 300)
    service.log += [f"2026-11-23 12:00:00,000 WARNING serve.worker.worker task=1 {'word ' * 40}{'x' * 300}"]


def settled(page):
    wait_until(page, "[...document.querySelectorAll('[data-figure]')].every(each => each.children.length)")
    page.wait_for_timeout(300)
    return page


def test_no_page_has_an_accessibility_violation(films, window):
    found = {}
    for address in PAGES:
        page = window.open(address)
        for scheme, width in LOOKS:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            bad = Axe().run(settled(page)).response["violations"]
            found[address, scheme, width] = [(each["id"], each["nodes"][0]["html"][:200]) for each in bad]
        page.close()
    complaints_about_tracks(window)
    assert not {where: bad for where, bad in found.items() if bad}


def complaints_about_tracks(window):
    """Chromium notes that the dub of these tests is no file."""
    window.complaints[:] = [said for said in window.complaints if "404" not in said]


def test_no_page_overflows_at_any_width_in_light_and_dark(films, window):
    grounds, wide = {}, {}
    for address in PAGES:
        page = settled(window.open(address))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
            for width in (360, 640, 1360):
                page.set_viewport_size({"width": width, "height": 800})
                page.wait_for_timeout(150)  # figures follow
                if (needed := page.evaluate("document.documentElement.scrollWidth")) > width:
                    wide[address, scheme, width] = needed
        page.close()
    complaints_about_tracks(window)
    assert not wide
    assert min(grounds["light"]) > 200 and max(grounds["dark"]) < 60


def test_the_reader_chooses_the_colours_and_they_stay(films, window):
    page = window.open()
    page.emulate_media(color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    page.get_by_role("button", name="Theme: dark").wait_for()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    page.wait_for_selector("html[data-live]")
    assert page.evaluate(ground) == dark


def test_every_page_is_reached_and_used_by_keyboard(films, window):
    page = window.open()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("link", name="done.mkv", exact=True).focus()
    page.keyboard.press("Enter")
    page.locator("#script-1").wait_for()
    assert page.evaluate("document.activeElement.id") == "page"  # what was focused is gone: on with the new page
    page.locator("#script-1 textarea[name=text]").focus()
    page.keyboard.type("x")
    page.get_by_text("1 line changed").wait_for()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.hear") == "source"
    complaints_about_tracks(window)


def test_no_request_leaves_the_host(films, window):
    for address in PAGES:
        settled(window.open(address)).close()
    complaints_about_tracks(window)
    assert window.foreign == [] and len(window.urls) > 5 * len(PAGES)


def test_visits_leave_no_session_and_the_memory_where_it_was(films, site, window):
    def visit(times):
        before = resident()
        for number in range(times):
            window.open(PAGES[number % len(PAGES)]).close()
        site.settles("no session is left", lambda: site.dashboard.sessions == 0)
        return resident() - before

    visit(2 * len(PAGES))  # what is made once is made
    grown = [visit(25)]
    while grown[-1] >= 8 and len(grown) < 4:  # a leak of half a megabyte a visit grows in every round, a cache in the first ones
        grown.append(visit(25))
    complaints_about_tracks(window)
    assert site.dashboard.poller.subscriber_count == 0 and not site.dashboard.poller.is_polling
    assert grown[-1] < 8, f"MB grown in each round of 25 visits: {grown}"


def resident():
    """MB of this process, which serves the site, without what malloc keeps for later."""
    gc.collect()
    time.sleep(0.5)
    malloc_trim.trim_heap()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 1_000_000
