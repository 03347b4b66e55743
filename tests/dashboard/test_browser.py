"""The page in a real browser, over a real store."""

from pathlib import Path

import pytest

from dashboard.urls import TASKS_PER_PAGE
from pipeline.values.tasks import Health, Progress, StageRun, StageStatus, TaskStatus
from pipeline.values.track_selection import TrackSelection
from tests.support.browsing import Window, needs_chromium, wait_until
from tests.support.dashboard import NOON
from tests.support.dashboard_server import PASSWORD, USER, served
from tests.support.in_process_service import make_film

HOSTILE = "<img src=x onerror=document.title='pwned'><script>document.title='pwned'</script>\"'.mkv"

pytestmark = [pytest.mark.browser, needs_chromium]


def claimed(service, name="film.mkv"):
    task = service.add(name)
    claim = service.store.leases.claim_next_task("test/1/aa", 600)
    assert claim and claim[0].id == task.id
    return claim


def row(page, task):
    return page.locator(f"#tasks-{task.id}")


def test_progress_moves_to_done_without_a_reload(service, window):
    task, lease = claimed(service)
    page = window.open()
    page.evaluate("window.before = true")
    page.get_by_text("Starting").wait_for()
    service.store.leases.record_progress(lease, Progress(4, 11, "translate"))
    row(page, task).get_by_text("Translation · 4 of 11 stages").wait_for()
    assert row(page, task).locator("progress").evaluate("bar => [bar.value, bar.max]") == [4, 11]
    service.store.leases.finish(lease, Path("/dub.mkv"))
    row(page, task).get_by_text("Dubbed in").wait_for()
    service.add("later.mkv")
    wait_until(page, "document.querySelector('#tasks h2')?.textContent === 'later.mkv'")  # newest first
    assert page.evaluate("window.before")


def test_download_retry_and_delete_work_by_clicking(service, site, window):
    done, lease = claimed(service, "done.mkv")
    dub = site.settings.dubs / "dub.mkv"
    dub.parent.mkdir(parents=True)
    dub.write_bytes(b"a film")
    service.store.leases.finish(lease, dub)
    failed, lease = claimed(service, "failed.mkv")
    service.store.leases.fail(lease, "transcribe: no speech found; add subtitles")
    page = window.open()
    with page.expect_download() as download:
        row(page, done).get_by_text("Download").click()
    assert Path(download.value.path()).read_bytes() == b"a film"
    row(page, failed).get_by_text("no speech found; add subtitles").wait_for()
    row(page, failed).get_by_role("button", name="Retry").click()
    row(page, failed).get_by_text("Queued (#1)").wait_for()
    row(page, failed).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert service.store.tasks.get(failed.id)
    row(page, failed).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    row(page, failed).wait_for(state="detached")
    row(page, done).get_by_role("button", name="Re-dub from scratch").click()
    page.get_by_role("dialog").get_by_role("button", name="Re-dub from scratch").click()
    row(page, done).get_by_text("Queued (#1)").wait_for()


def test_an_action_that_cannot_be_done_is_said(service, window):
    task = service.add("film.mkv")
    page = window.open()
    row(page, task).get_by_role("button", name="Delete").click()
    service.store.tasks.delete(task.id)  # somebody else was faster
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text(f"there is no task {task.id}").wait_for()


def test_a_task_at_work_is_cancelled_after_a_question(service, window):
    task, _ = claimed(service)
    page = window.open()
    row(page, task).get_by_role("button", name="Stop").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop dubbing").click()
    row(page, task).get_by_text("Cancelled after").wait_for()
    assert service.store.tasks.get(task.id).status is TaskStatus.CANCELLED


def test_films_are_uploaded_with_their_languages_and_a_refused_one_says_why(service, window, tmp_path):
    films = [make_film(tmp_path / name) for name in ("one.mkv", "two.mkv")]
    page = window.open()
    page.get_by_text("No videos yet").wait_for()
    page.set_input_files("#file", films)
    page.get_by_text("one.mkv, two.mkv").wait_for()
    page.get_by_role("checkbox", name="Catalan").check()
    page.locator("#upload").get_by_label("Source language").select_option("en")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("heading", name="two.mkv").wait_for()
    wishes = {(task.path.name, task.target_langs, task.source_lang) for task in service.store.tasks.list_newest()[0]}
    assert wishes == {(name, ("ca", "es"), "en") for name in ("one.mkv", "two.mkv")}
    page.set_input_files("#file", {"name": "notes.mkv", "mimeType": "video/x-matroska", "buffer": b"no film"})
    page.get_by_role("button", name="Upload").click()
    page.locator("#sending .bad .said").get_by_text("notes.mkv").wait_for()
    assert "422" in window.complaints.pop()  # Chromium's own note of the refusal


def test_a_film_is_added_with_the_tracks_that_a_person_chose(service, window, tmp_path):
    page = window.open()
    page.get_by_text("No videos yet").wait_for()
    page.get_by_text("Tracks", exact=True).click()
    page.get_by_label("Audio track").fill("2")
    page.set_input_files("#file", make_film(tmp_path / "one.mkv"))
    page.get_by_role("button", name="Upload").click()
    page.get_by_text("one.mkv has no audio track 2; choose one of: 1 English, 1 channel").wait_for()
    assert "422" in window.complaints.pop()  # Chromium's own note of the refusal
    page.get_by_label("Audio track").fill("1")
    page.get_by_label("Subtitles").fill("none")
    page.set_input_files("#file", tmp_path / "one.mkv")
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("heading", name="one.mkv").wait_for()
    (task,) = service.store.tasks.list_newest()[0]
    assert task.selection == TrackSelection(1, "none")
    page.get_by_text("no subtitles, as chosen").wait_for()
    assert page.get_by_label("Audio track").input_value() == "", "it was the choice of that film alone"


def test_a_glossary_is_edited_in_a_dialog_that_names_malformed_lines(service, site, window, tmp_path):
    page = window.open()
    page.locator("#upload summary", has_text="Glossary").click()
    page.get_by_role("button", name="Library glossary").click()
    dialog = page.get_by_role("dialog", name="Glossary of the library")
    dialog.get_by_role("textbox").fill("Ned\nJon [<b>ʘ</b>]\n= x")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("line 3: there is no term").wait_for()
    assert dialog.get_by_role("listitem").count() == 2
    assert "422" in window.complaints.pop()  # Chromium's own note of the refusal
    dialog.get_by_role("textbox").fill('es: Jon "Yon"')
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("Glossary saved.").wait_for()
    assert (site.settings.data_dir / "glossary.txt").read_text() == 'es: Jon "Yon"'
    film = make_film(tmp_path / "named.mkv")
    page.locator("#upload textarea[name=glossary]").fill('es: Ned "Nedo"')
    page.locator("#file").set_input_files(film)
    page.get_by_role("button", name="Upload").click()
    page.locator("#tasks h2", has_text="named.mkv").wait_for()
    assert service.store.lines.get_glossary(service.store.tasks.list_newest()[0][0].id) == 'es: Ned "Nedo"'
    assert page.locator("#upload textarea[name=glossary]").input_value() == ""


def test_dropped_films_wait_for_their_languages(window):
    page = window.open()
    page.evaluate(
        """() => { const transfer = new DataTransfer(); transfer.items.add(new File(["x"], "dropped.mkv"))
        document.getElementById("drop").dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer })) }"""
    )
    page.locator("#drop").get_by_text("dropped.mkv").wait_for()
    assert page.locator("#file").evaluate("input => input.files[0].name") == "dropped.mkv"


def test_films_on_the_server_are_found_by_browsing_and_several_are_added_at_once(service, site, window):
    folder = site.settings.library_roots[0] / "series"
    folder.mkdir()
    make_film(folder / "pilot.mkv")
    make_film(folder / "finale.mkv")
    (folder / "broken.mkv").write_bytes(b"no film")
    page = window.open()
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("button", name="library/").click()
    page.get_by_role("button", name="series/").click()
    dialog = page.get_by_role("dialog", name="Browse server")
    dialog.get_by_label("Select all").check()
    dialog.get_by_role("button", name="Add 3 videos").wait_for()
    dialog.get_by_label("Filter this folder").fill("mkv pilot")
    dialog.get_by_role("checkbox", name="finale.mkv").wait_for(state="hidden")
    dialog.get_by_role("button", name="Add 1 video").click()
    dialog.get_by_text("1 of 1 added.").wait_for()
    dialog.get_by_label("Filter this folder").fill("")
    dialog.get_by_label("Select all").check()
    dialog.get_by_role("button", name="Add 2 videos").click()
    dialog.get_by_text("1 of 2 added.").wait_for()
    dialog.get_by_text("broken.mkv").first.wait_for()
    assert "422" in window.complaints.pop() and dialog.get_by_role("checkbox", name="broken.mkv").is_checked()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_role("heading", name="pilot.mkv").wait_for()
    assert {task.path.name for task in service.store.tasks.list_newest()[0]} == {"pilot.mkv", "finale.mkv"}
    page.get_by_role("button", name="Browse").click()
    page.get_by_role("button", name="library/").click()
    page.get_by_role("button", name="series/").click()
    dialog.get_by_role("link", name="already added").first.wait_for()
    dialog.get_by_role("button", name="Close").click()
    page.locator("#path").fill("/etc/passwd")
    page.get_by_role("button", name="Add", exact=True).click()
    page.locator("#path-said.bad").wait_for()
    assert "403" in window.complaints.pop() and len(service.store.tasks.list_newest()[0]) == 2


def test_hostile_names_errors_and_log_lines_are_text(service, window):
    task, lease = claimed(service, HOSTILE.replace("/", "\u2215"))
    service.store.stages.record_run(lease, StageRun(HOSTILE, "es", 1, StageStatus.ERROR, NOON, error=HOSTILE))
    service.store.leases.fail(lease, HOSTILE)
    service.log.append(f"task={task.id} {HOSTILE}")
    service.health_now = Health(worker_alive=True, engine_statuses={HOSTILE: HOSTILE})
    page = window.open()
    row(page, task).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_text("<img src=x").wait_for()
    page.get_by_role("button", name="Cancel").click()
    row(page, task).get_by_role("link").first.click()
    page.get_by_role("link", name="History").click()
    page.locator("#log").get_by_text("<img src=x").wait_for()
    page.locator("#stages td").get_by_text("<img src=x").first.wait_for()
    assert page.title().startswith("<img src=x") and page.locator("img").count() == 0
    window.complaints[:] = [said for said in window.complaints if "403" not in said]  # the film is no file


def test_rows_that_do_not_change_are_not_redrawn(service, window):
    resting = service.add("resting.mkv")
    page = window.open()
    row(page, resting).wait_for()
    page.evaluate(
        """id => { window.changes = 0
        new MutationObserver(all => { window.changes += all.length })
            .observe(document.getElementById(`tasks-${id}`), { subtree: true, childList: true, attributes: true, characterData: true }) }""",
        resting.id,
    )
    for name in ("first.mkv", "second.mkv"):
        service.add(name)
        page.get_by_role("heading", name=name).wait_for()
    assert page.evaluate("window.changes") == 0


def test_a_long_library_is_turned_page_by_page(service, window):
    tasks = [service.add(f"{n:03}.mkv") for n in range(TASKS_PER_PAGE + 3)]
    page = window.open()
    page.get_by_text(f"1–{TASKS_PER_PAGE} of {TASKS_PER_PAGE + 3}").wait_for()
    assert page.locator(".task").count() == TASKS_PER_PAGE
    page.get_by_role("link", name="Next").click()
    page.get_by_role("heading", name="000.mkv").wait_for()
    assert page.locator(".task").count() == 3
    for task in tasks[:3]:
        service.store.tasks.delete(task.id)
    page.get_by_role("heading", name="003.mkv").wait_for()  # that page is gone: the last one there is
    assert page.locator("#pager a").count() == 0


def test_films_are_found_by_search_and_by_state_and_the_address_remembers(service, window):
    failed, lease = claimed(service, "storm.mkv")
    service.store.leases.fail(lease, "mux: the disk is full")
    service.add("calm.mkv")
    page = window.open()
    page.get_by_role("searchbox").fill("STORM")
    row(page, failed).wait_for()
    page.get_by_role("heading", name="calm.mkv").wait_for(state="detached")
    page.get_by_role("link", name="Queued").click()
    page.get_by_text("No results").wait_for()
    assert "search=STORM" in page.url and "status=QUEUED" in page.url
    page.reload()
    wait_until(page, "document.querySelector('input[type=search]')?.value === 'STORM'")
    page.get_by_text("No results").wait_for()
    page.go_back()
    row(page, failed).wait_for()


def test_ten_thousand_films_are_turned_and_searched(service, window):
    service.store.tasks._db.execute(
        "INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at) "
        "SELECT '/films/' || i || '.mkv', i, i, ['es'], TIMESTAMP '2026-11-23' + INTERVAL (i) SECOND FROM range(10000) t(i)"
    )
    page = window.open("/?from=9975")
    page.get_by_text("9,976–10,000 of 10,000").wait_for()
    page.get_by_role("searchbox").fill("/4321.mkv")
    page.get_by_role("heading", name="4321.mkv").wait_for()
    assert page.locator(".task").count() == 1


def test_closed_tabs_leave_no_session_and_no_questions(site, window):
    pages = [window.open() for _ in range(4)]
    site.settles("four tabs look", lambda: site.dashboard.poller.subscriber_count == 4)
    for page in pages:
        page.close()
    site.settles("no session is left", lambda: site.dashboard.sessions == 0)
    assert site.dashboard.poller.subscriber_count == 0
    site.settles("nobody asks", lambda: not site.dashboard.poller.is_polling)


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
        window = Window(browser, site.url, (USER, PASSWORD))
        page = window.open()
    page.get_by_text("The connection to the service was lost").wait_for(timeout=40_000)
    with served(service, tmp_path, port=port):
        service.add("after the restart.mkv")
        page.get_by_text("after the restart.mkv").first.wait_for(timeout=40_000)
        window.context.close()


def test_a_script_that_somebody_brought_into_the_page_does_not_run(site, browser):
    window = Window(browser, site.url, (USER, PASSWORD))
    page = window.open()
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.brought = 1\">')")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.brought = 1' }))")
    site.settles("both are refused", lambda: sum("Content Security Policy" in each for each in window.complaints) == 2)
    assert page.evaluate("window.brought") is None
    window.context.close()
