"""Scripts over HTTP: exported with their revision, compared, imported as edits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served

from pipeline.values.tasks import DubRequest, LineRow, SpeakerRow

LINE = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")


@pytest.fixture
def url(service: Served) -> str:
    """A finished film of three lines and two speakers, with a note on the second line."""
    service.store.tasks.submit(DubRequest(Path("/films/a film.mkv"), 1, 1, ("es",)))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    service.store.lines.replace_lines(
        claim[1], "es", [replace(LINE, number=n, start=2.0 * n, end=2.0 * n + 1) for n in (1, 2, 3)]
    )
    service.store.lines.put_speakers(claim[1], [SpeakerRow(label, 9.0, None, None, (), "ge2e") for label in ("S1", "S2")])
    note = '{"notes": [{"text": "Spoken fast", "severity": "warning", "lines": [2]}]}'
    service.store.lines.put_report(claim[1], "es", note)
    service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    return f"/api/tasks/{claim[0].id}"


def export(service: Served, url: str, form: str = "csv") -> str:
    answer = service.client.get(f"{url}/script", params={"language": "es", "format": form})
    assert answer.status_code == 200, answer.text
    return answer.content.decode("utf-8-sig")


def post(service: Served, url: str, text: str | bytes, **params: object) -> dict[str, Any]:
    content = text.encode() if isinstance(text, str) else text
    answer = service.client.post(f"{url}/script", params={"language": "es"} | params, content=content)
    return {"status": answer.status_code} | answer.json()


def test_a_script_is_downloaded_under_the_films_name_with_its_revision(service: Served, url: str) -> None:
    answer = service.client.get(f"{url}/script", params={"language": "es", "format": "json"})
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''a%20film.es.r1.json"
    assert (answer.json()["revision"], answer.json()["speakers"]) == (1, {"S1": "Speaker 1", "S2": "Speaker 2"})
    assert answer.json()["lines"][1] == {
        "number": 2,
        "start": 4.0,
        "end": 5.0,
        "speaker": "S1",
        "name": "Speaker 1",
        "source": "hello",
        "translation": "hola",
        "dub_start": 1.0,
        "dub_end": 1.9,
        "notes": ["Spoken fast"],
    }


@pytest.mark.parametrize("form", ["csv", "json", "srt", "vtt"])
def test_an_export_imported_again_changes_nothing(service: Served, url: str, form: str) -> None:
    answer = post(service, url, export(service, url, form))
    assert (answer["changes"], answer["conflicts"], answer["unmatched"], answer["queued"]) == ([], [], [], False)
    assert service.client.get(url).json()["status"] == "DONE"


def test_a_dry_run_lists_what_the_import_then_applies(service: Served, url: str) -> None:
    text = export(service, url).replace("\r\n2,", "\r\n2,", 1).replace("hello,hola,1.000,1.900,Spoken fast", "hello,buenas,,,")
    change = {"number": 2, "cell": "translation", "before": "hola", "current": "hola", "after": "buenas"}
    listed = post(service, url, text, dry_run=True)
    assert (listed["changes"], listed["dry_run"], listed["queued"], listed["revision"]) == ([change], True, False, 1)
    assert service.client.get(url).json()["status"] == "DONE"
    applied = post(service, url, text)
    assert (applied["changes"], applied["queued"], applied["revision"]) == ([change], True, 2)
    task = service.client.get(url).json()
    assert (task["status"], task["scripts"]) == (
        "QUEUED",
        [
            {
                "language": "es",
                "revision": 2,
                "dubbed_revision": 1,
                "changed_lines": [2],
                "changed_speakers": [],
                "stale": "1 line changed since this dub (revision 2, dubbed from 1); re-dub to hear them",
            }
        ],
    )


def test_changed_times_and_new_rows_are_listed_then_applied_and_what_cannot_be_is_told_row_by_row(
    service: Served, url: str
) -> None:
    """Lines 1 and 2 change; the end of line 3 would be before its start, its text applies; one new row overlaps, line 1 of a speaker."""
    head, *rows = export(service, url).splitlines()
    first, second, third = (row.split(",") for row in rows)
    first[2], second[1], third[2], third[6] = "3.25", "0:04,500", "5.5", "tres"
    new = ["a1,0:10.000,11.5,S2,,new,nueva,,,,es,1", ",4.6,4.9,S1,,,encima,,,,es,1", "a2,12,,S1,,,sin fin,,,,es,1"]
    second[1] = second[1].replace(",", ".")
    text = "\r\n".join([head, *map(",".join, (first, second, third)), *new])
    listed = post(service, url, text, dry_run=True)
    assert service.client.get(url).json()["status"] == "DONE"
    applied = post(service, url, text)
    for answer, queued in ((listed, False), (applied, True)):
        assert [(each["number"], each["cell"], each["after"]) for each in answer["changes"]] == [
            (1, "end", "3.250"),
            (2, "start", "4.500"),
            (3, "translation", "tres"),
        ]
        assert [
            (each["place"], each["start"], each["end"], each["speaker"], each["translation"]) for each in answer["added"]
        ] == [("row 5", 10.0, 11.5, "S2", "nueva")]
        assert [each.partition(";")[0] for each in answer["problems"]] == [
            "Line 3: it would end at 5.500 s, before it starts (6.000 s)",
            "row 6: New line at 4.600 s: it would overlap line 2 of the same speaker by 0.300 s (4.500 to 5.000 s)",
        ]
        assert [each.partition(":")[0] for each in answer["unmatched"]] == ["row 7"]
        assert answer["queued"] is queued
    lines = service.client.get(f"{url}/lines", params={"language": "es"}).json()["lines"]
    assert {line["number"] for line in lines} == {1, 2, 3, 4}
    times = {line["number"]: (line["edit"]["start"], line["edit"]["end"]) for line in lines if line["edit"]}
    assert (times[1], times[2], times[3]) == ((None, 3.25), (4.5, None), (None, None))
    again = post(service, url, text)
    assert (again["changes"], again["added"], again["queued"]) == ([], [], False), "the same file a second time adds nothing"


def test_a_file_with_a_part_of_the_lines_deletes_none(service: Served, url: str) -> None:
    head, first, *_ = export(service, url).splitlines()
    answer = post(service, url, f"{head}\n{first}")
    assert (answer["missing_lines"], answer["queued"]) == ([2, 3], False)
    assert len(service.client.get(f"{url}/lines", params={"language": "es"}).json()["lines"]) == 3


def test_a_line_that_was_deleted_since_the_export_is_not_added_again(service: Served, url: str) -> None:
    old = export(service, url)
    service.client.patch(f"{url}/lines", json={"edits": [{"number": 2, "language": "es", "deleted": True}]})
    answer = post(service, url, old)
    assert (answer["added"], answer["queued"]) == ([], False)
    assert answer["unmatched"] == ["row 3: line 2 was deleted; without this number the row is added as a new line"]


def test_an_older_export_changes_only_what_nobody_changed_since(service: Served, url: str) -> None:
    old = export(service, url, "json")
    for number in (1, 2):
        service.client.patch(f"{url}/lines/{number}", json={"language": "es", "text": "theirs"})
    ours = old.replace('"translation": "hola"', '"translation": "ours"', 1)
    ours = ours[::-1].replace('"translation": "hola"'[::-1], '"translation": "third"'[::-1], 1)[::-1]
    answer = post(service, url, ours)
    assert answer["file_revision"] == 1
    assert [(each["number"], each["after"]) for each in answer["changes"]] == [(3, "third")]
    assert [(each["number"], each["before"], each["current"], each["after"]) for each in answer["conflicts"]] == [
        (1, "hola", "theirs", "ours")
    ]
    texts = [line["edit"]["text"] for line in service.client.get(f"{url}/lines", params={"language": "es"}).json()["lines"]]
    assert texts == ["theirs", "theirs", "third"]


def test_a_subtitle_file_has_its_revision_in_its_name(service: Served, url: str) -> None:
    old = export(service, url, "srt")
    service.client.patch(f"{url}/lines/1", json={"language": "es", "text": "theirs"})
    assert post(service, url, old, name="a film.es.r1.srt", dry_run=True)["changes"] == []
    assert len(post(service, url, old, name="copy.srt", dry_run=True)["changes"]) == 1, "without one it is compared as it is"


@pytest.mark.parametrize(
    ("content", "params", "status", "why"),
    [
        (b"", {}, 422, "is empty; export the script again"),
        (b"WEBVTT\n\nNOTE dubarr language=fr revision=1\n\n00:01.000 --> 00:02.000\nx", {}, 422, "script in 'fr', not in 'es'"),
        (b"number,translation,revision\n1,x,9\n", {}, 422, "another film's"),
        (b"number,translation\n1,x\n", {"language": "gl"}, 404, "no script in 'gl'"),
        (b"number,translation\n1,x\n", {"language": "nonsense!"}, 422, "nonsense"),
        (b"x" * (9 << 20), {}, 413, "larger"),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_refused(
    service: Served, url: str, content: bytes, params: dict[str, str], status: int, why: str
) -> None:
    answer = post(service, url, content, **params)
    assert answer["status"] == status
    assert why in answer["detail"]


def test_a_film_without_a_dub_has_no_script(service: Served, url: str) -> None:
    answer = service.client.get(f"{url}/script", params={"language": "gl"})
    assert (answer.status_code, "no script in 'gl'; its languages are " in answer.json()["detail"]) == (404, True)
    assert service.client.get("/api/tasks/99/script", params={"language": "es"}).status_code == 404
