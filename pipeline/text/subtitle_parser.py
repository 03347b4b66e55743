"""Parser of subtitle files that strangers wrote: SRT, WebVTT and ASS text to spoken cues, in linear time and within limits.

pysubs2 reads what is left of a file once every line that its regular expressions take more than linear time for is gone.
`python -m pipeline.text.subtitle_parser NAME` parses stdin under limits of CPU time and memory and answers in JSON: see `subtitles`.
"""

import json
import re
import resource
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipeline.errors import FilmError
from pipeline.text.subtitle_cleaning import clean_cue_text
from pipeline.values.timeline import Cue, Span

if TYPE_CHECKING:
    from pysubs2 import SSAEvent, SSAFile

MAX_BYTES = 10_000_000  # typeset ASS goes to a few MB, speech alone to 300 kB
MAX_LINES = 500_000  # of a file
MAX_EVENTS = 50_000  # timed texts of a file before signs, drawings and repetitions are taken out
MAX_CUES = 20_000  # that are spoken
MAX_LINE_CHARACTERS = 4_000  # of one line of the file; longer ones are drawings
MAX_LINES_PER_CUE = 12  # of the file, in SRT and WebVTT
MAX_ROWS_PER_CUE = 40  # as shown
MAX_CUE_CHARACTERS = 2_000  # as shown; a screen holds 84
MAX_CUE_S = 60.0  # nobody takes longer to say what a screen holds
MAX_TAGS_PER_LINE = 300  # and override blocks; karaoke has one a syllable, a gradient one a letter
MAX_TEXT_CHARACTERS = 2_000_000  # of all cues; a talkative film of three hours has 200,000

CPU_LIMIT_S = 3
MEMORY_LIMIT_BYTES = 1 << 30  # of address space

NON_SPEECH_STYLE = re.compile(r"\b(?:signs?|songs?|karaoke|lyrics?|op|ed|opening|ending|titles?|typeset)\b", re.IGNORECASE)
UNCLOSED_BRACKET = re.compile(r"<(?![^<>]{0,200}>)|\{(?![^{}]{0,2000}\})")
LONG_SPACE = re.compile(r"(?<![^\S\n])[^\S\n]{20,}")
OVERRIDE_BLOCK = re.compile(r"\{[^{}]*\}")
DRAWING_TAG = re.compile(r"\\[ibusp][0-9]|\\r[a-zA-Z_0-9 ]*|\\fn[a-zA-Z_0-9 ]+")  # and the tags that its letters may be part of
UNTIMED_SECTIONS = ("Info", "Aegisub", "Fonts", "Graphics")
ASS_DIALOGUE_FIELDS = 10  # of a Dialogue row; the fourth is the style, the last is the text

LONG_LINE = f"lines longer than {MAX_LINE_CHARACTERS} characters, which were cut"
SURPLUS_LINE = f"lines after the {MAX_LINES_PER_CUE}th of a cue"
MANY_TAGS = f"lines with more than {MAX_TAGS_PER_LINE} tags"
IMPOSSIBLE_TIME = "cues that do not end after they begin"
LONG_TIME = f"cues that stay longer than {MAX_CUE_S:.0f} s"
LONG_CUE = f"cues of more than {MAX_CUE_CHARACTERS} characters or {MAX_ROWS_PER_CUE} rows"


@dataclass(frozen=True, slots=True)
class ParsedSubtitle:
    """The spoken cues of a file in order of time, and what was left out, in words for the log."""

    cues: tuple[Cue, ...]
    omissions: tuple[str, ...] = ()


@dataclass(slots=True)
class Omissions:
    """Counts of what is left out, by description."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, description: str) -> None:
        self.counts[description] += 1

    def in_words(self) -> tuple[str, ...]:
        return tuple(f"{count} {description}" for description, count in self.counts.items())


def parse_subtitle(content: bytes | str, *, name: str) -> ParsedSubtitle:
    """The spoken cues of an SRT, WebVTT or ASS text. `name` words the FilmError for what is none or exceeds the limits."""
    if len(content) > MAX_BYTES:
        raise make_refusal(name, f"larger than {MAX_BYTES // 1_000_000} MB")
    text = content if isinstance(content, str) else _decode(content)
    lines = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > MAX_LINES:
        raise make_refusal(name, f"made of more than {MAX_LINES} lines")
    omissions = Omissions()
    kind = _detect_format(lines, name)
    bounded = bound_ass(lines, omissions) if kind == "ass" else bound_srt(lines, omissions)
    if bounded.events > MAX_EVENTS:
        raise make_refusal(name, f"made of more than {MAX_EVENTS} timed texts")
    document = _load_document(LONG_SPACE.sub(" ", "\n".join(bounded.lines)), kind, name)
    cues = dict.fromkeys(_iter_spoken_cues(document, omissions, name))  # layered ASS repeats a line; order is kept
    if len(cues) > MAX_CUES:
        raise make_refusal(name, f"made of more than {MAX_CUES} cues")
    return ParsedSubtitle(tuple(sorted(cues, key=lambda cue: cue.span)), omissions.in_words())


def make_refusal(name: str, fault: str) -> FilmError:
    """The error for a subtitle that cannot be used."""
    return FilmError(f"the subtitles {name} cannot be used: they are {fault}; replace them with a sound .srt, or remove them")


def _decode(content: bytes) -> str:
    """By BOM, else UTF-8 where that fits, else Windows' Western code page: that is what old subtitles are in."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")


# --- within limits ---


@dataclass(slots=True)
class BoundedLines:
    """The lines of a file that pysubs2 may read, and an upper bound of the timed texts in them."""

    lines: list[str] = field(default_factory=list)
    events: int = 0


def _detect_format(lines: list[str], name: str) -> str:
    head = "\n".join(lines[:200])[:4_000].lstrip("\ufeff \n")
    if head.startswith("WEBVTT"):
        return "vtt"
    if "[Script Info]" in head or any("[Events]" in line for line in lines):
        return "ass"
    if any("-->" in line for line in lines):
        return "srt"
    raise make_refusal(name, "neither SRT, WebVTT nor ASS")


def bound_srt(lines: list[str], omissions: Omissions) -> BoundedLines:
    """Without surplus and overlong lines, and without brackets that nothing closes."""
    bounded = BoundedLines()
    since_time = 0
    for raw in lines:
        line, is_time = raw, "-->" in raw
        if is_time or line.count(":") > 1:  # pysubs2 takes two times for a time line, whatever stands between them
            bounded.events += 1
        since_time = 0 if is_time else since_time + 1
        if since_time > MAX_LINES_PER_CUE and bounded.lines:
            if bounded.events and line.strip():
                omissions.add(SURPLUS_LINE)
            continue
        if len(line) > MAX_LINE_CHARACTERS:
            omissions.add(LONG_LINE)
            line = "" if is_time else line[:MAX_LINE_CHARACTERS]
        if _has_many_tags(line):
            omissions.add(MANY_TAGS)
            continue
        bounded.lines.append(UNCLOSED_BRACKET.sub("", line))
    return bounded


def bound_ass(lines: list[str], omissions: Omissions) -> BoundedLines:
    """The Dialogue rows alone, without those of signs and drawings: neither styles nor fonts matter to the dialogue."""
    bounded = BoundedLines(["[Events]"])
    is_timed = True
    for line in map(str.strip, lines):
        if _is_heading(line):
            is_timed = not any(word in line for word in UNTIMED_SECTIONS)
        elif is_timed and line.startswith("Dialogue:"):
            if len(line) > MAX_LINE_CHARACTERS:
                omissions.add(LONG_LINE)
            row = line[:MAX_LINE_CHARACTERS]
            fields = row.split(",", ASS_DIALOGUE_FIELDS - 1)
            if len(fields) == ASS_DIALOGUE_FIELDS and (
                NON_SPEECH_STYLE.search(fields[3]) or is_drawing(UNCLOSED_BRACKET.sub("", fields[-1]))
            ):
                continue
            if _has_many_tags(row):
                omissions.add(MANY_TAGS)
                continue
            bounded.lines.append(UNCLOSED_BRACKET.sub("", row))
            bounded.events += 1
    return bounded


def _has_many_tags(line: str) -> bool:
    return line.count("<") + line.count("{") > MAX_TAGS_PER_LINE


def _is_heading(line: str) -> bool:
    """True for a line of ASS that begins a section: `[Events]`, up to three characters in; capitals alone are a font's bytes."""
    for at in range(4):
        if line[at : at + 1] == "[":
            end = line.find("]", at + 1)
            if end > 0 and any("a" <= character <= "z" for character in line[at + 1 : end]):
                return True
    return False


def is_drawing(text: str) -> bool:
    r"""True where a text of ASS switches a drawing on (`{\p1}`) before one of its parts. Linear, unlike `SSAEvent.is_drawing`."""
    is_on = False
    for block in OVERRIDE_BLOCK.findall(text):
        for tag in DRAWING_TAG.findall(block):
            if tag == r"\r":
                is_on = False
            elif tag.startswith(r"\p"):
                is_on = tag != r"\p0"
        if is_on:
            return True
    return False


# --- read ---


def _load_document(text: str, kind: str, name: str) -> "SSAFile":
    from pysubs2 import Pysubs2Error, SSAFile

    try:
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # fields it had to guess
            return SSAFile.from_string(text, format_=kind)
    except (Pysubs2Error, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, AssertionError) as error:
        raise make_refusal(name, f"broken as {kind.upper()} ({type(error).__name__})") from error


def _iter_spoken_cues(document: "SSAFile", omissions: Omissions, name: str) -> Iterator[Cue]:
    characters = 0
    for event in document:
        shown = _extract_text(event)
        if not shown:
            continue
        if fault := _find_fault(event, shown):
            omissions.add(fault)
            continue
        characters += len(shown)
        if characters > MAX_TEXT_CHARACTERS:
            raise make_refusal(name, f"made of more than {MAX_TEXT_CHARACTERS} characters")
        if text := clean_cue_text(shown):
            yield Cue(Span(event.start / 1000, event.end / 1000), text)


def _extract_text(event: "SSAEvent") -> str:
    """The text without override blocks, as `SSAEvent.plaintext` gives it; "" for what is no dialogue."""
    event.text = UNCLOSED_BRACKET.sub("", event.text)  # once more: a tag that was taken out may have held a closing brace
    if event.is_comment or NON_SPEECH_STYLE.search(event.style) or is_drawing(event.text):
        return ""
    return event.plaintext.strip()


def _find_fault(event: "SSAEvent", shown: str) -> str | None:
    """Why an event is left out; None where it is not."""
    if not 0 <= event.start < event.end:
        return IMPOSSIBLE_TIME
    if event.end - event.start > MAX_CUE_S * 1000:
        return LONG_TIME
    if len(shown) > MAX_CUE_CHARACTERS or shown.count("\n") >= MAX_ROWS_PER_CUE:
        return LONG_CUE
    return None


# --- in a process of its own ---


def _limit_resources() -> None:
    for kind, limit in ((resource.RLIMIT_CPU, CPU_LIMIT_S), (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES)):
        _, hard = resource.getrlimit(kind)
        if hard == resource.RLIM_INFINITY or hard > limit:
            resource.setrlimit(kind, (limit, hard))  # past the soft limit of CPU time comes SIGXCPU, which ends us


def _main() -> None:
    """Parse stdin; the name of the file is the argument. The answer on stdout is JSON."""
    _limit_resources()
    try:
        parsed = parse_subtitle(sys.stdin.buffer.read(MAX_BYTES + 1), name=sys.argv[1])
    except FilmError as error:
        answer: dict[str, object] = {"refusal": str(error)}
    else:
        answer = {"cues": [(cue.span.start, cue.span.end, cue.text) for cue in parsed.cues], "omissions": parsed.omissions}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    _main()
