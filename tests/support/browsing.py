"""Headless Chromium for tests, without a word to anybody but the page under test."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=30_000)  # as all other waits of Playwright: its own 5 s are short on a busy machine

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt install chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, closed when the block ends."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


def log_in(context: BrowserContext, url: str, credentials: tuple[str, str]) -> None:
    """Log in, as the login page does: the browser has a session from then on."""
    form = {"username": credentials[0], "password": credentials[1]}
    answer = context.request.post(f"{url}/login", form=form, headers={"origin": url}, max_redirects=0)
    assert answer.status == 303, answer.text()


def wait_until(page: Page, script: str, *, arg: object = None, timeout: float = 30_000) -> None:
    """Wait until a script's value is true. Playwright's own `wait_for_function` evaluates in the page, which the policy forbids."""
    deadline = time.monotonic() + timeout / 1_000
    while not page.evaluate(script, arg):
        assert time.monotonic() < deadline, f"not within {timeout / 1_000:g} s: {script}"
        page.wait_for_timeout(50)


class Window:
    """A browser window on a site, which remembers every request and complaint. `options`: of Playwright's context."""

    def __init__(self, browser: Browser, url: str, credentials: tuple[str, str], **options: Any) -> None:
        self.context = browser.new_context(**options)
        log_in(self.context, url, credentials)
        self.url = url
        self.urls: list[str] = []
        self.complaints: list[str] = []

    def open(self, address: str = "/") -> Page:
        """A tab at an address of the site, as soon as it lives."""
        page = self.context.new_page()
        page.on("request", lambda request: self.urls.append(request.url))
        page.on("websocket", lambda socket: self.urls.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        page.goto(self.url + address)
        page.wait_for_selector("html[data-live]")
        return page

    @property
    def foreign(self) -> list[str]:
        """Requests that left the site."""
        host = self.url.partition("://")[2]
        own = (f"http://{host}/", f"ws://{host}/", f"blob:http://{host}/", "data:")
        return [url for url in self.urls if not url.startswith(own)]


@contextmanager
def window(browser: Browser, url: str, credentials: tuple[str, str], **options: Any) -> Iterator[Window]:
    """A window that is closed when the block ends, and must have had nothing to complain about."""
    opened = Window(browser, url, credentials, **options)
    try:
        yield opened
    finally:
        opened.context.close()
    assert not opened.complaints, opened.complaints  # the security policy's violations are among them
