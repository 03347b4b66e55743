"""The sandboxed parser: a child process with limits, without secrets, that cancelling ends."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cancelling import kill_running_processes
from hostile_subtitles import hostile_subtitle, srt_cue

from pipeline.errors import FilmError, ProgramError
from pipeline.text.subtitles import subtitle_reader, subtitle_sandbox
from pipeline.text.subtitles.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.text.subtitles.subtitle_parser import parse_subtitle


def test_a_large_file_gives_what_a_small_one_gives() -> None:
    text = "".join(srt_cue(n, f"Señor {n}, good evening. <i>Very</i> good.") for n in range(4_000))
    assert len(text) > subtitle_reader.SANDBOX_THRESHOLD_BYTES
    assert (
        subtitle_reader.read_subtitle_text(text).cues
        == subtitle_reader.read_subtitle_text(text.encode("cp1252")).cues
        == parse_subtitle(text, name="evil.srt").cues
    )
    assert len(parse_subtitle(text, name="evil.srt").cues) == 4_000


def test_a_large_file_that_is_no_subtitle_is_refused_with_the_same_sentence() -> None:
    with pytest.raises(FilmError, match=r"the subtitles evil\.srt cannot be used: they are neither SRT, WebVTT nor ASS"):
        subtitle_reader.read_subtitle_text(b"x" * (subtitle_reader.SANDBOX_THRESHOLD_BYTES + 1), name="evil.srt")


def test_cancelling_ends_the_parsing_of_a_large_file() -> None:
    content = hostile_subtitle("vtt karaoke", MAX_SUBTITLE_BYTES)
    with kill_running_processes(), pytest.raises(ProgramError) as caught:
        subtitle_reader.read_subtitle_text(content)
    assert caught.value.code < 0  # which the stage tells from a broken subtitle


def test_a_parser_past_its_cpu_time_is_ended_and_the_file_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spinning = tmp_path / "spinning_parser.py"
    spinning.write_text("import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass\n")
    monkeypatch.setattr(sys, "executable", _interpreter_that_runs(spinning, tmp_path))
    with pytest.raises(FilmError, match=r"they are not parsed within 10 s of CPU time; replace them with a sound \.srt"):
        subtitle_reader.read_subtitle_text(b"x" * (subtitle_reader.SANDBOX_THRESHOLD_BYTES + 1))


def _interpreter_that_runs(script: Path, folder: Path) -> str:
    program = folder / "python"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{script}"\n')
    program.chmod(0o755)
    return str(program)


def test_the_parsing_process_sees_no_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    telling = tmp_path / "telling_parser.py"
    telling.write_text("import json, os\nprint(json.dumps({'refusal': ' '.join(os.environ)}))\n")
    monkeypatch.setattr(sys, "executable", _interpreter_that_runs(telling, tmp_path))
    monkeypatch.setenv("API_PASS", "secret")
    with pytest.raises(FilmError, match="PYTHONPATH") as caught:
        subtitle_reader.read_subtitle_text(b"x" * (subtitle_reader.SANDBOX_THRESHOLD_BYTES + 1))
    assert "API_PASS" not in str(caught.value)


def test_the_parsing_process_limits_its_own_time_and_memory() -> None:
    code = (
        "import json, os, resource; from pipeline.text.subtitles import subtitle_sandbox; subtitle_sandbox.limit_resources();"
        "print(json.dumps([resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0]]))"
    )
    root = Path(subtitle_sandbox.__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, check=True)
    assert json.loads(done.stdout) == [subtitle_sandbox.CPU_LIMIT_S, subtitle_sandbox.MEMORY_LIMIT_BYTES]
