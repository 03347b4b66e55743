"""Sandboxed subtitle parser: a child process with limits of CPU time and memory, and the code that starts it.

`python -m pipeline.text.subtitles.subtitle_sandbox NAME` parses stdin and answers in JSON on stdout. The child gets no secrets in its
environment: it parses files of strangers.
"""

import json
import os
import resource
import signal
import sys
from pathlib import Path

from pipeline.errors import FilmError, ProgramError, ProgramTimeout
from pipeline.processes import subprocesses
from pipeline.text.subtitles.subtitle_limits import MAX_SUBTITLE_BYTES
from pipeline.text.subtitles.subtitle_parser import ParsedSubtitle, make_refusal, parse_subtitle
from pipeline.values.timeline import Cue, Span

PARSE_TIMEOUT_S = 60.0  # of the child, which has 10 s of CPU time: for a machine that is busy or stands still
CPU_LIMIT_S = 10  # ten megabytes of anything take 1 to 3 s here; a small home server is several times slower
MEMORY_LIMIT_BYTES = 1 << 30  # of address space
INHERITED_VARIABLES = ("PATH", "LD_LIBRARY_PATH")  # of the environment, to start Python


def parse_in_sandbox(content: bytes | str, name: str, language: str | None = None) -> ParsedSubtitle:
    """As `parse_subtitle`, in a child process that has limits of time and memory and that cancelling ends.

    ProgramError where a signal from outside ended the child.
    """
    inherited = {name: value for name in INHERITED_VARIABLES if (value := os.environ.get(name)) is not None}
    environment = {**inherited, "PYTHONPATH": str(Path(__file__).parents[3])}
    stdin = content.encode("utf-8", "replace") if isinstance(content, str) else content
    command = [sys.executable, "-s", "-P", "-m", __name__, name, language or ""]
    try:
        output = subprocesses.run(command, timeout=PARSE_TIMEOUT_S, stdin=stdin, env=environment)
    except ProgramTimeout as error:
        raise make_refusal(name, f"not parsed within {PARSE_TIMEOUT_S:.0f} s") from error
    except ProgramError as error:
        if error.code == -signal.SIGXCPU:
            raise make_refusal(name, f"not parsed within {CPU_LIMIT_S} s of CPU time") from error
        if error.code < 0:
            raise  # it was ended from outside, which says nothing of the subtitle
        raise make_refusal(name, "more than the parser has memory for, or broken") from error
    answer = json.loads(output)
    if refusal := answer.get("refusal"):
        raise FilmError(refusal)
    return ParsedSubtitle(
        tuple(Cue(Span(start, end), text) for start, end, text in answer["cues"]),
        tuple(answer["faults"]),
        tuple(answer["removals"]),
        answer["encoding"],
    )


def limit_resources() -> None:
    """Set the limits of CPU time and memory of this process, the child."""
    for kind, limit in ((resource.RLIMIT_CPU, CPU_LIMIT_S), (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES)):
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > limit:
            resource.setrlimit(kind, (limit, hard))  # past the soft limit of CPU time comes SIGXCPU, which ends us


def main() -> None:
    """Parse stdin; the arguments are the name of the file and its language, "" where it is not told. The answer on stdout is JSON."""
    limit_resources()
    try:
        parsed = parse_subtitle(sys.stdin.buffer.read(MAX_SUBTITLE_BYTES + 1), name=sys.argv[1], language=sys.argv[2] or None)
    except FilmError as error:
        answer: dict[str, object] = {"refusal": str(error)}
    else:
        answer = {
            "cues": [(cue.span.start, cue.span.end, cue.text) for cue in parsed.cues],
            "faults": parsed.faults,
            "removals": parsed.removals,
            "encoding": parsed.encoding,
        }
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()
