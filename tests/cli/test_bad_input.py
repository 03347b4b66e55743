"""Bad input on the command line: what is wrong, where, and the way out, with the exit codes 1 (error) and 2 (wrong usage)."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import CommandLine, Ended, ServedCommandLine, command_line, served_command_line
from hostile_names import is_harmless
from shown_films import finished_dub

from cli.tasks.status import DEFAULT_LIMIT
from pipeline.values.tasks import DubRequest

HUGE = "9" * 30
DUBBED_NAME = "\U0001f3ac '\" 100% {x}\n\u05e9\u05dc\u05d5\u05dd \u202egnp .mkv"
ODD_NAMES = [
    "emoji \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f3ac.mkv",
    "\u05e9\u05dc\u05d5\u05dd \u0639\u0627\u0644\u0645.mkv",
    "quotes '\" `$(x)`.mkv",
    "100% %s %d [red]{x}.mkv",
    "line\nbreak.mkv",
    "trailing .mkv",
    "bidi \u202egnp.mkv",
    "x" * 251 + ".mkv",
]


def fails(ended: Ended, code: int, words: str) -> None:
    assert (ended.code, ended.out) == (code, ""), ended
    told = " ".join(ended.err.split())
    assert words in told and "Traceback" not in told, told


@pytest.fixture
def unserved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "film.mkv").write_bytes(b"film")
    return command_line(tmp_path, monkeypatch, capsys)


@pytest.fixture
def dubarr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[ServedCommandLine]:
    monkeypatch.chdir(tmp_path)
    with served_command_line(tmp_path, monkeypatch, capsys) as served:
        yield served


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("languages", "espanol"), "'espanol' is not a language; give a BCP 47 tag such as en, es or pt-BR"),
        (("languages", "Spanish"), "'Spanish' is not a language; give a BCP 47 tag such as en, es or pt-BR; Spanish is es"),
        (("dub", "film.mkv", "--to", "es,xx"), "Invalid value for '--to': 'xx' is not a language"),
        (("dub", "film.mkv", "--to", ","), "Invalid value for '--to': ',' names no language"),
        (("dub", "film.mkv", "--from", "und"), "Invalid value for '--from': 'und' is not a language"),
        (("library", ".", "--from", "qqq"), "Invalid value for '--from': 'qqq' is not a language"),
        (("export", "7", "--script", "csv", "--language", "xx"), "Invalid value for '--language'"),
        (("status", "0"), "0 is not in the range 1<=x<="),
        (("report", HUGE), "is not in the range 1<=x<="),
        (("retry", HUGE), "is not in the range 1<=x<="),
        (("logs", "-n", "-5"), "-5 is not in the range x>=0"),
        (
            ("export", "7", "--script", "csv", "--to", "/proc/x"),
            "--to /proc/x cannot be created: No such file or directory; give another",
        ),
        (("export", "7", "--script", "csv", "--to", "film.mkv/x"), "--to film.mkv/x cannot be created: Not a directory"),
        (("dub", "film.mkv", "--out", "/sys"), "--out /sys cannot be written"),
    ],
)
def test_wrong_usage_names_the_option_and_the_way_out(unserved: CommandLine, arguments: tuple[str, ...], words: str) -> None:
    fails(unserved(*arguments), 2, words)


def test_a_language_is_taken_in_any_spelling_of_its_tag(unserved: CommandLine) -> None:
    assert unserved("languages", "EN-us").out.startswith("English (United States) (en-US) → ")


def test_commands_that_need_what_is_not_there_say_so(unserved: CommandLine) -> None:
    for command in (("status",), ("retry", "7"), ("report", "7"), ("coverage",), ("redeploy",)):
        fails(unserved(*command), 1, "no service runs here; start it with: ./dubarr serve --detach")
    fails(unserved("logs"), 1, "there is no log yet at")


def test_bad_input_beside_a_service_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dubarr: ServedCommandLine
) -> None:
    task = finished_dub(dubarr.live.inner).id
    waits = dubarr.live.inner.store.tasks.submit(DubRequest(tmp_path / "waits.mkv", 1, 1, ("es",), "en", 1.0)).task.id
    for name, content in (
        ("empty.srt", b" \n"),
        ("film.csv", b"\x1aE\xdf\xa3\0" + os.urandom(512)),
        ("list.txt", b"a,b\n1,2\n"),
    ):
        Path(name).write_bytes(content)
    for arguments, words in (
        (("status", 77), "there is no task 77; ./dubarr status --all"),
        (("export", 77, "--script", "csv"), "there is no task 77"),
        (("export", HUGE, "--script", "csv"), f"there is no task of '{HUGE}'; name a task by its ID"),
        (("export", "", "--script", "csv"), "there is no task of ''; name a task"),
        (
            ("export", waits, "--script", "csv"),
            f"task {waits} has no script in 'es' yet; wait until it is DONE (it is QUEUED)",
        ),
        (("export", task, "--what", "dub", "--language", "de"), f"task {task} has no dub in 'de'; its languages are es, ca"),
        (("export", task, "--what", "background"), "purge the task to recreate it"),
        (("report", waits), f"task {waits} has no report yet; wait until it is DONE"),
        (("report", task, "--language", "de"), "has no report in 'de'; its languages are es, ca"),
        (("import-script", task, "empty.srt", "--language", "es"), "the script file is empty; export the script again"),
        (("import-script", task, "film.csv", "--language", "es"), "the script file is no text"),
        (("import-script", task, "list.txt", "--language", "es"), "neither JSON nor has it cues of SRT or VTT"),
        (("import-script", task, "/dev/zero", "--language", "es"), "the script file is larger than 8 MiB"),
    ):
        fails(dubarr(*arguments), 1, words)
    dubarr.live.inner.store.tasks.cancel(waits)
    fails(dubarr("report", waits), 1, f"task {waits} has no report: it is CANCELLED")
    monkeypatch.setenv("API_PASS", "wrong")
    fails(dubarr("status"), 1, "refused this user and password; they are its API_USER and API_PASS")


def test_odd_names_go_through_every_command(tmp_path: Path, dubarr: ServedCommandLine) -> None:
    inner = dubarr.live.inner
    film = finished_dub(inner, DUBBED_NAME).path
    for name in ODD_NAMES:
        odd = film.with_name(name)
        odd.hardlink_to(film)
        inner.store.tasks.submit(DubRequest(odd, odd.stat().st_size, odd.stat().st_mtime_ns, ("es",), "en", 6.0))
    assert len(ODD_NAMES) < DEFAULT_LIMIT
    rows = dubarr("status").out.splitlines()
    assert len(rows) == len(ODD_NAMES) + 2 and all(is_harmless(row) for row in rows)
    for name in ODD_NAMES:
        told = dubarr("cancel", "--yes", "--search", name)
        assert told.err.endswith("cancel done for 1 of 1 tasks\n"), (name, told)
        again = dubarr("retry", "--yes", "--search", name)
        assert again.err.endswith("retry done for 1 of 1 tasks\n"), (name, again)
        missing = dubarr("export", film.with_name(name), "--script", "csv")
        assert missing.code == 1 and "has no script in 'es' yet" in missing.err, (name, missing)
    for what in (("--script", "csv"), ("--what", "clips"), ("--what", "otio"), ("--listening-test",)):
        exported = dubarr("export", film, *what, "--language", "es", "--to", tmp_path / "out")
        assert exported.code == 0 and len(exported.out.splitlines()) == 1 and is_harmless(exported.out), exported
    assert len(list((tmp_path / "out").iterdir())) == 4
