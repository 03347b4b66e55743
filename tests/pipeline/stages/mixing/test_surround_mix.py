"""Channel energies of dubs in every layout: the dub on its channels, the bed kept, LFE and surrounds untouched."""

import subprocess
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.audio.channel_positions import CHANNEL_POSITIONS
from pipeline.ffmpeg import decoder
from pipeline.ffmpeg.codecs import Layout
from pipeline.stages.mixing.mix import MixInputs, mix
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.values.media import Artifact, Source, Stems

RATE = 48_000
LINE = (2.0, 3.5)
# Layout of the film → codec, and the layout of its dub.
FILMS = {
    "mono": ("flac", "mono"),
    "stereo": ("flac", "stereo"),
    "2.1": ("ac3", "2.1"),
    "3.1": ("ac3", "3.1"),
    "5.0": ("flac", "5.0"),
    "5.1": ("flac", "5.1"),
    "5.1(side)": ("flac", "5.1(side)"),
    "quad": ("flac", "quad"),
    "6.1": ("flac", "6.1"),
    "7.1": ("flac", "7.1"),
}


def make_film(folder: Path, layout: str, codec: str) -> tuple[Path, np.ndarray]:
    """Six seconds of noise of its own in every channel, in the LFE a low tone."""
    positions = CHANNEL_POSITIONS[layout]
    wave = 0.02 * np.random.default_rng(7).standard_normal((6 * RATE, len(positions))).astype(np.float32)
    if "LFE" in positions:
        wave[:, positions.index("LFE")] = 0.02 * np.sin(2 * np.pi * 50.0 * np.arange(len(wave)) / RATE)
    soundfile.write(folder / "film.wav", wave, RATE)
    order = "|".join(map(str, range(len(positions))))
    picture = ("-f", "lavfi", "-i", "color=s=64x64:r=25:d=6", "-i", folder / "film.wav")
    kept = ("-af", f"channelmap={order}:{layout}", "-c:a", codec, "-c:v", "mpeg4")
    subprocess.run(["ffmpeg", "-v", "error", *picture, *kept, folder / "film.mkv"], check=True)
    return folder / "film.mkv", wave


def decoded(path: Path, layout: str, index: int, *, ours: bool) -> np.ndarray:
    with decoder.decode_blocks(path, index, Layout(layout), 6 * RATE, block=RATE, ours=ours) as blocks:
        return np.concatenate(list(blocks))


def measure_gains(original: np.ndarray, dub: np.ndarray, start: float, end: float) -> np.ndarray:
    """Factor of the original in each channel of the dub, by correlation."""
    part = slice(round(start * RATE), round(end * RATE))
    was, is_ = original[part], dub[part]
    return (was * is_).sum(axis=0) / np.square(was).sum(axis=0)


@pytest.mark.parametrize("layout", FILMS)
def test_the_dub_has_its_channels_and_the_bed_is_kept(layout, place, tmp_path):
    codec, mixed = FILMS[layout]
    path, _ = make_film(tmp_path, layout, codec)
    source = Source.of(path)
    film = probe(source)
    assert film.track(film.dialogue).layout == layout
    stems = separate(source, film, None, workdir=tmp_path)
    track = mix(source, film, stems, (place(1, *LINE, pitch=1000.0, level=0.2),), workdir=tmp_path)
    positions = CHANNEL_POSITIONS[mixed]
    original, dub = decoded(path, layout, film.dialogue, ours=False), decoded(track.audio.path, mixed, 0, ours=True)
    apart, under = measure_gains(original, dub, 4.2, 5.8), measure_gains(original, dub, 2.1, 3.4)
    coded = np.array([0.25 if at == "LFE" and codec == "ac3" else 0.01 for at in positions])  # AC-3 codes a quiet LFE coarsely
    assert (abs(apart / apart[0] - 1.0) < coded).all()  # one mastering gain for all channels
    fronts = [at in {"FL", "FR", "FC"} for at in positions]
    ducked = under / apart
    assert ducked[fronts] == pytest.approx(10 ** (-15 / 20), abs=0.02)
    assert ducked[~np.array(fronts)] == pytest.approx(1.0, abs=0.02)
    part = slice(round(2.1 * RATE), round(3.4 * RATE))
    carrier = np.exp(-2j * np.pi * 1000.0 * np.arange(part.stop - part.start) / RATE)
    added = dub[part] - under * original[part]
    voices = 2 * np.abs((added * carrier[:, None]).mean(axis=0))
    spoken = [at == "FC" if "FC" in positions else at in {"FL", "FR"} for at in positions]
    assert voices[spoken].min() > 0.01 > 0.001 > voices[~np.array(spoken)].max(initial=0.0)


@pytest.mark.parametrize("layout", ["stereo", "5.1", "7.1"])
@pytest.mark.parametrize("is_separated", [False, True])
def test_where_no_line_speaks_the_mix_is_the_original_bit_for_bit(layout, is_separated, place, tmp_path):
    path, wave = make_film(tmp_path, layout, "flac")
    source = Source.of(path)
    film = probe(source)
    stems = separate(source, film, None, workdir=tmp_path)
    channels = Layout(layout).voice_channels
    if is_separated:
        soundfile.write(tmp_path / "background.flac", 0.3 * wave[:, channels], RATE)
        background = Artifact.of(tmp_path / "background.flac")
        stems = Stems(stems.speech, background, voices=background)
    inputs = MixInputs(source, film, stems, (place(1, *LINE),), Layout(layout))
    blocks = list(inputs.mix_blocks())
    assert all(len(one.original) == len(other.original) for one, other in pairwise(blocks))
    original, mixed = (np.concatenate([getattr(block, name) for block in blocks]) for name in ("original", "mixed"))
    spoken = slice(round(1.88 * RATE) - 1, round(3.9 * RATE) + 1)  # with the ramps of the ducking
    changed = (original != mixed).any(axis=1)
    assert changed[spoken].any() and not changed[: spoken.start].any() and not changed[spoken.stop :].any()
    kept = [number for number, at in enumerate(CHANNEL_POSITIONS[layout]) if at not in {"FL", "FR", "FC"}]
    kept += [0, 1] if is_separated and layout != "stereo" else []
    assert np.array_equal(original[:, kept], mixed[:, kept])
