"""The file itself: edits, crashes, and who may open it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from fakes import claimed
from sql import ask

from pipeline.errors import StoreError
from pipeline.store.database.database import Database
from pipeline.store.store import Store
from pipeline.values.edits import Edit, LineChange
from pipeline.values.script import ReviewChange, ReviewProgress, ReviewVerdict
from pipeline.values.tasks import CacheRow, LineRow, Progress, SpeakerRow, TranslationRow
from pipeline.values.track_selection import TrackSelection

LINE = LineRow(1, "es", "S1", 0.0, 1.0, 2.0, "hello", "hola", "translation", 0.0, 0.9, 1.0, 1.0, "takes/a.wav")


def test_lines_of_a_language_are_replaced_as_a_whole(store: Store) -> None:
    task, lease = claimed(store)
    store.lines.replace_lines(lease, "es", [LINE, LineRow(2, *(getattr(LINE, name) for name in LineRow.__slots__[1:]))])
    store.lines.replace_lines(lease, "es", [LINE])
    assert store.lines.list_lines(task.id) == (LINE,)


def test_a_file_that_another_process_holds_is_told_in_a_sentence(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('open', flush=True); sys.stdin.read()",
            str(tmp_path / "db"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout and holder.stdin and holder.stdout.readline() == b"open\n"
    try:
        with pytest.raises(StoreError, match="one process may hold it"):
            Database(tmp_path / "db", open_timeout_s=0.3)
    finally:
        holder.stdin.close()
        holder.wait()


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    code = """
import os, signal, sys
from pathlib import Path
from pipeline.store.store import Store
from pipeline.values.tasks import DubRequest
store = Store(Path(sys.argv[1]))
for n in range(20):
    print(store.tasks.submit(DubRequest(Path(f"/films/{n}"), 1, 1, ("es",))).task.id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "db")], capture_output=True, check=False)
    acknowledged = {int(line) for line in killed.stdout.split()}
    store = Store(tmp_path / "db")
    assert len(acknowledged) == 20
    assert {task.id for task in store.tasks.list_newest()[0]} >= acknowledged
    store.close()


def test_many_answers_are_kept_and_found_at_once(store: Store) -> None:
    _, lease = claimed(store)
    store.stages.write_answers(
        lease, [CacheRow(f"k{n}", "synthesize", f'{{"n": {n}}}', (f"takes/{n}.wav",)) for n in range(1000)]
    )
    assert len(store.stages.read_answers([f"k{n}" for n in range(500, 1500)])) == 500


SPEAKER = SpeakerRow("S1", 12.5, 110.0, None, (0.6, 0.8), "pyannote x", "refer-1-ab/S1.flac")


def test_speakers_and_what_a_translation_cost_are_kept_and_go_with_their_task(store: Store) -> None:
    task, lease = claimed(store)
    store.lines.put_speakers(lease, [SPEAKER, SpeakerRow("S2", 1.0, None, None, (), "pyannote x")])
    store.lines.put_speakers(lease, [SPEAKER])
    store.lines.put_translation(lease, "es", TranslationRow("llm y", 10, 1, 500, 90, 2.5))
    assert store.lines.list_speakers(task.id) == (SPEAKER,)
    asked = "SELECT engine, untranslated, completion_tokens FROM translations"
    assert ask(store, asked) == [{"engine": "llm y", "untranslated": 1, "completion_tokens": 90}]
    store.tasks.delete(task.id)
    assert ask(store, "SELECT * FROM speakers") == []


@pytest.mark.parametrize(
    ("path", "met"),
    [
        ("/tv/Show/Season 01/e2.mkv", True),
        ("/tv/Show/Season 02/e1.mkv", True),
        ("/tv/Show/Specials/e0.mkv", True),
        ("/tv/Show/Season 01/e1.mkv", False),
        ("/tv/Other/Season 01/e1.mkv", False),
    ],
)
def test_the_voices_of_a_series_are_met_again_in_its_other_films(store: Store, path: str, met: bool) -> None:
    _, lease = claimed(store, Path("/tv/Show/Season 01/e1.mkv"))
    store.lines.put_speakers(lease, [SPEAKER, SpeakerRow("S2", 1.0, None, None, (), "pyannote x", "refer-1-ab/S2.flac")])
    assert store.lines.list_series_speakers(Path(path), "pyannote x") == (), "it is not finished yet"
    store.leases.finish(lease, Path("/dubs/e1.mkv"))
    assert store.lines.list_series_speakers(Path(path), "pyannote x") == ((SPEAKER,) if met else ())
    assert store.lines.list_series_speakers(Path(path), "another diarizer") == ()


def test_a_file_of_the_first_schema_is_taken_forward_with_its_tasks(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    database = Database(path)
    database.execute("ALTER TABLE tasks DROP COLUMN part")
    database.execute("DROP TABLE speakers")
    database.execute("UPDATE schema_version SET version = 1")
    database.execute("INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at) VALUES ('/a.mkv', 1, 1, ['es'], now())")
    database.close()
    store = Store(path)
    _, lease = store.leases.claim_next_task("w", 60.0) or pytest.fail("the task is gone")
    store.leases.record_progress(lease, Progress(1, 9, "transcribe", 0.25))
    assert store.tasks.get(lease.task_id).progress == Progress(1, 9, "transcribe", 0.25)
    store.lines.put_speakers(lease, [SPEAKER])
    store.close()
    Store(path).close()  # and once more, without another migration


SECOND_SCHEMA = """
ALTER TABLE tasks DROP COLUMN lost;
ALTER TABLE lines DROP COLUMN subtitled;
ALTER TABLE lines DROP COLUMN confidence;
ALTER TABLE lines DROP COLUMN risk;
ALTER TABLE lines DROP COLUMN reasons;
DROP TABLE edits;
DROP TABLE speaker_edits;
DROP TABLE voices;
DROP TABLE voice_choices;
CREATE TABLE edits (
    task_id BIGINT NOT NULL, language VARCHAR NOT NULL, number INTEGER NOT NULL, text VARCHAR NOT NULL,
    edited_at TIMESTAMP NOT NULL, PRIMARY KEY (task_id, language, number)
);
INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at, status) VALUES ('/a.mkv', 1, 1, ['es'], now(), 'DONE');
INSERT INTO edits VALUES (1, 'es', 1, 'buenas', now()), (1, 'ca', 1, 'bones', now());
INSERT INTO lines VALUES (1, 'es', 1, 'S1', 0, 1, 2, 'hello', 'buenas', 'edit', 0, 0.9, 1, 1, 'a.wav'),
                         (1, 'ca', 1, 'S1', 0, 1, 2, 'bones', 'bones', 'edit', 0, 0.9, 1, 1, 'b.wav'),
                         (1, 'ca', 2, 'S1', 3, 4, 5, 'adeu', 'adeu', 'subtitle', 3, 0.9, 1, 1, 'c.wav');
UPDATE schema_version SET version = 2
"""


def test_a_file_of_the_second_schema_is_taken_forward_with_its_edits(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    database = Database(path)
    database.execute(SECOND_SCHEMA)
    database.close()
    store = Store(path)
    assert store.lines.list_edits(1) == (Edit("ca", 1, "bones"), Edit("es", 1, "buenas"))
    assert [(line.language, line.number, line.subtitled) for line in store.lines.list_lines(1)] == [
        ("ca", 1, True), ("ca", 2, True), ("es", 1, False),
    ]  # fmt: skip
    store.edits.change_lines(1, [LineChange("es", 1, text=None, source_text="hullo", skip=True)])
    store.close()
    store = Store(path)  # and once more, without another migration
    assert store.lines.list_edits(1) == (Edit("", 1, source_text="hullo"), Edit("ca", 1, "bones"), Edit("es", 1, skip=True))
    assert store.leases.claim_next_task("w", 60.0)
    store.close()


WARNING = {"text": "Not translated", "severity": "warning", "lines": [3]}
NOTICE = {"text": "Dubbed from the audio track English", "severity": "info", "lines": []}


def test_notes_on_the_dubs_of_a_task_are_listed_and_its_warnings_counted_once(store: Store) -> None:
    task, lease = claimed(store)
    assert store.lines.list_notes([task.id]) == {task.id: ()}
    store.lines.put_report(lease, "es", json.dumps({"notes": [NOTICE, WARNING]}))
    store.lines.put_report(lease, "ca", json.dumps({"notes": [WARNING | {"lines": [4]}, NOTICE]}))
    assert store.tasks.get(task.id).warnings == 1
    assert [(each.note.text[:7], each.note.lines, each.language) for each in store.lines.list_notes([task.id])[task.id]] == [
        ("Not tra", (4,), "ca"), ("Not tra", (3,), "es"), ("Dubbed ", (), None),
    ]  # fmt: skip
    store.lines.put_report(lease, "es", json.dumps({"lines": []}))
    store.lines.put_report(lease, "ca", json.dumps({"notes": [NOTICE]}))
    assert store.tasks.get(task.id).warnings == 0


FOURTH_SCHEMA = """
ALTER TABLE tasks DROP COLUMN audio_track;
ALTER TABLE tasks DROP COLUMN subtitle_track;
ALTER TABLE tasks DROP COLUMN warnings;
ALTER TABLE reports DROP COLUMN notes;
INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at, status) VALUES ('/a.mkv', 1, 1, ['es'], now(), 'DONE'),
                                                                                  ('/b.mkv', 1, 1, ['es'], now(), 'DONE');
UPDATE schema_version SET version = 4
"""


def test_a_file_of_the_fourth_schema_is_taken_forward_with_its_notes(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    database = Database(path)
    database.execute(FOURTH_SCHEMA)
    report = json.dumps({"lines": [], "notes": [NOTICE, WARNING]})
    database.execute("INSERT INTO reports VALUES (1, 'es', ?, now()), (2, 'es', ?, now())", [report, '{"lines": []}'])
    database.close()
    store = Store(path)
    assert [store.tasks.get(number).warnings for number in (1, 2)] == [1, 0]
    assert [len(notes) for notes in store.lines.list_notes([1, 2]).values()] == [2, 0]
    assert store.tasks.get(1).selection == TrackSelection()
    store.close()
    Store(path).close()  # and once more, without another migration


def test_a_file_of_the_eighth_schema_tells_cancelled_and_skipped_tasks_from_failed_ones(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    database = Database(path)
    errors = (
        "cancelled at mix; retry goes on where it stopped",
        "a.mkv is not dubbed: it is already a dub",
        "cancelled? no",
        None,
    )
    for number, error in enumerate(errors):
        row = "INSERT INTO tasks (path, size, mtime_ns, target_langs, created_at, status, error) VALUES (?, 1, 1, ['es'], now(), 'ERROR', ?)"
        database.execute(row, [f"/{number}.mkv", error])
    database.execute("UPDATE schema_version SET version = 8")
    database.close()
    store = Store(path)
    assert [str(store.tasks.get(number).status) for number in (1, 2, 3, 4)] == ["CANCELLED", "SKIPPED", "ERROR", "ERROR"]
    store.close()


def test_lines_of_the_eighth_schema_have_no_risk_and_can_be_reviewed(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    store = Store(path)
    task, lease = claimed(store)
    line = LineRow(1, "es", "S1", 0.0, 1.0, 2.0, "hello", "hola", "translation", 0.0, 0.9, 1.0, 1.0, "takes/a.wav")
    store.lines.replace_lines(lease, "es", [line])
    store.close()
    database = Database(path)
    for column in ("confidence", "risk", "reasons"):
        database.execute(f"ALTER TABLE lines DROP COLUMN {column}")
    database.execute("DROP TABLE line_reviews; UPDATE schema_version SET version = 8")
    database.close()
    store = Store(path)
    assert store.lines.list_lines(task.id) == (line,)
    store.reviews.put_reviews(task.id, "es", [ReviewChange(1, ReviewVerdict.ACCEPTED)])
    assert store.reviews.measure_progress([task.id]) == {task.id: ReviewProgress(1, 1, 0)}
    store.close()


def test_a_purge_leaves_the_files_that_another_films_answers_speak_of(store: Store) -> None:
    (_, one), (task, two) = claimed(store), claimed(store, Path("/films/b.mkv"))
    store.stages.write_answers(one, [CacheRow("a", "refer", "{}", ("refer-1-ab/S1.flac",))])
    store.stages.write_answers(
        two, [CacheRow("b", "voice", "{}", ("refer-1-ab/S1.flac",)), CacheRow("c", "mix", "{}", ("mix-2-cd/dub.mka",))]
    )
    _, litter = store.tasks.purge(task.id)
    assert litter == ("mix-2-cd/dub.mka",)
