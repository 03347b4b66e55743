"""The report's page from a disk in a real browser without a network: drawn, and read by everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from dashboard.views.report_page.document import draw_report_document
from tests.support.browsing import chromium, needs_chromium
from tests.support.dub_reports import DUB

pytestmark = [pytest.mark.slow, pytest.mark.browser, needs_chromium]


def test_the_page_opens_without_a_server_and_has_no_accessibility_violation(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(draw_report_document(DUB), encoding="utf-8")
    requests, complaints = [], []
    with chromium() as browser:
        page = browser.new_context(offline=True, bypass_csp=True).new_page()  # axe is a script, which the page itself refuses
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda said: complaints.append(said.text))
        page.goto(path.as_uri() + "#line-7")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert [(each["id"], each["nodes"][0]["html"][:200]) for each in Axe().run(page).response["violations"]] == []
        drawn = page.evaluate(
            "[...document.querySelectorAll('svg .mark')].filter(each => each.getBoundingClientRect().width > 1).length"
        )
        for width in (360, 1360):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert requests == [path.as_uri()] and not complaints
    assert drawn > 60
