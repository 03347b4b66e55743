import asyncio
from pathlib import Path

import pytest

from pipeline.errors import DubarrError, FilmError, NotPossible
from pipeline.library import run
from pipeline.library.report import read_history, read_report
from pipeline.library.scan import Decision, DubbingRules, Failure, LibraryFilm, Outcome, RunHistory, Verdict, build_row

RULES = DubbingRules(("es",), ("en",))


def files(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"not empty")
    return root


def version(path):
    return str(path), path.stat().st_size, path.stat().st_mtime_ns


def test_a_folder_without_films_is_named(tmp_path):
    with pytest.raises(FilmError, match=tmp_path.name):
        run.plan_library(tmp_path, RULES)
    with pytest.raises(FilmError, match=tmp_path.name):
        run.survey_library(tmp_path, RULES)


def test_a_survey_parts_what_is_settled_from_what_is_open(tmp_path):
    files(tmp_path, "done.mkv", "failed.mkv", "open.mkv")
    memory = RunHistory(
        {version(tmp_path / "done.mkv"): frozenset({"es"})},
        {version(tmp_path / "failed.mkv"): Failure(frozenset({"es"}), "no speech found")},
    )
    surveyed = run.survey_library(tmp_path, DubbingRules(("es",), retry_failed=False), memory)
    assert [(Path(row["path"]).name, row["verdict"]) for row in surveyed.rows] == [
        ("done.mkv", Verdict.DONE),
        ("failed.mkv", Verdict.FAILED),
    ]
    assert surveyed.open == (tmp_path / "open.mkv",)


def test_where_everything_is_settled_no_ray_is_needed(tmp_path):
    row = build_row(LibraryFilm("/films/film.mkv", 1, 1), Decision(Verdict.DONE))
    assert list(run.dub_open_films(run.Survey((row,), ()), RULES, None)) == [row]


class Pairs:
    """A dubbing that lets no film go before another has come, and counts how many it has at a time."""

    def __init__(self):
        self.now = self.most = 0
        self.two = asyncio.Barrier(2)

    async def __call__(self, film, targets, source):
        self.now += 1
        self.most = max(self.most, self.now)
        await self.two.wait()
        self.now -= 1
        return Outcome("DONE", task=7)


def attended(films, dub, *, at_once=4, limit=100):
    """What the actor makes of films, all given to it at the same time."""

    async def all_of_them():
        attendant = run._FilmActor(RULES, RunHistory(), dub, at_once, limit)
        return await asyncio.gather(*(attendant({"path": str(film)}) for film in films))

    return asyncio.run(all_of_them())


@pytest.fixture
def six(tmp_path, make_film):
    make_film(tmp_path / "0.mkv", "eng")
    for number in range(1, 6):
        (tmp_path / f"{number}.mkv").hardlink_to(tmp_path / "0.mkv")
    return sorted(tmp_path.glob("*.mkv"))


def test_no_more_films_are_on_their_way_than_was_said(six):
    dub = Pairs()
    assert [row["status"] for row in attended(six, dub, at_once=2)] == ["DONE"] * 6
    assert dub.most == 2


def test_beyond_the_limit_nothing_is_offered(six):
    statuses = [row["status"] for row in attended(six, Pairs(), limit=2)]
    assert (statuses.count("DONE"), statuses.count(run.OVER_LIMIT_STATUS)) == (2, 4)


def test_a_film_that_fails_has_its_error_in_its_row_and_what_is_no_fault_of_a_film_ends_the_run(six):
    async def refuses(film, targets, source):
        raise FilmError(f"{film.name} cannot be dubbed")

    async def breaks(film, targets, source):
        raise DubarrError("no service answers")

    async def knows_better(film, targets, source):
        raise NotPossible(f"{film.name} is not dubbed: it is already a dub")

    (ignored,) = attended(six[:1], knows_better)
    assert (ignored["status"], ignored["error"]) == ("IGNORED", "0.mkv is not dubbed: it is already a dub")
    (row,) = attended(six[:1], refuses)
    assert (row["status"], row["error"], row["task"]) == ("ERROR", "0.mkv cannot be dubbed", None)
    (trouble,) = attended(six[:1], breaks)
    assert (trouble["status"], trouble["error"]) == (run.ABORTED_STATUS, "no service answers")


class Service:
    """Dubs everything but what is called a failure or slow, and notes what it was asked for."""

    def __init__(self, notes):
        self.notes = notes

    async def __call__(self, film, targets, source):
        with self.notes.open("a") as file:
            file.write(f"{film.name} {','.join(targets)} {source}\n")
        await asyncio.sleep(5.0 if "slow" in film.name else 0.01)
        if "fails" in film.name:
            raise FilmError(f"{film.name} cannot be dubbed")
        return Outcome("DONE", task=7, output=f"/dubs/{film.name}")


@pytest.fixture
def small_ray():
    from serve.runtime import local_ray as ours

    ours.start(cpus=2)
    yield
    ours.stop()


@pytest.fixture
def shelf(tmp_path, make_film):
    """A library: one film to dub, one that fails, one in Spanish, one that is none."""
    root = tmp_path / "library"
    root.mkdir()
    for name, language in (("film", "eng"), ("fails", "eng"), ("pelicula", "spa")):
        make_film(root / f"{name}.mkv", language)
    return files(root, "Season 1/broken.mkv")


@pytest.fixture
def make_film():
    import subprocess

    def make(path: Path, language: str) -> None:
        sources = ["-f", "lavfi", "-i", "testsrc=s=64x36:r=8:d=1", "-f", "lavfi", "-i", "sine=d=1"]
        tags = ["-metadata:s:a:0", f"language={language}"]
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *sources, *tags, str(path)], check=True)

    return make


@pytest.mark.slow
def test_a_library_is_planned_dubbed_reported_and_left_alone_the_next_time(shelf, tmp_path, small_ray):
    report, notes = tmp_path / "report", tmp_path / "notes"
    planned = {Path(row["path"]).name: row["verdict"] for row in run.plan_library(shelf, RULES).take_all()}
    wanted = {
        "film.mkv": "dub",
        "fails.mkv": "dub",
        "pelicula.mkv": "speaks it already",
        "broken.mkv": "no film",
    }
    assert planned == wanted
    assert not notes.exists()

    first = {Path(row["path"]).name: row for row in run.dub_library(shelf, RULES, Service(notes), report).to_pylist()}
    assert {name: row["verdict"] for name, row in first.items()} == wanted
    assert (first["film.mkv"]["status"], first["film.mkv"]["task"]) == ("DONE", 7)
    assert (first["fails.mkv"]["status"], first["fails.mkv"]["error"]) == ("ERROR", "fails.mkv cannot be dubbed")
    assert sorted(notes.read_text().splitlines()) == ["fails.mkv es en", "film.mkv es en"]
    assert set(read_history(report).done.values()) == {frozenset({"es"})}

    again = {Path(row["path"]).name: row for row in run.dub_library(shelf, RULES, Service(notes), report).to_pylist()}
    assert again["film.mkv"]["verdict"] == "dubbed before"
    assert notes.read_text().count("film.mkv") == 1  # only the one that failed was tried again
    assert notes.read_text().count("fails.mkv") == 2

    # A film that takes long holds up no other's row, and what is no film's fault comes out in its words.
    (shelf / "a-slow.mkv").hardlink_to(shelf / "film.mkv")
    (shelf / "b.mkv").hardlink_to(shelf / "film.mkv")
    landed = {}

    def noted(row):
        landed[Path(row["path"]).name] = {Path(each["path"]).name for each in read_report(report).to_pylist()}

    run.dub_library(shelf, RULES, Service(notes), report, on_row=noted)
    assert "b.mkv" in landed["b.mkv"] and "a-slow.mkv" not in landed["b.mkv"]
    assert "a-slow.mkv" in landed["a-slow.mkv"]
    (shelf / "c.mkv").hardlink_to(shelf / "film.mkv")
    with pytest.raises(DubarrError, match="nobody answers"):
        run.dub_library(shelf, RULES, silent, report)


async def silent(film, targets, source):
    raise DubarrError("nobody answers")
