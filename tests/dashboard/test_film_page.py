"""The page of one film in a real browser: watched, heard, edited, its speakers, its report and its log."""

import os
import re
import signal
from pathlib import Path

import pytest
from running_ffmpeg import readers_of

from tests.support.browsing import Window, needs_chromium, wait_until
from tests.support.dashboard_server import PASSWORD, USER
from tests.support.watched_film import dubbed_film

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def task(service, site):
    return dubbed_film(service, site, seconds=12)


def test_the_film_plays_with_each_track_and_from_anywhere(window, task):
    page = window.open(f"/?task={task.id}")
    tracks = page.locator("#player .track option")
    wait_until(page, "document.querySelectorAll('#player .track option').length > 1")
    assert tracks.evaluate_all("options => options.map(option => option.value)") == ["original", "es", "ca"]
    assert page.locator("#player .track").input_value() == "es"
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, "document.querySelector('#player video')?.currentTime > 0.5")
    page.locator("#player .track").select_option("original")
    wait_until(page, "document.querySelector('#player video')?.src.includes('track=original')")
    page.locator("#script-3").get_by_role("button", name="Play from line 3").click()
    wait_until(page, "Number(document.querySelector('#player .seek')?.value) > 6.4")
    page.get_by_role("link", name="Report").click()  # leaving ends it
    page.locator("#verdicts .tile").first.wait_for()
    assert page.locator("video").count() == 0
    page.goto(f"{window.url}/?task={task.id}#script-3")  # as the report links to its lines
    page.locator("#script-3.target").wait_for()


@pytest.mark.slow
def test_a_stream_that_broke_off_while_paused_goes_on_when_it_is_played(service, site, browser):
    """As when a tab was paused so long that the service gave its place to others."""
    task = dubbed_film(service, site, seconds=90, noise=",noise=alls=60:allf=t")  # more than any buffer holds
    window = Window(browser, site.url, (USER, PASSWORD))
    page = window.open(f"/?task={task.id}")
    wait_until(page, "document.querySelectorAll('#player .track option').length > 1")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, "document.querySelector('#player video')?.currentTime > 1")
    page.get_by_role("button", name="Pause", exact=True).click()
    running = list(readers_of(site.settings.dubs.resolve()))
    assert running, "it still plays from the service"
    for encoder in running:
        os.kill(encoder, signal.SIGKILL)
    page.get_by_role("button", name="Play", exact=True).click()
    video = "document.querySelector('#player video')"
    wait_until(page, f"!{video}.src.endsWith('start=0.000') && {video}.currentTime > 1", timeout=60_000)
    (again,) = {url for url in window.urls if "/watch" in url and not url.endswith("start=0.000")}
    assert float(again.rpartition("=")[2]) > 1, "from where it stood"
    assert page.locator("#player .said").text_content() == ""
    window.context.close()


def test_subtitles_are_shown_when_they_are_said(window, task):
    page = window.open(f"/?task={task.id}")
    wait_until(page, "document.querySelectorAll('#player .subtitles option').length > 1")
    page.locator("#player .subtitles").select_option("es")
    page.locator("#player .captions").wait_for(state="attached")
    page.locator("#script-2").get_by_role("button", name="Play from line 2").click()
    page.locator("#player .captions").get_by_text("es: línea 2.").wait_for()


def test_an_edit_is_collected_kept_through_a_reload_and_sent_once(service, window, task):
    page = window.open(f"/?task={task.id}")
    page.locator("#script-2 textarea[name=text]").fill("Otra cosa")
    page.locator("#script-4 input[name=skip]").check()
    page.locator("#script-5 select[name=speaker]").select_option("SPEAKER_00")
    page.get_by_text("3 lines changed").wait_for()
    page.reload()
    page.get_by_text("3 lines changed").wait_for()
    assert page.locator("#script-2 textarea[name=text]").input_value() == "Otra cosa"
    page.get_by_role("button", name="Save and re-dub").click()
    page.locator("#toast", has_text="Saved.").wait_for()
    page.locator("#head").get_by_text("Queued", exact=True).wait_for()
    edits = {line.number: line.edit for line in service.store.lines.list_lines(task.id, "es") if line.edit}
    assert edits[2].text == "Otra cosa" and edits[4].skip and edits[5].speaker == "SPEAKER_00" and len(edits) == 3
    assert not page.locator("#drafts").is_visible()
    page.locator("#script-2").get_by_role("button", name="Undo edit").click()
    page.locator("#script-2 textarea[name=text]").get_by_text("es: línea 2.").wait_for()
    assert page.locator("#script-2 textarea[name=text]").input_value() == "es: línea 2."


def test_a_refused_edit_stays_and_says_why(service, window, task):
    page = window.open(f"/?task={task.id}")
    page.locator("#script-2 textarea[name=text]").fill("Otra cosa")
    service.store.tasks.delete(task.id)  # somebody else was faster
    page.evaluate("document.getElementById('drafts-keep').click()")
    page.get_by_text(f"there is no task {task.id}").first.wait_for()
    refused = [said for said in window.complaints if "404" in said]  # its own, and those of what the page looks at by itself
    assert refused
    window.complaints[:] = [said for said in window.complaints if said not in refused]


def test_a_script_is_exported_edited_and_imported_after_a_look_at_its_changes(service, window, task, tmp_path):
    page = window.open(f"/?task={task.id}")
    page.locator("#script_tools summary").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Script, CSV").click()
    assert download.value.suggested_filename == "film.es.r1.csv"
    script = tmp_path / download.value.suggested_filename
    content = Path(download.value.path()).read_text("utf-8-sig")
    head, first, second, _, *rest = content.replace("es: línea 2.", "<b>Otra</b> cosa", 1).splitlines()
    number, start, end, *cells = first.split(",")
    moved = ",".join([number, f"{float(start) + 0.1:.3f}", end, *cells])
    script.write_text("\n".join([head, moved, second, "new,5:02.3,5:03.5,,,,Nueva,,,,es,1", *rest]))
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Import script").click()
    chooser.value.set_files(script)
    dialog = page.locator("#import")
    dialog.get_by_text("2 cells will change, 1 line will be added.").wait_for()
    dialog.get_by_text("The file lacks 1 line of the script, left as it is.").wait_for()
    dialog.get_by_text("New line at 5:02.300: “Nueva”").wait_for()
    dialog.get_by_text(re.compile(r"^Line 1, start: \d+:\d\d\.\d{3} → ")).wait_for()
    dialog.get_by_text("Line 2, translation: “es: línea 2.” → “<b>Otra</b> cosa”").wait_for()
    assert not [line for line in service.store.lines.list_lines(task.id, "es") if line.edit], "a look changes nothing"
    dialog.get_by_role("button", name="Apply and re-dub").click()
    page.get_by_text("Imported: 2 cells changed, 1 line added.").wait_for()
    page.get_by_text(
        "3 lines changed since this dub (revision 2, dubbed from 1); re-dub to hear them. It waits to be re-dubbed."
    ).wait_for()
    edited = {line.number: line.edit for line in service.store.lines.list_lines(task.id, "es") if line.edit}
    assert {number: edit.text for number, edit in edited.items()} == {1: None, 2: "<b>Otra</b> cosa", 121: "Nueva"}
    assert edited[1].start == pytest.approx(float(start) + 0.1)


def test_discarded_edits_leave_what_was_there(window, task):
    page = window.open(f"/?task={task.id}")
    field = page.locator("#script-2 textarea[name=text]")
    field.fill("Otra cosa")
    page.get_by_role("button", name="Discard").click()
    assert field.input_value() == "es: línea 2." and not page.locator("#drafts").is_visible()


def test_drafts_of_one_language_do_not_show_in_another(window, task):
    page = window.open(f"/?task={task.id}")
    page.locator("#script-2 textarea[name=text]").fill("Otra cosa")
    page.get_by_role("link", name="Catalan").click()
    wait_until(page, "document.querySelector('#script-2 textarea[name=text]')?.value === 'ca: línea 2.'")
    assert not page.locator("#drafts").is_visible()
    page.get_by_role("link", name="Spanish").click()
    wait_until(page, "document.querySelector('#script-2 textarea[name=text]')?.value === 'Otra cosa'")


def test_the_whole_script_is_scrolled_and_searched(window, task):
    page = window.open(f"/?task={task.id}")
    page.locator("table[aria-rowcount='121']").wait_for()
    page.locator(".rows").evaluate("rows => rows.scrollTo(0, rows.scrollHeight)")
    page.locator("#script-120").wait_for()
    page.get_by_role("searchbox", name="Search the script").fill("línea 120")
    wait_until(page, "document.querySelectorAll('#script > tr[data-line]').length === 1")
    assert page.locator("#script-120").is_visible()


def test_an_old_link_with_a_page_still_leads_to_its_lines(window, task):
    page = window.open(f"/?task={task.id}&from=50")
    page.locator("#script-51").wait_for()
    frame, row = (f"document.querySelector('{each}').getBoundingClientRect()" for each in (".rows", "#script-51"))
    wait_until(page, f"{frame}.top <= {row}.top && {row}.top < {frame}.bottom")


def test_a_speaker_is_named_and_given_another_voice(service, window, task):
    page = window.open(f"/?task={task.id}&part=voices")
    card = page.locator("#voices-2")
    assert card.get_by_role("button", name="Save").is_disabled()
    card.get_by_label("Name").fill("Ada")
    card.get_by_role("button", name="Save").click()
    card.get_by_role("heading", name="Ada").wait_for()
    assert service.store.tasks.get(task.id).status == "DONE"  # a name is only shown
    card.get_by_label("Voice in Spanish").select_option("m1")
    card.get_by_role("button", name="Save").click()
    page.locator("#head").get_by_text("Queued", exact=True).wait_for()
    assert service.store.cast.get_cast(task.id).members[1].chosen == {"es": "m1"}


def test_the_log_of_a_film_streams_and_shows_no_other(service, window, task):
    page = window.open(f"/?task={task.id}&part=work")
    service.log += [f"task={task.id} the first", "task=99 of another film"]
    page.locator("#log").get_by_text("the first").wait_for()
    service.log.append(f"task={task.id} the second")
    page.locator("#log").get_by_text("the second").wait_for()
    assert page.locator("#log div").count() == 2, "of this film alone"


def test_the_log_of_the_service_streams_filtered(service, window):
    page = window.open("/?page=system")
    service.log += [
        "2026-11-23 12:00:00,000 INFO    serve.worker.worker all is well",
        "2026-11-23 12:00:01,000 ERROR   serve.worker.worker all is lost",
    ]
    page.locator("#log").get_by_text("all is well").wait_for()
    page.get_by_role("link", name="Errors").click()
    page.locator("#log").get_by_text("all is well").wait_for(state="detached")
    assert page.locator("#log").get_by_text("all is lost").is_visible()
    page.get_by_role("searchbox", name="Search the log").fill("pirates")
    page.locator("#log").get_by_text("all is lost").wait_for(state="detached")


def test_a_film_that_is_deleted_meanwhile_says_so(service, window, task):
    page = window.open(f"/?task={task.id}")
    page.locator("#script-1").wait_for()
    service.store.tasks.delete(task.id)
    page.get_by_text(f"there is no task {task.id}").wait_for()
    missing = "the server responded with a status of 404"  # a figure that was asked for while the task was deleted
    window.complaints[:] = [each for each in window.complaints if missing not in each]
