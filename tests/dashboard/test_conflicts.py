"""Two tabs on one film in a real browser: the second that saves decides line by line, and nothing is lost."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.support.browsing import needs_chromium, wait_until
from tests.support.dashboard import add_dub

pytestmark = [pytest.mark.browser, needs_chromium]


def write(page, number, text):
    page.locator(f"#script-{number} textarea[name=text]").fill(text)


def shown(page, number):
    return page.locator(f"#script-{number} textarea[name=text]").input_value()


def test_the_second_of_two_tabs_chooses_line_by_line(service, window):
    task, _ = add_dub(service, "/films/a.mkv", lines=12)
    second = window.open(f"/?task={task.id}")
    second.locator("#script-4").wait_for()
    for number, text in ((4, "mine 4"), (7, "mine 7"), (9, "mine 9")):
        write(second, number, text)
    write(second, 10, " ")
    first = window.open(f"/?task={task.id}")
    first.locator("#script-4").wait_for()
    for number in (4, 7):
        write(first, number, f"theirs {number}")
    first.get_by_role("button", name="Save and re-dub").click()
    first.locator("#drafts").wait_for(state="hidden")
    second.get_by_text("4 lines changed. 2 lines were changed elsewhere: 4, 7").wait_for()
    second.get_by_role("button", name="Save and re-dub").click()
    dialog = second.get_by_role("dialog", name="Changed by somebody else")
    dialog.wait_for()
    assert dialog.locator("fieldset").all_inner_texts()[0].split("\n") == [
        *("Line 4", "Yours", "Translation", "mine 4", "Theirs", "Translation", "theirs 4")
    ]
    for scheme in ("dark", "light"):
        second.emulate_media(color_scheme=scheme)
        assert not [each["id"] for each in Axe().run(second).response["violations"] if each["impact"] in {"serious", "critical"}]
    dialog.get_by_role("group", name="Line 4").get_by_role("radio", name="Yours").check()
    dialog.get_by_role("button", name="Keep the chosen").click()
    assert dialog.is_visible(), "each line is decided"
    dialog.get_by_role("button", name="Decide later").click()
    second.get_by_text("Save again to decide").wait_for()
    assert (shown(second, 4), shown(second, 7)) == ("mine 4", "mine 7"), "nothing is lost"
    second.get_by_role("button", name="Save and re-dub").click()
    dialog.get_by_role("group", name="Line 4").get_by_role("radio", name="Yours").check()
    dialog.get_by_role("group", name="Line 7").get_by_role("radio", name="Theirs").check()
    dialog.get_by_role("button", name="Keep the chosen").click()
    second.locator("#script-10 .refusal").wait_for()
    assert second.locator("#script-10 .refusal").inner_text().startswith("Line 10: the translation is empty; write a text")
    second.get_by_text("1 line changed").wait_for()
    edits = {line.number: line.edit.text for line in service.store.lines.list_lines(task.id, "es") if line.edit}
    assert edits == {4: "mine 4", 7: "theirs 7", 9: "mine 9"}
    wait_until(second, "document.querySelector('#script-7 textarea[name=text]').value === 'theirs 7'")
    write(second, 10, "diez")
    second.get_by_role("button", name="Save and re-dub").click()
    second.locator("#drafts").wait_for(state="hidden")
    assert second.locator(".refusal").count() == 0
    window.complaints[:] = [said for said in window.complaints if "Failed to load resource" not in said]  # the film is no file
