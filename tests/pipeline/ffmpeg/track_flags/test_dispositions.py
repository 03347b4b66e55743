"""Dispositions before and after, for each container and each composition of a film; the films last a second."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.ffmpeg import ffprobe, ffprobe_command
from pipeline.ffmpeg.track_flags.dispositions import (
    WRITTEN_DISPOSITIONS,
    describe_dispositions,
    set_dispositions,
)
from pipeline.ffmpeg.track_flags.mp4_enabled_flag import set_enabled_flags
from pipeline.settings import DefaultTrack
from pipeline.stages.assess import compare
from pipeline.stages.mux import mux
from pipeline.values.media import Artifact, DubTrack, Film, Source, Track, TrackKind

SUFFIXES = {"matroska": "mkv", "mp4": "mp4", "mov": "mov", "webm": "webm", "mpegts": "ts", "avi": "avi"}
CODING = {
    "webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    "avi": ("-c:v", "mpeg4", "-c:a", "libmp3lame"),
}
TEXT_CODECS = {"matroska": "srt", "webm": "webvtt", "mp4": "mov_text", "mov": "mov_text"}
VARIANTS = {  # dispositions of the audio tracks; of the subtitles; more
    "one audio": (["default"], [], ()),
    "one audio that is not the default": (["0"], [], ()),
    "two audio": (["default", "comment"], [], ()),
    "two audio, the second is the default": (["0", "default"], [], ()),
    "subtitles that are not the default": (["default"], ["0", "forced"], ()),
    "a subtitle that is the default": (["default"], ["0", "default"], ()),
    "two defaults of each kind": (["default", "default"], ["default", "default"], ()),
    "an original of its own": (["default", "original"], [], ()),
    "cover and chapters": (["default"], ["0"], ("cover", "chapters")),
}
CHAPTERS = (
    ";FFMETADATA1\n[CHAPTER]\nTIMEBASE=1/10\nSTART=0\nEND=5\ntitle=One\n[CHAPTER]\nTIMEBASE=1/10\nSTART=5\nEND=10\ntitle=Two\n"
)


def run_ffmpeg(*args: str | Path) -> None:
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, args)], check=True)


@pytest.fixture(scope="module")
def parts(tmp_path_factory) -> Path:
    """A second of picture and sound for each container, a subtitle, chapters and a cover."""
    folder = tmp_path_factory.mktemp("parts")
    (folder / "s.srt").write_text("1\n00:00:00,100 --> 00:00:00,600\nHello.\n")
    (folder / "chapters.txt").write_text(CHAPTERS)
    run_ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32:d=0.04", "-frames:v", "1", folder / "cover.png")
    for container, suffix in SUFFIXES.items():
        picture = ("-f", "lavfi", "-i", "testsrc2=s=64x48:r=10:d=1", "-f", "lavfi", "-i", "sine=d=1:r=48000")
        coding = CODING.get(container, ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"))
        run_ffmpeg(*picture, *coding, folder / f"base.{suffix}")
        run_ffmpeg("-i", folder / f"base.{suffix}", "-map", "0:a", "-c", "copy", folder / f"{suffix}.mka")
    return folder


def make_film(parts: Path, container: str, audios: list[str], subtitles: list[str], more: tuple[str, ...], path: Path) -> None:
    suffix = SUFFIXES[container]
    inputs, maps = ["-i", parts / f"base.{suffix}"], ["-map", "0:v", *["-map", "0:a"] * len(audios)]
    flags: list[str | Path] = [option for n, flag in enumerate(audios) for option in (f"-disposition:a:{n}", flag)]
    flags += ["-metadata:s:a", "language=eng"]
    if container in TEXT_CODECS and subtitles:
        inputs += ["-i", parts / "s.srt"]
        maps += ["-map", "1"] * len(subtitles) + ["-c:s", TEXT_CODECS[container]]
        flags += [option for n, flag in enumerate(subtitles) for option in (f"-disposition:s:{n}", flag)]
    if "chapters" in more and container in TEXT_CODECS:
        inputs += ["-i", parts / "chapters.txt"]
        flags += ["-map_chapters", str(inputs.count("-i") - 1)]
    if "cover" in more and container == "matroska":
        flags += ["-attach", parts / "cover.png", "-metadata:s:t", "mimetype=image/png", "-metadata:s:t", "filename=cover.png"]
    if "cover" in more and container == "mp4":
        inputs += ["-i", parts / "cover.png"]
        maps += ["-map", str(inputs.count("-i") - 1)]
        flags += ["-disposition:v:1", "attached_pic"]
    run_ffmpeg(*inputs, *maps, "-c:v", "copy", "-c:a", "copy", *flags, "-default_mode", "passthrough", path)
    if container in {"mp4", "mov"}:  # as other muxers than ffmpeg's write them
        streams = ffprobe_command.run_ffprobe(path)["streams"]
        for kind, wanted in (("audio", audios), ("subtitle", subtitles)):
            ids = [int(stream["id"], 0) for stream in streams if stream["codec_type"] == kind]
            set_enabled_flags(path, {track: flag == "default" for track, flag in zip(ids, wanted, strict=True)})


def dub_film(parts: Path, film_path: Path, film: Film, placements, folder: Path, default_track: DefaultTrack) -> Film:
    """Mux two new tracks, and hold the result against the film."""
    source = Source.of(film_path)
    audio = Artifact.of(parts / f"{film_path.suffix[1:]}.mka")
    track = DubTrack("es", audio, audio, -20.0, -3.0, -20.0)
    made = mux(
        source, film, (track, replace(track, language="fr")), (placements, placements),
        destination=str(folder / f"dub{film_path.suffix}"), workdir=folder, default_track=default_track,
    )  # fmt: skip
    if default_track is DefaultTrack.DUB:  # the mux holds every dub against its film by itself
        assert compare(source, film, made, default_track=default_track).losses == ()
    return ffprobe.probe_film(made.path)


def list_flags(tracks: tuple[Track, ...]) -> list[set[str]]:
    return [set(track.dispositions) for track in tracks]


@pytest.mark.parametrize(
    ("container", "variant"),
    [(name, each) for name in SUFFIXES for each in VARIANTS if name in TEXT_CODECS or each.startswith("two audio")],
)
def test_the_films_flags_stay_and_new_tracks_are_dubs_and_no_defaults(container, variant, parts, place, tmp_path):
    path = tmp_path / f"film.{SUFFIXES[container]}"
    make_film(parts, container, *VARIANTS[variant], path)
    film = ffprobe.probe_film(path)
    default_track = DefaultTrack.DUB if variant == "two audio" else DefaultTrack.ORIGINAL
    found = dub_film(parts, path, film, (place(1, 0.2, 0.6),), tmp_path, default_track)
    written = WRITTEN_DISPOSITIONS[container]
    for kind in (TrackKind.VIDEO, TrackKind.SUBTITLE):
        before, after = list_flags(film.of_kind(kind)), list_flags(found.of_kind(kind))
        new = 2 if kind is TrackKind.SUBTITLE and container in TEXT_CODECS else 0
        assert after == before + [set()] * new
    before, after = list_flags(film.of_kind(TrackKind.AUDIO)), list_flags(found.of_kind(TrackKind.AUDIO))
    new = [{"dub"} & written, {"dub"} & written]
    if not any("original" in flags for flags in before):
        before[film.of_kind(TrackKind.AUDIO).index(film.track(film.dialogue))] |= {"original"} & written
    if default_track is DefaultTrack.DUB:
        before = [flags - {"default"} for flags in before]
        new[0] |= {"default"} & written
    assert after == before + new


AUDIO = Track(1, TrackKind.AUDIO, "aac", "en", dispositions=("default",))


@pytest.mark.parametrize(
    ("flags", "others", "expected"),
    [
        (("default",), (), ("default", "original")),
        (("default", "dub"), (), ("default", "dub")),
        (("default", "comment"), (), ("default", "comment")),
        (("visual_impaired",), (), ("visual_impaired",)),
        (("default",), ("original",), ("default",)),
        (("default", "original"), (), ("default", "original")),
    ],
)
def test_the_dialogue_is_the_original_unless_the_film_says_otherwise(flags, others, expected):
    tracks = (replace(AUDIO, dispositions=flags), replace(AUDIO, index=2, dispositions=others))
    film = Film("matroska", 60.0, tracks, 1, 0)
    assert [track.dispositions for track in set_dispositions(film, DefaultTrack.ORIGINAL).tracks] == [expected, others]


@pytest.mark.parametrize("title", ["Director's Commentary", "English (Audiodescription)", "Isolated Score"])
def test_a_dialogue_track_whose_title_is_another_sounds_is_no_original(title):
    film = Film("matroska", 60.0, (replace(AUDIO, dispositions=("default",), title=title),), 1, 0)
    assert set_dispositions(film, DefaultTrack.ORIGINAL) == film


def test_what_a_container_cannot_say_is_told():
    film = Film("webm", 60.0, (replace(AUDIO, dispositions=("default", "comment")),), 1, 0)
    assert [note.text for note in describe_dispositions(film, DefaultTrack.DUB)] == [
        "The audio track 1 lost the flags comment, which ffmpeg does not write into WebM"
    ]
    film = replace(film, container="avi", tracks=(replace(AUDIO, dispositions=()),))
    assert describe_dispositions(film, DefaultTrack.ORIGINAL) == ()
    assert [note.text for note in describe_dispositions(film, DefaultTrack.DUB)] == [
        "The dub is not the default track: AVI marks none, and players begin with the first"
    ]
