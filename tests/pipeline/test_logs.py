"""Where records go, and in what form."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_names import FORGED, HOSTILE_NAMES, is_harmless

from pipeline.logs import configure_logging

PACKAGES = ("pipeline", "serve", "dashboard")


@pytest.fixture(autouse=True)
def quiet_again() -> Iterator[None]:
    """Give our loggers back as they were."""
    loggers = [logging.getLogger(package) for package in PACKAGES]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    yield
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        for handler in logger.handlers:
            handler.close()
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


@pytest.fixture
def log_file(tmp_path: Path) -> Path:
    return tmp_path / "logs" / "processing.log"


@pytest.mark.parametrize("name", ["pipeline.runner", "serve.worker.worker", "dashboard"])
def test_a_record_of_ours_is_one_line_with_its_level_and_its_logger(log_file, name):
    configure_logging(log_file)
    logging.getLogger(name).warning("task=%d stage=%s größer", 42, "mix")
    (line,) = log_file.read_text("utf-8").splitlines()
    assert line.endswith(f" WARNING {name} task=42 stage=mix größer")


def test_times_are_utc_wherever_the_machine_stands(log_file, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        configure_logging(log_file)
        record = logging.makeLogRecord({"name": "pipeline", "levelno": logging.INFO, "levelname": "INFO", "msg": "begins"})
        record.created, record.msecs = 0.0, 5.0
        logging.getLogger("pipeline").handle(record)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert log_file.read_text() == "1970-01-01 00:00:00,005 INFO    pipeline begins\n"


def test_the_log_is_for_its_owner_alone(log_file):
    configure_logging(log_file)
    assert log_file.stat().st_mode & 0o777 == 0o600


def test_what_was_logged_before_is_kept(log_file):
    log_file.parent.mkdir()
    log_file.write_text("yesterday\n")
    configure_logging(log_file)
    logging.getLogger("serve").info("today")
    first, second = log_file.read_text().splitlines()
    assert first == "yesterday" and second.endswith("today")


def test_configuring_twice_writes_each_record_once(log_file):
    configure_logging(log_file)
    configure_logging(log_file)
    logging.getLogger("serve").info("once")
    assert log_file.read_text().count("once") == 1


def test_without_a_file_records_go_to_stderr(capsys):
    configure_logging(None)
    logging.getLogger("pipeline").info("begins")
    out, err = capsys.readouterr()
    assert (out, err.endswith("INFO    pipeline begins\n")) == ("", True)


def test_other_libraries_and_details_stay_out(log_file):
    configure_logging(log_file)
    logging.getLogger("httpx").warning("somebody else's")
    logging.getLogger("pipeline").debug("a detail")
    assert log_file.read_text() == ""


def test_details_are_written_where_asked_for(log_file):
    configure_logging(log_file, level=logging.DEBUG)
    logging.getLogger("pipeline.ffmpeg.ffprobe").debug("a detail")
    assert "DEBUG   pipeline.ffmpeg.ffprobe a detail" in log_file.read_text()


@pytest.mark.parametrize("name", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
def test_a_name_cannot_forge_a_record_nor_reach_the_terminal(log_file: Path, name: str) -> None:
    configure_logging(log_file)
    logging.getLogger("serve").warning("task=1 begins: %s", name)
    text = log_file.read_bytes().decode()
    assert text.count("\n") == 1 and text.endswith(".mkv\n")
    assert is_harmless(text)


def test_the_lines_of_a_traceback_cannot_be_taken_for_records(log_file: Path) -> None:
    configure_logging(log_file)
    try:
        raise ValueError(f"first\n{FORGED}\x1b[31m\udcff")
    except ValueError:
        logging.getLogger("serve").exception("task=1 failed", stack_info=True)
    record, *others = log_file.read_bytes().decode().splitlines()
    assert record.endswith("ERROR   serve task=1 failed")
    assert len(others) > 5
    assert all(line.startswith("    | ") and is_harmless(line) for line in others)
    assert any(FORGED in line for line in others)
