import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio import channel_positions
from pipeline.ffmpeg import decoder, ffprobe, ffprobe_command, loudness_meter
from pipeline.ffmpeg.codecs import Layout
from pipeline.stages.assess import compare
from pipeline.stages.mixing.fold_down import describe_fold_down, fold_down, has_surround_dub
from pipeline.stages.mixing.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.text.track_choice import explain_dialogue_track
from pipeline.values.media import Artifact, Source, StereoTrack, TrackKind
from pipeline.values.notes import Severity

pytestmark = pytest.mark.slow  # every film is mixed and encoded

RATE = 48_000
POSITIONS = {"5.1": "FL FR FC LFE BL BR", "7.1": "FL FR FC LFE BL BR SL SR"}


@pytest.fixture(scope="module")
def make_surround(scratch) -> object:
    """Films of 8 s: a voice in the centre as in the other films, a tone of its own in every other channel."""

    def make(name: str, layout: str, *options: str) -> Path:
        path = scratch / name
        if not path.exists():
            voice = soundfile.read(scratch / "surround.wav")[0][:, 2]
            seconds = np.arange(len(voice)) / RATE
            tones = {at: 0.03 * np.sin(2 * np.pi * (60 if at == "LFE" else 400 + 90 * n) * seconds)
                     for n, at in enumerate(POSITIONS[layout].split())}  # fmt: skip
            soundfile.write(scratch / f"{layout}.wav", np.stack([*(tones | {"FC": voice}).values()], axis=1), RATE)
            picture = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=8")
            order = "|".join(map(str, range(len(tones))))
            audio = ("-i", scratch / f"{layout}.wav", "-af", f"channelmap={order}:{layout}", "-metadata:s:a:0", "language=eng")
            command = ["ffmpeg", "-v", "error", *picture, *audio, "-map", "0:v", "-map", "1:a", "-c:v", "mpeg4", *options, path]
            subprocess.run(command, check=True)
        return path

    return make


def folded(path: Path, lines, folder: Path):
    source = Source.of(path)
    film = probe(source)
    track = mix(source, film, separate(source, film, None, workdir=folder), tuple(lines), workdir=folder)
    return source, film, track, fold_down(source, film, track, workdir=folder)


def decoded(path: Path, layout: str, index: int = 0, *, ours: bool = True) -> np.ndarray:
    with decoder.decode_blocks(path, index, Layout(layout), 8 * RATE, block=RATE, ours=ours) as blocks:
        return np.concatenate(list(blocks))


def tone(wave: np.ndarray, hertz: float) -> float:
    phase = np.exp(-2j * np.pi * hertz * np.arange(len(wave)) / RATE)
    return float(2 * np.abs(np.mean(wave * phase)))


FILMS = {
    "fold-ac3.mkv": ("5.1", "ac3", "aac"),
    "fold-71.mkv": ("7.1", "aac", "aac"),
    "fold-aac.mp4": ("5.1", "aac", "aac"),
    "fold.webm": ("5.1", "libopus", "opus"),
    "fold.avi": ("5.1", "ac3", "mp3"),
}


@pytest.mark.parametrize("name", FILMS)
def test_a_stereo_track_has_the_dub_at_the_loudness_of_the_originals_fold_down(name, make_surround, place, tmp_path):
    layout, encoder, codec = FILMS[name]
    video = ("-c:v", "libvpx", "-deadline", "realtime") if name.endswith("webm") else ()
    path = make_surround(name, layout, "-c:a", encoder, *video)
    lines = [place(1, 1.0, 2.5, pitch=1000.0), place(2, 5.0, 6.5, pitch=1000.0)]
    _, film, track, stereo = folded(path, lines, tmp_path)
    found = loudness_meter.measure_loudness(stereo.audio.path, 0, seconds=8.0, ours=True)
    assert ffprobe_command.run_ffprobe(stereo.audio.path)["streams"][0]["codec_name"] == codec
    assert has_surround_dub(film) and stereo.language == track.language
    assert found == loudness_meter.Loudness(stereo.loudness, stereo.true_peak)
    assert stereo.true_peak <= -1.5 and stereo.loudness == pytest.approx(stereo.original_loudness, abs=0.5)
    left, right = decoded(stereo.audio.path, "stereo").T
    surround = decoded(track.audio.path, layout)
    spoken = slice(round(1.2 * RATE), round(2.3 * RATE))
    gain = tone(left[spoken], 1000.0) / tone(surround[spoken, 2], 1000.0)
    assert tone(right[spoken], 1000.0) == pytest.approx(tone(left[spoken], 1000.0), rel=0.03)
    assert tone(left[spoken], 400.0) / tone(surround[spoken, 0], 400.0) == pytest.approx(gain * 2**0.5, rel=0.05)
    assert tone(left[spoken], 760.0) / tone(surround[spoken, 4], 760.0) == pytest.approx(gain, rel=0.05)  # surround left
    assert tone(left[spoken], 60.0) < 0.005 and tone(right[spoken], 400.0) < 0.001
    wanted = gain * 2**0.5 * channel_positions.fold_down(surround, layout)[:, 0]
    first, last = round(0.9 * RATE), round(1.1 * RATE)  # over the beginning of a take
    error = {lag: np.square(left[first + lag : last + lag] - wanted[first:last]).mean() for lag in range(-400, 401)}
    lag = min(error, key=error.__getitem__)
    assert abs(lag) <= (340 if codec == "opus" else 0)  # ffmpeg decodes 5.1 in Opus 7 ms apart from stereo
    assert error[lag] < 0.01 * np.square(wanted[first:last]).mean()


def test_the_stereo_track_follows_its_surround_track_and_is_known_for_ours(make_surround, place, tmp_path):
    for name in ("fold-ac3.mkv", "fold-aac.mp4"):
        path = make_surround(name, *((FILMS[name][0]), "-c:a", FILMS[name][1]))
        lines = (place(1, 1.0, 2.5), place(2, 5.0, 6.5))
        source, film, track, stereo = folded(path, lines, tmp_path)
        tracks = (track, stereo, replace(track, language="fr"), replace(stereo, language="fr"))
        output = mux(source, film, tracks, (lines, lines), destination=str(tmp_path / name), workdir=tmp_path)
        dubbed = ffprobe.probe_film(output.path)
        audios = dubbed.of_kind(TrackKind.AUDIO)
        assert [each.title for each in audios[1:]] == [
            "Dubarr – Español", "Dubarr – Español (Stereo)", "Dubarr – Français", "Dubarr – Français (Stereo)",
        ]  # fmt: skip
        assert [each.channels for each in audios] == [6, 6, 2, 6, 2]
        assert [each.language for each in audios] == ["en", "es", "es", "fr", "fr"]
        assert all(each.dispositions == ("dub",) for each in audios[1:])
        assert len(dubbed.of_kind(TrackKind.SUBTITLE)) == 2
        assert probe(output).dialogue == film.dialogue and dubbed.dubbed_by
        assert "Dubarr" not in explain_dialogue_track(dubbed.tracks, audios[0], "en").reason
        assert compare(source, film, output).losses == ()


def test_a_stereo_film_needs_no_fold_down(plain_film):
    assert not has_surround_dub(probe(Source.of(plain_film)))


def test_a_stereo_track_off_its_loudness_is_told(tmp_path):
    (tmp_path / "a").write_text("a")
    track = StereoTrack("es", Artifact.of(tmp_path / "a"), -14.0, -1.5, -12.8)
    notes = describe_fold_down(track)
    assert [note.severity for note in notes] == [Severity.INFO, Severity.WARNING]
    assert "1.2 LU quieter" in str(notes[1])
    assert len(describe_fold_down(replace(track, original_loudness=-14.2))) == 1
    assert len(describe_fold_down(replace(track, original_loudness=-70.0))) == 1
