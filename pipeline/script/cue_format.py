"""Script as subtitles (SubRip, WebVTT): one cue a line, with the line's number, at the times of the source.

The cues are not laid out for a screen, as those of `pipeline.text.subtitles.subtitle_writer` are: a line stays one cue.
"""

import html
import re
from collections.abc import Iterator

from pipeline.errors import EditRefused
from pipeline.script.cell_text import ARROW, ARROW_SIGN, clean_cell
from pipeline.script.script_file import FileRow, ScriptFile
from pipeline.script.times import format_time, read_time
from pipeline.values.script import DubScript, ScriptLine

VTT_MARK = "WEBVTT"
TIME_LINE = re.compile(r"^[ \t]*([\d:.,]{1,20})[ \t]*-->[ \t]*([\d:.,]{1,20})(?:[ \t].*)?$", re.MULTILINE)
NOTE = re.compile(r"^NOTE dubarr language=([A-Za-z0-9-]{2,35}) revision=(\d{1,9})$", re.MULTILINE)
VOICE = re.compile(r"<v(?:\.[^ >]*)? ([^>]*)>")
MARKUP = re.compile(r"</?(?:i|b|u|s|c|v|font|lang|ruby|rt)(?:[ .][^>]*)?>|\{\\[^}]*\}", re.IGNORECASE)
MAX_CUES = 50_000


def write_srt(script: DubScript) -> str:
    """Script as SubRip text."""
    return "\n".join(f"{line.number}\n{_format_times(line, ',')}\n{_write_text(line)}\n" for line in script.lines)


def write_vtt(script: DubScript) -> str:
    """Script as WebVTT text: speakers as voice tags, language and revision in a comment."""
    blocks = [f"{VTT_MARK}\n", f"NOTE dubarr language={script.language} revision={script.revision}\n"]
    for line in script.lines:
        voice = f"<v {html.escape(clean_cell(line.name), quote=False)}>" if line.name else ""
        text = html.escape(_write_text(line), quote=False)
        blocks.append(f"{line.number}\n{_format_times(line, '.')}\n{voice}{text}\n")
    return "\n".join(blocks)


def _format_times(line: ScriptLine, point: str) -> str:
    return f"{format_time(line.row.start, point)} --> {format_time(line.row.end, point)}"


def _write_text(line: ScriptLine) -> str:
    return clean_cell(line.cells.translation).replace(ARROW, ARROW_SIGN)


def read_cues(text: str) -> ScriptFile:
    """Cues of a SubRip or WebVTT text, with numbers or without. EditRefused for a text without any."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    note = NOTE.search(text)
    rows = tuple(_iterate_rows(text, is_vtt=text.lstrip("\ufeff \n").startswith(VTT_MARK)))
    if not rows:
        raise EditRefused("the subtitle file has no cue; export the script again to see its form")
    return ScriptFile(rows, is_timed=True, language=note[1] if note else None, revision=int(note[2]) if note else None)


def _iterate_rows(text: str, *, is_vtt: bool) -> Iterator[FileRow]:
    times = list(TIME_LINE.finditer(text))
    if len(times) > MAX_CUES:
        raise EditRefused(f"the subtitle file has more than {MAX_CUES:,} cues; import it in parts")
    for n, found in enumerate(times):
        following = times[n + 1].start() if n + 1 < len(times) else len(text)
        number = _find_number(text, found.start())
        body = text[found.end() : following]
        if n + 1 < len(times):
            body = _drop_identifier(body)
        body = body.strip("\n").partition("\n\n")[0] if is_vtt else body  # a comment may follow
        voice = VOICE.search(body)
        body = MARKUP.sub("", body)
        yield FileRow(
            f"the cue at {found[1]}",
            number=number,
            start=read_time(found[1]),
            end=read_time(found[2]),
            translation=html.unescape(body) if is_vtt else body,
            name=html.unescape(voice[1]) if voice and is_vtt else None,
        )


def _find_number(text: str, end: int) -> int | None:
    """The cue's number, in the line before its times; None where it has none."""
    before = text[max(0, end - 100) : end].rstrip("\n").rpartition("\n")[2].strip()
    return int(before) if before.isdecimal() and len(before) < 10 else None


def _drop_identifier(body: str) -> str:
    """The text of a cue without the next one's number or name: the last line before its times, where a blank line precedes it."""
    kept, _, last = body.rstrip("\n").rpartition("\n")
    return kept if last.strip().isdecimal() or (kept.endswith("\n") and last.strip()) else body
