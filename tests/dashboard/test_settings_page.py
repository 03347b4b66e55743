"""The settings page in a browser: what is typed there is tested, saved, refused and kept secret."""

import pytest
from playwright.sync_api import expect

from tests.support.browsing import needs_chromium
from tests.support.media_servers import KEY, media_server

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]


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
    window.complaints[:] = [said for said in window.complaints if "422" not in said]  # Chromium notes the refusal
