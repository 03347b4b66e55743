import struct
import subprocess

import pytest

from pipeline.ffmpeg import ffprobe
from pipeline.ffmpeg.track_flags.mp4_track_names import MAX_NAME_BYTES, decode_track_name, read_track_names
from pipeline.values.media import TrackKind

PICTURE = ("-f", "lavfi", "-i", "color=s=64x48:d=1:r=5")
SOUND = ("-f", "lavfi", "-i", "sine=d=1")


def make_film(path, *options):
    inputs = [*PICTURE, *SOUND, *SOUND, "-map", "0:v", "-map", "1:a", "-map", "2:a"]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *inputs, "-c:a", "aac", *options, path], check=True)
    return path


def list_titles(path):
    return [track.title for track in ffprobe.probe_film(path).of_kind(TrackKind.AUDIO)]


@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.m4v"])
def test_a_tracks_name_is_its_title(name, tmp_path):
    titles = ("-metadata:s:a:0", "title=Comentario «del» director", "-metadata:s:a:1", "title=English")
    path = make_film(tmp_path / name, *titles, "-f", "mov" if name.endswith("mov") else "mp4")
    assert list_titles(path) == ["Comentario «del» director", "English"]
    assert ffprobe.probe_film(path).dialogue == 2


def test_a_handler_name_that_tells_a_kind_is_a_title_and_a_muxers_own_is_none(tmp_path):
    names = ("-metadata:s:a:0", "handler_name=Audio Description", "-metadata:s:a:1", "handler_name=Core Media Audio")
    path = make_film(tmp_path / "film.mp4", *names)
    assert list_titles(path) == ["Audio Description", ""]
    assert ffprobe.probe_film(path).dialogue == 2


@pytest.mark.parametrize(
    "handler",
    [
        "SoundHandler",
        "Apple Sound Media Handler",
        "#Mainconcept MP4 Sound Media Handler",
        "ISO Media file produced by Google Inc. Created on: 01/02/2024.",
        "GPAC ISO Audio Handler",
        "L-SMASH Audio Handler",
        "Bento4 Sound Handler",
        "ETI ISO Audio Media Handler",
        "Stereo",
        "Surround",
    ],
)
def test_the_handlers_of_muxers_are_no_titles(handler, tmp_path):
    assert ffprobe._find_title_in_handler(handler, TrackKind.AUDIO) == ""


def test_a_name_that_nobody_can_print_is_none():
    assert decode_track_name("Español\0".encode()) == "Español"
    assert decode_track_name(b"\xff\xfe") == ""
    assert decode_track_name(b"two\nrows") == ""
    assert decode_track_name(b"x" * (MAX_NAME_BYTES + 1)) == ""


def test_boxes_that_lie_about_their_size_are_left(tmp_path):
    path = tmp_path / "lie.mp4"
    for trak in (struct.pack(">I4s", 1, b"trak"), struct.pack(">I4s", 1 << 30, b"trak"), struct.pack(">I4s", 4, b"trak")):
        path.write_bytes(struct.pack(">I4s", 8 + len(trak), b"moov") + trak)
        assert read_track_names(path) == {}
