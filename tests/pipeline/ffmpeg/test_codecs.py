import subprocess
from pathlib import Path

import numpy as np
import pytest

from pipeline.ffmpeg import encoder
from pipeline.ffmpeg.codecs import CODECS, CODECS_BY_CONTAINER, Layout, choose_codec, find_layout
from pipeline.values.media import Track, TrackKind


def audio(codec: str, channels: int = 2, layout: str = "") -> Track:
    return Track(1, TrackKind.AUDIO, codec, channels=channels, layout=layout)


@pytest.mark.parametrize(
    ("container", "track", "codec"),
    [
        ("mp4", audio("aac"), "aac"),
        ("mp4", audio("eac3", 6), "eac3"),
        ("mp4", audio("opus"), "aac"),
        ("matroska", audio("flac", 6), "flac"),
        ("matroska", audio("dts", 6), "ac3"),
        ("matroska", audio("truehd", 8), "aac"),
        ("matroska", audio("eac3", 8), "aac"),
        ("matroska", audio("vorbis"), "aac"),
        ("webm", audio("vorbis"), "opus"),
        ("avi", audio("pcm_s16le"), "mp3"),
        ("avi", audio("ac3", 6), "ac3"),
        ("avi", audio("aac", 6), "ac3"),
        ("mpegts", audio("mp2"), "aac"),
        ("mpegts", audio("ac3", 6), "ac3"),
    ],
)
def test_a_dub_keeps_the_dialogues_codec_or_takes_what_suits_the_container(container, track, codec):
    assert choose_codec(container, track).name == codec


@pytest.mark.parametrize("container", CODECS_BY_CONTAINER)
@pytest.mark.parametrize("channels", range(1, 9))
def test_there_is_a_codec_and_a_layout_for_every_track_in_every_container(container, channels):
    track = audio("pcm_s24le", channels)
    codec = choose_codec(container, track)
    assert codec.name in CODECS_BY_CONTAINER[container]
    assert codec.choose_layout(find_layout(track)).name in codec.layouts


@pytest.mark.parametrize(
    ("codec", "wanted", "layout"),
    [
        ("ac3", "5.1(side)", "5.1(side)"),
        ("aac", "5.1(side)", "5.1"),
        ("opus", "5.1(side)", "5.1"),
        ("mp3", "5.1", "stereo"),
        ("aac", "quad", "5.0"),
        ("ac3", "7.1", "5.1"),
    ],
)
def test_the_layout_is_the_same_or_the_nearest_the_codec_can_carry(codec, wanted, layout):
    assert CODECS[codec].choose_layout(Layout(wanted)).channels == Layout(layout).channels
    assert CODECS[codec].choose_layout(Layout(wanted)).name.split("(")[0] == layout.split("(")[0]


def test_a_layout_without_a_name_is_the_usual_one():
    assert [find_layout(audio("pcm_s16le", channels)).name for channels in (1, 2, 6, 8)] == ["mono", "stereo", "5.1", "7.1"]
    assert find_layout(audio("pcm_s16le", 2, "downmix")).name == "stereo"


def test_a_voice_goes_to_the_centre_or_to_both_fronts():
    assert [Layout(name).voice_channels for name in ("mono", "stereo", "quad", "5.1(side)")] == [(0,), (0, 1), (0, 1), (2,)]


@pytest.mark.parametrize("name", sorted(CODECS))
@pytest.mark.parametrize("samples", [9 * 48_000, 9 * 48_000 + 1_008, 433_021])
def test_an_encoded_track_never_outlasts_its_film(name: str, samples: int, tmp_path: Path) -> None:
    codec, path = CODECS[name], tmp_path / "dub.mka"
    wave = np.random.default_rng(0).normal(0, 0.1, (codec.count_samples_to_encode(samples), 2)).astype(np.float32)
    with encoder.open_encoder(codec, Layout("stereo"), path, seconds=9.0) as write:
        write(wave)
    shown = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]
    seconds = float(subprocess.check_output(shown))
    assert samples / 48_000 - 0.05 < seconds <= samples / 48_000 + 0.001  # Matroska counts milliseconds
