"""Lines and speakers changed over HTTP: what is taken, what is refused, and when the film is dubbed again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served

from pipeline.values.tasks import DubRequest, LineRow, SpeakerRow, TaskStatus

LINE = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")

UNEDITED = dict.fromkeys(("text", "source_text", "speaker", "skip", "start", "end", "deleted", "locked"))


@pytest.fixture
def url(service: Served) -> str:
    """A finished film of two lines and two speakers."""
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es", "ca")))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    for language in ("es", "ca"):
        service.store.lines.replace_lines(claim[1], language, [replace(LINE, language=language, number=n) for n in (1, 2)])
        service.store.cast.replace_voices(claim[1], language, {"S1": "m3", "S2": "f2"}, ("m1", "m3", "f2"))
    speakers = [SpeakerRow("S1", 9.0, 110.0, None, (), "ge2e", "r/S1.flac"), SpeakerRow("S2", 3.0, None, None, (), "ge2e")]
    service.store.lines.put_speakers(claim[1], speakers)
    service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    return f"/api/tasks/{claim[0].id}"


def lines(service: Served, url: str, language: str = "es") -> list[dict[str, Any]]:
    return service.client.get(f"{url}/lines", params={"language": language}).json()["lines"]


def test_a_line_shows_what_is_wanted_of_it_before_it_is_dubbed(service: Served, url: str) -> None:
    assert [(line["skip"], line["edit"]) for line in lines(service, url)] == [(False, None)] * 2
    wanted = {"language": "es", "text": " buenas ", "source_text": "good evening", "speaker": "S2", "skip": True}
    answer = service.client.patch(f"{url}/lines/2", json=wanted)
    assert (answer.status_code, answer.json()["status"]) == (200, "QUEUED")
    edit = UNEDITED | {"text": "buenas", "source_text": "good evening", "speaker": "S2", "skip": True}
    assert [(line["text"], line["skip"], line["edit"]) for line in lines(service, url)] == [
        ("hola", False, None),
        ("hola", False, edit),
    ]
    assert lines(service, url, "ca")[1]["edit"] == edit | {"text": None, "skip": None}


def test_null_takes_back_and_what_is_absent_stays(service: Served, url: str) -> None:
    service.client.patch(f"{url}/lines/1", json={"language": "es", "text": "buenas", "source_text": "hm"})
    service.client.patch(f"{url}/lines/1", json={"language": "es", "source_text": None})
    assert lines(service, url)[0]["edit"] == UNEDITED | {"text": "buenas"}
    service.client.patch(f"{url}/lines/1", json={"language": "es", "text": None})
    assert lines(service, url)[0]["edit"] is None


def test_an_edit_that_changes_nothing_leaves_the_film_done(service: Served, url: str) -> None:
    for body in ({"language": "es"}, {"language": "es", "text": "hola", "speaker": "S1", "skip": False}):
        assert service.client.patch(f"{url}/lines/1", json=body).json()["status"] == "DONE"


@pytest.mark.parametrize(
    ("number", "body", "status", "why"),
    [
        (9, {"language": "es", "text": "x"}, 404, "no line 9"),
        (1, {"language": "gl", "text": "x"}, 404, "no line 1 in 'gl'"),
        (1, {"language": "es", "speaker": "S9"}, 422, "nobody in the film is called 'S9'"),
        (1, {"language": "es", "text": "  "}, 422, "Line 1: the translation is empty; write a text, or leave the line out"),
        (1, {"language": "es", "text": "x" * 2001}, 422, "Line 1: the translation has 2,001 characters; split the line"),
        (1, {"language": "es", "skip": "perhaps"}, 422, "skip"),
        (1, {"language": "es", "words": "x"}, 422, "words"),
        (1, {"language": "nonsense!", "text": "x"}, 404, "no line 1 in 'nonsense!'"),
        (1, {"text": "x"}, 422, "language"),
        (0, {"language": "es"}, 422, "number"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(
    service: Served, url: str, number: int, body: dict[str, Any], status: int, why: str
) -> None:
    answer = service.client.patch(f"{url}/lines/{number}", json=body)
    assert answer.status_code == status
    assert why in answer.json()["detail"]


def test_speakers_are_shown_with_exactly_these_keys(service: Served, url: str) -> None:
    assert service.client.get(f"{url}/speakers").json() == {
        "speakers": [
            {
                "label": "S1", "name": None, "seconds": 9.0, "pitch": 110.0, "register": "low", "lines": 2, "merged_into": None,
                "voices": {"ca": "m3", "es": "m3"}, "chosen": {}, "clip": True,
            },
            {
                "label": "S2", "name": None, "seconds": 3.0, "pitch": None, "register": None, "lines": 0, "merged_into": None,
                "voices": {"ca": "f2", "es": "f2"}, "chosen": {}, "clip": False,
            },
        ],
        "choices": {"ca": ["m1", "m3", "f2"], "es": ["m1", "m3", "f2"]},
    }  # fmt: skip


def test_a_speaker_is_named_merged_and_given_a_voice(service: Served, url: str) -> None:
    named = service.client.patch(f"{url}/speakers/S1", json={"name": " Anna "})
    assert named.json()["speakers"][0]["name"] == "Anna"
    assert service.client.get(url).json()["status"] == "DONE", "a name dubs nothing anew"
    service.client.patch(f"{url}/speakers/S1", json={"merge_into": "S2", "voices": {"es": "m1"}})
    (task,) = service.tasks()
    assert task.status is TaskStatus.QUEUED
    anna = service.client.get(f"{url}/speakers").json()["speakers"][0]
    assert (anna["name"], anna["merged_into"], anna["chosen"]) == ("Anna", "S2", {"es": "m1"})
    back = service.client.patch(f"{url}/speakers/S1", json={"name": None, "merge_into": None, "voices": {"es": None}}).json()
    assert [back["speakers"][0][key] for key in ("name", "merged_into", "chosen")] == [None, None, {}]


@pytest.mark.parametrize(
    ("label", "body", "status", "why"),
    [
        ("S9", {"name": "Anna"}, 404, "no speaker 'S9'"),
        ("S1", {"merge_into": "S1"}, 422, "cannot be merged"),
        ("S1", {"merge_into": "S9"}, 422, "nobody in the film is called 'S9'"),
        ("S1", {"voices": {"es": "gone"}}, 422, "there is no voice 'gone'"),
        ("S1", {"voices": {"de": "m1"}}, 422, "no voice is known for 'de'"),
        ("S1", {"voices": {"!!": "m1"}}, 422, "!!"),
        ("S1", {"name": ""}, 422, "name"),
        ("S1", {"label": "S2"}, 422, "label"),
    ],
)
def test_what_cannot_be_of_a_speaker_is_refused_with_a_sentence(
    service: Served, url: str, label: str, body: dict[str, Any], status: int, why: str
) -> None:
    answer = service.client.patch(f"{url}/speakers/{label}", json=body)
    assert answer.status_code == status
    assert why in answer.json()["detail"]
    assert service.client.get(url).json()["status"] == "DONE"
