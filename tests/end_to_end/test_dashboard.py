"""The dashboard of the real service, as a person uses it: a film goes in by the page, moves, and comes back by the page."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import chromium, log_in, needs_chromium, wait_until
from playwright.sync_api import Page, expect
from real_service import Running

from evaluation.sample.film import make_sample_film, make_silent_film

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]

PATIENCE = 120_000  # ms


@pytest.fixture
def page(running: Running) -> Iterator[Page]:
    with chromium() as browser:
        context = browser.new_context()
        log_in(context, running.url, (running.settings.api_user, running.password))
        yield context.new_page()


def test_a_film_is_uploaded_watched_edited_and_downloaded_by_clicking(running: Running, page: Page, tmp_path: Path) -> None:
    film = shutil.copy(make_sample_film(tmp_path, subtitles=True), tmp_path / "by hand.mkv")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(running.url)
    page.locator("input[type=file]").set_input_files(film)
    expect(page.get_by_role("checkbox", name="Spanish")).to_be_checked()
    page.get_by_role("button", name="Upload").click()
    row = page.locator("li.task").filter(has_text="by hand.mkv")
    expect(row).to_have_attribute("data-status", "PROCESSING", timeout=PATIENCE)
    moved = set()
    while row.get_attribute("data-status") == "PROCESSING":
        moved.add(row.locator("progress").get_attribute("value"))
        page.wait_for_timeout(200)
    expect(row).to_contain_text("Done")  # without a reload
    assert len(moved) >= 3, f"the bar stood still: {moved}"
    with page.expect_download() as download:
        row.get_by_text("Download").click()
    saved = tmp_path / "saved.mkv"
    download.value.save_as(saved)
    (task,) = [each for each in running.client.tasks() if each["path"].endswith("by hand.mkv")]
    assert saved.read_bytes() == Path(task["output"]).read_bytes()
    row.get_by_role("link", name="by hand.mkv", exact=True).click()
    watched(page)
    edited(running, page, task["id"], tmp_path)
    page.get_by_role("link", name="History").click()
    expect(page.locator("#log").get_by_text(f"task={task['id']} done").first).to_be_attached()
    assert {url.split("/")[2] for url in asked if "://" in url} == {running.url.split("/")[2]}


def watched(page: Page) -> None:
    """The film plays in the page with its dub, and its line is heard."""
    expect(page.locator("#player .track option")).to_have_count(2, timeout=PATIENCE)
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, "document.querySelector('#player video')?.currentTime > 1", timeout=PATIENCE)
    page.get_by_role("button", name="Pause").click()
    hear = page.get_by_role("button", name="Play original of line 2", exact=True)
    hear.click()
    expect(hear).to_have_attribute("aria-pressed", "true")
    expect(hear).not_to_have_attribute("aria-pressed", "true", timeout=PATIENCE)  # it was played to its end


def edited(running: Running, page: Page, task_id: int, folder: Path) -> None:
    """Other words for a line: it is dubbed again, and the new take is there."""
    before = running.client.take(task_id, 2, "es", to=folder / "before.flac").read_bytes()
    others = running.client.take(task_id, 3, "es", to=folder / "others.flac").read_bytes()
    page.locator("#script-2 textarea[name=text]").fill("Es un día muy hermoso.")
    page.get_by_role("button", name="Save and re-dub").click()
    expect(page.locator("#toast", has_text="Saved.")).to_be_visible()
    expect(page.locator("#head .state")).not_to_have_text("Done")
    expect(page.locator("#head .state")).to_have_text("Done", timeout=PATIENCE)
    expect(page.locator("#script-2 textarea[name=text]")).to_have_value("Es un día muy hermoso.")
    after = running.client.take(task_id, 2, "es", to=folder / "after.flac").read_bytes()
    assert after != before and running.client.take(task_id, 3, "es", to=folder / "same.flac").read_bytes() == others


def test_a_failed_film_is_retried_and_deleted_by_clicking(running: Running, page: Page, tmp_path: Path) -> None:
    task = running.client.upload(make_silent_film(tmp_path / "silent.mkv"), ["es"], source_lang="en")
    assert running.ended(task["id"])["status"] == "ERROR"
    page.goto(running.url)
    row = page.locator("li.task").filter(has_text="silent.mkv")
    expect(row).to_contain_text("No speech found in the audio track", timeout=PATIENCE)
    row.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("Queued again.")).to_be_visible()
    running.until(task["id"], lambda now: now["attempts"] == 2 and now["status"] == "ERROR")
    row.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0, timeout=PATIENCE)
    assert Path(task["path"]).exists()  # the film itself stays


def test_the_page_of_the_system_tells_of_the_real_one(running: Running, page: Page) -> None:
    page.goto(f"{running.url}/?page=system")
    expect(page.locator("#engines")).to_contain_text("pocketsphinx", timeout=PATIENCE)
    expect(page.locator("#engines tr").filter(has_text="Translation")).to_contain_text("READY", timeout=PATIENCE)
    expect(page.locator("#disk")).to_contain_text("Finished dubs", timeout=PATIENCE)
    expect(page.locator("#log")).to_contain_text(
        re.compile(r"ready|serve\.worker|pipeline\.runner"), timeout=PATIENCE
    )  # whatever ran before
