"""`./dubarr library` as far as it goes without a service: plans, totals, where its report lies."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from in_process_service import make_film

from cli.library import command
from cli.library.display import Tally, build_plan_table, format_plan_summary, format_summary
from pipeline.library.report import ReportWriter
from pipeline.library.scan import Decision, LibraryFilm, Verdict, build_row
from pipeline.settings import Settings


def row(name, verdict, status="", *, duration=3600.0, error=None):
    film = LibraryFilm(f"/films/{name}", 1, 1, duration=duration, language="en")
    return {**build_row(film, Decision(verdict, reason="for a reason")), "status": status, "error": error, "task": 7, "took": 1.0}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """Two films to dub, one in Spanish, one that is too long, one that is none."""
    root = tmp_path_factory.mktemp("films")
    (root / "A").mkdir()
    make_film(root / "A" / "a.mkv")
    shutil.copy(root / "A" / "a.mkv", root / "b.mkv")
    make_film(root / "pelicula.mkv", language="spa")
    make_film(root / "long.mkv", seconds=8.0)
    (root / "broken.mkv").write_text("a download that went wrong")
    return root


def invoked(*arguments, home):
    environment = {"DUBARR_HOME": str(home), "DATA_DIR": str(home / "data")}
    return CliRunner().invoke(command.library, [*map(str, arguments)], env=environment)


def test_a_dry_run_shows_what_would_be_done_and_why_and_does_nothing(shelf, tmp_path):
    done = invoked(shelf, "--to", "es", "--from", "eng", "--longest", "0.1", "--dry-run", home=tmp_path)
    assert done.exit_code == 0, done.output
    lines = {line.split("  ")[0]: line for line in done.stdout.splitlines()}
    assert "A/a.mkv" in done.stdout and "dub" in lines
    assert "pelicula.mkv" in lines["speaks it already"] and "it has es" in lines["speaks it already"]
    assert "0:00:08 long; at most 0:00:06" in lines["too long"]
    assert "broken.mkv is not a film" in lines["no film"]
    assert "5 films: 2 to dub (0.0 h); left alone: 1 no film, 1 speaks it already, 1 too long" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_library_in_which_everything_is_settled_needs_no_service(tmp_path):
    film = tmp_path / "films" / "film.mkv"
    film.parent.mkdir()
    film.write_bytes(b"dubbed long ago")
    stat = film.stat()
    found = LibraryFilm(str(film), stat.st_size, stat.st_mtime_ns, duration=60.0)
    with ReportWriter(tmp_path / "report") as report:
        report.add({**build_row(found, Decision(Verdict.DUB, ("es",))), "status": "DONE", "task": 7, "took": 1.0})
    done = invoked(film.parent, "--to", "es", "--report", tmp_path / "report", home=tmp_path)
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path}/report\n"), done.output
    assert "0 films dubbed (0.0 h), 0 failed; left alone: 1 dubbed before" in done.stderr


def test_what_failed_before_is_left_alone_and_is_no_failure_of_today(tmp_path):
    film = tmp_path / "films" / "film.mkv"
    film.parent.mkdir()
    film.write_bytes(b"silent")
    stat = film.stat()
    found = LibraryFilm(str(film), stat.st_size, stat.st_mtime_ns, duration=60.0)
    with ReportWriter(tmp_path / "report") as report:
        report.add({**build_row(found, Decision(Verdict.DUB, ("es",))), "status": "ERROR", "error": "no speech found", "task": 7})
    done = invoked(film.parent, "--to", "es", "--report", tmp_path / "report", home=tmp_path)
    assert done.exit_code == 0 and "1 failed before" in done.stderr
    planned = invoked(film.parent, "--to", "es", "--report", tmp_path / "report", "--dry-run", home=tmp_path)
    assert "no speech found" in planned.stdout


def test_nonsense_is_refused_before_anything_starts(shelf, tmp_path):
    wrong = invoked(shelf, "--to", "pirate!", home=tmp_path)
    assert wrong.exit_code == 2 and "Invalid value for '--to': 'pirate!' is not a language" in wrong.stderr
    assert "no films under" in str(invoked(tmp_path, "--to", "es", home=tmp_path).exception)
    assert invoked(shelf, "--at-once", "0", home=tmp_path).exit_code == 2
    assert invoked(tmp_path / "none", home=tmp_path).exit_code == 2


def test_two_libraries_of_one_name_have_two_reports(tmp_path):
    settings = Settings(data_dir=tmp_path)
    one, other = (command.find_default_report(settings, root) for root in (Path("/a/My Films"), Path("/b/My Films")))
    assert one != other and one.parent == other.parent == tmp_path / "library"
    assert one.name.startswith("My-Films-") and command.find_default_report(settings, Path("/a/My Films")) == one


def test_a_summary_tells_what_was_dubbed_what_failed_and_why_and_what_was_left():
    tally = Tally(6)
    for each in (
        row("a.mkv", Verdict.DUB, "DONE"),
        row("b.mkv", Verdict.DUB, "ERROR", error="no speech found"),
        row("c.mkv", Verdict.SPEAKS),
        row("d.mkv", Verdict.SPEAKS),
        row("e.mkv", Verdict.OURS),
        row("f.mkv", Verdict.DUB, "IGNORED", error="it is already a dub"),
    ):
        tally.add(each)
    assert format_summary(tally).splitlines() == [
        "1 films dubbed (1.0 h), 1 failed; left alone: 1 a dub of ours, 2 speaks it already, 1 with nothing to dub",
        "  b.mkv: no speech found",
    ]
    assert (tally.seen, len(tally.failures)) == (6, 1)


def test_only_so_many_failures_are_listed():
    tally = Tally(30)
    for number in range(30):
        tally.add(row(f"{number}.mkv", Verdict.DUB, "ERROR"))
    assert format_summary(tally).splitlines()[-1] == "  and 10 more: they are in the report"


def test_a_plan_names_films_as_the_library_does():
    rows = [row("A/a.mkv", Verdict.DUB), row("b.mkv", Verdict.OURS)]
    tally = Tally(2)
    for each in rows:
        tally.add(each)
    assert list(build_plan_table(rows, Path("/films")).columns[4].cells) == ["A/a.mkv", "b.mkv"]
    assert format_plan_summary(tally) == "2 films: 1 to dub (1.0 h); left alone: 1 a dub of ours"


def test_the_time_that_is_left_is_told_after_the_first_dub():
    tally = Tally(10)
    assert tally.left is None
    tally.add(row("a.mkv", Verdict.DUB, "DONE"))
    tally.began -= 60.0
    assert tally.left == pytest.approx(9 * 60.0, rel=0.01)
