"""Spans: written by each process, read back on one axis, and added up where they overlap."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pipeline.errors import ProgramError
from pipeline.processes import subprocesses
from pipeline.tracing import Work, WorkKind, format_chrome_trace, measure_busy_seconds, read_traces, record_into, trace_work
from pipeline.values.timeline import Span

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path):
    record_into(tmp_path / "trace")
    yield tmp_path / "trace"
    record_into(None)


def work(start: float, end: float, kind: WorkKind = WorkKind.ENGINE) -> Work:
    return Work(kind, "speak", start, end, process=1, thread=1)


class TestRecording:
    def test_what_was_worked_at_is_read_back(self, folder):
        with trace_work(WorkKind.STAGE, "mix", task=7):
            pass
        (found,) = read_traces(folder)
        assert (found.kind, found.name, found.task) == (WorkKind.STAGE, "mix", 7)
        assert 0 < found.start <= found.end

    def test_work_that_fails_is_work_too(self, folder):
        with pytest.raises(ValueError, match="no"), trace_work(WorkKind.ENGINE, "translate"):
            raise ValueError("no")
        assert [work.name for work in read_traces(folder)] == ["translate"]

    def test_nothing_is_written_where_no_folder_was_named(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        with trace_work(WorkKind.STAGE, "mix"):
            pass
        assert list(tmp_path.iterdir()) == []

    def test_recording_can_be_ended_in_the_middle_of_work(self, folder):
        with trace_work(WorkKind.STAGE, "mix"):
            record_into(None)
        assert read_traces(folder) == ()

    def test_lines_of_several_threads_do_not_tear(self, folder):
        def write() -> None:
            for n in range(100):
                with trace_work(WorkKind.ENGINE, f"speak {n}"):
                    pass

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(read_traces(folder)) == 400
        assert len({work.thread for work in read_traces(folder)}) == 4

    def test_processes_share_one_axis(self, folder):
        code = (
            "import sys; from pathlib import Path; from pipeline.tracing import *\n"
            "record_into(Path(sys.argv[1]))\nwith trace_work(WorkKind.ENGINE, 'inner'): pass"
        )
        with trace_work(WorkKind.STAGE, "outer"):
            subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, check=True)
        outer, inner = read_traces(folder)
        assert (outer.name, inner.name) == ("outer", "inner") and outer.process != inner.process
        assert outer.start < inner.start <= inner.end < outer.end

    def test_a_line_that_a_killed_process_left_half_is_left_out(self, folder):
        with trace_work(WorkKind.STAGE, "mix"):
            pass
        (folder / "1.jsonl").write_text('{"kind": "engine", "na')
        assert [work.name for work in read_traces(folder)] == ["mix"]

    def test_programs_are_noted_by_their_name_also_when_they_fail(self, folder):
        subprocesses.run(["true"], timeout=5)
        with pytest.raises(ProgramError):
            subprocesses.run(["false"], timeout=5)
        assert [(work.kind, work.name) for work in read_traces(folder)] == [
            (WorkKind.PROGRAM, "true"),
            (WorkKind.PROGRAM, "false"),
        ]


class TestBusy:
    @pytest.mark.parametrize(
        ("works", "seconds"),
        [
            ([], 0.0),
            ([work(1, 2), work(3, 5)], 3.0),
            ([work(1, 4), work(2, 3)], 3.0),  # one inside the other counts once
            ([work(1, 3), work(2, 5)], 4.0),  # and so does what two share
            ([work(0, 2), work(8, 20), work(30, 40)], 4.0),  # only what lies within
            ([work(4, 4)], pytest.approx(0.0, abs=1e-6)),  # shorter than the clock's step
        ],
    )
    def test_what_overlaps_counts_once(self, works, seconds):
        assert measure_busy_seconds(works, Span(0, 10)) == seconds


def test_a_chrome_trace_tells_microseconds_processes_and_tasks():
    events = json.loads(format_chrome_trace([work(1.5, 2.0), Work(WorkKind.STAGE, "mix", 2.0, 3.0, 4, 5, task=7)]))["traceEvents"]
    assert events[0] == {
        "ph": "X", "name": "speak", "cat": "engine", "ts": 1.5e6, "dur": 5e5, "pid": 1, "tid": 1, "args": {}
    }  # fmt: skip
    assert (events[1]["pid"], events[1]["tid"], events[1]["args"]) == (4, 5, {"task": 7})


def test_a_link_that_lies_where_spans_go_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "trace").mkdir()
    (tmp_path / "trace" / f"{os.getpid()}.jsonl").symlink_to(victim)
    with pytest.raises(OSError, match="symbolic links"):
        record_into(tmp_path / "trace")
    assert victim.read_text() == "precious"
