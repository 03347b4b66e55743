"""Timeline of a dub in OpenTimelineIO's format (.otio), for editing programs: the film, the dub's mix, and a track a speaker.

All times are in samples at 48 kHz (`RationalTime` of that rate), so that nothing is rounded to frames.
Format: https://opentimelineio.readthedocs.io/en/stable/tutorials/otio-serialized-schema.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from urllib.parse import quote

from pipeline.errors import NotPossible
from pipeline.exports.clip_archive import CLIP_FOLDER, name_clip
from pipeline.values.script import DubScript, ScriptLine
from pipeline.values.timeline import TextSource

RATE_HZ = 48_000
MAX_OVERLAP_SAMPLES = RATE_HZ // 1000  # of two clips of a track, which rounding makes: the second one moves by at most 1 ms
MAX_NAME_CHARACTERS = 80
Lane = list[tuple[int, ScriptLine]]  # first sample and line, in order and without overlaps


@dataclass(frozen=True, slots=True)
class TimelineMedia:
    """Media that a timeline refers to beside its clips, by name in its own folder. `seconds`: the film's length."""

    film: str
    dub: str
    seconds: float


def write_timeline(script: DubScript, media: TimelineMedia) -> str:
    """Timeline as the text of an .otio file. NotPossible where the library is not installed."""
    otio = import_opentimelineio()
    timeline = otio.schema.Timeline(
        name=f"{media.film} ({script.language})", global_start_time=otio.opentime.RationalTime(0, RATE_HZ)
    )
    film = otio.schema.Track(name="Film", kind=otio.schema.TrackKind.Video)
    film.append(_build_clip(otio, media.film, quote(media.film), round(media.seconds * RATE_HZ)))
    for line in script.lines:
        if not line.row.audio and line.row.text_source != TextSource.ADDED:
            sentence = f"Line {line.number} keeps the original audio"
            film[0].markers.append(_build_marker(otio, sentence, round(line.row.start * RATE_HZ)))
    mix = otio.schema.Track(name=f"Dub {script.language}", kind=otio.schema.TrackKind.Audio)
    mix.enabled = False  # its clips speak already
    mix.append(_build_clip(otio, media.dub, quote(media.dub), round(media.seconds * RATE_HZ)))
    timeline.tracks.extend([film, mix, *_build_speaker_tracks(otio, script)])
    return str(otio.adapters.write_to_string(timeline, "otio_json"))


def import_opentimelineio() -> ModuleType:
    """The library. NotPossible, with the way to install it, where it is missing: an installation from before it was needed."""
    try:
        import opentimelineio
    except ImportError as error:
        raise NotPossible("timelines need OpenTimelineIO, which is not installed; run ./dubarr setup") from error
    return opentimelineio


def _build_speaker_tracks(otio: Any, script: DubScript) -> list[Any]:
    """A track a speaker, and another one for lines of theirs that overlap."""
    speakers: dict[str, list[ScriptLine]] = {}
    for line in sorted(script.lines, key=lambda line: line.row.dub_start):
        if line.row.audio:
            speakers.setdefault(line.row.speaker or "", []).append(line)
    return [
        _build_track(otio, f"{script.names.get(label, label) or 'Unknown'}{f' ({n})' if n > 1 else ''}", lane)
        for label, lines in speakers.items()
        for n, lane in enumerate(arrange_lanes(lines), 1)
    ]


def arrange_lanes(lines: Sequence[ScriptLine]) -> list[Lane]:
    """Lines in order of start, spread over as many lanes as overlap at once."""
    lanes: list[Lane] = []
    ends: list[int] = []
    for line in lines:
        start = round(line.row.dub_start * RATE_HZ)
        free = next((n for n, end in enumerate(ends) if end <= start + MAX_OVERLAP_SAMPLES), None)
        if free is None:
            free = len(lanes)
            lanes.append([])
            ends.append(0)
        start = max(start, ends[free])
        lanes[free].append((start, line))
        ends[free] = start + _count_samples(line)
    return lanes


def _count_samples(line: ScriptLine) -> int:
    return max(1, round(line.row.dub_seconds * RATE_HZ))


def _build_track(otio: Any, name: str, lane: Lane) -> Any:
    track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Audio)
    end = 0
    for start, line in lane:
        if start > end:
            track.append(otio.schema.Gap(duration=otio.opentime.RationalTime(start - end, RATE_HZ)))
        text = " ".join(line.row.text.split())[:MAX_NAME_CHARACTERS]
        clip = _build_clip(otio, f"{line.number} {text}", f"{CLIP_FOLDER}/{name_clip(line.row)}", _count_samples(line))
        clip.metadata["dubarr"] = {
            "number": line.number,
            "speaker": line.row.speaker or "",
            "name": line.name,
            "language": line.row.language,
            "source": line.row.source_text,
            "translation": line.row.text,
        }
        clip.markers.extend(_build_marker(otio, note, 0) for note in line.notes)
        track.append(clip)
        end = start + _count_samples(line)
    return track


def _build_clip(otio: Any, name: str, url: str, samples: int) -> Any:
    whole = otio.opentime.TimeRange(otio.opentime.RationalTime(0, RATE_HZ), otio.opentime.RationalTime(samples, RATE_HZ))
    media = otio.schema.ExternalReference(target_url=url, available_range=whole)
    return otio.schema.Clip(name=name, media_reference=media, source_range=whole)


def _build_marker(otio: Any, name: str, start: int) -> Any:
    at = otio.opentime.TimeRange(otio.opentime.RationalTime(start, RATE_HZ), otio.opentime.RationalTime(0, RATE_HZ))
    return otio.schema.Marker(name=name, marked_range=at, color=otio.schema.MarkerColor.RED)
