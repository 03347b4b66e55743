from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_names import HOSTILE_NAMES, is_harmless

from pipeline.errors import DubarrError
from pipeline.library import report as library_report
from pipeline.library.report import ReportWriter, read_history, read_report
from pipeline.library.scan import Decision, Failure, LibraryFilm, Verdict, build_row


def row(name="film.mkv", status="DONE", *, targets=("es",), error=None, task=7):
    film = LibraryFilm(f"/films/{name}", 1000, 1, duration=60.0, language="en", tracks=("en",))
    decision = Decision(Verdict.DUB, targets)
    return {**build_row(film, decision), "status": status, "task": task, "output": None, "error": error, "took": 1.5}


def skipped(name="other.mkv"):
    return build_row(LibraryFilm(f"/films/{name}", 1, 1), Decision(Verdict.SPEAKS, reason="it has es"))


def test_a_finished_film_is_on_disk_at_once(tmp_path):
    with ReportWriter(tmp_path) as report:
        report.add(skipped())
        report.add(row())
        assert [each["path"] for each in read_report(tmp_path).to_pylist()] == ["/films/film.mkv", "/films/other.mkv"]


def test_films_that_nothing_is_done_about_land_together_at_the_end(tmp_path):
    with ReportWriter(tmp_path) as report:
        for number in range(5):
            report.add(skipped(f"{number}.mkv"))
        assert not list(tmp_path.iterdir())
    assert (read_report(tmp_path).num_rows, len(list(tmp_path.iterdir()))) == (5, 1)


def test_many_small_files_become_one(tmp_path):
    with ReportWriter(tmp_path, files_per_compaction=3) as report:
        for number in range(7):
            report.add(row(f"{number}.mkv"))
        assert len(list(tmp_path.iterdir())) == 3  # two folds of three, and one
    assert [each["path"] for each in read_report(tmp_path).to_pylist()] == [f"/films/{number}.mkv" for number in range(7)]


def test_what_a_fold_left_twice_is_read_once(tmp_path):
    with ReportWriter(tmp_path) as report:
        report.add(row())
    (written,) = tmp_path.iterdir()
    (tmp_path / "folded.parquet").write_bytes(written.read_bytes())
    assert read_report(tmp_path).num_rows == 1


def test_a_file_that_a_crash_cut_short_is_not_taken_for_one(tmp_path):
    with ReportWriter(tmp_path) as report:
        report.add(row())
    (tmp_path / "half.part").write_bytes(b"PAR1")
    assert read_report(tmp_path).num_rows == 1


def test_a_damaged_report_is_named_with_the_way_out(tmp_path):
    (tmp_path / "bad.parquet").write_bytes(b"no parquet")
    with pytest.raises(DubarrError, match=r"bad.parquet cannot be read .* move it away"):
        read_report(tmp_path)


def test_a_report_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "report").write_text("a file stands there")
    with pytest.raises(DubarrError, match="cannot be written"), ReportWriter(tmp_path / "report") as report:
        report.add(row())


def test_the_rows_of_this_run_are_told_from_those_before(tmp_path):
    with ReportWriter(tmp_path) as report:
        report.add(row("before.mkv"))
    since = datetime.now(UTC)
    with ReportWriter(tmp_path) as report:
        report.add(row("now.mkv"))
    assert [each["path"] for each in read_report(tmp_path, since=since).to_pylist()] == ["/films/now.mkv"]


def test_a_report_remembers_what_was_done_and_what_failed_last(tmp_path):
    with ReportWriter(tmp_path) as report:
        report.add(row("mended.mkv", "ERROR", error="the disk was full"))
        report.add(row("mended.mkv", targets=("es",)))
        report.add(row("mended.mkv", targets=("ca",)))
        report.add(row("fails.mkv", "ERROR", error="no speech found", task=None))
        report.add(skipped())
    memory = read_history(tmp_path)
    assert memory.done == {("/films/mended.mkv", 1000, 1): {"es", "ca"}}
    assert memory.failed == {("/films/fails.mkv", 1000, 1): Failure(frozenset({"es"}), "no speech found")}


def test_where_there_is_no_report_nothing_is_remembered(tmp_path):
    memory = read_history(tmp_path / "none")
    assert (memory.done, memory.failed) == ({}, {})
    assert not Path(tmp_path / "none").exists()


def test_a_report_is_read_while_its_run_folds_files(tmp_path, monkeypatch):
    read_file, folded = library_report._read_file, []

    with ReportWriter(tmp_path, files_per_compaction=100) as report:
        for name in ("a.mkv", "b.mkv"):
            report.add(row(name))

        def folding(path):
            if not folded:  # between the listing and the first look
                folded.append(path)
                report._compact()
            return read_file(path)

        monkeypatch.setattr(library_report, "_read_file", folding)
        assert library_report.read_report(tmp_path).num_rows == 2
    assert folded and not folded[0].exists()


def test_a_link_that_lies_where_a_report_grows_is_not_followed(tmp_path):
    victim, report = tmp_path / "victim", tmp_path / "report"
    victim.write_text("precious")
    report.mkdir()
    writer = ReportWriter(report)
    (report / f"{writer._run}-000000.part").symlink_to(victim)
    with writer:
        writer.add(row())
    assert victim.read_text() == "precious"


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_names_and_errors_are_exported_harmless_and_the_film_is_known_again(tmp_path, name):
    with ReportWriter(tmp_path) as report:
        report.add({**row(name, error=f"{name} is no film"), "tracks": [name], "output": name})
    (found,) = read_report(tmp_path).to_pylist()
    assert all(is_harmless(text) for text in (found["path"], found["error"], found["output"], *found["tracks"]))
    version = LibraryFilm(row(name)["path"], found["size"], found["mtime_ns"]).version
    assert version in read_history(tmp_path).done
