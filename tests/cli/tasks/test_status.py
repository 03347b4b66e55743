"""Tasks as tables."""

from command_line import served_command_line
from rich.console import Console

from cli.tasks.status import (
    build_engines_table,
    build_notes_table,
    build_stages_table,
    build_tasks_table,
    format_overview,
    format_task,
    list_troubles,
)
from pipeline.values.tasks import DubRequest


def task(**changes) -> dict:
    return {
        "id": 7,
        "path": "/films/[red]film :smile:.mkv",
        "status": "DONE",
        "source_lang": "en",
        "target_langs": ["es", "ca"],
        "duration": 3675.2,
        "progress": {"done": 9, "total": 11, "stage": "mux"},
        "error": None,
        "output": "/dubs/7/film.mkv",
        "outputs": ["/dubs/7/film.mkv"],
        "audio_track": None,
        "subtitle_track": None,
        "warnings": 0,
        "notes": [],
        "scripts": [],
    } | changes


def shown(table) -> str:
    console = Console(width=200, markup=False, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_a_file_name_is_no_markup():
    assert "[red]film :smile:.mkv" in shown(build_tasks_table([task()]))


def test_a_list_says_where_each_task_stands():
    row = shown(build_tasks_table([task()])).splitlines()[1]
    assert row.split()[:8] == ["7", "DONE", "9/11", "mux", "en", "→", "es,", "ca"] and "1:01:15" in row


def test_a_film_not_yet_probed_has_no_length():
    row = shown(build_tasks_table([task(source_lang=None, duration=None, path="/films/film.mkv")])).splitlines()[1]
    assert row.split()[-4:] == ["→", "es,", "ca", "film.mkv"]


def test_a_summary_ends_with_what_came_of_it():
    assert format_task(task())[-1] == "/dubs/7/film.mkv"
    failed = format_task(task(status="ERROR", error="probe: no audio; give another film", output=None, outputs=[]))
    assert failed[-1] == "probe: no audio; give another film"


def test_a_dub_that_lacks_changes_is_told():
    stale = {"language": "es", "stale": "2 lines changed since this dub (revision 4, dubbed from 3); re-dub to hear them"}
    rows = format_task(task(scripts=[stale, {"language": "ca", "stale": None}]))
    assert rows[2:] == ["es: 2 lines changed since this dub (revision 4, dubbed from 3); re-dub to hear them", "/dubs/7/film.mkv"]


def test_cached_stages_are_marked():
    stages = [
        {"name": "probe", "language": None, "status": "DONE", "seconds": 0.21, "cached": False},
        {"name": "mix", "language": "es", "status": "DONE", "seconds": 0.0, "cached": True},
        {"name": "mux", "language": None, "status": "RUNNING", "seconds": 0.0, "cached": False},
    ]
    rows = [line.split() for line in shown(build_stages_table(stages)).splitlines()[1:]]
    assert rows == [["probe", "0.2"], ["mix", "es", "0.0", "cached"], ["mux", "0.0", "running"]]


def engine(**changes) -> dict:
    return {
        "role": "synthesizer",
        "deployment": "tts",
        "engine": "xtts",
        "status": "READY",
        "trouble": None,
        "running": 1,
        "starting": 0,
        "most": 2,
        "num_gpus": 0.25,
        "num_cpus": 1.0,
        "in_flight": 1,
        "waiting": 0,
    } | changes


def rows_of(*engines: dict) -> list[list[str]]:
    return [line.split() for line in shown(build_engines_table(engines)).splitlines()[1:]]


def test_engines_are_told_with_replicas_share_and_calls():
    assert rows_of(engine(), engine(num_gpus=0.0, waiting=3)) == [
        ["synthesizer", "xtts", "ready", "1/2", "0.25", "GPU", "1"],
        ["synthesizer", "xtts", "ready", "1/2", "1", "CPU", "1", "+", "3", "waiting"],
    ]


def test_of_a_role_that_nobody_plays_there_are_no_figures():
    assert rows_of(engine(role="separator", engine="none", status="OFF", running=0, most=0)) == [
        ["separator", "none", "disabled"]
    ]


def test_what_stands_in_the_way_is_said():
    system = {
        "engines": [engine(), engine(engine="llm", trouble="llm: no server answers; start one")],
        "disk": {"free": 3 * 10**9, "trouble": "data has 3.0 GB free"},
        "queue": {"QUEUED": 2, "ERROR": 1},
        "workers": {"alive": False},
        "deliveries": "1 message waits",
    }
    assert list_troubles(system) == ["llm: no server answers; start one", "data has 3.0 GB free", "1 message waits"]
    assert format_overview(system) == "worker not running; 2 queued, 1 error; 3 GB of disk free"


WARNING = {"text": "Not translated", "severity": "warning", "lines": [3], "language": "ca"}
NOTICE = {"text": "Dubbed from [the] track", "severity": "info", "lines": [], "language": None}


def test_notes_are_a_table_with_the_dub_and_the_severity():
    one = task(notes=[WARNING, NOTICE])
    rows = [line.split() for line in shown(build_notes_table([one])).splitlines()]
    assert rows == [
        ["dub", "note"],
        ["ca", "warning", "Not", "translated", "(line", "3)"],
        ["all", "Dubbed", "from", "[the]", "track"],
    ]
    several = [
        line.split()[0] for line in shown(build_notes_table([one, task(path="/films/b.mkv", notes=[NOTICE])])).splitlines()
    ]
    assert several == ["film", "[red]film", "[red]film", "b.mkv"]


def test_a_list_counts_the_warnings_of_a_dub():
    assert shown(build_tasks_table([task(warnings=2)])).splitlines()[1].split()[:3] == ["7", "DONE", "2"]


def test_chosen_tracks_are_told():
    assert "chosen: audio track 2, subtitles none" in format_task(task(audio_track=2, subtitle_track="none"))
    assert not any("chosen" in line for line in format_task(task()))


def test_a_list_that_is_cut_says_so_and_how_to_see_the_rest(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("cli.tasks.status.PAGE_TASKS", 2)
    with served_command_line(tmp_path, monkeypatch, capsys) as dubarr:
        for number in range(3):
            film = dubarr.live.inner.library / f"{number}.mkv"
            dubarr.live.inner.store.tasks.submit(DubRequest(film, 1, 1, ("es",), "en", 1.0))
        cut = dubarr("status", "--limit", 1)
        assert cut.code == 0 and len(cut.out.splitlines()) == 2
        assert "the newest 1 of 3 tasks; --limit N lists more, --all lists all of them" in cut.err
        for whole in (dubarr("status", "--all"), dubarr("status")):
            assert [row.split()[0] for row in whole.out.splitlines()] == ["task", "3", "2", "1"] and "the newest" not in whole.err
