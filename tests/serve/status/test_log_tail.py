"""The log as it is followed: whole lines, once each, whatever happens to the file; and the socket that sends it."""

import asyncio
from pathlib import Path

import pytest
from in_process_service import AUTH, Served, basic

from serve.status import log_tail as logtail
from serve.status.log_tail import LogFollower, LogTail, read_last_lines

LOGS = "ws://localhost:8000/ws/logs"


@pytest.mark.parametrize(
    ("content", "n", "lines"),
    [
        ("", 5, []),
        ("a\nb\nc\n", 2, ["b", "c"]),
        ("a\nb\nc\n", 9, ["a", "b", "c"]),
        ("a\nb\nhalf", 9, ["a", "b"]),
        ("half", 9, []),
        ("\n", 9, [""]),
        ("a\n\nb\n", 2, ["", "b"]),
        ("a\r\nb\n", 9, ["a", "b"]),
        ("x" * 200_000 + "\nlast\n", 1, ["last"]),
        ("".join(f"line {n}\n" for n in range(50_000)), 3, ["line 49997", "line 49998", "line 49999"]),
    ],
)
def test_the_tail_is_the_last_whole_lines(tmp_path: Path, content: str, n: int, lines: list[str]) -> None:
    (tmp_path / "log").write_text(content, newline="")
    assert read_last_lines(tmp_path / "log", n) == lines


def test_no_file_has_no_lines_and_broken_characters_are_shown_as_such(tmp_path: Path) -> None:
    assert read_last_lines(tmp_path / "none", 5) == []
    (tmp_path / "log").write_bytes(b"a\xff\n")
    assert read_last_lines(tmp_path / "log", 5) == ["a\ufffd"]


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_lines_come_whole_and_once_however_they_are_written(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\nhal")
    follower = LogFollower(log)
    assert follower.begin() == ["old"]
    assert follower.new_lines() == []
    append(log, "f\nnext\nmo")
    assert follower.new_lines() == ["half", "next"]
    append(log, "re\n")
    assert follower.new_lines() == ["more"]
    assert follower.new_lines() == []


def test_a_file_that_comes_later_is_followed_from_its_start(tmp_path: Path) -> None:
    follower = LogFollower(tmp_path / "log")
    assert follower.begin() == []
    assert follower.new_lines() == []
    append(tmp_path / "log", "first\n")
    assert follower.new_lines() == ["first"]


def test_a_rotated_file_is_read_to_its_end_then_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a\n")
    follower = LogFollower(log)
    follower.begin()
    append(log, "b\n")
    log.rename(tmp_path / "log.1")
    append(tmp_path / "log.1", "c\n")
    assert follower.new_lines() == ["b", "c"]
    append(log, "d\n")
    assert follower.new_lines() == ["d"]


def test_a_truncated_file_is_read_anew(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("a long line\n")
    follower = LogFollower(log)
    follower.begin()
    log.write_text("new\n")
    assert follower.new_lines() == ["new"]


def test_a_line_without_end_takes_bounded_memory(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    follower = LogFollower(log)
    follower.begin()
    append(log, "x" * (3 * logtail.BLOCK_BYTES))
    assert follower.new_lines() == []
    append(log, "\nnext\n")
    long, following = follower.new_lines()
    assert (len(long), following) == (logtail.BLOCK_BYTES, "next")


def test_listeners_share_one_reader_and_a_slow_one_loses_only_its_oldest(tmp_path: Path, monkeypatch) -> None:
    log = tmp_path / "log"
    log.write_text("".join(f"old {n}\n" for n in range(60)))

    async def listen() -> None:
        log_tail = LogTail(log)
        async with log_tail.subscribe() as slow, log_tail.subscribe() as quick:
            assert [quick.get_nowait() for _ in range(50)] == [f"old {n}" for n in range(10, 60)]
            assert quick.empty()
            append(log, "".join(f"new {n}\n" for n in range(logtail.MAX_QUEUED_LINES)))
            assert [await quick.get() for _ in range(logtail.MAX_QUEUED_LINES)] == [
                f"new {n}" for n in range(logtail.MAX_QUEUED_LINES)
            ]
            async with log_tail.subscribe() as late:
                assert late.get_nowait() == f"new {logtail.MAX_QUEUED_LINES - 50}"
            assert slow.qsize() == logtail.MAX_QUEUED_LINES
            assert slow.get_nowait() == "new 0"
        assert log_tail._reader is None

    asyncio.run(listen())


def test_the_socket_sends_the_last_lines_then_each_new_one(service: Served) -> None:
    log = service.settings.processing_log
    log.parent.mkdir(exist_ok=True)
    log.write_text("".join(f"line {n}\n" for n in range(60)))
    with service.client.websocket_connect(LOGS, headers=basic(*AUTH)) as socket:
        assert [socket.receive_text() for _ in range(50)] == [f"line {n}" for n in range(10, 60)]
        append(log, "the next\n")
        assert socket.receive_text() == "the next"
        socket.send_text("whatever they say")
        append(log, "and one more\n")
        assert socket.receive_text() == "and one more"


def test_a_listener_that_goes_is_noticed_though_nothing_is_written(service: Served) -> None:
    with service.client.websocket_connect(LOGS, headers=basic(*AUTH)) as socket:
        socket.close()
    assert service.client.app.state.log_tail._listeners == set()
