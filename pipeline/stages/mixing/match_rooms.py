"""match_rooms: takes get the band or the reverberation that their lines have in the original, where that is beyond doubt."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.audio.rooms.room_classes import MeasuredLine, RoomClass, classify_lines
from pipeline.audio.rooms.room_effects import apply_room
from pipeline.audio.rooms.room_features import RoomFeatures, measure_room_features
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import find_layout
from pipeline.filesystem.disk_space import reserve_disk_space
from pipeline.runner import stage
from pipeline.values.media import SPEECH_RATE_HZ, Artifact, Film, Source
from pipeline.values.notes import Note
from pipeline.values.timeline import Placement

BEFORE_S, AFTER_S = 0.3, 0.6  # s around a line that are measured with it: its pauses, as far as nobody else speaks
MAX_MEASURED_S = 30.0  # s of a line that are measured
PCM_16_BYTES = 2  # bytes a sample
ROOM_NOTES = {
    RoomClass.TELEPHONE: "Given a telephone's band (300 to 3400 Hz), which the original has there",
    RoomClass.ROOM: "Given the reverberation of a room, which the original has there",
    RoomClass.HALL: "Given the reverberation of a large room, which the original has there",
}


@dataclass(frozen=True, slots=True)
class RoomMatch:
    """Placements whose takes sound as in their rooms, in the given order, and notes on them."""

    placements: tuple[Placement, ...]
    notes: tuple[Note, ...]


@stage(version=1)
def match_rooms(source: Source, film: Film, placements: tuple[Placement, ...], *, workdir: Path) -> RoomMatch:
    """Apply to each take the room of its line. It is measured in the film's own track: a separator takes rooms away."""
    dialogue = workdir / "dialogue.wav"
    with reserve_disk_space(workdir, round(film.duration * SPEECH_RATE_HZ * PCM_16_BYTES), "match_rooms"):
        centre = find_layout(film.track(film.dialogue)).has_centre
        decoder.extract_speech(source.content, film.dialogue, centre=centre, seconds=film.duration, destination=dialogue)
        ordered = tuple(sorted(placements, key=lambda placement: placement.line.span))
        rooms = classify_lines([MeasuredLine(each.line, found) for each, found in _measure_lines(ordered, dialogue)])
        dialogue.unlink()
    chosen = {placement.line.number: room for placement, room in zip(ordered, rooms, strict=True)}
    return RoomMatch(
        tuple(_apply_room(placement, chosen[placement.line.number], workdir) for placement in placements),
        _describe_rooms(ordered, rooms),
    )


def _measure_lines(ordered: Sequence[Placement], dialogue: Path) -> Iterator[tuple[Placement, RoomFeatures | None]]:
    """Features of each line in the film's dialogue, in order of the lines' spans."""
    import soundfile

    latest_end = 0.0
    with soundfile.SoundFile(dialogue) as file:
        for number, placement in enumerate(ordered):
            span = placement.line.span
            following = ordered[number + 1].line.span.start if number + 1 < len(ordered) else span.end + AFTER_S
            start = max(span.start - BEFORE_S, min(latest_end, span.start), 0.0)
            end = min(max(min(span.end + AFTER_S, following), span.end), start + MAX_MEASURED_S)
            latest_end = max(latest_end, span.end)
            file.seek(min(round(start * file.samplerate), file.frames))
            wave = file.read(round((end - start) * file.samplerate), dtype="float32", always_2d=True)[:, 0]
            yield placement, measure_room_features(wave, file.samplerate)


def _apply_room(placement: Placement, room: RoomClass, workdir: Path) -> Placement:
    import soundfile

    if room is RoomClass.DRY:
        return placement
    wave, rate = soundfile.read(placement.audio.path, dtype="float32", always_2d=True)
    path = workdir / f"{placement.audio.digest}-{room}.wav"
    if not path.exists():
        soundfile.write(path, apply_room(wave.mean(axis=1), rate, room), rate, subtype="FLOAT")
    return replace(placement, audio=Artifact.of(path))


def _describe_rooms(ordered: Sequence[Placement], rooms: Sequence[RoomClass]) -> tuple[Note, ...]:
    lines: dict[RoomClass, list[int]] = defaultdict(list)
    for placement, room in zip(ordered, rooms, strict=True):
        lines[room].append(placement.line.number)
    return tuple(Note(text, lines=tuple(sorted(lines[room]))) for room, text in ROOM_NOTES.items() if lines[room])
