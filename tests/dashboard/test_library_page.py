"""The library page in a browser: films with the state of their languages, filters, a scan, and the dubbing of what is missing."""

import shutil

import pytest
from axe_playwright_python.sync_playwright import Axe
from in_process_service import make_film
from playwright.sync_api import expect

from pipeline.values.rules.rule import Rule
from tests.support.browsing import needs_chromium, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]


@pytest.fixture
def library(site):
    """A film for each state: the rule of the folder Both wants a second language."""
    root = site.settings.library_roots[0]
    for folder in ("Both", "Skipped"):
        (root / folder).mkdir()
    make_film(root / "English.mkv")
    make_film(root / "Spanish.mkv", language="spa")
    shutil.copy(root / "Spanish.mkv", root / "Both" / "Half.mkv")
    shutil.copy(root / "English.mkv", root / "Skipped" / "Extra.mkv")
    rules = [Rule("Both", str(root / "Both"), target_langs=("es", "ca")), Rule("Skipped", str(root / "Skipped"), skip=True)]
    site.service.store.rules.replace_rules(rules)
    return root


def test_the_library_shows_each_state_and_dubs_what_is_missing(window, site, library):
    page = window.open("/?page=library")
    rows = page.locator("#coverage tbody tr")
    expect(rows).to_have_count(4, timeout=120_000)  # the page scans what nobody scanned yet
    wait_until(page, "() => document.querySelector('#coverage-said').textContent.startsWith('Scanned')")
    states = rows.evaluate_all("rows => rows.map((row) => `${row.children[1].textContent}: ${row.children[2].textContent}`)")
    assert states == ["English: Needs a dub", "Extra: Not wanted", "Half: Partial", "Spanish: Complete"]
    expect(rows.nth(2)).to_contain_text("Spanish: in the film")
    expect(rows.nth(1)).to_contain_text("left out by the rule Skipped")
    violations = Axe().run(page).response["violations"]
    assert not violations, [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations]
    page.get_by_role("button", name="Partial 1").click()
    expect(rows).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="All 4").click()
    page.get_by_role("searchbox", name="Search by title or folder").fill("Both Half")
    expect(rows).to_have_count(1)
    page.get_by_role("searchbox", name="Search by title or folder").fill("")
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="State", exact=True).click()
    expect(rows.first).to_contain_text("English")
    page.get_by_label("Select English").check()
    expect(page.locator("#coverage-selected")).to_have_text("1 film selected")
    page.get_by_role("button", name="Dub all that need it").click()
    expect(page.locator("#confirm-film")).to_have_text("2 films")
    page.locator("#confirm-yes").click()
    expect(page.locator("#toast")).to_contain_text("queued.")
    expect(rows.first).to_contain_text("queued", timeout=60_000)
    tasks = {task.path.name: task.target_langs for task in site.service.store.tasks.list_newest()[0]}
    assert tasks["English.mkv"] == ("es",)
