"""Uploads in a real browser: the queue outlives pages, asks before it is lost, and tells what it does not take."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.browsing import needs_chromium, wait_until
from tests.support.dashboard_server import Site
from tests.support.in_process_service import make_film
from tests.support.long_film import write_long_film

pytestmark = [pytest.mark.browser, needs_chromium]

DROP = """([selector, name]) => { const transfer = new DataTransfer(); transfer.items.add(new File(["x"], name))
    for (const kind of ["dragover", "drop"]) {
        const event = new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: transfer })
        document.querySelector(selector).dispatchEvent(event)
        if (!event.defaultPrevented) throw new Error("the browser opens the file")
    } }"""


def is_reload_asked(page: Page) -> bool:
    return page.evaluate("() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def test_uploads_go_on_across_pages_are_cancelled_and_retried_and_a_reload_asks(service, site, window, tmp_path):
    held: list[Route] = []
    page = window.open()
    page.route("**/api/uploads", lambda route: held.append(route))  # noqa: PLW0108 -- Playwright marks the function
    page.get_by_text("No videos yet").wait_for()
    films = [make_film(tmp_path / name) for name in ("one.mkv", "two.mkv", "three.mkv")]
    page.get_by_role("checkbox", name="Spanish").uncheck()
    page.set_input_files("#file", films)
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("Tick at least one target language.").wait_for()
    assert not held and not is_reload_asked(page)
    page.get_by_role("checkbox", name="Spanish").check()
    page.get_by_role("button", name="Upload").click()
    uploads = page.get_by_role("region", name="Uploads")
    uploads.get_by_text("Waiting").wait_for()
    site.settles("two are sent", lambda: len(held) > 1 or page.wait_for_timeout(50))
    page.wait_for_timeout(200)
    assert len(held) == 2, "two at once"
    page.get_by_role("link", name="System").click()
    page.get_by_role("heading", name="Engines").wait_for()
    assert uploads.get_by_role("listitem").count() == 3 and is_reload_asked(page)
    uploads.get_by_role("button", name="Cancel one.mkv").click()
    uploads.get_by_text("one.mkv").wait_for(state="detached")
    uploads.get_by_text("Waiting").wait_for(state="detached")
    held[1].fulfill(status=422, json={"detail": "two.mkv is no film; send another"})
    uploads.get_by_text("two.mkv is no film").wait_for()
    assert uploads.get_by_text("two.mkv", exact=True).is_hidden(), "a refusal names the film once"
    window.complaints.pop()  # Chromium's own note of the refusal
    uploads.get_by_role("button", name="Retry two.mkv").click()
    site.settles("the third and the second again are sent", lambda: len(held) == 4 or page.wait_for_timeout(50))
    for route in held[2:]:
        route.continue_()
    uploads.get_by_role("link", name="three.mkv").wait_for()
    uploads.get_by_role("link", name="two.mkv").click()
    page.get_by_role("heading", name="two.mkv").wait_for()
    assert {task.path.name for task in service.store.tasks.list_newest()[0]} == {"two.mkv", "three.mkv"}
    assert not is_reload_asked(page)


def make_long_film(path: Path) -> Path:
    """A film of four parts of the page: what follows the film is an element that players skip."""
    return write_long_film(path, 30 << 20)


def find_offset(site: Site) -> int:
    """Bytes of the only upload that are safe on disk."""
    (offset,) = (site.settings.videos_dir / ".uploads").glob("*.offset")
    return int(offset.read_text())


def begin_upload(page: Page, film: Path, site: Site) -> Callable[[], None]:
    """Upload a film until its second part, which is held back until the function returned is called."""
    parts: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0":
            parts.append(route)
        else:
            route.continue_()

    page.route("**/api/uploads/*", hold)
    page.get_by_text("No videos yet").wait_for()
    page.set_input_files("#file", film)
    page.get_by_role("button", name="Upload").click()
    wait_until(page, "() => document.querySelector('#sending .said')?.textContent === '26 %'")
    site.settles("the second part is on its way", lambda: parts or page.wait_for_timeout(50))
    assert find_offset(site) == 8 << 20

    def go_on() -> None:
        page.unroute("**/api/uploads/*")

    return go_on


def test_an_upload_is_paused_and_resumed_and_another_is_cancelled(service, site, window, tmp_path):
    film = make_long_film(tmp_path / "long.mkv")
    page = window.open()
    go_on = begin_upload(page, film, site)
    uploads = page.get_by_role("region", name="Uploads")
    uploads.get_by_role("button", name="Pause long.mkv").click()
    uploads.get_by_text("Paused at 26 %").wait_for()
    assert not is_reload_asked(page)
    go_on()
    uploads.get_by_role("button", name="Resume long.mkv").click()
    uploads.get_by_role("link", name="long.mkv").wait_for()
    (task,) = service.store.tasks.list_newest()[0]
    assert task.path.read_bytes() == film.read_bytes()
    page.reload()
    page.wait_for_selector("html[data-live]")
    service.store.tasks.delete(task.id)
    page.get_by_text("No videos yet").wait_for()
    for old in (site.settings.videos_dir / ".uploads").iterdir():
        old.unlink()
    begin_upload(page, film, site)
    uploads.get_by_role("button", name="Cancel long.mkv").click()
    uploads.get_by_text("long.mkv").wait_for(state="detached")
    site.settles("the parts are deleted", lambda: not list((site.settings.videos_dir / ".uploads").glob("*.part")))


def test_an_upload_goes_on_after_a_reload_with_the_same_file_and_another_is_told_apart(service, site, window, tmp_path):
    film, other = make_long_film(tmp_path / "long.mkv"), make_film(tmp_path / "other.mkv")
    page = window.open()
    page.on("dialog", lambda dialog: dialog.accept())  # leaving interrupts the upload
    begin_upload(page, film, site)
    page.reload()
    page.unroute("**/api/uploads/*")
    uploads = page.get_by_role("region", name="Uploads")
    uploads.get_by_text("Interrupted at 26 %. Choose the same file to resume.").wait_for()
    for chosen, outcome in ((other, "This is another file. Choose long.mkv as it was."), (film, "Added")):
        with page.expect_file_chooser() as choosing:
            uploads.get_by_role("button", name="Choose file long.mkv").click()
        choosing.value.set_files(chosen)
        uploads.get_by_text(outcome).wait_for()
    (task,) = service.store.tasks.list_newest()[0]
    assert task.path.read_bytes() == film.read_bytes()
    page.reload()
    page.wait_for_selector("html[data-live]")
    page.wait_for_timeout(400)
    assert uploads.is_hidden(), "it is forgotten"


WITH_HANDLE = """async content => {
    const { keepHandle } = await import("./assets/upload_storage.js")
    const { queueUploads } = await import("./assets/upload_queue.js")
    const handle = await (await navigator.storage.getDirectory()).getFileHandle("long.mkv", { create: true })
    const writing = await handle.createWritable()
    await writing.write(Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0)))
    await writing.close()
    const film = await handle.getFile()
    keepHandle(film, handle)
    queueUploads([{ film, subtitles: [] }], [["target_langs", "es"]]) }"""


def test_an_upload_whose_file_handle_the_browser_kept_goes_on_by_itself(service, site, window, tmp_path):
    film = make_film(tmp_path / "long.mkv")
    page = window.open()
    page.on("dialog", lambda dialog: dialog.accept())
    page.route("**/api/uploads/*", lambda route: None if route.request.method == "PATCH" else route.continue_())
    page.evaluate(WITH_HANDLE, base64.b64encode(film.read_bytes()).decode())
    site.settles(
        "the upload is created", lambda: list((site.settings.videos_dir / ".uploads").glob("*.part")) or page.wait_for_timeout(50)
    )
    wait_until(page, "async () => (await (await import('./assets/upload_storage.js')).listUploads()).length === 1")
    page.reload()
    page.unroute("**/api/uploads/*")
    site.settles("it was queued", lambda: service.store.tasks.list_newest()[0] or page.wait_for_timeout(50))
    assert service.store.tasks.list_newest()[0][0].path.read_bytes() == film.read_bytes()


def test_a_drop_beside_the_zone_is_taken_on_the_library_and_told_on_other_pages(window):
    page = window.open()
    page.evaluate(DROP, ["body", "dropped.mkv"])
    page.locator("#drop").get_by_text("dropped.mkv").wait_for()
    page.get_by_role("link", name="System").click()
    page.get_by_role("heading", name="Engines").wait_for()
    page.evaluate(DROP, ["body", "dropped.mkv"])
    page.get_by_text("Videos are added on the Dubs page").wait_for()


COVERED = """() => { const toast = document.getElementById("toast").getBoundingClientRect()
    return [...document.querySelectorAll("button, .button, input, select, summary, .chip")].filter((each) => {
        const box = each.getBoundingClientRect()
        return each.checkVisibility() && box.width && box.left < toast.right && box.right > toast.left && box.top < toast.bottom && box.bottom > toast.top
    }).map((each) => each.textContent || each.name) }"""

SHOW_AGAIN = """async () => (await import("./assets/toast.js")).showToast({ text: "Cancelled. Retry resumes it.", bad: false })"""


@pytest.mark.parametrize("width", [390, 1280])
def test_a_toast_covers_no_control_also_while_the_page_scrolls(service, window, width):
    for number in range(12):
        service.add(f"{number}.mkv")
    page = window.open()
    page.set_viewport_size({"width": width, "height": 700})
    page.get_by_role("button", name="Stop 11.mkv").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop dubbing").click()
    page.get_by_text("Cancelled. Retry resumes it.").wait_for()
    for place in (0, 150, 420):
        page.evaluate(SHOW_AGAIN)  # it goes by itself after some seconds
        page.evaluate("place => scrollTo(0, place)", place)
        wait_until(page, f"({COVERED})().length === 0")
        expect(page.get_by_text("Cancelled. Retry resumes it.")).to_be_visible()


def test_back_and_the_way_back_to_the_library_keep_the_filter_and_the_place(service, window):
    for number in range(20):
        service.add(f"{number}.mkv")
    page = window.open("/?status=QUEUED")
    page.get_by_role("heading", name="3.mkv", exact=True).wait_for()
    for way in (page.go_back, lambda: page.locator(".back a").click()):
        link = page.get_by_role("link", name="3.mkv", exact=True)
        link.scroll_into_view_if_needed()
        place = page.evaluate("scrollY")
        assert place > 0
        link.click()
        page.locator("#film-name").wait_for()
        way()
        link.wait_for()
        wait_until(page, "place => Math.abs(scrollY - place) < 2", arg=place)
        assert "status=QUEUED" in page.url
    window.complaints[:] = [said for said in window.complaints if "403" not in said]  # the film is no file


def test_the_lights_do_not_say_ready_while_the_service_is_down(service, window):
    page = window.open("/?page=system")
    page.locator("#badges").get_by_text("READY").first.wait_for()
    service.failure = ConnectionResetError()
    page.locator("#badges").get_by_text("OFFLINE").wait_for()
    expect(page.locator("#badges, #engines").get_by_text("READY")).to_have_count(0)
