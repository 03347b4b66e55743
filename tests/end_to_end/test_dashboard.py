"""The dashboard of the real service, as a person uses it: a film goes in by the page, moves, and comes back by the page."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import chromium, needs_chromium
from playwright.sync_api import Page, expect
from real_service import Running

from cli.sample import sample_film

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]

PATIENCE = 120_000  # ms


@pytest.fixture
def page(running: Running) -> Iterator[Page]:
    with chromium() as browser:
        credentials = {"username": running.settings.api_user, "password": running.password}
        yield browser.new_context(http_credentials=credentials).new_page()


def test_a_film_is_uploaded_watched_and_downloaded_by_clicking(running: Running, page: Page, tmp_path: Path) -> None:
    film = shutil.copy(sample_film(tmp_path, subtitles=True), tmp_path / "by hand.mkv")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(running.url)
    page.locator("input[type=file]").set_input_files(film)
    page.get_by_label("Dub into").fill("es")
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
    expect(page.get_by_text(f"task={task['id']} stage=mux").first).to_be_attached()  # the log, live
    assert {url.split("/")[2] for url in asked if "://" in url} == {running.url.split("/")[2]}
