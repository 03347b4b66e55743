import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import library
from pipeline.errors import DubarrError, FilmError
from pipeline.library import Found, Outcome, Rules, Verdict, decide, discover, finished

RULES = Rules(("es", "ca"), sources=("en",), longest=7200.0)
FILM = Found("/films/film.mkv", 1000, 1, duration=5400.0, language="en", tracks=("en",))


def files(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"not empty")
    return root


def test_films_are_discovered_by_name_in_order_in_all_folders(tmp_path):
    files(tmp_path, "b.mkv", "A/a.MP4", "A/poster.jpg", "A/a.es.srt", "C/c.avi")
    assert [path.relative_to(tmp_path).as_posix() for path in discover(tmp_path)] == ["A/a.MP4", "C/c.avi", "b.mkv"]


def test_hidden_folders_and_links_to_elsewhere_are_left_out(tmp_path):
    files(tmp_path, "library/.trash/gone.mkv", "elsewhere/film.mkv", "library/here.mkv")
    (tmp_path / "library/link.mkv").symlink_to(tmp_path / "elsewhere/film.mkv")
    (tmp_path / "library/dangling.mkv").symlink_to(tmp_path / "library/nowhere.mkv")
    assert [path.name for path in discover(tmp_path / "library")] == ["here.mkv"]


def test_a_library_that_lies_in_a_hidden_folder_is_one_all_the_same(tmp_path):
    files(tmp_path, ".films/film.mkv")
    assert len(list(discover(tmp_path / ".films"))) == 1


def test_a_file_that_is_no_film_is_seen_with_its_fault(tmp_path):
    found = library.look(files(tmp_path, "broken.mkv") / "broken.mkv")
    assert decide(found, RULES, {}).verdict is Verdict.NO_FILM
    assert "broken.mkv" in decide(found, RULES, {}).reason


def test_what_is_missing_is_dubbed():
    assert decide(FILM, RULES, {}).targets == ("es", "ca")
    assert decide(replace(FILM, tracks=("en", "es-MX")), RULES, {}).targets == ("ca",)


@pytest.mark.parametrize(
    ("film", "verdict"),
    [
        (replace(FILM, tracks=("en", "es", "ca")), Verdict.SPEAKS),
        (replace(FILM, dubbed_by="Dubarr 0.1.0"), Verdict.OURS),
        (replace(FILM, duration=7201.0), Verdict.TOO_LONG),
        (replace(FILM, language="fr", tracks=("fr",)), Verdict.FOREIGN),
        (replace(FILM, language=None), Verdict.FOREIGN),
        (replace(FILM, fault="film.mkv has no picture"), Verdict.NO_FILM),
    ],
)
def test_nothing_is_dubbed_for_a_reason(film, verdict):
    decision = decide(film, RULES, {})
    assert (decision.verdict, decision.targets) == (verdict, ())
    assert decision.reason


def test_a_film_in_the_target_language_is_called_that_rather_than_foreign():
    assert decide(replace(FILM, language="es", tracks=("es",)), Rules(("es",), ("en",)), {}).verdict is Verdict.SPEAKS


def test_a_length_is_told_as_a_clock_tells_it():
    assert "2:00:01 long; at most 2:00:00" in decide(replace(FILM, duration=7201.0), RULES, {}).reason


def test_without_a_wish_for_the_original_language_every_film_is_taken():
    assert decide(replace(FILM, language=None, tracks=()), Rules(("es",)), {}).verdict is Verdict.DUB


def test_what_an_earlier_run_dubbed_is_not_dubbed_again():
    assert decide(FILM, RULES, {FILM.version: frozenset({"es"})}).targets == ("ca",)
    assert decide(FILM, RULES, {FILM.version: frozenset({"es", "ca"})}).verdict is Verdict.DONE


def test_a_film_that_was_replaced_is_another_film():
    done = {FILM.version: frozenset({"es", "ca"})}
    assert decide(replace(FILM, mtime_ns=2), RULES, done).verdict is Verdict.DUB


def test_rules_without_a_target_are_refused():
    with pytest.raises(ValueError, match="target"):
        Rules(())


def test_a_folder_without_films_is_named(tmp_path):
    with pytest.raises(FilmError, match=tmp_path.name):
        library.plan(tmp_path, RULES)


class Service:
    """Dubs everything but what is called a failure, and notes what it was asked for."""

    def __init__(self, notes):
        self.notes = notes

    async def __call__(self, film, targets, source):
        with self.notes.open("a") as file:
            file.write(f"{film.name} {','.join(targets)} {source}\n")
        await asyncio.sleep(0.01)
        if "fails" in film.name:
            raise DubarrError(f"{film.name} cannot be dubbed")
        return Outcome("DONE", task=7, output=f"/dubs/{film.name}")


@pytest.fixture
def small_ray():
    from serve import small_ray as ours

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
    return files(root, "Extras/broken.mkv")


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
    rules, report, notes = Rules(("es",), ("en",)), tmp_path / "report", tmp_path / "notes"
    planned = {Path(row["path"]).name: row["verdict"] for row in library.plan(shelf, rules).take_all()}
    wanted = {
        "film.mkv": "dub",
        "fails.mkv": "dub",
        "pelicula.mkv": "speaks it already",
        "broken.mkv": "no film",
    }
    assert planned == wanted
    assert not notes.exists()

    first = {Path(row["path"]).name: row for row in library.dub_all(shelf, rules, Service(notes), report).to_pylist()}
    assert {name: row["verdict"] for name, row in first.items()} == wanted
    assert (first["film.mkv"]["status"], first["film.mkv"]["task"]) == ("DONE", 7)
    assert (first["fails.mkv"]["status"], first["fails.mkv"]["error"]) == ("ERROR", "fails.mkv cannot be dubbed")
    assert sorted(notes.read_text().splitlines()) == ["fails.mkv es en", "film.mkv es en"]
    assert set(finished(report).values()) == {frozenset({"es"})}

    again = {Path(row["path"]).name: row for row in library.dub_all(shelf, rules, Service(notes), report).to_pylist()}
    assert again["film.mkv"]["verdict"] == "dubbed before"
    assert notes.read_text().count("film.mkv") == 1  # only the one that failed was tried again
    assert notes.read_text().count("fails.mkv") == 2
