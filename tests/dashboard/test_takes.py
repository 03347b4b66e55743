"""Takes of a line in a real browser: heard without the film, estimated while typing, made again and chosen."""

import subprocess

import pytest

from tests.support.browsing import needs_chromium
from tests.support.watched_film import dubbed_film

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def task(service, site):
    found = dubbed_film(service, site, seconds=12)
    take = site.settings.artifacts / "es" / "1.flac"
    take.parent.mkdir(parents=True)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=660:d=8", str(take)], check=True)
    return found


def test_a_lines_dub_pauses_the_film_and_the_film_stops_the_dub(window, task):
    page = window.open(f"/?task={task.id}")
    page.wait_for_function("document.querySelectorAll('#player .track option').length > 1")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('#player video')?.currentTime > 0.3")
    page.get_by_role("button", name="Play dub of line 1", exact=True).click()
    page.wait_for_function("document.querySelector('#player video').paused")
    heard = page.locator("#script-1 [data-hear=take][aria-pressed=true]")
    heard.wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    heard.wait_for(state="detached")
    assert not page.evaluate("document.querySelector('#player video').paused")
