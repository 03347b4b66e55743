"""Research tables over HTTP: what the stages answered in the last attempt, typed, with units."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow
import pytest
import soundfile
from fakes import FakeDiarizer, FakeTranslator, runner
from in_process_service import Served

from pipeline.engines.protocols import Passage
from pipeline.exports.research_tables import list_candidates
from pipeline.recognition.recognized_words import collect_words
from pipeline.stages.diarize import diarize
from pipeline.stages.plan_timing import plan_timing
from pipeline.stages.translate import Overlong, rephrase, translate
from pipeline.values.media import Artifact
from pipeline.values.tasks import DubRequest, Lease, LineRow, SpeakerRow
from pipeline.values.timeline import Segment, Slot, Span, Take, Word
from serve.http.media import research_files

FILM = Path("/films/a film.mkv")
WORDS = (Word(Span(5.0, 5.4), "morning", 0.25), Word(Span(1.0, 1.5), "good", None))
SEGMENTS = (Segment(1, Span(1.0, 2.0), "Good.", "S1"), Segment(2, Span(5.0, 6.0), "Morning.", None))
ROW = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "Good.", "es Good.", "translation", 1.25, 0.5, 1.0, 1.0, "takes/1.wav")
TABLES = ("words", "turns", "embeddings", "candidates", "plan")


def attempt(service: Served, words: tuple[Word, ...] = WORDS, *, number: int = 1) -> tuple[str, Lease]:
    """An attempt at a task by its stages. Returns its address."""
    service.store.tasks.submit(DubRequest(FILM, 1, number, ("es",), duration=9.0))
    claim = service.store.leases.claim_next_task("worker", 60.0)
    assert claim
    folder = service.settings.artifacts
    run = runner(service.store, claim[1], folder, attempt=claim[0].attempts).with_language("es")
    folder.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / "speech.wav", 0.1 * np.ones(16_000), 16_000)
    speech = Artifact.of(folder / "speech.wav")
    run(collect_words, words)
    run(diarize, speech, FakeDiarizer(), speakers=None)
    answer = run(translate, Passage(SEGMENTS), FakeTranslator(), source="en", target="es")
    run(rephrase, Overlong(answer.lines[0], (0.9,)), FakeTranslator(rephrases=True), source="en")
    takes = tuple(Take(speech, 1.0, 1.0) for _ in SEGMENTS)
    slots = tuple(Slot(segment.span, segment.span.end + 0.5) for segment in SEGMENTS)
    run(plan_timing, answer.lines, takes, slots, duration=9.0, kept=())
    return f"/api/tasks/{claim[0].id}", claim[1]


def finish(service: Served, lease: Lease) -> None:
    service.store.lines.replace_lines(lease, "es", [ROW])
    service.store.lines.put_speakers(lease, [SpeakerRow("S1", 3.0, 110.0, None, (0.6, 0.8), "ge2e", None)])
    service.store.leases.finish(lease, Path("/dubs/a.mkv"))


def read(service: Served, url: str, table: str, **params: str) -> pyarrow.Table:
    answer = service.client.get(f"{url}/tables/{table}", params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
    return pyarrow.ipc.open_stream(answer.content).read_all()


def test_the_tables_have_what_the_stages_answered(service: Served) -> None:
    url, lease = attempt(service)
    finish(service, lease)
    assert read(service, url, "words").to_pylist() == [
        {"number": 1, "start_s": 1.0, "end_s": 1.5, "text": "good", "confidence": None},
        {"number": 2, "start_s": 5.0, "end_s": 5.4, "text": "morning", "confidence": 0.25},
    ]
    turns = read(service, url, "turns").to_pylist()
    assert turns == [{"start_s": 1.0, "end_s": 4.0, "speaker": "S1"}, {"start_s": 5.0, "end_s": 8.0, "speaker": "S2"}]
    (speaker,) = read(service, url, "embeddings").to_pylist()
    assert (speaker["speaker"], speaker["speech_s"], speaker["embedding"], speaker["engine"]) == ("S1", 3.0, [0.6, 0.8], "ge2e")
    wordings = [
        (row["number"], row["kind"], row["text"], row["is_chosen"]) for row in read(service, url, "candidates").to_pylist()
    ]
    assert wordings == [
        (1, "translation", "es Good.", True),
        (1, "rephrasing", "es G", False),
        (2, "translation", "es Morning.", False),
    ]
    first, second = read(service, url, "plan", language="es").to_pylist()
    assert (first["source_start_s"], first["latest_end_s"], first["speaker"], second["speaker"]) == (1.0, 2.5, "S1", None)
    assert first["onset_error_s"] == pytest.approx(first["dub_start_s"] - 1.0) and first["stretch"] >= 1.0


def test_each_column_tells_its_unit_and_meaning(service: Served) -> None:
    url, lease = attempt(service)
    finish(service, lease)
    for name in TABLES:
        table = read(service, url, name)
        assert table.schema.metadata == {b"table": name.encode(), b"task_id": url.rpartition("/")[2].encode()}
        for field in table.schema:
            assert field.metadata[b"meaning"]
            suffix = {"_s": b"s", "_hz": b"Hz"}.get(field.name[field.name.rindex("_") :] if "_" in field.name else "")
            assert suffix is None or field.metadata[b"unit"] == suffix, field.name


def test_only_the_last_attempts_answers_count(service: Served) -> None:
    url, lease = attempt(service)
    service.store.leases.fail(lease, "out of memory")
    service.store.tasks.retry(int(url.rpartition("/")[2]))
    again, _ = attempt(service, (Word(Span(2.0, 3.0), "better", 0.9),))
    assert again == url and [row["text"] for row in read(service, url, "words").to_pylist()] == ["better"]
    assert read(service, url, "turns").num_rows == 2, "an answer from the cache counts for the attempt that used it"


def test_what_is_not_there_says_why(service: Served) -> None:
    service.store.tasks.submit(DubRequest(FILM, 1, 1, ("es",)))
    url = f"/api/tasks/{service.tasks()[0].id}"
    for name, reason in zip(TABLES, ("subtitles", "retry", "no embeddings", "subtitles", "no timing plan"), strict=True):
        answer = service.client.get(f"{url}/tables/{name}")
        assert (answer.status_code, reason in answer.text) == (404, True), answer.text
    assert service.client.get("/api/tasks/99/tables/words").status_code == 404
    assert service.client.get(f"{url}/tables/letters").status_code == 422
    assert service.client.get(f"{url}/tables/plan", params={"language": "no language"}).status_code == 422


def test_a_language_without_a_dub_has_no_plan(service: Served) -> None:
    url, lease = attempt(service)
    finish(service, lease)
    answer = service.client.get(f"{url}/tables/plan", params={"language": "fr"})
    assert (answer.status_code, "no plan in 'fr'" in answer.text) == (404, True)


def test_answers_too_large_for_a_table_are_refused(service: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    url, _ = attempt(service)
    monkeypatch.setattr(research_files, "MAX_ANSWER_BYTES", 10)
    answer = service.client.get(f"{url}/tables/words")
    assert (answer.status_code, "POST /api/query" in answer.text) == (409, True)


def test_a_long_table_comes_in_batches(service: Served) -> None:
    url, _ = attempt(service, tuple(Word(Span(n * 0.5, n * 0.5 + 0.4), f"word{n}", 0.5) for n in range(10_000)))
    answer = service.client.get(f"{url}/tables/words")
    batches = list(pyarrow.ipc.open_stream(answer.content))
    assert [batch.num_rows for batch in batches] == [4096, 4096, 1808]
    assert batches[-1].column("text")[-1].as_py() == "word9999"


def test_lines_are_in_order_whatever_passages_they_came_in() -> None:
    def answer(number: int) -> str:
        segment = {"number": number, "span": {"start": number, "end": number + 1.0}, "text": "said", "speaker": None}
        return json.dumps({"lines": [{"language": "es", "text": "dicho", "segment": segment}]})

    rows = list(list_candidates([answer(2), answer(1)], [], [replace(ROW, number=2, text="dicho")], "es"))
    assert [(row["number"], row["is_chosen"]) for row in rows] == [(1, False), (2, True)]
    assert list(list_candidates([answer(2)], [], [], "ca")) == []
