"""Limits of subtitle files and the removal of lines beyond them: sizes, tags, events, ASS drawings. Everything is linear in time.

Strangers wrote these files. pysubs2 reads only the lines that are left here: its regular expressions take more than linear time
for the others.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from pipeline.text.subtitles.srt_repair import is_time_line

MAX_SUBTITLE_BYTES = 10_000_000  # typeset ASS goes to a few MB, speech alone to 300 kB
MAX_LINES = 500_000  # of a file
MAX_EVENTS = 50_000  # timed texts of a file before signs, drawings and repetitions are taken out
MAX_CUES = 20_000  # of dialogue
MAX_LINE_CHARACTERS = 4_000  # of one line of the file; longer ones are drawings
MAX_LINES_PER_CUE = 12  # of the file, in SRT and WebVTT
MAX_ROWS_PER_CUE = 40  # as shown
MAX_CUE_CHARACTERS = 2_000  # as shown; a screen holds 84
MAX_CUE_S = 60.0  # nobody takes longer to say what a screen holds
MAX_TAGS_PER_LINE = 300  # and override blocks; karaoke has one a syllable, a gradient one a letter
MAX_TEXT_CHARACTERS = 2_000_000  # of all cues; a talkative film of three hours has 200,000

# Names of styles that fansub groups give to what is not said; letters and digits around count as words: "Sign_1", "OPRomaji" does not.
NON_SPEECH_STYLE = re.compile(
    r"(?<![a-z])(?:signs?|songs?|karaoke|kara|lyrics?|op|ed|opening|ending|titles?|typeset(?:ting)?|ts|insert|note|eyecatch|logo|staff|credits?|"
    r"letreros?|carteles?|canci[oó]n(?:es)?|panneaux|chansons?|cartelli|canzoni|placas|letreiros?|m[uú]sicas?|schilder|lieder)(?![a-z])",
    re.IGNORECASE,
)
UNCLOSED_BRACKET = re.compile(r"<(?![^<>]{0,200}>)|\{(?![^{}]{0,2000}\})")
LESS_THAN = re.compile(r"<(?=\s*\d)(?!\d[\d:.]{0,12}>)")  # "5 < 6", "I <3 you": no tag, nor the time of a word in WebVTT
FULL_WIDTH_LESS_THAN = "＜"  # which no parser takes for a tag
OVERRIDE_BLOCK = re.compile(r"\{[^{}]*\}")
DRAWING_TAG = re.compile(r"\\[ibusp][0-9]|\\r[a-zA-Z_0-9 ]*|\\fn[a-zA-Z_0-9 ]+")  # and the tags that its letters may be part of
MOVING_TAG = re.compile(r"\\move\s*\(")
POSITION_TAG, TYPESETTING_TAG = (
    re.compile(r"\\pos\s*\("),
    re.compile(r"\\fr[xyz]?-?\d|\\i?clip\s*\(|\\t\s*\(|\\org\s*\(|\\fsc[xy]\d"),
)
KARAOKE_TAG = re.compile(r"\\[kK][fo]?\d")
UNTIMED_SECTIONS = ("Info", "Aegisub", "Fonts", "Graphics")
ASS_DIALOGUE_FIELDS = 10  # of a Dialogue row; the fourth is the style, the last is the text

LONG_LINE = f"lines longer than {MAX_LINE_CHARACTERS} characters, which were cut"
SURPLUS_LINE = f"lines after the {MAX_LINES_PER_CUE}th of a cue"
MANY_TAGS = f"lines with more than {MAX_TAGS_PER_LINE} tags"
IMPOSSIBLE_TIME = "cues that begin before the film"
ESTIMATED_END = "cues that did not end after they began, whose ends were estimated"
LONG_TIME = f"cues that stay longer than {MAX_CUE_S:.0f} s"
LONG_CUE = f"cues of more than {MAX_CUE_CHARACTERS} characters or {MAX_ROWS_PER_CUE} rows"


@dataclass(slots=True)
class Omissions:
    """Counts of omitted lines and cues, by description."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, description: str) -> None:
        """Count one more."""
        self.counts[description] += 1

    def format_counts(self) -> tuple[str, ...]:
        """`3 lines after the 12th of a cue`, one text a description."""
        return tuple(f"{count} {description}" for description, count in self.counts.items())


@dataclass(slots=True)
class BoundedLines:
    """Lines of a file within the limits, and an upper bound of the timed texts in them."""

    lines: list[str] = field(default_factory=list)
    events: int = 0
    signs: int = 0  # rows of signs, songs and drawings that were left out


def bound_srt(lines: list[str], omissions: Omissions) -> BoundedLines:
    """Lines of an SRT or WebVTT file without surplus and overlong ones, and without brackets that nothing closes."""
    bounded = BoundedLines()
    since_time = 0
    for raw in lines:
        line, is_time = raw, is_time_line(raw)
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
        bounded.lines.append(UNCLOSED_BRACKET.sub("", LESS_THAN.sub(FULL_WIDTH_LESS_THAN, line)))
    return bounded


def bound_ass(lines: list[str], omissions: Omissions) -> BoundedLines:
    """Dialogue rows of an ASS file, without those of signs and drawings: neither styles nor fonts matter to the dialogue."""
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
            if len(fields) == ASS_DIALOGUE_FIELDS and is_sign(fields[3], UNCLOSED_BRACKET.sub("", fields[-1])):
                bounded.signs += 1
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


def is_sign(style: str, text: str) -> bool:
    """True for an ASS text that nobody says: by its style's name, as karaoke, or as a drawing."""
    return bool(NON_SPEECH_STYLE.search(style)) or is_karaoke(text) or is_drawing(text) or is_typeset(text)


def is_typeset(text: str) -> bool:
    r"""True if a text of ASS moves, or is placed and turned or stretched, as a sign in the picture; `\pos` alone may place dialogue."""
    tags = "".join(OVERRIDE_BLOCK.findall(text))
    return bool(MOVING_TAG.search(tags) or (POSITION_TAG.search(tags) and TYPESETTING_TAG.search(tags)))


def is_karaoke(text: str) -> bool:
    r"""True if a text of ASS times its syllables (`{\k30}`), in any style: it is sung."""
    return any(KARAOKE_TAG.search(block) for block in OVERRIDE_BLOCK.findall(text))


def is_drawing(text: str) -> bool:
    r"""True if a text of ASS switches a drawing on (`{\p1}`) before one of its parts. Linear, unlike `SSAEvent.is_drawing`."""
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
