"""Room classes of lines: telephone, room or hall, where the original's speech shows one beyond doubt; else dry.

The bounds were measured on synthetic and read speech, dry and through rooms and telephone bands, alone and over music and noise
from 18 dB under it to 6 dB over it: one dry line in 2,500 was given a room.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.audio.rooms.room_features import RoomFeatures, average_features
from pipeline.values.timeline import Line

MIN_SPEECH_S = 0.6  # s of speech that a line must have to be given a room
NEIGHBOUR_GAP_S = 8.0  # s to the speaker's next line within which both are in one place
OWN_WEIGHT = 2.0  # of a line against each of its neighbours
# dB of the telephone's missing bands against the middle one.
TELEPHONE_LOW_DB, TELEPHONE_HIGH_DB, TELEPHONE_SUM_DB = -11.0, -30.0, -50.0
LOOSE_DB = 3.0  # dB by which a line alone may miss a bound that it keeps together with its neighbours
CLEAN_RANGE_DB = 45.0  # over it nothing but a room fills the falls
CLEAN_FALL_DB, MUSIC_FALL_DB = 10.0, 8.0  # falls under it show a room: without and with something under the speech
LOOSE_FALL_DB = 1.5
MIN_RANGE_DB = 28.0  # under it music or noise may have filled the falls
HALL_FALL_DB = 7.0  # under it the voice is far in a large room
MAX_TELEPHONE_SHARE = 0.6  # of a film's lines: beyond, its sound itself has that band


class RoomClass(StrEnum):
    """Acoustics of a line."""

    DRY = "dry"  # near, or not known
    TELEPHONE = "telephone"
    ROOM = "room"
    HALL = "hall"  # large, or the voice far from the microphone


@dataclass(frozen=True, slots=True)
class MeasuredLine:
    """A line with the features of its original speech; None where they cannot be measured."""

    line: Line
    features: RoomFeatures | None


def classify_lines(measured: Sequence[MeasuredLine]) -> tuple[RoomClass, ...]:
    """The class of each line, `measured` in order of time. Each is judged with its speaker's lines around it."""
    found = tuple(_classify_line(each, _find_neighbours(measured, each)) for each in measured)
    if found.count(RoomClass.TELEPHONE) > MAX_TELEPHONE_SHARE * len(found) and len(found) > 2:
        return tuple(RoomClass.DRY if each is RoomClass.TELEPHONE else each for each in found)
    return found


def _find_neighbours(measured: Sequence[MeasuredLine], own: MeasuredLine) -> list[RoomFeatures]:
    """Features of the lines of the same speaker that lie together with a line."""
    return [
        other.features
        for other in measured
        if other is not own
        and other.features is not None
        and own.line.segment.speaker is not None
        and other.line.segment.speaker == own.line.segment.speaker
        and max(other.line.span.start - own.line.span.end, own.line.span.start - other.line.span.end) <= NEIGHBOUR_GAP_S
    ]


def _classify_line(measured: MeasuredLine, neighbours: Sequence[RoomFeatures]) -> RoomClass:
    own = measured.features
    if own is None or own.speech < MIN_SPEECH_S:
        return RoomClass.DRY
    scene = average_features((own, *neighbours), (OWN_WEIGHT, *[1.0] * len(neighbours)))
    if _has_telephone_band(scene) and _has_telephone_band(own, loose=LOOSE_DB):
        return RoomClass.TELEPHONE
    if _has_filled_falls(scene) and _has_filled_falls(own, loose=LOOSE_FALL_DB):
        return RoomClass.HALL if scene.fall < HALL_FALL_DB else RoomClass.ROOM
    return RoomClass.DRY


def _has_telephone_band(features: RoomFeatures, *, loose: float = 0.0) -> bool:
    return (
        features.low < TELEPHONE_LOW_DB + loose
        and features.high < TELEPHONE_HIGH_DB + loose
        and features.low + features.high < TELEPHONE_SUM_DB + loose
    )


def _has_filled_falls(features: RoomFeatures, *, loose: float = 0.0) -> bool:
    bound = CLEAN_FALL_DB if features.range > CLEAN_RANGE_DB else MUSIC_FALL_DB
    return features.range > MIN_RANGE_DB and features.fall < bound + loose
