"""Display formats: labels of stages and statuses, durations, sizes, language names, times."""

from datetime import datetime

from markupsafe import Markup

from pipeline.control_characters import escape_control_characters
from pipeline.errors import LanguageError
from pipeline.text import languages
from pipeline.values.script import ReviewProgress
from pipeline.values.tasks import TaskStatus

STAGE_LABELS = {
    "probe": "Media analysis",
    "excerpt": "Preview excerpt",
    "separate": "Source separation",
    "separate_rest": "Source separation of the rest",
    "diarize": "Speaker diarization",
    "refer": "Reference clips",
    "read": "Subtitle import",
    "identify": "Language detection",
    "transcribe": "Speech recognition",
    "collect_unrecognized": "Speech for a second recognition",
    "align": "Forced alignment",
    "segment_cues": "Subtitle segmentation",
    "collect_words": "Recognized words",
    "segment_words": "Transcript segmentation",
    "study": "Dialogue analysis",
    "translate": "Translation",
    "rephrase": "Shortening translations",
    "voice": "Voice casting",
    "measure_prosody": "Prosody measurement",
    "estimate_duration": "Duration estimation",
    "synthesize": "Speech synthesis",
    "recognize_takes": "Checking takes",
    "fit": "Timing",
    "match_rooms": "Room match",
    "watermark": "Watermark",
    "mix": "Audio mixing",
    "fold_down": "Stereo fold-down",
    "mux": "Muxing",
    "write_sidecars": "Writing audio files",
    "compare": "Stream comparison",
    "assess": "Quality assessment",
}

STATUS_LABELS = {
    TaskStatus.QUEUED: "Queued",
    TaskStatus.PROCESSING: "Processing",
    TaskStatus.DONE: "Done",
    TaskStatus.ERROR: "Failed",
    TaskStatus.CANCELLED: "Cancelled",
    TaskStatus.SKIPPED: "Skipped",
}


def escape_text(text: str) -> str:
    """Foreign text (a name, an error) on one line, its control characters and bidirectional overrides escaped."""
    return escape_control_characters(text)


def format_stage(name: str) -> str:
    """Label of a stage; its capitalized name where it has no label."""
    return STAGE_LABELS.get(name, name.replace("_", " ").capitalize())


def format_duration(seconds: float) -> str:
    """Duration in seconds as `0.4 s`, `12 s`, `1 min 15 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def format_estimate(seconds: float) -> str:
    """Estimated duration in seconds, rounded: `5 s`, `40 s`, `4 min`, `2 h`."""
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} s"
    return f"{max(1, round(seconds / 60))} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


def format_clock(seconds: float) -> str:
    """Timecode of seconds: `0:07`, `12:30`, `1:02:03`."""
    whole = max(0, int(seconds))
    minutes = f"{whole % 3600 // 60}:{whole % 60:02}" if whole < 3600 else f"{whole % 3600 // 60:02}:{whole % 60:02}"
    return minutes if whole < 3600 else f"{whole // 3600}:{minutes}"


def format_timestamp(seconds: float) -> str:
    """Timecode with milliseconds: `0:12:30.250`."""
    ms = max(0, round(1000 * seconds))
    return f"{ms // 3_600_000}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"


def format_size(count: int) -> str:
    """Byte count in decimal units: `812 B`, `48 MB`, `3.2 GB`."""
    amount, units = float(count), iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while amount >= 999.5 and (larger := next(units, None)):
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 and unit != "B" else f"{amount:.0f} {unit}"


def format_language(tag: str | None) -> str:
    """English name of a BCP 47 tag; the tag itself where it has none; "Unknown" without a tag."""
    if not tag:
        return "Unknown"
    try:
        return languages.get_english_name(tag)
    except LanguageError:
        return tag


def format_time(at: datetime) -> Markup:
    """`<time>` element of a naive UTC time; the page's script converts it to local time."""
    return Markup('<time datetime="{}Z">{} UTC</time>').format(at.isoformat(timespec="seconds"), at.strftime("%Y-%m-%d %H:%M"))


def format_review(progress: ReviewProgress) -> str:
    """`12 of 40 reviewed`, `12 of 40 reviewed, 2 skipped`."""
    skipped = f", {progress.skipped:,} skipped" if progress.skipped else ""
    return f"{progress.reviewed:,} of {progress.lines:,} reviewed{skipped}"


def count_words(count: int, noun: str) -> str:
    """`1 warning`, `2 warnings`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
