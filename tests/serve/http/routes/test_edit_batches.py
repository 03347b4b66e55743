"""Batches of edits over HTTP: two clients on one task, single refusals, times, and lines that are added and deleted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from in_process_service import Served

from pipeline.values.tasks import DubRequest, LineRow, SpeakerRow

LINE = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")


@pytest.fixture
def url(service: Served) -> str:
    """A finished film of 60 s with five lines of one speaker, the French dub from its own subtitles."""
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es", "ca", "fr"), duration=60.0))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    for language in ("es", "ca", "fr"):
        rows = [
            replace(LINE, language=language, number=n, start=4.0 * n, end=4.0 * n + 3.0, subtitled=language == "fr")
            for n in range(1, 6)
        ]
        service.store.lines.replace_lines(claim[1], language, rows)
    speakers = [SpeakerRow(label, 9.0, 110.0, None, (), "ge2e") for label in ("S1", "S2")]
    service.store.lines.put_speakers(claim[1], speakers)
    service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    return f"/api/tasks/{claim[0].id}"


def send(service: Served, url: str, *edits: dict[str, Any], **rest: Any) -> httpx.Response:
    body = {"edits": [{"language": "es"} | edit for edit in edits]} | rest
    return service.client.patch(f"{url}/lines", json=body)


def lines(service: Served, url: str, language: str = "es") -> list[dict[str, Any]]:
    return service.client.get(f"{url}/lines", params={"language": language}).json()["lines"]


def edit_of(service: Served, url: str, number: int, language: str = "es") -> dict[str, Any]:
    (found,) = (line["edit"] for line in lines(service, url, language) if line["number"] == number)
    return {name: value for name, value in (found or {}).items() if value is not None}


def refusals(answer: httpx.Response) -> dict[int | str, str]:
    return {each["number"] or each["key"]: each["message"] for each in answer.json()["refused"]}


def test_two_clients_on_one_revision_lose_nothing(service: Served, url: str) -> None:
    first = send(service, url, {"number": 1, "text": "theirs"}, {"number": 2, "speaker": "S2"}, based_on={"es": 1})
    assert (first.status_code, first.json()["applied"], first.json()["revisions"]["es"]) == (200, 2, 2)
    second = send(
        service,
        url,
        {"number": 1, "text": "mine", "speaker": "S2"},
        {"number": 2, "speaker": "S2", "text": "also mine"},
        {"number": 3, "text": "new"},
        based_on={"es": 1},
    )
    body = second.json()
    assert (second.status_code, body["applied"], body["status"]) == (200, 3, "QUEUED")
    conflict = {"number": 1, "language": "es", "field": "text", "yours": "mine", "theirs": "theirs"}
    assert body["conflicts"] == [conflict], "the same speaker on both sides is none, and other cells of the line apply"
    assert edit_of(service, url, 1) == {"text": "theirs", "speaker": "S2"}
    assert edit_of(service, url, 2) == {"text": "also mine", "speaker": "S2"}
    alone = send(service, url, {"number": 1, "text": "mine"}, based_on={"es": 1})
    assert (alone.status_code, alone.json()["conflicts"]) == (409, [conflict])
    assert "changed by somebody else since, and left so: line 1" in alone.json()["detail"]
    chosen = send(service, url, {"number": 1, "text": "mine"}, based_on={"es": body["revisions"]["es"]})
    assert (chosen.status_code, edit_of(service, url, 1)["text"]) == (200, "mine")


def test_a_cell_that_was_changed_and_changed_back_is_no_conflict(service: Served, url: str) -> None:
    send(service, url, {"number": 1, "text": "theirs"}, based_on={"es": 1})
    send(service, url, {"number": 1, "text": None})
    assert send(service, url, {"number": 1, "text": "mine"}, based_on={"es": 1}).json()["conflicts"] == []


def test_who_leaves_a_line_out_and_who_words_it_are_in_conflict(service: Served, url: str) -> None:
    send(service, url, {"number": 1, "skip": True}, based_on={"es": 1})
    worded = send(service, url, {"number": 1, "text": "mine"}, based_on={"es": 1}).json()
    assert [(each["field"], each["theirs"]) for each in worded["conflicts"]] == [("text", "")]


def test_an_edit_of_times_applies_as_a_whole_or_not_at_all(service: Served, url: str) -> None:
    send(service, url, {"number": 1, "end": 6.5}, based_on={"es": 1})
    split = send(service, url, {"number": 1, "end": 5.5, "text": "the first half"}, based_on={"es": 1}).json()
    assert {each["field"]: (each["yours"], each["theirs"]) for each in split["conflicts"]} == {
        "text": ("the first half", "hola"),
        "end": (5.5, 6.5),
    }
    assert edit_of(service, url, 1) == {"end": 6.5}


def test_one_bad_edit_refuses_no_other_and_is_told_by_its_line(service: Served, url: str) -> None:
    answer = send(
        service,
        url,
        {"number": 1, "text": "buenas"},
        {"number": 2, "text": "  "},
        {"number": 3, "source_text": ""},
        {"number": 4, "speaker": "S9"},
        {"number": 9, "text": "x"},
        {"number": 5, "text": "x" * 2001},
        {"number": 1, "language": "fr", "source_text": "x"},
    )
    assert (answer.status_code, answer.json()["applied"], answer.json()["status"]) == (200, 1, "QUEUED")
    assert refusals(answer) == {
        2: "Line 2: the translation is empty; write a text, or leave the line out",
        3: "Line 3: the source text is empty; write what is said there, or delete the line",
        4: "Line 4: nobody in the film is called 'S9'; its speakers are S1, S2",
        9: "Line 9: task 1 has no line 9 in 'es'; GET its lines to see which there are",
        5: "Line 5: the translation has 2,001 characters; split the line, 2,000 is the most",
        1: "Line 1: the dub into 'fr' is spoken from its own subtitles, not translated; edit its text",
    }
    alone = send(service, url, {"number": 2, "text": "  "})
    assert (alone.status_code, alone.json()["detail"], alone.json()["applied"]) == (422, refusals(answer)[2], 0)
    nothing = send(service, url)
    assert (nothing.status_code, nothing.json()["detail"]) == (200, None)


def test_edits_of_a_revision_that_is_not_there_yet_are_refused(service: Served, url: str) -> None:
    answer = send(service, url, {"number": 1, "text": "x"}, based_on={"es": 7})
    assert answer.status_code == 422
    assert refusals(answer)[1] == (
        "Line 1: it was edited on revision 7 of the script, which has 1 only; reload the page, and edit it again"
    )


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ({"number": 1, "start": -0.5}, "it would start at -0.500 s, before the film"),
        ({"number": 1, "start": 7.2}, "it would end at 7.000 s, before it starts (7.200 s)"),
        ({"number": 5, "end": 60.5}, "it would end at 60.500 s, after the film (60.000 s)"),
        ({"number": 1, "start": 6.95}, "0.050 s are too short to speak; give it 0.1 s or more"),
        (
            {"number": 1, "end": 8.5},
            "it would overlap line 2 of the same speaker by 0.500 s (8.000 to 11.000 s); move or shorten",
        ),
        ({"number": 3, "start": 10.0}, "it would overlap line 2 of the same speaker by 1.000 s (8.000 to 11.000 s)"),
    ],
)
def test_times_that_cannot_be_are_refused(service: Served, url: str, edit: dict[str, Any], why: str) -> None:
    answer = send(service, url, edit)
    assert answer.status_code == 422 and why in refusals(answer)[edit["number"]]


def test_times_of_translated_dubs_are_the_films_and_those_of_subtitled_ones_their_own(service: Served, url: str) -> None:
    send(service, url, {"number": 1, "start": 4.25}, {"number": 2, "language": "fr", "end": 10.0}, {"number": 3, "locked": True})
    found = {tag: [edit_of(service, url, n, tag) for n in (1, 2, 3)] for tag in ("es", "ca", "fr")}
    assert found == {
        "es": [{"start": 4.25}, {}, {"locked": True}],
        "ca": [{"start": 4.25}, {}, {}],
        "fr": [{}, {"end": 10.0}, {}],
    }
    same = send(service, url, {"number": 1, "start": 4.25}, based_on={"es": 1, "ca": 1, "fr": 1}).json()
    assert same["revisions"] == {"ca": 2, "es": 2, "fr": 2} and same["conflicts"] == []


def test_a_lock_dubs_nothing_again(service: Served, url: str) -> None:
    assert send(service, url, {"number": 3, "locked": True}).json()["status"] == "DONE"


def test_a_line_is_split_and_its_second_half_has_a_number_of_its_own(service: Served, url: str) -> None:
    half = {"key": "a1", "language": "es", "start": 5.6, "end": 7.0, "speaker": "S1", "source_text": "world", "text": "mundo"}
    answer = send(
        service, url, {"number": 1, "end": 5.5, "text": "hola", "source_text": "hello"}, added=[half], based_on={"es": 1}
    )
    assert (answer.status_code, answer.json()["added"], answer.json()["applied"]) == (200, {"a1": 6}, 1)
    assert [line["number"] for line in lines(service, url)] == [1, 6, 2, 3, 4, 5]
    assert [line["number"] for line in lines(service, url, "ca")] == [1, 6, 2, 3, 4, 5], "each dub translates it"
    assert [line["number"] for line in lines(service, url, "fr")] == [1, 2, 3, 4, 5]
    assert edit_of(service, url, 6) == {"text": "mundo"} and edit_of(service, url, 6, "ca") == {}
    heard = send(service, url, {"number": 6, "text": "gente"}, based_on={"es": 1}).json()["conflicts"]
    assert [(each["number"], each["theirs"]) for each in heard] == [], "nobody else had it before"
    again = send(service, url, added=[half | {"start": 30.0, "end": 31.0, "source_text": None}])
    assert again.json()["added"] == {"a1": 7}
    assert 7 not in [line["number"] for line in lines(service, url, "ca")], "a text alone is of one dub"


def test_a_split_whose_first_half_is_refused_adds_no_second_one(service: Served, url: str) -> None:
    half = {"key": "a1", "language": "es", "start": 5.6, "end": 7.0, "speaker": "S1", "text": "mundo"}
    answer = send(service, url, {"number": 1, "end": 5.5, "text": ""}, {"number": 2, "text": "x"}, added=[half])
    assert set(refusals(answer)) == {1, "a1"} and answer.json()["applied"] == 1
    assert refusals(answer)["a1"].startswith("New line at 5.600 s: it would overlap line 1 of the same speaker by 1.400 s")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({}, "it has no text"),
        ({"text": "x", "speaker": "S9"}, "nobody in the film is called 'S9'"),
        ({"text": "x", "language": "de"}, "there is no dub into 'de' yet"),
        ({"source_text": "x", "language": "fr"}, "the dub into 'fr' is spoken from its own subtitles"),
        ({"text": "x", "end": 59.0}, "29.0 s are"),
        ({"text": "x", "end": 99.0}, "after the film"),
    ],
)
def test_a_new_line_that_cannot_be_is_refused(service: Served, url: str, line: dict[str, Any], why: str) -> None:
    answer = send(service, url, added=[{"key": "k", "language": "es", "start": 30.0, "end": 31.0} | line])
    if why.startswith("29.0"):
        assert answer.status_code == 200
    else:
        assert answer.status_code == 422 and why in refusals(answer)["k"]


def test_a_merge_deletes_the_second_line_and_a_deletion_is_taken_back(service: Served, url: str) -> None:
    assert send(service, url, {"number": 1, "end": 11.0, "text": "hola hola"}).status_code == 422, "line 2 is in the way"
    merged = send(service, url, {"number": 1, "end": 11.0, "text": "hola hola"}, {"number": 2, "deleted": True})
    assert (merged.status_code, merged.json()["applied"]) == (200, 2)
    assert edit_of(service, url, 2, "ca") == {"deleted": True}, "a false recognition is one in every translated dub"
    back = send(service, url, {"number": 2, "deleted": None})
    assert back.status_code == 422 and "overlap line 1" in refusals(back)[2]
    both = send(service, url, {"number": 2, "deleted": None}, {"number": 1, "end": None, "text": None})
    assert both.json()["applied"] == 2 and edit_of(service, url, 1) == edit_of(service, url, 2) == {}


def test_the_single_line_and_the_script_import_share_the_rules(service: Served, url: str) -> None:
    one = service.client.patch(f"{url}/lines/1", json={"language": "es", "end": 8.5})
    assert one.status_code == 422 and "overlap line 2" in one.json()["detail"]
    half = {"key": "a1", "language": "es", "start": 5.6, "end": 7.0, "speaker": "S1", "text": "mundo"}
    send(service, url, {"number": 1, "end": 5.5}, {"number": 3, "deleted": True}, added=[half])
    exported = service.client.get(f"{url}/script", params={"language": "es"}).text.splitlines()
    assert [row.split(",")[0:3] for row in exported[1:4]] == [
        ["1", "4.000", "5.500"],
        ["6", "5.600", "7.000"],
        ["2", "8.000", "11.000"],
    ]
    assert not [row for row in exported if row.startswith("3,")], "a deleted line is in no script"
    edited = "\n".join(exported).replace("mundo", "gente")
    done = service.client.post(f"{url}/script", params={"language": "es"}, content=edited.encode()).json()
    assert [(each["number"], each["after"]) for each in done["changes"]] == [(6, "gente")]


def test_bounds_of_a_batch(service: Served, url: str) -> None:
    assert send(service, url, *[{"number": 1, "text": "x"}] * 5001).status_code == 422
    assert send(service, url, {"number": 1, "start": 1e300}).status_code == 422
    many = send(service, url, *[{"number": 1, "text": "x" * 900}] * 2_000)
    assert many.status_code == 200, "edits of a long film are more than a megabyte"
