"""The interactive documentation in a real browser: it renders, loads nothing from elsewhere, keeps to the Content Security Policy."""

import pytest

from tests.support.browsing import needs_chromium

pytestmark = [pytest.mark.browser, needs_chromium]


def test_swagger_ui_renders_and_sends_a_request_with_assets_of_this_machine_alone(service, site, window):
    pytest.importorskip("fastapi_offline", reason="Swagger UI is not installed; ./dubarr setup brings it")
    service.add("film.mkv")
    page = window.context.new_page()
    page.on("request", lambda request: window.urls.append(request.url))
    page.on("pageerror", lambda error: window.complaints.append(str(error)))
    page.on("console", lambda said: window.complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{site.url}/docs")
    page.get_by_text("Dubs films into other languages.").wait_for()
    operation = page.locator("#operations-resources-list_tasks_api_tasks_get")
    operation.locator("button").first.click()
    operation.get_by_role("button", name="Execute").click()
    operation.locator(".live-responses-table .response-col_status").get_by_text("200").first.wait_for()
    assert window.foreign == [] and window.complaints == []
