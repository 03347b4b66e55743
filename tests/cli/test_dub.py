"""What becomes of films, against a client that plays the service."""

import contextlib
import errno
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import command_line
from in_process_service import make_film
from no_events import NoEvents

from cli import dub as dubbing
from cli.progress import DubOptions
from pipeline.errors import FilmNotFound, FilmRefused, NotPossible
from pipeline.values.preview import PreviewRange
from serve.client.client_errors import Refused, ServiceUnavailable

WISHES = DubOptions(("es", "ca"), source="en", speakers=2)


class FakeClient:
    """Plays `serve.client.client.Client` for a service whose library is `library`. A task advances with every question."""

    def watch_changes(self, task_ids=(), *, types=()):
        return NoEvents()

    def __init__(self, library: Path, *, failing: frozenset[str] = frozenset()) -> None:
        self.library, self.failing = library, failing
        self.known: dict[int, dict] = {}
        self.uploads: list[Path] = []

    def submit_path(self, path, target_langs, source_lang, speakers, *, force, **choices):
        if not path.is_relative_to(self.library):
            raise FilmRefused(f"{path} is not in the library")
        if path.name == "a-dub.mkv":
            raise NotPossible(f"{path} is not dubbed: already a dub")
        if path.name == "unseen.mkv":
            raise FilmNotFound(f"there is no file {path}")
        return dict(self._queued(path, target_langs, source_lang, speakers))

    def upload(self, path, *, target_langs, source_lang, speakers, progress, **choices):
        if not path.stat().st_size:
            raise Refused(422, f"{path.name} is empty; give a film")
        progress(path.stat().st_size, path.stat().st_size)
        self.uploads.append(path)
        return self._queued(path, target_langs, source_lang, speakers)

    def _queued(self, path, target_langs, source_lang, speakers):
        task = {"id": len(self.known) + 1, "path": str(path), "status": "QUEUED", "error": None, "output": None, "outputs": []}
        task |= {"target_langs": list(target_langs), "source_lang": source_lang, "speakers": speakers}
        task |= {"progress": {"done": 0, "total": 2, "stage": ""}}
        self.known[task["id"]] = task
        return dict(task)

    def task(self, task_id):
        task = self.known[task_id]
        task["progress"]["done"] += 1
        if task["progress"]["done"] < 2:
            task["status"] = "PROCESSING"
        elif Path(task["path"]).name in self.failing:
            task |= {"status": "ERROR", "error": "probe: there is no audio; give a film that speaks"}
        else:
            output = f"/dubs/{task_id}/{Path(task['path']).name}"
            task |= {"status": "DONE", "output": output, "outputs": [output]}
        return dict(task)

    def download(self, task_id, folder, progress, language=None):
        progress(3, 3)
        (folder / Path(self.known[task_id]["path"]).name).write_text("dub")
        return folder / Path(self.known[task_id]["path"]).name


@pytest.fixture
def library(tmp_path: Path) -> Path:
    folder = tmp_path / "library"
    folder.mkdir()
    for name in ("one.mkv", "two.mkv"):
        (folder / name).write_text("film")
    return folder


def test_a_film_in_the_library_is_offered_by_its_path(library):
    client = FakeClient(library)
    [(film, task)] = dubbing.dub_films(client, (library / "one.mkv",), WISHES)
    assert (film, task["status"], client.uploads) == (library / "one.mkv", "DONE", [])
    assert (task["target_langs"], task["source_lang"], task["speakers"]) == (["es", "ca"], "en", 2)


def test_a_film_from_elsewhere_is_uploaded(library, tmp_path):
    (tmp_path / "far.mkv").write_text("film")
    client = FakeClient(library)
    [(_, task)] = dubbing.dub_films(client, (tmp_path / "far.mkv",), WISHES)
    assert (task["status"], client.uploads) == ("DONE", [tmp_path / "far.mkv"])


def test_a_dub_of_ours_is_not_dubbed_again(library, capsys):
    (library / "a-dub.mkv").write_text("dub")
    client = FakeClient(library)
    assert [
        dubbing.report_dub(task, film, client, None) for film, task in dubbing.dub_films(client, (library / "a-dub.mkv",), WISHES)
    ] == [False]
    assert "a-dub.mkv is not dubbed: already a dub" in capsys.readouterr().err


def test_a_film_that_the_service_does_not_see_is_uploaded(library):
    (library / "unseen.mkv").write_text("film")
    client = FakeClient(library)
    [(_, task)] = dubbing.dub_films(client, (library / "unseen.mkv",), WISHES)
    assert (task["status"], client.uploads) == ("DONE", [library / "unseen.mkv"])


def test_a_service_that_comes_back_is_waited_for(library):
    class Restarting(FakeClient):
        silent = 3

        def task(self, task_id):
            self.silent -= 1
            if self.silent >= 0:
                raise ServiceUnavailable("http://127.0.0.1:8000", "connection refused")
            return super().task(task_id)

    [(_, task)] = dubbing.dub_films(Restarting(library), (library / "one.mkv",), WISHES)
    assert task["status"] == "DONE"


def test_one_refused_film_does_not_keep_the_others(library, tmp_path, capsys):
    (tmp_path / "empty.mkv").touch()
    films = (tmp_path / "empty.mkv", library / "one.mkv", library / "two.mkv")
    client = FakeClient(library, failing=frozenset({"two.mkv"}))
    good = [dubbing.report_dub(task, film, client, None) for film, task in dubbing.dub_films(client, films, WISHES)]
    out, err = capsys.readouterr()
    assert good == [False, True, False]
    assert out == "/dubs/1/one.mkv\n", "stdout holds paths and nothing else"
    assert "empty.mkv is empty; give a film\n" in err
    assert "two.mkv: probe: there is no audio; give a film that speaks\n" in err


def test_out_gets_the_film_and_its_path_is_printed(library, tmp_path, capsys):
    client = FakeClient(library)
    for film, task in dubbing.dub_films(client, (library / "one.mkv",), WISHES):
        assert dubbing.report_dub(task, film, client, tmp_path / "new" / "out")
    told = capsys.readouterr()
    assert told.out == f"{tmp_path}/new/out/one.mkv\n"
    assert (tmp_path / "new" / "out" / "one.mkv").read_text() == "dub"


def test_a_dub_that_cannot_be_copied_is_told_with_its_place_and_the_others_go_on(library, tmp_path, capsys):
    class Full(FakeClient):
        def download(self, task_id, folder, progress, language=None):
            if task_id == 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().download(task_id, folder, progress, language)

    client = Full(library)
    films = (library / "one.mkv", library / "two.mkv")
    done = [dubbing.report_dub(task, film, client, tmp_path) for film, task in dubbing.dub_films(client, films, WISHES)]
    told = capsys.readouterr()
    assert (done, told.out) == ([False, True], f"{tmp_path}/two.mkv\n")
    assert f"one.mkv: its dub is /dubs/1/one.mkv; --out {tmp_path} cannot be written: No space left on device" in told.err


def test_a_dub_never_takes_its_films_place(library):
    done = CliRunner().invoke(dubbing.dub, [str(library / "one.mkv"), "--out", str(library)])
    assert done.exit_code == 2 and "give another folder" in done.output
    assert (library / "one.mkv").read_text() == "film"


def test_two_films_of_one_name_do_not_share_an_out_folder(library, tmp_path):
    (tmp_path / "one.mkv").write_text("another")
    films = [str(library / "one.mkv"), str(tmp_path / "one.mkv")]
    done = CliRunner().invoke(dubbing.dub, [*films, "--out", str(tmp_path / "out")])
    assert done.exit_code == 2 and "two films are called one.mkv" in done.output


def test_an_out_folder_that_cannot_be_written_is_refused_before_any_work(library, tmp_path):
    film = library / "a.mkv"
    film.write_bytes(b"film")
    (tmp_path / "taken").write_text("a file")
    result = CliRunner().invoke(dubbing.dub, [str(film), "--out", str(tmp_path / "taken" / "below")])
    assert result.exit_code == 2 and "cannot be created" in result.output and "another folder" in result.output


def test_an_empty_name_is_not_the_current_folder():
    result = CliRunner().invoke(dubbing.dub, [""])
    assert result.exit_code == 2 and "name is empty" in result.output


def test_a_file_that_is_named_like_no_film_is_refused_before_anything_is_started_or_sent(library, tmp_path, capsys, monkeypatch):
    (tmp_path / "passwd").write_text("root")
    dubarr = command_line(tmp_path / "home", monkeypatch, capsys)
    ended = dubarr("dub", tmp_path / "passwd")
    assert (ended.code, ended.out) == (1, "") and "starting" not in ended.err and "uploading" not in ended.err
    assert ended.err.splitlines()[0].startswith("passwd is not named like a film; give one of .3g2, .3gp, .avi")
    monkeypatch.setattr(dubbing, "use_service", lambda settings, folders: contextlib.nullcontext(object()))
    monkeypatch.setattr(dubbing.process, "open_client", lambda settings, found: contextlib.nullcontext(FakeClient(library)))
    ended = dubarr("dub", tmp_path / "passwd", library / "one.mkv")
    assert (ended.code, ended.out) == (1, "/dubs/1/one.mkv\n"), "the other one is dubbed"
    assert ended.err.endswith("dubarr: 1 of 2 films could not be dubbed\n")


def test_a_name_that_is_no_utf_8_is_refused_in_words_and_the_others_go_on(library, capsys):
    odd, sound = library / "latin\udce9.mkv", library / "a.mkv"
    sound.write_bytes(b"film")
    ended = dict(dubbing.dub_films(FakeClient(library), (odd, sound), WISHES))
    assert "no UTF-8; rename it" in ended[odd]["error"] and ended[sound]["status"] == "DONE"
    assert not dubbing.report_dub(ended[odd], odd, FakeClient(library), None)
    assert "rename it" in capsys.readouterr().err


def test_interrupting_says_what_becomes_of_the_rest(library, capsys):
    class Interrupting(FakeClient):
        def task(self, task_id):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(dubbing.dub_films(Interrupting(library), (library / "one.mkv",), WISHES))
    assert "what is finished is kept" in capsys.readouterr().err


@pytest.mark.parametrize("choice", ["2", "none", "None", None])
def test_a_track_or_no_subtitles_are_passed_on(choice: str | None) -> None:
    assert dubbing.locate_subtitles(choice) == choice


def test_a_subtitle_file_is_passed_on_by_its_whole_path_and_must_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("film.srt").touch()
    assert dubbing.locate_subtitles("film.srt") == str((tmp_path / "film.srt").resolve())
    both = [str(tmp_path / "film.srt")] * 2
    assert "dub the films one by one" in CliRunner().invoke(dubbing.dub, [*both, "--subtitles", "film.srt"]).output
    result = CliRunner().invoke(dubbing.dub, [str(tmp_path / "film.srt"), "--subtitles", "gone.srt"])
    assert result.exit_code == 2
    assert "no such file; give a track's number, a subtitle file, or none" in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"audio": 3}, "has no audio track 3; choose one of: 1 "),
        ({"subtitles": "2"}, "has no subtitle track 2; choose one of: none"),
    ],
)
def test_a_track_that_a_film_does_not_have_is_refused_before_it_is_uploaded(tmp_path: Path, choice, message: str) -> None:
    film = make_film(tmp_path / "far.mkv")
    client = FakeClient(tmp_path / "library")
    [(_, task)] = dubbing.dub_films(client, (film,), replace(WISHES, **choice))
    assert task["status"] == "ERROR" and message in task["error"] and not client.uploads


def test_the_notes_on_the_dubs_are_a_table_on_stderr_and_stdout_has_the_path_alone(library, monkeypatch):
    class Noting(FakeClient):
        def task(self, task_id):
            note = {"text": "Left out of the file film.en.srt, because nobody says it: " + 9 * "credits, ", "severity": "info"}
            return super().task(task_id) | {"notes": [note | {"lines": [], "language": "es"}]}

    monkeypatch.setattr(dubbing, "use_service", lambda settings, folders: contextlib.nullcontext(object()))
    monkeypatch.setattr(dubbing.process, "open_client", lambda settings, found: contextlib.nullcontext(Noting(library)))
    done = CliRunner().invoke(dubbing.dub, [str(library / "one.mkv")])
    assert done.stdout == "/dubs/1/one.mkv\n"
    assert any(line.split()[:2] == ["es", "Left"] and line.endswith("credits, ") for line in done.stderr.splitlines())


def test_a_preview_goes_with_each_film_by_path_and_by_upload(library: Path, tmp_path: Path) -> None:
    previews: list[PreviewRange | None] = []

    class Noting(FakeClient):
        def submit_path(self, path, target_langs, source_lang, speakers, *, preview, **choices):
            previews.append(preview)
            return super().submit_path(path, target_langs, source_lang, speakers, **choices)

        def upload(self, path, *, preview, **choices):
            previews.append(preview)
            return super().upload(path, **choices)

    part = dubbing.parse_preview("1:10", "2:00.5")
    assert part == PreviewRange(70.0, 120.5)
    outside = make_film(tmp_path / "outside.mkv")
    list(dubbing.dub_films(Noting(library), (library / "one.mkv", outside), replace(WISHES, preview=part)))
    assert previews == [part, part, part], "asked for by its path first, then uploaded"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--from-time", "1:00"), "--from-time 1:00 needs --until, where the part ends; give"),
        (("--from-time", "abc"), "--from-time: 'abc' is no time; give seconds (600), MM:SS (10:00)"),
        (("--from-time", "abc", "--until", "1:00"), "--from-time: 'abc' is no time"),
        (("--from-time", "2:00", "--until", "1:00"), "--from-time 2:00 --until 1:00:"),
        (("--until", "soon"), "'soon' is no time"),
    ],
)
def test_times_that_are_no_preview_are_refused_with_the_way_out(library: Path, options: tuple[str, ...], message: str) -> None:
    done = CliRunner().invoke(dubbing.dub, [str(library / "one.mkv"), *options])
    assert done.exit_code == 2 and message in done.output and "give " in done.output


def test_a_callback_goes_with_each_film_and_a_forbidden_one_stops_before_anything_starts(library):
    urls = []

    class Noting(FakeClient):
        def submit_path(self, path, target_langs, source_lang, speakers, *, callback, **choices):
            urls.append(callback)
            return super().submit_path(path, target_langs, source_lang, speakers, **choices)

    list(dubbing.dub_films(Noting(library), (library / "one.mkv",), replace(WISHES, callback="http://nas:9000/done")))
    assert urls == ["http://nas:9000/done"]
    for url in ("ftp://nas/", "http://169.254.169.254/", "http://user:secret@nas/", f"http://nas/{'a' * 2_000}"):
        done = CliRunner().invoke(dubbing.dub, [str(library / "one.mkv"), "--callback", url])
        assert done.exit_code == 2 and "--callback" in done.output and "secret" not in done.output


def test_a_glossary_goes_with_each_film_and_a_malformed_one_stops_before_anything_starts(library, tmp_path):
    glossaries: list[str] = []

    class Noting(FakeClient):
        def submit_path(self, path, target_langs, source_lang, speakers, *, glossary, **choices):
            glossaries.append(glossary)
            return super().submit_path(path, target_langs, source_lang, speakers, **choices)

    (tmp_path / "terms.txt").write_text('es: Jon "Yon"\n')
    text = dubbing.read_task_glossary(tmp_path / "terms.txt")
    list(dubbing.dub_films(Noting(library), (library / "one.mkv",), replace(WISHES, glossary=text)))
    assert glossaries == ['es: Jon "Yon"\n']
    (tmp_path / "terms.txt").write_text("Ned\nJon [\n")
    done = CliRunner().invoke(dubbing.dub, [str(library / "one.mkv"), "--glossary", str(tmp_path / "terms.txt")])
    assert "line 2: a square bracket is not closed" in str(done.exception)
