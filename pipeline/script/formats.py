"""Formats of script files: written by name, read by what their text looks like."""

import re
from enum import StrEnum

from pipeline.errors import EditRefused
from pipeline.script.csv_format import read_csv, write_csv
from pipeline.script.cue_format import TIME_LINE, VTT_MARK, read_cues, write_srt, write_vtt
from pipeline.script.json_format import read_json, write_json
from pipeline.script.script_file import ScriptFile
from pipeline.text.subtitles.encoding_detection import decode_text
from pipeline.values.script import DubScript


class ScriptFormat(StrEnum):
    """Format of a script file."""

    CSV = "csv"
    JSON = "json"
    SRT = "srt"
    VTT = "vtt"


MAX_SCRIPT_BYTES = 8 << 20  # a film of 2,000 lines takes half a MiB
WRITERS = {ScriptFormat.CSV: write_csv, ScriptFormat.JSON: write_json, ScriptFormat.SRT: write_srt, ScriptFormat.VTT: write_vtt}
FILE_NAME = re.compile(r"(?:\.([A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*))?\.r(\d{1,9})\.[A-Za-z]{3,4}$")


def write_script(script: DubScript, form: ScriptFormat) -> bytes:
    """Script in a format, as UTF-8."""
    return WRITERS[form](script).encode("utf-8", "replace")


def name_script_file(film: str, script: DubScript, form: ScriptFormat) -> str:
    """File name of an export, with language and revision: `film.es.r4.csv`. `film`: the film's name without its suffix."""
    return f"{film}.{script.language}.r{script.revision}.{form}"


def find_revision_in_name(name: str) -> int | None:
    """Revision that a file's name carries; SubRip files have no other place for it."""
    found = FILE_NAME.search(name)
    return int(found[2]) if found else None


def find_language_in_name(name: str) -> str | None:
    """Language tag that the name of an exported file carries."""
    found = FILE_NAME.search(name)
    return found[1] if found else None


def require_script_size(content: bytes) -> None:
    """Require that the content of a script file is neither empty nor too large. EditRefused."""
    if not content.strip():
        raise EditRefused("the script file is empty; export the script again")
    if len(content) > MAX_SCRIPT_BYTES:
        raise EditRefused(f"the script file is larger than {MAX_SCRIPT_BYTES >> 20} MiB; import it in parts")


def read_script(content: bytes, *, language: str | None = None) -> ScriptFile:
    """Rows of a script file in any of the formats. EditRefused where it cannot be read. `language`: expected, to guess old encodings."""
    require_script_size(content)
    text, _ = decode_text(content, language=language)
    begin = text.lstrip("\ufeff \t\r\n")[:100]
    if "\0" in begin:
        raise EditRefused("the script file is no text; give a script as CSV, JSON, SRT or VTT, as an export writes it")
    if begin.startswith(("{", "[")):
        return read_json(text)
    if begin.startswith(VTT_MARK) or TIME_LINE.search(text.replace("\r\n", "\n").replace("\r", "\n")):
        return read_cues(text)
    return read_csv(text)
