"""Track names in MP4 and QuickTime files: the box `udta/name`, which ffmpeg 5.1 writes from a title and does not read."""

from pathlib import Path

from pipeline.ffmpeg.track_flags.mp4_boxes import list_boxes, list_track_boxes

MAX_NAME_BYTES = 512  # a longer one is no name of a track


def read_track_names(path: Path) -> dict[int, str]:
    """Names of tracks by their IDs, without those that are no printable UTF-8."""
    names: dict[int, str] = {}
    with path.open("rb") as file:
        for track in list_track_boxes(file):
            for udta in list_boxes(file, b"udta", track.box.start, track.box.end):
                for box in list_boxes(file, b"name", udta.start, udta.end):
                    file.seek(box.start)
                    name = decode_track_name(file.read(min(box.end - box.start, MAX_NAME_BYTES + 1)))
                    if name:
                        names.setdefault(track.track_id, name)
    return names


def decode_track_name(content: bytes) -> str:
    """The name in a box, which may end in NUL; "" for one that is not printable."""
    if len(content) > MAX_NAME_BYTES:
        return ""
    try:
        name = content.rstrip(b"\0").decode("utf-8").strip()
    except UnicodeDecodeError:
        return ""
    return name if name.isprintable() else ""
