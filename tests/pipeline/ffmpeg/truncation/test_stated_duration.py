"""Headers are claims: what films really hold decides, in every container, and honest films that are odd stay films."""

import subprocess
from pathlib import Path

import pytest
from hostile_films import cut, with_duration, with_sample_durations

from pipeline.errors import FilmError
from pipeline.ffmpeg import ffprobe, packets
from pipeline.ffmpeg.packets import Packet, parse_packet
from pipeline.ffmpeg.truncation.container_size import count_missing_bytes

PICTURE = ("-f", "lavfi", "-i", "testsrc2=s=160x90:r=25:d=22")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25")
OTHERS = {
    ".avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
    ".webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
}


def run_ffmpeg(*args: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], check=True)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Films of 22 s by name, each made once: `whole("a.mkv", "-movflags", …)`."""
    folder = tmp_path_factory.mktemp("whole")

    def make(name: str, *options: str) -> Path:
        path = folder / name
        if not path.exists():
            coding = OTHERS.get(path.suffix, (*X264, "-c:a", "aac"))
            run_ffmpeg(*PICTURE, "-f", "lavfi", "-i", "sine=d=22:r=48000", *coding, *options, path)
        return path

    return make


FRAGMENTED = ("-movflags", "frag_keyframe+empty_moov")
CONTAINERS = {
    "film.mkv": (), "film.webm": (), "film.avi": (), "film.ts": (), "film.mov": (), "film.mp4": (), "frag.mp4": FRAGMENTED,
}  # fmt: skip


@pytest.mark.parametrize(("name", "options"), CONTAINERS.items(), ids=CONTAINERS)
def test_a_whole_film_is_whole_in_every_container(name, options, whole):
    assert ffprobe.probe_film(whole(name, *options)).duration == pytest.approx(22.0, abs=0.2)


def test_a_film_without_an_index_is_read_through(whole, tmp_path):
    bare = tmp_path / "bare.mkv"
    run_ffmpeg("-i", whole("film.mkv"), "-c", "copy", "-f", "matroska", "-cues_to_front", "0", bare)
    content = bare.read_bytes()
    bare.write_bytes(content[: content.rindex(b"\x1c\x53\xbb\x6b")])  # the Cues go, and all behind them
    assert ffprobe.probe_film(bare).duration == pytest.approx(22.0, abs=0.1)


@pytest.mark.parametrize("name", ["film.mkv", "film.webm", "fast.mp4", "film.avi"])
def test_a_copy_that_broke_off_is_refused_with_where_it_ends(name, whole, tmp_path):
    film = whole(name, *(("-movflags", "faststart") if name == "fast.mp4" else ()))
    with pytest.raises(FilmError, match=rf"^{name} ends at \d+ s of 22 s; copy it again"):
        ffprobe.probe_film(cut(film, tmp_path / name, 1 / 3))


@pytest.mark.parametrize("name", ["film.mkv", "film.webm", "fast.mp4"])
def test_a_copy_that_lost_a_few_seconds_is_told(name, whole, tmp_path):
    film = whole(name, *(("-movflags", "faststart") if name == "fast.mp4" else ()))
    found = ffprobe.probe_film(cut(film, tmp_path / name, 0.9)).truncation
    assert found is not None
    assert 17.0 < found.end < 21.0
    assert found.stated == pytest.approx(22.0, abs=0.2)


def test_a_copy_that_lost_a_moment_is_whole(whole, tmp_path):
    film = ffprobe.probe_film(cut(whole("film.mkv"), tmp_path / "film.mkv", 0.995))
    assert (film.truncation, round(film.duration)) == (None, 22)


def test_an_avi_without_its_end_has_lost_its_index_and_is_refused(whole, tmp_path):
    with pytest.raises(FilmError, match="copy it again"):
        ffprobe.probe_film(cut(whole("film.avi"), tmp_path / "film.avi", 0.98))


def test_an_mp4_that_lost_the_header_at_its_end_is_refused_with_what_is_missing(whole, tmp_path):
    with pytest.raises(FilmError, match=r"^film.mp4 is not a film we can read; .*: \d+ bytes of this one are missing"):
        ffprobe.probe_film(cut(whole("film.mp4"), tmp_path / "film.mp4", 0.9))


@pytest.mark.parametrize(("name", "options"), CONTAINERS.items(), ids=CONTAINERS)
def test_a_container_that_states_its_size_lacks_what_was_cut(name, options, whole, tmp_path):
    film = whole(name, *options)
    assert count_missing_bytes(film) == 0
    short = cut(film, tmp_path / name, 0.9)
    lost = film.stat().st_size - short.stat().st_size
    expected = {
        ".ts": range(1),
        ".mov": range(1, lost + 1),
        ".mp4": range(1, lost + 1),
    }  # the header behind the cut is not stated
    assert count_missing_bytes(short) in expected.get(short.suffix, [lost])


def test_bytes_behind_a_film_are_not_missing(whole, tmp_path):
    for name in ("film.mkv", "film.mp4", "film.avi"):
        longer = tmp_path / name
        longer.write_bytes(whole(name).read_bytes() + b"\0" * 1_000)
        assert count_missing_bytes(longer) == 0


@pytest.mark.parametrize("name", ["film.mkv", "film.webm", "film.mp4", "film.mov"])
def test_a_header_that_claims_minutes_more_is_refused(name, whole, tmp_path):
    with pytest.raises(FilmError, match=rf"^{name} ends at 22 s of 60 s"):
        ffprobe.probe_film(with_duration(whole(name), tmp_path / name, 60.0))


@pytest.mark.parametrize("name", ["film.mkv", "film.webm", "film.mp4", "film.mov"])
def test_a_header_that_claims_20_hours_is_refused(name, whole, tmp_path):
    with pytest.raises(FilmError, match=r"claims to last 20:00:00, and holds \d+ bytes; copy it again"):
        ffprobe.probe_film(with_duration(whole(name), tmp_path / name, 20 * 3600.0))


def test_timestamps_that_lie_hours_apart_are_refused(whole, tmp_path):
    with pytest.raises(FilmError, match="copy it again"):
        ffprobe.probe_film(with_sample_durations(whole("film.mp4"), tmp_path / "film.mp4", 2_000))


def test_two_packets_hours_apart_are_no_film_of_hours(tmp_path):
    film = tmp_path / "film.mkv"  # dense enough by its bytes alone
    apart = "if(gt(T,2.5),PTS+7200/TB,PTS)"
    picture = f"testsrc2=s=640x360:r=25:d=5,setpts='{apart}'"
    sound = f"sine=d=5:r=48000,asetpts='{apart}'"
    run_ffmpeg(
        "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *X264, "-vsync", "vfr", "-qp", "0", "-c:a", "pcm_s24le", film
    )
    assert film.stat().st_size > 100 * 7_205
    with pytest.raises(FilmError, match="holds neither picture nor sound for 2:00:0"):
        ffprobe.probe_film(film)


def test_an_avi_whose_header_claims_20_hours_is_refused(whole, tmp_path):
    with pytest.raises(FilmError, match="copy it again"):
        ffprobe.probe_film(with_duration(whole("film.avi"), tmp_path / "film.avi", 20 * 3600.0))


@pytest.mark.parametrize("seconds", [20.0, 24.0, 26.5])
def test_a_header_that_is_a_bit_off_is_forgiven(seconds, whole, tmp_path):
    assert ffprobe.probe_film(with_duration(whole("film.mkv"), tmp_path / "film.mkv", seconds)).duration == seconds


def subtitle(folder: Path, start: str, end: str) -> Path:
    path = folder / "late.srt"
    path.write_text(f"1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n{start} --> {end}\nThe end.\n")
    return path


def test_a_subtitle_that_outlasts_the_film_is_fine(whole, tmp_path):
    late = subtitle(tmp_path, "00:00:50,000", "00:00:55,000")
    run_ffmpeg("-i", whole("film.mkv"), "-i", late, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "srt", tmp_path / "film.mkv")
    assert ffprobe.probe_film(tmp_path / "film.mkv").duration == pytest.approx(55.0, abs=0.1)


def test_a_subtitle_hours_after_the_film_does_not_make_it_hours_long(whole, tmp_path):
    late = subtitle(tmp_path, "00:40:00,000", "00:40:05,000")
    run_ffmpeg("-i", whole("film.mkv"), "-i", late, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "srt", tmp_path / "film.mkv")
    with pytest.raises(FilmError, match="of 0:40:05"):
        ffprobe.probe_film(tmp_path / "film.mkv")


@pytest.mark.parametrize("longer", ["audio", "picture"])
def test_tracks_of_different_length_are_fine(longer, tmp_path):
    picture, sound = (4, 40) if longer == "audio" else (40, 4)
    film = tmp_path / "film.mkv"
    run_ffmpeg("-f", "lavfi", "-i", f"testsrc2=s=64x64:r=25:d={picture}", "-f", "lavfi", "-i", f"sine=d={sound}", *X264, film)
    assert ffprobe.probe_film(film).duration == pytest.approx(40.0, abs=0.2)


def test_a_film_that_begins_late_is_measured_from_its_start(whole, tmp_path):
    late = tmp_path / "late.ts"
    run_ffmpeg("-i", whole("film.ts"), "-c", "copy", "-output_ts_offset", "50000", late)
    assert ffprobe.probe_film(late).duration == pytest.approx(22.0, abs=0.2)


def test_a_still_picture_under_a_long_sound_is_a_film(tmp_path):
    film = tmp_path / "still.mkv"
    run_ffmpeg(
        "-f", "lavfi", "-i", "color=s=64x64:r=1/30:d=120", "-f", "lavfi", "-i", "sine=d=120", *X264, "-c:a", "libopus", film
    )
    assert ffprobe.probe_film(film).duration == pytest.approx(120.0, abs=31)


def test_a_packet_is_read_from_ffprobes_line():
    assert parse_packet(b"stream_index=1|pts_time=21.5|dts_time=21.4|duration_time=0.021\n") == Packet(1, 21.5, 0.021)
    assert parse_packet(b"stream_index=0|pts_time=N/A|dts_time=3.0|duration_time=N/A\n") == Packet(0, 3.0, 0.0)
    assert parse_packet(b"stream_index=0|pts_time=N/A|dts_time=N/A|duration_time=N/A\n") is None
    assert parse_packet(b"\n") is None


def test_reading_packets_ends_with_the_block(whole):
    with packets.read_packets(whole("film.mkv"), since=None, timeout=30.0) as found:
        assert next(found).start == pytest.approx(0.0, abs=0.1)
    with packets.read_packets(whole("film.mkv"), since=21.0, timeout=30.0) as found:
        assert max(packet.start for packet in found) > 21.5
