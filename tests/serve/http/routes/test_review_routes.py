"""Reviews of lines over HTTP: written once, counted while their text stands, refused where there is no such line."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from in_process_service import Served

from pipeline.values.tasks import DubRequest, LineRow

LINE = LineRow(
    1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac",
    confidence=0.4, risk=0.7, reasons=("low confidence", "late"),
)  # fmt: skip


@pytest.fixture
def url(service: Served) -> str:
    """A finished film of three lines, of which the third keeps the original audio on purpose."""
    service.store.tasks.submit(DubRequest(Path("/films/a.mkv"), 1, 1, ("es",)))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    rows = [replace(LINE, number=n, text_source="skip" if n == 3 else "translation") for n in (1, 2, 3)]
    service.store.lines.replace_lines(claim[1], "es", rows)
    service.store.leases.finish(claim[1], Path("/dubs/a.mkv"))
    return f"/api/tasks/{claim[0].id}"


def put(service: Served, url: str, *reviews: dict[str, Any]) -> dict[str, Any]:
    return service.client.put(f"{url}/reviews", json={"language": "es", "reviews": list(reviews)}).json()


def test_a_line_shows_its_confidence_and_its_risk_with_the_reasons(service: Served, url: str) -> None:
    line = service.client.get(f"{url}/lines").json()["lines"][0]
    assert (line["confidence"], line["risk"], line["reasons"]) == (0.4, 0.7, ["low confidence", "late"])


def test_reviews_are_kept_and_written_again_without_effect(service: Served, url: str) -> None:
    wanted = [{"number": 1, "verdict": "accepted"}, {"number": 2, "verdict": "skipped"}]
    found = put(service, url, *wanted)
    assert {name: found[name] for name in ("lines", "reviewed", "skipped")} == {"lines": 2, "reviewed": 1, "skipped": 1}
    assert [(each["number"], each["verdict"], each["text"], each["is_current"]) for each in found["reviews"]] == [
        (1, "accepted", "hola", True),
        (2, "skipped", "hola", True),
    ]
    assert put(service, url, *wanted) == found == service.client.get(f"{url}/reviews?language=es").json()
    assert service.client.get(url).json()["status"] == "DONE"
    assert put(service, url, {"number": 1, "verdict": None})["reviewed"] == 0


def test_a_changed_line_is_to_be_reviewed_again(service: Served, url: str) -> None:
    put(service, url, {"number": 1, "verdict": "accepted"}, {"number": 2, "verdict": "fixed", "text": "hola"})
    service.client.patch(f"{url}/lines/2", json={"language": "es", "text": "buenas"})
    found = service.client.get(f"{url}/reviews?language=es").json()
    assert (found["reviewed"], [each["is_current"] for each in found["reviews"]]) == (1, [True, False])
    assert put(service, url, {"number": 2, "verdict": "accepted", "text": "buenas"})["reviewed"] == 2


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"language": "es", "reviews": [{"number": 3, "verdict": "accepted"}]}, 404),
        ({"language": "es", "reviews": [{"number": 1, "verdict": "accepted"}, {"number": 9, "verdict": "accepted"}]}, 404),
        ({"language": "es", "reviews": [{"number": 1, "verdict": "splendid"}]}, 422),
        ({"language": "es", "reviews": [{"number": 1, "verdict": "accepted", "text": "x" * 10_001}]}, 422),
        ({"language": "es", "reviews": [{"number": 1, "verdict": "accepted"}] * 2_001}, 422),
        ({"language": "", "reviews": []}, 422),
    ],
)
def test_a_review_that_cannot_be_is_refused_whole(service: Served, url: str, body: dict[str, Any], status: int) -> None:
    answer = service.client.put(f"{url}/reviews", json=body)
    assert answer.status_code == status
    assert service.client.get(f"{url}/reviews?language=es").json()["reviews"] == []
    if status == 404:
        assert "is not one to review" in answer.json()["detail"]


def test_a_deleted_task_takes_its_reviews_with_it(service: Served, url: str) -> None:
    put(service, url, {"number": 1, "verdict": "accepted"})
    task_id = int(url.rpartition("/")[2])
    service.store.tasks.delete(task_id)
    assert service.store.reviews.measure_progress([task_id]) == {}
    assert service.client.get(f"{url}/reviews?language=es").status_code == 404
