"""Logging in and out in a browser, and the dashboard under a content policy without `unsafe-eval`."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.browsing import Window, needs_chromium, wait_until
from tests.support.dashboard import StoreService, add_dub
from tests.support.dashboard_server import PASSWORD, USER, Site

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]


def fill_in(page: Page, password: str) -> None:
    page.get_by_label("User").fill(USER)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_a_person_logs_in_comes_where_they_wanted_stays_in_and_logs_out(site: Site, browser: Browser) -> None:
    for options in ({"java_script_enabled": False}, {"color_scheme": "dark"}, {}):
        context = browser.new_context(**options)
        page = context.new_page()
        page.goto(f"{site.url}/?page=settings")
        expect(page).to_have_url(f"{site.url}/login?next=%2F%3Fpage%3Dsettings")
        expect(page.get_by_label("User")).to_be_focused()
        fill_in(page, f"wrong {len(options)} {options}")
        expect(page.get_by_role("alert")).to_have_text("Wrong user or password.")
        expect(page.get_by_label("User")).to_have_value(USER)
        if options.get("java_script_enabled", True):
            assert Axe().run(page).response["violations"] == [], "axe is a script: it runs where scripts do"
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{site.url}/?page=settings")
        page.reload()
        expect(page).to_have_url(f"{site.url}/?page=settings")
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_url(f"{site.url}/login")
        page.go_back()
        page.reload()
        expect(page).to_have_url(f"{site.url}/login?next=%2F%3Fpage%3Dsettings")
        context.close()


def test_a_key_is_made_shown_once_used_and_revoked_on_the_settings_page(window: Window, site: Site) -> None:
    page = window.open("/?page=settings")
    expect(page.get_by_text("No API keys yet.")).to_be_visible()
    page.get_by_label("Name of the key").fill("sonarr")
    page.get_by_role("button", name="Add key").click()
    shown = page.get_by_label("New API key")
    expect(shown).to_have_value(re.compile("^dubarr_.{43}$"))
    secret = shown.input_value()
    row = page.locator("#keys tbody tr")
    expect(row).to_contain_text("Webhook")
    expect(row).to_contain_text("Never")
    axe = Axe().run(page, context="section:has(#keys)").response["violations"]
    assert page.request.post(f"{site.url}/webhook?apikey={secret}", data={"eventType": "Test"}).ok
    page.get_by_role("button", name="Add key").click()  # no name
    page.get_by_label("Name of the key").fill("Sonarr")
    page.get_by_role("button", name="Add key").click()
    expect(page.locator("#key-said")).to_contain_text("already")
    page.reload()
    expect(row).not_to_contain_text("Never")
    expect(page.get_by_label("New API key")).not_to_be_visible()
    assert secret not in page.content()
    page.get_by_role("button", name="Revoke: sonarr").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("No API keys yet.")).to_be_visible()
    assert not site.service.store.keys.list_keys()
    assert page.request.post(f"{site.url}/webhook?apikey={secret}", data={"eventType": "Test"}).status == 401
    assert not axe
    window.complaints[:] = [said for said in window.complaints if "409" not in said]


def test_the_dashboard_with_its_figures_needs_no_eval(window: Window, service: StoreService) -> None:
    task, _ = add_dub(service, "film.mkv", lines=12)
    page = window.open("/")
    policy = page.request.get(window.url).headers["content-security-policy"]
    assert "unsafe-eval" not in policy and "script-src 'self' 'nonce-" in policy
    for address in (f"/?task={task.id}&part=report", f"/?task={task.id}&part=work", "/?page=system"):
        page = window.open(address)
        wait_until(page, "document.querySelector('[data-figure]') !== null")
        wait_until(page, "[...document.querySelectorAll('[data-figure]')].every(each => each.children.length)")
        for canvas in page.locator("[data-figure] .bk-Figure").all()[:3]:
            canvas.scroll_into_view_if_needed()
            canvas.hover()
    page.evaluate("setTimeout(() => { try { eval('1') } catch (error) { window.refused = error.name } })")
    wait_until(page, "window.refused === 'EvalError'")
    window.complaints[:] = [said for said in window.complaints if "404" not in said]  # figures of a dub without a report
