"""The page in a real browser, over a real store."""

from pathlib import Path

import pytest
from browsing import chromium, needs_chromium

from dashboard.feed import PAGE
from pipeline.tasks import Health, Progress, StageRun, StageStatus
from tests.support.dashboard import NOON
from tests.support.site import PASSWORD, USER, served

HOSTILE = "<img src=x onerror=document.title='pwned'><script>document.title='pwned'</script>\"'.mkv"

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


class Window:
    """A browser window on the site, which remembers every request and complaint."""

    def __init__(self, browser, site, **options):
        self.context = browser.new_context(http_credentials={"username": USER, "password": PASSWORD}, **options)
        self.site, self.urls, self.complaints = site, [], []

    def open(self):
        page = self.context.new_page()
        page.on("request", lambda request: self.urls.append(request.url))
        page.on("websocket", lambda socket: self.urls.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.goto(self.site.url)
        page.wait_for_selector("html[data-live]")
        return page


@pytest.fixture
def window(browser, site):
    window = Window(browser, site)
    yield window
    window.context.close()
    assert window.complaints == []  # the security policy's violations are among them


def claimed(service, name="film.mkv"):
    task = service.add(name)
    claim = service.store.tasks.claim_next("test/1/aa", 600)
    assert claim and claim[0].id == task.id
    return claim


def row(page, task):
    return page.locator(f"#task-{task.id}")


def test_progress_moves_to_done_without_a_reload(service, window):
    task, lease = claimed(service)
    page = window.open()
    page.evaluate("window.before = true")
    page.get_by_text("Starting").wait_for()
    service.store.tasks.progressed(lease, Progress(4, 11, "translate"))
    row(page, task).get_by_text("Translating · 4 of 11 stages").wait_for()
    assert row(page, task).locator("progress").evaluate("bar => [bar.value, bar.max]") == [4, 11]
    service.log.append("a new line of the log")
    page.get_by_text("a new line of the log").wait_for()
    service.store.tasks.finished(lease, Path("/dub.mkv"))
    row(page, task).get_by_text("Dubbed in").wait_for()
    service.add("later.mkv")
    page.wait_for_function("document.querySelector('#tasks h3').textContent === 'later.mkv'")  # newest first
    assert page.evaluate("window.before")


def test_download_retry_and_delete_work_by_clicking(service, window):
    done, lease = claimed(service, "done.mkv")
    service.store.tasks.finished(lease, Path("/dub.mkv"))
    failed, lease = claimed(service, "failed.mkv")
    service.store.tasks.failed(lease, "transcribe: no speech found; add subtitles")
    page = window.open()
    with page.expect_download() as download:
        row(page, done).get_by_text("Download").click()
    assert Path(download.value.path()).read_bytes() == b"a film"
    row(page, failed).get_by_text("no speech found; add subtitles").wait_for()
    row(page, failed).get_by_role("button", name="Retry").click()
    row(page, failed).get_by_text("Waiting for the worker").wait_for()
    row(page, failed).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    assert service.store.tasks.task(failed.id)
    row(page, failed).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    row(page, failed).wait_for(state="detached")
    row(page, done).get_by_role("button", name="Purge").click()
    page.get_by_role("dialog").get_by_role("button", name="Purge").click()
    row(page, done).get_by_text("Waiting for the worker").wait_for()


def test_an_action_that_cannot_be_done_is_said(service, window):
    task = service.add("film.mkv")
    page = window.open()
    row(page, task).get_by_role("button", name="Delete").click()
    service.store.tasks.delete(task.id)  # somebody else was faster
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text(f"there is no task {task.id}").wait_for()


def test_an_upload_arrives_with_its_languages_and_a_refused_one_says_why(service, site, window):
    page = window.open()
    page.get_by_text("No films yet").wait_for()
    page.set_input_files("#file", {"name": "new film.mkv", "mimeType": "video/x-matroska", "buffer": b"x" * 100_000})
    page.get_by_label("Dub into").fill("es, ca")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("heading", name="new film.mkv").wait_for()
    page.get_by_text("Added.").wait_for()
    assert site.uploads == [{"name": "new film.mkv", "target_langs": "es, ca", "source_lang": ""}]
    page.set_input_files("#file", {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("notes.txt is not a film; send one").wait_for()
    assert "415" in window.complaints.pop()  # Chromium's own note of the refusal


def test_hostile_names_errors_and_log_lines_are_text(service, window):
    task, lease = claimed(service, HOSTILE.replace("/", "\u2215"))
    service.store.stages.ran(lease, StageRun(HOSTILE, "es", 1, StageStatus.ERROR, NOON, error=HOSTILE))
    service.store.tasks.failed(lease, HOSTILE)
    service.log.append(HOSTILE)
    service.health_now = Health(worker_alive=True, engine_statuses={HOSTILE: HOSTILE})
    page = window.open()
    page.locator("#log").get_by_text("<img src=x").wait_for()
    row(page, task).locator("summary").click()
    row(page, task).locator("td").get_by_text("<img src=x").first.wait_for()
    row(page, task).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_text("<img src=x").wait_for()
    assert page.title() == "Dubarr" and page.locator("img").count() == 0


def test_unfolded_stages_stay_unfolded_and_focused_while_they_change(service, window):
    task, lease = claimed(service)
    page = window.open()
    summary = row(page, task).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    row(page, task).get_by_text("No stage has run yet").wait_for()
    service.store.stages.ran(lease, StageRun("mix", "es", 1, StageStatus.DONE, NOON, seconds=3.2, reused=1))
    row(page, task).get_by_role("cell", name="Mixing the sound").wait_for()
    assert row(page, task).get_by_text("cached").is_visible() and row(page, task).get_by_text("3.2 s").is_visible()
    assert summary.evaluate("summary => summary === document.activeElement")
    page.reload()
    row(page, task).get_by_role("cell", name="Mixing the sound").wait_for()


def test_rows_that_do_not_change_are_not_redrawn(service, window):
    resting = service.add("resting.mkv")
    page = window.open()
    row(page, resting).wait_for()
    page.evaluate(
        """id => { window.changes = 0
        new MutationObserver(all => { window.changes += all.length })
            .observe(document.getElementById(`task-${id}`), { subtree: true, childList: true, attributes: true, characterData: true }) }""",
        resting.id,
    )
    service.log.append("first")
    page.get_by_text("first").wait_for()
    service.log.append("second")
    page.get_by_text("second").wait_for()
    assert page.evaluate("window.changes") == 0


def test_a_long_library_is_turned_page_by_page(service, window):
    tasks = [service.add(f"{n:03}.mkv") for n in range(PAGE + 3)]
    page = window.open()
    page.get_by_text(f"1–{PAGE} of {PAGE + 3}").wait_for()
    assert page.locator(".task").count() == PAGE
    page.get_by_role("button", name="Older").click()
    page.get_by_role("heading", name="000.mkv").wait_for()
    assert page.locator(".task").count() == 3
    for task in tasks[:3]:
        service.store.tasks.delete(task.id)
    page.get_by_role("heading", name="003.mkv").wait_for()  # that page is gone: the last one there is
    assert page.locator("#pager button").count() == 0


def test_no_request_leaves_the_host(service, site, window):
    service.add("film.mkv")
    window.open().get_by_text("film.mkv").first.wait_for()
    host = site.url.removeprefix("http://")
    foreign = [
        url for url in window.urls if not url.startswith((f"http://{host}/", f"ws://{host}/", f"blob:http://{host}/", "data:"))
    ]
    assert foreign == [] and len(window.urls) > 5


def test_closed_tabs_leave_no_session_and_no_questions(site, window):
    pages = [window.open() for _ in range(4)]
    site.settles("four tabs look", lambda: site.dashboard.feed.tabs == 4)
    for page in pages:
        page.close()
    site.settles("no session is left", lambda: site.dashboard.sessions == 0)
    assert site.dashboard.feed.tabs == 0
    site.settles("nobody asks", lambda: not site.dashboard.feed.polling)


def test_trouble_is_shown_and_goes_by_itself(service, window):
    task = service.add("film.mkv")
    page = window.open()
    row(page, task).wait_for()
    service.failure = ConnectionResetError()
    page.get_by_text("Reconnecting.").wait_for()
    assert row(page, task).is_visible()
    service.failure = None
    page.get_by_text("Reconnecting.").wait_for(state="hidden")


def test_the_page_comes_back_by_itself_after_a_restart(service, browser, tmp_path):
    with served(service, tmp_path) as site:
        port = int(site.url.rpartition(":")[2])
        window = Window(browser, site)
        page = window.open()
    page.get_by_text("The connection to the service was lost").wait_for(timeout=40_000)
    with served(service, tmp_path, port=port):
        service.add("after the restart.mkv")
        page.get_by_text("after the restart.mkv").first.wait_for(timeout=40_000)
        window.context.close()


def test_nothing_overflows_at_any_width_in_light_and_dark(service, window):
    task, lease = claimed(service, "a-very-long-name-without-any-space-" * 4 + ".mkv")
    service.store.stages.ran(lease, StageRun("synthesize", "es", 1, StageStatus.DONE, NOON, seconds=3.2, executed=3, reused=40))
    service.store.tasks.failed(lease, "mux: " + "x" * 300)
    page = window.open()
    row(page, task).locator("summary").click()
    row(page, task).get_by_role("cell", name="Speaking the lines").wait_for()
    grounds = {}
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        for width in (360, 768, 1360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert min(grounds["light"]) > 200 and max(grounds["dark"]) < 60
