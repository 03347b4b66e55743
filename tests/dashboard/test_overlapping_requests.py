"""Overlapping requests of the page in a real browser: an action before the answer to the last one loses nothing, is done once, and
shows on no other page.
"""

import pytest
from playwright.sync_api import expect

from pipeline.values.rules.rule import Rule
from tests.support.browsing import needs_chromium
from tests.support.dashboard import add_dub

pytestmark = [pytest.mark.browser, needs_chromium]
SAVED = "Saved. The changed lines are re-dubbed."


def hold(page, address, act):
    """The first request to an address that an action sends, held until `continue_()`."""
    held = []
    page.route(address, lambda route: held.append(route), times=1)  # noqa: PLW0108 -- Playwright marks the function
    act()
    for _ in range(200):
        if held:
            return held[0]
        page.wait_for_timeout(50)
    raise AssertionError(f"no request to {address}")


def ignore_missing_film(window):
    """Chromium notes that the dub of these tests is no file."""
    window.complaints[:] = [said for said in window.complaints if "Failed to load resource" not in said]


def text_of(page, number):
    return page.locator(f"#script-{number} textarea[name=text]")


def list_texts(service, task):
    return {line.number: line.edit.text for line in service.store.lines.list_lines(task.id, "es") if line.edit}


def test_what_is_typed_while_drafts_are_sent_is_sent_next(window, service, site):
    task, _ = add_dub(service, "/films/a.mkv", lines=12)
    page = window.open(f"/?task={task.id}")
    for number in (4, 5):
        text_of(page, number).fill("first")
    save = page.get_by_role("button", name="Save and re-dub")
    sent = hold(page, "**/lines", save.click)
    text_of(page, 4).fill("second")
    sent.continue_()
    expect(page.locator("#toast")).to_have_text(SAVED)
    expect(page.locator("#drafts-said")).to_contain_text("1 line changed")
    expect(text_of(page, 4)).to_have_value("second")
    save.click()
    expect(page.locator("#drafts")).to_be_hidden()
    site.settles("both are saved", lambda: list_texts(service, task) == {4: "second", 5: "first"})
    ignore_missing_film(window)


def test_drafts_that_are_sent_are_those_of_the_film_they_were_made_on(window, service, site):
    films = [add_dub(service, f"/films/{name}.mkv", lines=12)[0] for name in "ab"]
    page = window.open(f"/?task={films[1].id}")
    text_of(page, 4).fill("of b")
    expect(page.locator("#drafts-said")).to_contain_text("1 line changed")
    page.goto(f"{window.url}/?task={films[0].id}")
    text_of(page, 4).fill("of a")
    sent = hold(page, "**/lines", lambda: page.keyboard.press("Control+s"))
    page.get_by_role("link", name="Dubs", exact=True).click()
    page.locator("#tasks").get_by_role("link", name="b.mkv").first.click()
    expect(text_of(page, 4)).to_have_value("of b")
    sent.continue_()
    expect(page.locator("#toast")).to_have_text(SAVED)
    expect(text_of(page, 4)).to_have_value("of b")
    page.get_by_role("button", name="Save and re-dub").click()
    wanted = [{4: "of a"}, {4: "of b"}]
    site.settles("each is saved", lambda: [list_texts(service, each) for each in films] == wanted or page.wait_for_timeout(50))
    page.goto(f"{window.url}/?task={films[0].id}")
    expect(text_of(page, 4)).to_have_value("of a")
    expect(page.locator("#drafts")).to_be_hidden()
    ignore_missing_film(window)


def test_an_import_ends_when_its_film_is_left(window, service, tmp_path):
    films = [add_dub(service, f"/films/{name}.mkv", lines=3)[0] for name in "ab"]
    script = tmp_path / "script.srt"
    page = window.open(f"/?task={films[0].id}")
    script.write_bytes(
        page.request.get(f"{window.url}/api/tasks/{films[0].id}/script?language=es&format=srt").body().replace(b"2", b"9")
    )
    page.get_by_role("link", name="Dubs", exact=True).click()
    page.locator("#tasks").get_by_role("link", name="b.mkv").first.click()
    page.locator("#script_tools summary").click()
    with page.expect_file_chooser() as chooser:
        page.locator("#script-import").click()
    chooser.value.set_files(script)
    page.locator("#import").wait_for()
    page.go_back()
    expect(page.locator("#import")).to_be_hidden()
    ignore_missing_film(window)


def test_a_selection_of_another_filter_is_dropped(window, service):
    for name in ("calm.mkv", "storm.mkv"):
        service.add(name)
    page = window.open()
    page.get_by_label("Select calm.mkv").check()
    asked = hold(page, "**/tasks/ids?*", page.get_by_role("button", name="Select all").click)
    page.get_by_role("link", name="Failed").click()
    page.get_by_text("No results").wait_for()
    with page.expect_response("**/tasks/ids?*"):
        asked.continue_()
    page.wait_for_timeout(300)
    expect(page.locator("#bulk")).to_be_hidden()


LEAVE_WHILE_TYPING = """([form, link]) => { const box = document.querySelector(`${form} input[type=search]`)
    box.value = "film"
    box.dispatchEvent(new Event("input", { bubbles: true }))
    document.querySelector(`nav a[href="?page=${link}"]`).click() }"""


def test_a_search_does_not_follow_to_the_next_page(window, service):
    service.add("film.mkv")
    page = window.open()
    for form, link, shown in (("form[data-find]", "library", "#coverage-find"), ("#coverage-find", "settings", "#settings")):
        page.evaluate(LEAVE_WHILE_TYPING, [form, link])
        page.locator(shown).wait_for()
        page.wait_for_timeout(400)
        assert page.url.endswith(f"?page={link}")


def test_a_speaker_that_is_renamed_again_while_it_is_saved_has_the_last_name(window, service, site):
    task, _ = add_dub(service, "/films/a.mkv", lines=3)
    page = window.open(f"/?task={task.id}&part=voices")
    answered = []
    page.on("requestfinished", lambda sent: answered.append(sent) if sent.method == "PATCH" else None)
    name = page.locator("form[data-speaker] input[name=name]").first
    name.fill("Ana")
    sent = hold(page, "**/speakers/*", lambda: name.press("Enter"))
    name.fill("Anabel")
    name.press("Enter")
    page.wait_for_timeout(300)
    sent.continue_()
    site.settles("both are answered", lambda: len(answered) == 2 or page.wait_for_timeout(50))
    assert [each.name for each in service.store.cast.list_edits(task.id)] == ["Anabel"]
    ignore_missing_film(window)


def test_a_lock_pressed_twice_is_open(window, service, site):
    task, _ = add_dub(service, "/films/a.mkv", lines=3)
    page = window.open(f"/?task={task.id}")
    page.locator("#script-2 [data-lock]").focus()
    sent = hold(page, "**/lines/2", lambda: page.keyboard.press("l"))
    page.keyboard.press("l")
    with page.expect_request_finished(lambda each: each.method == "PATCH" and '"locked":null' in (each.post_data or "")):
        sent.continue_()
    assert not [take for take in service.store.takes.list_kept(task.id) if take.is_locked]
    ignore_missing_film(window)


def test_takes_of_a_line_are_not_shown_in_the_dialog_of_another(window, service):
    task, _ = add_dub(service, "/films/a.mkv", lines=3)
    page = window.open(f"/?task={task.id}")
    asked = hold(page, "**/lines/2/takes?*", page.get_by_role("button", name="Takes of line 2").click)
    page.keyboard.press("Escape")
    with page.expect_response("**/lines/3/takes?*"):
        page.get_by_role("button", name="Takes of line 3").click()
    take = {
        "id": 1,
        "text": "Dos",
        "language": "es",
        "varied": "rendition",
        "seconds": 1.0,
        "rate": 1.0,
        "wer": None,
        "chosen": False,
    }
    asked.fulfill(json={"takes": [take]})
    page.wait_for_timeout(300)
    expect(page.locator("#takes-list > li")).to_have_count(0)
    ignore_missing_film(window)


def test_a_double_click_does_a_thing_once(window, site, tmp_path):
    site.service.store.rules.replace_rules([Rule(name, f"/films/{name}", skip=True) for name in "ABC"])
    (tmp_path / ".env").unlink()  # nobody set the service up yet
    page = window.open()
    expect(page.locator("#setup-title")).to_have_text("Setup: Languages")
    page.locator("#setup-next").click(click_count=2, delay=150)
    expect(page.locator("#setup-title")).to_have_text("Setup: Library folders")
    page.wait_for_timeout(300)
    expect(page.locator("#setup-title")).to_have_text("Setup: Library folders")
    page.goto(f"{window.url}/?page=settings")
    expect(page.locator("#rules tbody tr")).to_have_count(3)
    page.get_by_role("button", name="Delete: A").click(click_count=2, delay=150)
    expect(page.locator("#rules tbody tr")).to_have_count(2)
    page.wait_for_timeout(300)
    assert [rule.name for rule in site.service.store.rules.list_rules()] == ["B", "C"]


def test_a_setting_that_is_typed_while_others_are_saved_stays(window):
    page = window.open("/?page=settings")
    page.get_by_label("Sonarr address").fill("http://nas:8989")
    sent = hold(page, "**/api/settings", page.get_by_role("button", name="Save").click)
    page.get_by_label("Radarr address").fill("http://nas:7878")
    sent.continue_()
    expect(page.locator("#toast")).to_contain_text("Saved.")
    expect(page.get_by_label("Radarr address")).to_have_value("http://nas:7878")
    expect(page.get_by_label("Radarr address")).to_be_focused()
    expect(page.locator("#settings-count")).to_have_text("1 unsaved change")
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_label("Radarr address")).to_have_value("")


def test_a_rule_of_another_tab_is_kept_beside_that_of_this_one(window, site):
    page = window.open("/?page=settings")
    page.get_by_role("button", name="Add rule").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Mine")
    page.get_by_label("Folder, series or pattern").fill("/films/mine")
    page.locator("#rule [name=skip]").check()
    site.service.store.rules.replace_rules([Rule("Theirs", "/films/theirs", skip=True)])
    page.locator("#rule").get_by_role("button", name="Save").click()
    expect(page.locator("#rule-said")).to_contain_text("changed elsewhere")
    expect(page.locator("#rules tbody tr")).to_contain_text(["Theirs"])
    page.locator("#rule").get_by_role("button", name="Save").click()
    expect(page.locator("#rules tbody tr")).to_contain_text(["Theirs", "Mine"])
    assert [rule.name for rule in site.service.store.rules.list_rules()] == ["Theirs", "Mine"]
    window.complaints[:] = [said for said in window.complaints if "409" not in said]  # Chromium notes the refusal
