"""Takes of a line in a real browser: heard without the film, estimated while typing, made again and chosen."""

import subprocess

import pytest
from axe_playwright_python.sync_playwright import Axe
from fakes import FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator

from pipeline.engines.protocols import Engines
from serve.editing.editing_engines import EditingEngines
from tests.support.browsing import needs_chromium, wait_until
from tests.support.dashboard_server import served
from tests.support.watched_film import dubbed_film

pytestmark = [pytest.mark.browser, needs_chromium]


@pytest.fixture
def site(service, tmp_path):
    """The dashboard with a synthesizer that needs a tenth of a second a character."""
    voice = FakeSynthesizer()
    with served(
        service, tmp_path, editing=EditingEngines(voice, Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), voice))
    ) as site:
        yield site


@pytest.fixture
def task(service, site):
    found = dubbed_film(service, site, seconds=12)
    take = site.settings.artifacts / "es" / "1.flac"
    take.parent.mkdir(parents=True)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=660:d=8", str(take)], check=True)
    return found


def test_a_lines_dub_pauses_the_film_and_the_film_stops_the_dub(window, task):
    page = window.open(f"/?task={task.id}")
    wait_until(page, "document.querySelectorAll('#player .track option').length > 1")
    page.get_by_role("button", name="Play", exact=True).click()
    wait_until(page, "document.querySelector('#player video')?.currentTime > 0.3")
    page.get_by_role("button", name="Play dub of line 1", exact=True).click()
    wait_until(page, "document.querySelector('#player video').paused")
    heard = page.locator("#script-1 [data-hear=take][aria-pressed=true]")
    heard.wait_for()
    page.get_by_role("button", name="Play", exact=True).click()
    heard.wait_for(state="detached")
    assert not page.evaluate("document.querySelector('#player video').paused")


def test_a_line_is_made_anew_heard_and_chosen_a_voice_auditioned_and_a_line_locked(service, window, task, site):
    page = window.open(f"/?task={task.id}")
    page.locator("#script-2").get_by_role("button", name="Takes of line 2").click()
    dialog = page.get_by_role("dialog", name="Takes of line 2")
    dialog.get_by_label("Text").fill("Quince letras")
    dialog.get_by_label("Voice").select_option("m1")
    dialog.get_by_role("button", name="Make takes").click()
    dialog.get_by_text("3 new takes.").wait_for()
    dialog.get_by_text("voice m1, other wording, pace ×1.08 · 1.2 s").wait_for()
    for scheme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        assert not [(each["id"], each["nodes"][0]["html"]) for each in Axe().run(page).response["violations"]], (scheme, width)
    with page.expect_response(lambda answer: answer.url.endswith("/audio")) as heard:
        dialog.get_by_role("button", name="Play take 2").click()
    assert heard.value.status in {200, 206}
    dialog.get_by_role("button", name="Choose take 2").click()
    dialog.get_by_text("Chosen. The film is mixed again").wait_for()
    assert dialog.get_by_role("button", name="Choose take 2").get_attribute("aria-pressed") == "true"
    page.keyboard.press("Escape")
    assert [(take.number, take.text) for take in service.store.takes.list_kept(task.id)] == [(2, "Quince letras")]
    page.locator("#head").get_by_text("Queued", exact=True).wait_for()
    page.locator("#script-3 [data-lock]").focus()
    page.keyboard.press("l")
    page.locator("#script-3 [data-lock]", has_text="Locked").wait_for()
    assert {take.number for take in service.store.takes.list_kept(task.id) if take.is_locked} == {3}
    page.get_by_role("link", name="Voices").click()
    card = page.locator("#voices-2")
    card.locator("select[data-language=es]").select_option("m1")
    with page.expect_response(lambda answer: "/audition?" in answer.url) as auditioned:
        card.get_by_role("button", name="Listen to a line of Speaker 2 in this Spanish voice").click()
    assert "voice=m1" in auditioned.value.url
    assert auditioned.value.status == 200


def test_a_text_is_estimated_while_it_is_typed(service, window, task, site):
    page = window.open(f"/?task={task.id}")
    text = page.locator("#script-2 textarea[name=text]")
    told = page.locator("#estimate-2")
    text.fill("Quince letras.")
    page.locator("#script-3 textarea[name=text]").fill("♪")  # within the same moment: both are told
    page.locator("#estimate-3").get_by_text("Nothing to speak").wait_for()
    told.get_by_text("10 characters/s · 0.6 s left", exact=True).wait_for()
    text.fill("x" * 22)
    told.get_by_text("10 characters/s · 0.2 s over", exact=True).wait_for()
    text.fill("x" * 40)
    told.get_by_text("Far too long: 1.6 s more than there is, 1.7× the natural pace. Shorten it.").wait_for()
    text.fill("… ♪")
    told.get_by_text("Nothing to speak").wait_for()
    page.locator("#estimate-said", has_text="Line 2: Nothing to speak").wait_for(state="attached")
    page.reload()  # the draft is estimated again
    told.get_by_text("Nothing to speak").wait_for()
    page.get_by_role("button", name="Discard").click()
    told.wait_for(state="hidden")
