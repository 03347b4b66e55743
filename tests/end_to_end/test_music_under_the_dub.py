"""A film of recorded speech over recorded music, separated with real weights and mixed with takes: what is left under the dub."""

import subprocess

import numpy as np
import pytest
import soundfile
from real_models import model_folder
from speech_over_music import RATE, Scene, make_scene, read_mono

from evaluation import metrics
from pipeline.engines.separator_deepfilternet import DeepFilterNetSeparator
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import Layout
from pipeline.models.model_hub import Hub
from pipeline.stages.mixing.mix import mix
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.values.media import Artifact, Source
from pipeline.values.timeline import Line, Placement, Segment, Slot, Span

pytestmark = pytest.mark.slow

RAMP_S = 0.2  # in which the original's voices come back after a line
BEDS = ("music-battle", "music-northern_mountains")


@pytest.fixture(scope="module")
def scenes(recordings) -> tuple[Scene, Scene]:
    """The same speech over either music."""
    first, second = (make_scene(recordings, bed, clips=(1, 3, 5), pause=1.5) for bed in BEDS)
    scale = np.float32(np.abs(first.speech).max() / np.abs(second.speech).max())
    return first, Scene(second.speech * scale, second.music * scale, second.lines)


@pytest.fixture(scope="module")
def separator() -> DeepFilterNetSeparator:
    return DeepFilterNetSeparator(hub=Hub(model_folder("deepfilternet3").parent))


def film_of(channels, folder) -> Source:
    soundfile.write(folder / "sound.wav", np.stack(channels, axis=1) * 0.7, RATE, subtype="PCM_16")
    picture = ("-f", "lavfi", "-i", f"testsrc=s=64x48:r=5:d={len(channels[0]) / RATE}")
    command = (
        "ffmpeg",
        "-v",
        "error",
        "-nostdin",
        *picture,
        "-i",
        folder / "sound.wav",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
    )
    subprocess.run([*command, "-c:a", "flac", folder / "film.mkv"], check=True)
    return Source.of(folder / "film.mkv")


def placed(scene: Scene, media, folder) -> tuple[Placement, ...]:
    """Another recording of the same reader as each line's take."""
    takes = []
    for number, line in enumerate(scene.lines, 1):
        take = np.resize(read_mono(media / "LJ001-0007.flac"), round((line.duration - 0.3) * RATE))
        soundfile.write(folder / f"take-{number}.wav", take, RATE)
        segment = Segment(number, line, f"line {number}", "A")
        artifact = Artifact.of(folder / f"take-{number}.wav")
        takes.append(
            Placement(
                Line(segment, f"línea {number}", "es"), Slot(line, line.end), artifact, line.start, len(take) / RATE, 1.0, 1.0
            )
        )
    return tuple(takes)


def decoded(artifact: Artifact, layout: str, samples: int) -> np.ndarray:
    with decoder.decode_blocks(artifact.path, 0, Layout(layout), samples, block=RATE, ours=True) as blocks:
        return np.concatenate(list(blocks))


def dubbed(source: Source, scene: Scene, separator, media, folder) -> tuple[np.ndarray, np.ndarray]:
    """The dub's channels, and its voices alone."""
    film = probe(source)
    stems = separate(source, film, separator, workdir=folder)
    track = mix(source, film, stems, placed(scene, media, folder), workdir=folder)
    layout = Layout(film.track(film.dialogue).layout)
    with decoder.decode_blocks(track.audio.path, 0, layout, len(scene.speech), block=RATE, ours=True) as blocks:
        return np.concatenate(list(blocks)), soundfile.read(track.speech.path, dtype="float32")[0]


def check_music_under_lines(sound: np.ndarray, voice: np.ndarray, scene: Scene) -> None:
    """Against the pauses, where the film stays as it is: `sound` of one channel, `voice` of the dub."""
    length = min(len(sound), len(voice))
    sound, voice, speech, music = sound[:length], voice[:length], scene.speech[:length], scene.music[:length]
    around = tuple(Span(max(0.0, line.start - RAMP_S), line.end + RAMP_S) for line in scene.lines)
    spoken, pauses = scene.spoken()[:length], ~Scene(speech, music, around).spoken()
    [untouched] = metrics.compute_gains(sound[pauses], music[pauses])
    left, kept, said = (
        part / untouched for part in metrics.compute_gains(sound[spoken], speech[spoken], music[spoken], voice[spoken])
    )
    print(
        f"music {metrics.to_decibels(kept):+.2f} dB, the original's voices {metrics.to_decibels(left):+.1f} dB, the dub's {metrics.to_decibels(said):+.1f} dB"
    )
    assert abs(metrics.to_decibels(kept)) <= 2.0
    assert metrics.to_decibels(left) <= -17.0
    assert said > 0.3  # the takes are there


def test_each_side_of_a_stereo_film_keeps_its_music(scenes, separator, recordings, tmp_path):
    sound, voice = dubbed(film_of([scene.mixed for scene in scenes], tmp_path), scenes[0], separator, recordings, tmp_path)
    for channel, scene in enumerate(scenes):
        check_music_under_lines(sound[:, channel], voice, scene)


def test_a_surround_film_keeps_the_music_of_its_centre_and_all_of_the_others(scenes, separator, recordings, tmp_path):
    scene, other = scenes
    channels = [other.music, other.music, scene.mixed, 0 * other.music, other.music, other.music]
    sound, voice = dubbed(film_of(channels, tmp_path), scene, separator, recordings, tmp_path)
    check_music_under_lines(sound[:, 2], voice, scene)
    for channel in (0, 1, 4, 5):
        [gain] = metrics.compute_gains(sound[:, channel], other.music)
        assert np.abs(sound[:, channel] - gain * other.music).max() < 0.01
