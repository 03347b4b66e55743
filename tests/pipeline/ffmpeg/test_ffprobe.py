import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import FilmError
from pipeline.ffmpeg import ffprobe
from pipeline.values.media import TrackKind


def dialogue_title(path: Path, **options: str) -> str:
    film = ffprobe.probe_film(path, **options)
    return film.track(film.dialogue).title


def test_everything_in_a_film_is_seen(rich_mkv):
    film = ffprobe.probe_film(rich_mkv)
    assert film.container == "matroska"
    assert film.duration == pytest.approx(8.0, abs=0.05)
    assert film.chapters == 2
    assert [len(film.of_kind(kind)) for kind in TrackKind] == [2, 2, 1, 1, 0]  # the cover counts as a video
    assert [track.cover for track in film.of_kind(TrackKind.VIDEO)] == [False, True]
    french, english = film.of_kind(TrackKind.AUDIO)
    assert (french.language, french.codec, french.title) == ("fr", "flac", "Version française")
    assert (english.language, english.channels, english.layout) == ("en", 6, "5.1(side)")
    assert "forced" in film.of_kind(TrackKind.SUBTITLE)[0].dispositions
    assert film.dubbed_by == ""


def test_the_chapter_track_of_an_mp4_is_data_called_text(rich_mp4):
    film = ffprobe.probe_film(rich_mp4)
    assert (film.container, film.chapters) == ("mp4", 2)
    assert [track.codec for track in film.of_kind(TrackKind.DATA)] == ["text"]


@pytest.mark.parametrize(
    ("name", "options", "container"),
    [
        ("c.mov", ("-c:a", "aac"), "mov"),
        ("c.avi", ("-c:a", "mp3"), "avi"),
        ("c.ts", ("-c:a", "aac"), "mpegts"),
        ("c.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"), "webm"),
        ("c.m4v", ("-c:a", "aac", "-f", "mp4"), "mp4"),
    ],
)
def test_the_container_is_told_by_content(name, options, container, make_film, tmp_path):
    disguised = tmp_path / "film.mkv"
    disguised.write_bytes(make_film(name, *options).read_bytes())
    assert ffprobe.probe_film(disguised).container == container


def test_the_default_track_is_the_dialogue(rich_mkv):
    assert dialogue_title(rich_mkv) == "English 5.1"


def test_the_language_asked_for_wins_over_the_default(rich_mkv):
    assert dialogue_title(rich_mkv, dialogue_language="fr") == "Version française"
    assert dialogue_title(rich_mkv, dialogue_language="ja") == "English 5.1"


def test_a_commentary_is_never_the_dialogue_where_there_is_another(rich_mkv, tmp_path):
    for name, options in {
        "flag.mkv": ("-disposition:a:1", "default+comment"),
        "described.mkv": ("-disposition:a:1", "default+visual_impaired"),
        "title.mkv": ("-metadata:s:a:1", "title=Director's Commentary"),
    }.items():
        path = tmp_path / name
        subprocess.run(["ffmpeg", "-v", "error", "-i", rich_mkv, "-map", "0", "-c", "copy", *options, path], check=True)
        assert dialogue_title(path) == "Version française"


def test_the_start_of_a_track_is_on_the_films_axis(make_film, tmp_path):
    film, late = make_film("early.mkv", "-c:a", "flac"), tmp_path / "late.ts"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", film, "-itsoffset", "0.5", "-i", film, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-c:a", "ac3", late],
        check=True,
    )  # fmt: skip
    video, audio = ffprobe.probe_film(late).tracks  # MPEG-TS begins at 1.4 s; the film does not
    assert video.start == pytest.approx(0.0, abs=0.05)
    assert audio.start == pytest.approx(0.5, abs=0.05)


def made_broken(folder: Path, plain: Path) -> dict[str, Path]:
    def ffmpeg(name: str, *options: str) -> None:
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", plain, *options, folder / name], check=True)

    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("this is no film\n" * 100)
    (folder / "hls.mp4").write_text("#EXTM3U\n#EXTINF:8,\nsecret.mp4\n#EXT-X-ENDLIST\n")
    (folder / "cut.mp4").write_bytes(plain.read_bytes()[:20_000])
    ffmpeg("mute.mp4", "-an", "-c", "copy")
    ffmpeg("blind.m4a", "-vn", "-c", "copy")
    ffmpeg("song.flac", "-vn")
    ffmpeg("live.mkv", "-c", "copy", "-live", "1")
    return {path.name: path for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("empty.mp4", "is empty; copy or upload it again"),
        ("text.mp4", "is not a film we can read; give a whole"),
        ("hls.mp4", "is not a film we can read; give a whole"),
        ("cut.mp4", "is not a film we can read; give a whole"),
        ("mute.mp4", "has no audio track; there is nothing to dub"),
        ("blind.m4a", "has no picture; give a film"),
        ("song.flac", "is not a film we can read"),
        ("live.mkv", "does not say how long it is; remux it"),
    ],
)
def test_what_cannot_be_dubbed_is_refused_in_one_sentence(name, reason, plain_film, tmp_path):
    path = made_broken(tmp_path, plain_film)[name]
    with pytest.raises(FilmError, match=reason) as caught:
        ffprobe.probe_film(path)
    assert str(caught.value).startswith(name)
    assert str(tmp_path) not in str(caught.value)


TRUEHD_AND_AC3 = (
    "-map",
    "0:v",
    "-map",
    "0:a",
    "-map",
    "0:a",
    "-c:v",
    "copy",
    "-c:a:0",
    "truehd",
    "-c:a:1",
    "ac3",
    "-strict",
    "-2",
)


@pytest.mark.parametrize("name", ["disc.m2ts", "film.ts"])
def test_truehd_in_a_transport_stream_is_refused_at_once_with_the_way_out(name, plain_film, tmp_path):
    path = tmp_path / name
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain_film, *TRUEHD_AND_AC3, "-f", "mpegts", path], check=True)
    with pytest.raises(
        FilmError, match="holds Dolby TrueHD in MPEG-TS, which ffmpeg reads but cannot write; remux it as Matroska"
    ):
        ffprobe.probe_film(path)


def test_a_discs_truehd_with_its_core_is_kept_by_the_command_that_the_refusal_gives(plain_film, tmp_path):
    merge = Path(__file__).parents[4] / "shared" / "cases" / "coretrue.py"
    if not merge.is_file():
        pytest.skip(f"no {merge}: it is not part of the project")
    two, disc, remuxed = (tmp_path / name for name in ("two.m2ts", "disc.m2ts", "disc.mkv"))
    disc_mode = ("-mpegts_m2ts_mode", "1", "-f", "mpegts")
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain_film, *TRUEHD_AND_AC3, *disc_mode, two], check=True)
    subprocess.run([sys.executable, merge, two, disc, "0x1100", "0x1101"], check=True)
    with pytest.raises(FilmError, match="ffmpeg -i .*disc.m2ts. -map 0 -c copy -dn .*disc.mkv"):
        ffprobe.probe_film(disc)
    subprocess.run(["ffmpeg", "-v", "error", "-i", disc, "-map", "0", "-c", "copy", "-dn", remuxed], check=True)
    assert [track.codec for track in ffprobe.probe_film(remuxed).of_kind(TrackKind.AUDIO)] == ["truehd", "ac3"]
