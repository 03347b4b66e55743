"""The client against the real service over a real port: films there and back, and the service's sentences as errors."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from in_process_service import AUTH
from listening import Listening, listening
from shown_films import finished_dub

from pipeline.errors import FilmError, FilmNotFound, FilmRefused, NotFound, NotPossible, UsersFault
from pipeline.values.tasks import LineRow
from serve.client.client import Client
from serve.client.client_errors import Refused, ServiceUnavailable, WrongPassword


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listening]:
    with listening(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture
def client(live: Listening) -> Iterator[Client]:
    with Client(live.url, *AUTH) as asking:
        yield asking
        for task in asking.tasks():
            asking.delete(task["id"])


def finish(live: Listening, content: bytes, name: str = "film.mkv") -> tuple[int, Path]:
    """Finish the task that waits. Returns its id and its film."""
    claim = live.inner.store.leases.claim_next_task("worker", 60.0)
    assert claim is not None
    output = live.inner.settings.data_dir / "dubs" / str(claim[0].id) / name
    output.parent.mkdir(parents=True)
    output.write_bytes(content)
    line = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")
    live.inner.store.lines.replace_lines(claim[1], "es", [line, replace(line, number=2)])
    live.inner.store.lines.put_report(claim[1], "es", '{"loudness": -23.0}')
    live.inner.store.leases.finish(claim[1], output)
    return claim[0].id, output


def test_a_film_goes_there_and_its_dub_comes_back(live: Listening, client: Client, films: Path, tmp_path: Path) -> None:
    film = tmp_path / 'Ñandú "x" \\ y.mkv'
    film.write_bytes((films / "english.mkv").read_bytes())
    steps: list[tuple[int, int]] = []
    task = client.upload(film, ["es", "ca"], "en", 2, progress=lambda sent, total: steps.append((sent, total)))
    assert (task["status"], task["target_langs"], task["source_lang"]) == ("QUEUED", ["es", "ca"], "en")
    assert Path(task["path"]).read_bytes() == film.read_bytes()
    assert steps[-1] == (film.stat().st_size, film.stat().st_size)
    content = bytes(range(256)) * 9000
    finish(live, content, "Ñandú.mkv")
    dub = client.download(task["id"], tmp_path / "dubs", progress=lambda got, total: steps.append((got, total)))
    assert dub == tmp_path / "dubs" / "Ñandú.mkv"
    assert dub.read_bytes() == content
    assert steps[-1] == (len(content), len(content))
    assert list((tmp_path / "dubs").iterdir()) == [dub]


def test_the_subtitles_beside_a_film_go_with_it(live: Listening, client: Client, films: Path, tmp_path: Path) -> None:
    film = tmp_path / "with words.mkv"
    film.write_bytes((films / "english.mkv").read_bytes())
    film.with_suffix(".en.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello.\n")
    task = client.upload(film, ["es"])
    assert Path(task["path"]).with_suffix(".en.srt").read_text().endswith("Hello.\n")
    assert task["has_subtitles"]


def test_a_film_in_the_library_is_offered_by_its_path(live: Listening, client: Client, films: Path) -> None:
    film = live.inner.library / "a.mkv"
    film.write_bytes((films / "english.mkv").read_bytes())
    task = client.submit_path(film, ["es"], "en", 3)
    assert task == client.task(task["id"])
    assert (task["path"], task["target_langs"]) == (str(film), ["es"])
    assert client.submit_path(film)["id"] == task["id"]
    assert client.add_languages(task["id"], ["ca"])["target_langs"] == ["es", "ca"]
    extra = live.inner.library / "Extras" / "a.mkv"
    extra.parent.mkdir()
    extra.write_bytes(film.read_bytes())
    assert client.submit_path(extra)["path"] == str(extra), "somebody named it"


def test_the_tracks_to_dub_from_are_chosen_and_left_to_dubarr_again(
    live: Listening, client: Client, films: Path, tmp_path: Path
) -> None:
    film, subtitle = live.inner.library / "tracks.mkv", tmp_path / "from elsewhere.srt"
    film.write_bytes((films / "english.mkv").read_bytes())
    subtitle.write_text("1\n00:00:00,100 --> 00:00:00,900\nHello.\n")
    task = client.submit_path(film, ["es"], audio_track=1, subtitle_track="none")
    assert (task["audio_track"], task["subtitle_track"]) == (1, "none")
    left = client.choose_tracks(task["id"])
    assert (left["audio_track"], left["subtitle_track"]) == (None, None)
    with pytest.raises(FilmRefused):
        client.choose_tracks(task["id"], subtitle_track=str(subtitle))
    sent = client.upload(film, ["es"], subtitle_track=str(subtitle))
    assert (
        sent["subtitle_track"] == Path(sent["path"]).with_suffix(".srt").name and Path(sent["path"]).with_suffix(".srt").exists()
    )


def test_a_film_of_a_library_may_wait_and_many_tasks_are_asked_for_at_once(
    live: Listening, client: Client, films: Path, tmp_path: Path
) -> None:
    film = live.inner.library / "bulk.mkv"
    film.write_bytes((films / "english.mkv").read_bytes())
    first = client.submit_path(film, ["es"], priority="bulk")
    second = client.upload(film, ["es"], priority="bulk")
    assert (first["priority"], second["priority"]) == ("bulk", "bulk")
    assert [task["id"] for task in client.tasks(ids=[first["id"], 12345, second["id"]])] == [second["id"], first["id"]]
    assert client.tasks(ids=[first["id"], second["id"]], status="DONE") == []
    assert client.tasks(ids=[first["id"], second["id"]], path=film) == [first]
    assert client.tasks(ids=[12345]) == []
    assert client.submit_path(film, ["es"])["priority"] == "interactive"


def test_what_is_known_of_a_task_is_asked_and_changed(live: Listening, client: Client, films: Path) -> None:
    task_id = client.upload(films / "english.mkv", ["es"])["id"]
    finish(live, b"dub")
    assert client.wait(task_id)["status"] == "DONE"
    assert [line["text"] for line in client.lines(task_id, "es")] == ["hola"] * 2
    assert client.lines(task_id, "ca") == []
    assert client.report(task_id) == {"es": {"loudness": -23.0}}
    assert client.stages(task_id) == []
    assert client.subtitles(task_id, "es").startswith("1\n00:00:01,000")
    assert client.query("SELECT count(*) AS n FROM lines").to_pylist() == [{"n": 2}]
    assert client.edit_line(task_id, 1, "es", "buenas")["status"] == "QUEUED"
    client.edit_line(task_id, 2, "es", source_text="good night", skip=True)
    with pytest.raises(Refused, match="no voice of .* is known in 'es'; dub the film again first"):
        client.estimate_texts(task_id, [{"number": 1, "language": "es", "text": "hola"}])
    client.edit_lines(task_id, [{"number": 1, "language": "es", "text": None}, {"number": 2, "language": "es", "skip": None}])
    assert [line["edit"] for line in client.lines(task_id)] == [
        None,
        {"source_text": "good night"} | dict.fromkeys(("text", "speaker", "skip", "start", "end", "deleted", "locked")),
    ]
    assert client.speakers(task_id) == {"speakers": [], "choices": {}}
    with pytest.raises(NotFound, match="no speaker 'S 9'"):
        client.edit_speaker(task_id, "S 9", name="Anna")
    assert client.cancel(task_id)["error"] == "cancelled before it began; retry goes on where it stopped"
    assert client.retry(task_id)["status"] == "QUEUED"
    assert client.purge(task_id)["status"] == "QUEUED"
    assert client.health()["queue_stats"]["QUEUED"] == 1
    client.delete(task_id)
    assert client.tasks() == []


def test_an_interrupted_download_goes_on_where_it_broke_off(live: Listening, client: Client, films: Path, tmp_path: Path) -> None:
    task_id = client.upload(films / "english.mkv")["id"]
    content = bytes(range(256)) * 20_000
    finish(live, content)

    class Interrupted(Exception):
        pass

    def interrupt(got: int, total: int) -> None:
        if got >= 2 << 20:
            raise Interrupted

    with pytest.raises(Interrupted):
        client.download(task_id, tmp_path, progress=interrupt)
    steps: list[int] = []
    dub = client.download(task_id, tmp_path, progress=lambda got, total: steps.append(got))
    assert dub.read_bytes() == content
    assert steps[0] > 2 << 20
    assert list(tmp_path.iterdir()) == [dub]


def test_the_beginning_of_another_film_is_not_gone_on_with(live: Listening, client: Client, films: Path, tmp_path: Path) -> None:
    task_id = client.upload(films / "english.mkv")["id"]
    finish(live, b"the film as it is now")
    (tmp_path / f".dubarr-{task_id}.part").write_bytes(b"another")
    (tmp_path / f".dubarr-{task_id}.tag").write_text('"another"')
    assert client.download(task_id, tmp_path).read_bytes() == b"the film as it is now"


def test_a_download_that_lacked_only_its_name_gets_it(live: Listening, client: Client, films: Path, tmp_path: Path) -> None:
    task_id = client.upload(films / "english.mkv")["id"]
    finish(live, b"film")
    etag = client._http.head(f"/download/{task_id}").headers["etag"]
    (tmp_path / f".dubarr-{task_id}.part").write_bytes(b"film")
    (tmp_path / f".dubarr-{task_id}.tag").write_text(etag)
    assert client.download(task_id, tmp_path).read_bytes() == b"film"


def test_a_task_is_followed_through_its_states(live: Listening, client: Client, films: Path) -> None:
    task_id = client.upload(films / "english.mkv")["id"]
    states = client.follow(task_id, every=0.01)
    assert next(states)["status"] == "QUEUED"
    threading.Timer(0.05, finish, (live, b"dub")).start()
    assert [state["status"] for state in states][-1] == "DONE"


def test_the_log_is_followed(live: Listening, client: Client) -> None:
    log = live.inner.settings.processing_log
    log.parent.mkdir(exist_ok=True)
    log.write_text("one\ntwo\n")
    lines = client.logs()
    assert [next(lines), next(lines)] == ["one", "two"]
    with log.open("a") as file:
        file.write("three\n")
    assert next(lines) == "three"
    lines.close()


def test_the_services_sentences_come_as_errors(live: Listening, client: Client, films: Path, tmp_path: Path) -> None:
    (tmp_path / "text.mkv").write_text("no film")
    for ask, error, words in (
        (lambda: client.task(12345), NotFound, "no task 12345"),
        (lambda: client.download(12345, tmp_path), NotFound, "no task 12345"),
        (lambda: client.submit_path("/etc/passwd"), FilmRefused, "library root"),
        (lambda: client.submit_path(live.inner.library / "none.mkv"), FilmNotFound, "no file"),
        (lambda: client.upload(films / "spanish.mkv"), NotPossible, "already speaks"),
        (lambda: client.upload(films / "english.mkv", ["ja"]), Refused, "Japanese"),
        (lambda: client.upload(tmp_path / "text.mkv"), Refused, "not a film"),
        (lambda: client.query("DROP TABLE tasks"), Refused, "SELECT"),
    ):
        with pytest.raises(error, match=words):
            ask()


def test_a_wrong_password_and_a_silent_address_are_told(live: Listening, tmp_path: Path) -> None:
    with Client(live.url, "dubarr", "wrong") as client:
        with pytest.raises(WrongPassword, match="API_PASS"):
            client.tasks()
        with pytest.raises(WrongPassword):
            next(client.logs())
    with Client("http://127.0.0.1:9", *AUTH) as client:
        for ask in (client.health, lambda: client.download(1, tmp_path), lambda: next(client.logs())):
            with pytest.raises(ServiceUnavailable, match="127.0.0.1:9"):
                ask()


def test_the_client_is_light() -> None:
    import subprocess
    import sys

    heavy = ["ray", "duckdb", "pyarrow", "fastapi", "httpx", "panel", "uvicorn", "websockets", "numpy"]
    program = f"import sys, serve.client.client; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_a_client_changes_settings_and_rules(live: Listening, client: Client) -> None:
    client.change_settings({"EXCLUDE": "*sample*"})
    assert client.settings()["EXCLUDE"]["value"] == "*sample*"
    with pytest.raises(UsersFault, match="give one of dubs"):
        client.change_settings({"PLACEMENT": "x"})
    rule = {"name": "Anime", "pattern": "Anime", "target_langs": ["ca"]}
    assert client.replace_rules([rule])[0]["name"] == client.rules()[0]["name"] == "Anime"
    client.replace_rules([])


def test_a_client_hears_and_browses(live: Listening, client: Client, tmp_path: Path) -> None:
    task = finished_dub(live.inner, "heard.mkv")
    assert [track["id"] for track in client.tracks(task.id)] == ["original", "es", "ca"]
    assert client.take(task.id, 1, "es", to=tmp_path / "take").read_bytes()[:4] == b"RIFF"
    assert client.take(task.id, 1, "es", to=tmp_path / "take").name == "take.wav"
    assert client.source(task.id, 1, "es", to=tmp_path / "source").read_bytes()[:4] == b"fLaC"
    assert client.speaker_clip(task.id, "S1", to=tmp_path / "S1").name == "S1.flac"
    assert client.subtitles(task.id, "es", "vtt").startswith("WEBVTT")
    films = {film["name"]: film["task"] for film in client.library(live.inner.library)["films"]}
    assert films["heard.mkv"] == task.id
    assert client.library()["folders"][0]["path"] == str(live.inner.library)
    assert client.languages("en")["usual"] == ["es"]
    with pytest.raises(NotFound, match="has no line 9"):
        client.take(task.id, 9, "es", to=tmp_path / "none")


@pytest.mark.parametrize("name", [".dubarr-{}.part", ".dubarr-{}.tag"])
def test_a_link_that_somebody_put_where_a_download_grows_is_not_followed(
    live: Listening, client: Client, films: Path, tmp_path: Path, name: str
) -> None:
    """The name can be worked out, and people download into folders that others write to."""
    task_id = client.upload(films / "english.mkv")["id"]
    finish(live, b"the film as it is now")
    folder, victim = tmp_path / "shared", tmp_path / "victim"
    folder.mkdir()
    victim.write_text("precious")
    (folder / name.format(task_id)).symlink_to(victim)
    dub = client.download(task_id, folder)
    assert (dub.read_bytes(), dub.is_symlink(), victim.read_text()) == (b"the film as it is now", False, "precious")


def test_a_script_goes_out_and_its_change_comes_back(live: Listening, client: Client, films: Path, tmp_path: Path) -> None:
    film = tmp_path / "a film.mkv"
    film.write_bytes((films / "english.mkv").read_bytes())
    client.upload(film, ["es"], "en")
    task_id, _ = finish(live, b"film", "a.mkv")
    script = client.script(task_id, "es", to=tmp_path / "out")
    assert script.name == "a film.es.r1.csv"
    script.write_bytes(script.read_bytes().replace(b"hola", b"buenas", 1))
    assert client.import_script(task_id, "es", script, dry_run=True)["queued"] is False
    assert [each["after"] for each in client.import_script(task_id, "es", script)["changes"]] == ["buenas"]
    assert client.task(task_id)["scripts"][0]["changed_lines"] == [1]
    clips = client.export(task_id, "es", "clips", to=tmp_path / "out")
    assert clips.name == "a film.es.clips.zip"
    with pytest.raises(NotFound, match="before its dub audio could be exported"):
        client.export(task_id, "es", "dub", to=tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a film.es.clips.zip", "a film.es.r1.csv"]


def test_a_file_that_is_named_like_no_film_is_refused_before_the_service_is_asked(tmp_path: Path) -> None:
    (tmp_path / "passwd").write_text("root")
    with (
        Client("http://127.0.0.1:9", *AUTH) as nobody,
        pytest.raises(FilmError, match="passwd is not named like a film; give one of"),
    ):
        nobody.upload(tmp_path / "passwd")
