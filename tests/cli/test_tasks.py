"""Tasks as tables."""

from rich.console import Console

from cli.tasks import stages_table, summary, tasks_table


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
    } | changes


def shown(table) -> str:
    console = Console(width=200, markup=False, highlight=False, emoji=False)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def test_a_file_name_is_no_markup():
    assert "[red]film :smile:.mkv" in shown(tasks_table([task()]))


def test_a_list_says_where_each_task_stands():
    row = shown(tasks_table([task()])).splitlines()[1]
    assert row.split()[:8] == ["7", "DONE", "9/11", "mux", "en", "→", "es,", "ca"] and "1:01:15" in row


def test_a_film_not_yet_probed_has_no_length():
    row = shown(tasks_table([task(source_lang=None, duration=None, path="/films/film.mkv")])).splitlines()[1]
    assert row.split()[-4:] == ["→", "es,", "ca", "film.mkv"]


def test_a_summary_ends_with_what_came_of_it():
    assert summary(task()).splitlines()[-1] == "/dubs/7/film.mkv"
    failed = summary(task(status="ERROR", error="probe: no audio; give another film", output=None))
    assert failed.splitlines()[-1] == "probe: no audio; give another film"


def test_cached_stages_are_marked():
    stages = [
        {"name": "probe", "language": None, "status": "DONE", "seconds": 0.21, "cached": False},
        {"name": "mix", "language": "es", "status": "DONE", "seconds": 0.0, "cached": True},
        {"name": "mux", "language": None, "status": "RUNNING", "seconds": 0.0, "cached": False},
    ]
    rows = [line.split() for line in shown(stages_table(stages)).splitlines()[1:]]
    assert rows == [["probe", "0.2"], ["mix", "es", "0.0", "cached"], ["mux", "0.0", "running"]]
