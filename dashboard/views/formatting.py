"""The words people read: stages, states, durations, sizes, languages, times."""

from datetime import datetime

from markupsafe import Markup

from pipeline.control_characters import escape_control_characters
from pipeline.errors import LanguageError
from pipeline.text import languages
from pipeline.values.tasks import TaskStatus

STAGES = {
    "probe": "Reading the film",
    "separate": "Setting the voices apart",
    "diarize": "Telling the speakers apart",
    "refer": "Listening for each voice",
    "read": "Reading the subtitles",
    "identify": "Telling the language",
    "transcribe": "Recognising the words",
    "segment_cues": "Cutting the subtitles into lines",
    "segment_words": "Cutting the words into lines",
    "study": "Reading the whole dialogue",
    "translate": "Translating",
    "rephrase": "Finding shorter words",
    "voice": "Casting the voices",
    "estimate_duration": "Foretelling each line's length",
    "synthesize": "Speaking the lines",
    "fit": "Fitting the lines into their time",
    "mix": "Mixing the sound",
    "mux": "Putting the film together",
    "compare": "Comparing it with the original",
    "assess": "Checking the dub",
}

STATES = {
    TaskStatus.QUEUED: "Waiting",
    TaskStatus.PROCESSING: "Working",
    TaskStatus.DONE: "Done",
    TaskStatus.ERROR: "Failed",
}


def escape_text(text: str) -> str:
    """A text of others' making, a name or an error, on one line: control characters and bidirectional overrides are shown."""
    return escape_control_characters(text)


def format_stage(name: str) -> str:
    """What happens in a stage; for one that we have no words for, its name."""
    return STAGES.get(name, name.replace("_", " ").capitalize())


def format_duration(seconds: float) -> str:
    """Seconds for people: `0.4 s`, `12 s`, `1 min 15 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def format_estimate(seconds: float) -> str:
    """Seconds that nobody knows exactly: `5 s`, `40 s`, `4 min`, `2 h`."""
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} s"
    return f"{max(1, round(seconds / 60))} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def format_clock(seconds: float) -> str:
    """Seconds as a running clock: `0:07`, `12:30`, `1:02:03`."""
    whole = max(0, int(seconds))
    minutes = f"{whole % 3600 // 60}:{whole % 60:02}" if whole < 3600 else f"{whole % 3600 // 60:02}:{whole % 60:02}"
    return minutes if whole < 3600 else f"{whole // 3600}:{minutes}"


def format_size(count: int) -> str:
    """Bytes for people, in powers of ten: `812 B`, `48 MB`, `3.2 GB`."""
    amount, units = float(count), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= 999.5 and (larger := next(units, None)):
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 and unit != "B" else f"{amount:.0f} {unit}"


def format_language(tag: str | None) -> str:
    """English name of a BCP 47 tag; the tag itself where it names nothing, and words for an unknown one."""
    if not tag:
        return "Unknown"
    try:
        return languages.english_name(tag)
    except LanguageError:
        return tag


def format_time(at: datetime) -> Markup:
    """A time (UTC, without zone). The page's script puts it into the reader's own zone."""
    return Markup('<time datetime="{}Z">{} UTC</time>').format(at.isoformat(timespec="seconds"), at.strftime("%Y-%m-%d %H:%M"))
