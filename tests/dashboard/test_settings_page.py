"""The settings page in a browser: what is typed there is tested, saved, refused and kept secret."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from fakes import FakeDiarizer, FakeSynthesizer, FakeTranscriber, FakeTranslator
from in_process_service import make_film
from playwright.sync_api import expect

from pipeline.engines.protocols import Engines
from serve.editing.editing_engines import EditingEngines
from tests.support.browsing import needs_chromium
from tests.support.dashboard_server import served
from tests.support.media_servers import KEY, media_server

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]


@pytest.fixture
def site(service, tmp_path):
    """The dashboard with a synthesizer whose voices can be chosen."""
    voice = FakeSynthesizer()
    engines = Engines(FakeTranscriber(), FakeDiarizer(), FakeTranslator(), voice)
    with served(service, tmp_path, editing=EditingEngines(voice, engines)) as site:
        yield site


def send_webhook(page, site):
    """A webhook of a film in the folder Anime, whose task has the languages of the rule Anime."""
    film = site.settings.library_roots[0] / "Anime" / "film.mkv"
    film.parent.mkdir()
    make_film(film)
    answer = page.request.post(f"{site.url}/webhook", data={"path": f"/tv/Anime/{film.name}"})
    assert answer.json()["status"] == "queued", answer.text()
    (task,) = site.service.store.tasks.list_newest()[0]
    assert (task.target_langs, task.rule) == (("ca",), "Anime")


def press_until(page, name, *, role="button"):
    """Press Tab until an element has the focus: nothing else leads there."""
    wanted = page.get_by_role(role, name=name, exact=True)
    for _ in range(150):
        if wanted.evaluate_all("all => all.includes(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}")


def test_an_owner_sets_the_service_up_by_keyboard_alone(window, site, tmp_path):
    (tmp_path / ".env").unlink()  # nobody set it up yet
    library = site.settings.library_roots[0]
    with media_server() as sonarr:
        page = window.open("/")
        expect(page.locator("#setup-title")).to_have_text("Setup: Languages")
        axe = Axe().run(page).response["violations"]
        press_until(page, "Next")
        page.keyboard.press("Enter")
        expect(page.locator("#setup-title")).to_have_text("Setup: Library folders")
        page.keyboard.type("/etc")
        press_until(page, "Next")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("folder of the system")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Control+a")
        page.keyboard.type(str(library))
        press_until(page, "Next")
        page.keyboard.press("Enter")
        expect(page.locator("#setup-title")).to_have_text("Setup: Connection")
        press_until(page, "Address", role="textbox")
        page.keyboard.type(sonarr.url)
        page.keyboard.press("Tab")
        page.keyboard.type(KEY)
        press_until(page, "Test")
        page.keyboard.press("Enter")
        expect(page.locator("#setup-tested")).to_have_text("Sonarr 4.0 answers")
        axe += Axe().run(page).response["violations"]
        press_until(page, "Next")
        page.keyboard.press("Enter")
        expect(page.locator("#setup-title")).to_have_text("Setup: First film")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{site.url}/")
    assert f"LIBRARY_ROOTS={library}" in (tmp_path / ".env").read_text() and KEY in (tmp_path / ".env").read_text()
    page = window.open("/?page=settings")
    expect(page.locator("#setup")).not_to_be_visible()  # it is offered no more
    press_until(page, "Path mappings", role="textbox")
    page.keyboard.type(f"/tv={library}")
    press_until(page, "Save")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Takes effect at once")
    press_until(page, "Add rule")
    page.keyboard.press("Enter")
    page.keyboard.type("Anime")
    page.keyboard.press("Tab")
    page.keyboard.type("*anime*")
    press_until(page, "Catalan (ca)", role="checkbox")
    page.keyboard.press("Space")
    axe += Axe().run(page).response["violations"]
    page.keyboard.press("Enter")
    expect(page.locator("#rules tbody tr")).to_contain_text("into Catalan (ca)")
    send_webhook(page, site)
    assert not axe
    window.complaints[:] = [said for said in window.complaints if "422" not in said]


def test_an_owner_sets_the_service_up_by_mouse(window, site, tmp_path):
    with media_server() as sonarr:
        page = window.open("/")
        page.get_by_role("link", name="Settings").click()
        page.get_by_label("Sonarr address").fill(sonarr.url)
        page.get_by_label("Sonarr API key").fill("wrong")
        page.get_by_role("button", name="Test Sonarr").click()
        expect(page.locator("#test-sonarr")).to_contain_text("refuses the key")
        page.get_by_label("Sonarr API key").fill(KEY)
        page.get_by_role("button", name="Test Sonarr").click()
        expect(page.locator("#test-sonarr")).to_have_text("Sonarr 4.0 answers")
    page.get_by_label("Path mappings").fill("/tv")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("from=to")
    assert KEY not in (tmp_path / ".env").read_text()  # nothing is saved unless all is right
    page.get_by_role("link", name="System").click()
    page.get_by_role("button", name="Stay").click()
    page.get_by_label("Path mappings").fill(f"/tv={site.settings.library_roots[0]}")
    page.get_by_label("Profile").select_option("embedded")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#settings-pending")).to_contain_text("Takes effect after a redeploy: Profile.")
    assert KEY in (tmp_path / ".env").read_text()
    assert KEY not in page.content()
    page.get_by_role("button", name="Redeploy").click()
    expect(page.locator("#toast")).to_have_text("Redeployed.", timeout=15_000)
    page.get_by_role("button", name="Replace: Sonarr API key").click()
    expect(page.get_by_label("Sonarr API key")).to_be_focused()
    page.get_by_role("button", name="Add rule").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Anime")
    page.get_by_label("Folder, series or pattern").fill("/")
    page.locator("#rule").get_by_label("Catalan (ca)", exact=True).check()
    page.locator("#rule").get_by_role("button", name="Save").click()
    expect(page.locator("#rule-said")).to_contain_text("give a folder or a pattern")
    page.get_by_label("Folder, series or pattern").fill("*anime*")
    page.locator("#rule").get_by_label("ca-high", exact=True).check()
    page.locator("#rule").get_by_role("button", name="Save").click()
    expect(page.locator("#rules tbody tr")).to_contain_text("into Catalan (ca) · 1 voice")
    page.get_by_role("button", name="Edit: Anime").click()
    expect(page.locator("#rule").get_by_label("ca-high", exact=True)).to_be_checked()
    page.locator("#rule").get_by_role("button", name="Save").click()
    send_webhook(page, site)
    page.get_by_role("link", name="Dubs", exact=True).click()
    expect(page.locator("#page")).to_contain_text("film.mkv")
    window.complaints[:] = [said for said in window.complaints if "422" not in said]  # Chromium notes the refusal
