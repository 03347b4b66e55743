import subprocess
import wave as wavefile

import numpy as np
import pytest
import soundfile

from pipeline.audio.levels import compute_gain_factor
from pipeline.audio.loudness import LoudnessMeter
from pipeline.errors import StageError
from pipeline.ffmpeg import decoder, ffprobe_command, loudness_meter
from pipeline.ffmpeg.codecs import Layout
from pipeline.stages.mixing import mix as mixing
from pipeline.stages.mixing.mix import mix
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.values.media import Artifact, Source, Stems

RATE = 48_000


def mixed(film_path, placements, workdir, *, stems: Stems | None = None):
    source = Source.of(film_path)
    film = probe(source)
    return film, mix(source, film, stems or separate(source, film, None, workdir=workdir), tuple(placements), workdir=workdir)


def heard(path, layout: str, seconds: float, *, index: int = 0, ours: bool = True) -> np.ndarray:
    with decoder.decode_blocks(path, index, Layout(layout), round(seconds * RATE), block=RATE, ours=ours) as blocks:
        return np.concatenate(list(blocks))


def part(wave: np.ndarray, start: float, end: float) -> np.ndarray:
    return wave[round(start * RATE) : round(end * RATE)]


def tone(wave: np.ndarray, hertz: float) -> float:
    """Amplitude of a tone in a mono wave."""
    phase = np.exp(-2j * np.pi * hertz * np.arange(len(wave)) / RATE)
    return float(2 * np.abs(np.mean(wave * phase)))


FILMS = {
    "aac.mp4": (("-c:a", "aac"), "aac", "stereo"),
    "ac3.mkv": (("-c:a", "ac3"), "ac3", "stereo"),
    "opus.webm": (("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"), "opus", "stereo"),
    "mp3.avi": (("-c:a", "mp3"), "mp3", "stereo"),
    "aac.ts": (("-c:a", "aac"), "aac", "stereo"),
    "flac.mkv": (("-c:a", "flac"), "flac", "stereo"),
    "mono.mov": (("-ac", "1", "-c:a", "aac"), "aac", "mono"),
}


@pytest.mark.parametrize("name", FILMS)
def test_a_dub_has_the_codec_layout_length_and_loudness_of_the_dialogue(name, make_film, place, tmp_path):
    options, codec, layout = FILMS[name]
    film, track = mixed(make_film(name, *options), [place(1, 1.0, 2.5), place(2, 5.0, 6.5)], tmp_path)
    stream = ffprobe_command.run_ffprobe(track.audio.path)["streams"][0]
    assert (stream["codec_name"], stream["channel_layout"]) == (codec, layout)
    assert float(ffprobe_command.run_ffprobe(track.audio.path)["format"]["duration"]) == pytest.approx(film.duration, abs=0.05)
    original = loudness_meter.measure_loudness(make_film(name, *options), film.dialogue, seconds=8.0)
    assert track.loudness == pytest.approx(original.integrated, abs=0.5)
    assert track.original_loudness == pytest.approx(original.integrated, abs=0.2)
    assert loudness_meter.measure_loudness(track.audio.path, 0, seconds=8.0, ours=True) == loudness_meter.Loudness(
        track.loudness, track.true_peak
    )
    assert track.true_peak <= -1.5
    assert track.language == "es"


@pytest.mark.parametrize("codec", ["ac3", "eac3", "aac", "flac"])
def test_the_dub_of_a_surround_film_speaks_in_the_centre_alone(codec, make_film, place, tmp_path):
    film_path = make_film(f"surround-{codec}.mkv", "-c:a", codec, audio="surround.wav")
    film, track = mixed(film_path, [place(1, 1.0, 2.5, pitch=1000.0), place(2, 5.0, 6.5, pitch=1000.0)], tmp_path)
    layout = film.track(film.dialogue).layout
    assert ffprobe_command.run_ffprobe(track.audio.path)["streams"][0]["channel_layout"] == layout
    spoken = part(heard(track.audio.path, layout, 8.0), 1.2, 2.3)
    levels = [tone(spoken[:, channel], 1000.0) for channel in range(6)]
    assert levels[2] > 0.02
    assert max(levels[:2] + levels[3:]) < levels[2] / 50
    assert abs(track.loudness - track.original_loudness) <= 0.5


def test_the_original_voice_is_well_under_the_dub_and_the_music_comes_back(make_film, place, tmp_path):
    film_path = make_film("flac.mkv", "-c:a", "flac")
    _, track = mixed(film_path, [place(1, 1.0, 2.5, pitch=1000.0), place(2, 5.0, 6.5, pitch=1000.0)], tmp_path)
    original, dub = (
        heard(path, "stereo", 8.0, index=index, ours=ours)[:, 0]
        for path, index, ours in ((film_path, 1, False), (track.audio.path, 0, True))
    )
    ratio = tone(part(dub, 3.2, 4.6), 440.0) / tone(part(original, 3.2, 4.6), 440.0)  # the gain of the whole mix
    ducked = tone(part(dub, 1.1, 2.4), 150.0) / tone(part(original, 1.1, 2.4), 150.0)
    assert 20 * np.log10(ducked / ratio) == pytest.approx(-15.0, abs=0.3)
    assert tone(part(dub, 1.1, 2.4), 1000.0) > 5 * tone(part(dub, 1.1, 2.4), 150.0)


def test_the_original_is_ducked_where_the_source_speaks_though_the_dub_is_elsewhere(make_film, place, tmp_path):
    film_path = make_film("flac.mkv", "-c:a", "flac")
    take = place(1, 5.0, 6.5, at=3.0, pitch=1000.0)
    _, track = mixed(film_path, [take], tmp_path)
    original, dub = heard(film_path, "stereo", 8.0, index=1, ours=False)[:, 0], heard(track.audio.path, "stereo", 8.0)[:, 0]
    between = [
        tone(part(dub, *span), 440.0) / tone(part(original, *span), 440.0) for span in ((3.2, 4.3), (5.2, 6.3), (0.1, 0.9))
    ]
    assert between[0] == pytest.approx(between[1], rel=0.1)
    assert between[0] < between[2] / 4


def test_a_quiet_line_stays_quieter_than_a_loud_one(scratch, place, tmp_path):
    wave, rate = soundfile.read(scratch / "stereo.wav")
    wave[4 * rate :] *= compute_gain_factor(-9.0)
    soundfile.write(tmp_path / "uneven.wav", wave, rate)
    film_path = tmp_path / "uneven.mkv"
    picture = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=8")
    subprocess.run(["ffmpeg", "-v", "error", *picture, "-i", tmp_path / "uneven.wav", "-c:a", "flac", film_path], check=True)
    _, track = mixed(film_path, [place(1, 1.0, 2.5), place(2, 5.0, 6.5)], tmp_path)
    speech, _ = soundfile.read(track.speech.path)
    difference = 20 * np.log10(np.std(part(speech, 1.1, 2.4)) / np.std(part(speech, 5.1, 6.4)))
    assert difference == pytest.approx(9.0, abs=1.0)


def test_a_take_sounds_as_loud_as_its_source_line(make_film, place, tmp_path):
    film_path = make_film("flac.mkv", "-c:a", "flac")
    _, track = mixed(film_path, [place(1, 1.0, 2.5, level=0.02), place(2, 5.0, 6.5, level=0.9)], tmp_path)
    original = heard(film_path, "stereo", 8.0, index=1, ours=False).mean(axis=1)
    speech, _ = soundfile.read(track.speech.path, dtype="float32")

    def loudness(wave: np.ndarray) -> float:
        meter = LoudnessMeter((1.0,), RATE)
        meter.add(wave[:, None])
        return meter.compute_loudness()

    for span in ((1.1, 2.4), (5.1, 6.4)):
        assert loudness(part(speech, *span)) == pytest.approx(loudness(part(original, *span)), abs=1.0)


def test_takes_are_placed_to_the_sample_across_blocks(make_film, place, tmp_path):
    start = 1.97  # over the edge of the first block
    _, track = mixed(make_film("flac.mkv", "-c:a", "flac"), [place(1, 1.0, 2.5, at=start, rate=RATE)], tmp_path)
    speech, rate = soundfile.read(track.speech.path)
    sounding = np.flatnonzero(np.abs(speech) > 0)
    assert rate == RATE
    assert len(speech) == pytest.approx(8.0 * RATE, abs=RATE * 0.05)
    assert sounding[0] == pytest.approx(start * RATE, abs=3)  # a sine begins with a zero
    assert sounding[-1] == pytest.approx((start + 1.5) * RATE, abs=3)


def test_a_take_beyond_the_films_end_is_cut_there(make_film, place, tmp_path):
    film, track = mixed(make_film("flac.mkv", "-c:a", "flac"), [place(1, 6.5, 7.5, at=7.6), place(2, 1.0, 2.0)], tmp_path)
    assert soundfile.info(track.speech.path).duration == pytest.approx(film.duration, abs=0.001)


def test_a_loud_film_keeps_its_loudness_under_the_true_peak(scratch, place, tmp_path):
    rng = np.random.default_rng(5)
    loud = 0.16 * rng.standard_normal((8 * RATE, 2)).clip(-3, 3)
    soundfile.write(tmp_path / "loud.wav", loud, RATE)
    film_path = tmp_path / "loud.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=8")
    subprocess.run(
        ["ffmpeg", "-v", "error", *picture, "-i", tmp_path / "loud.wav", "-c:a", "aac", "-b:a", "256k", film_path], check=True
    )
    _, track = mixed(film_path, [place(1, 1.0, 2.5), place(2, 5.0, 6.5)], tmp_path)
    assert track.original_loudness > -15.0
    assert track.loudness == pytest.approx(track.original_loudness, abs=1.0)
    assert track.true_peak <= -1.5


def test_a_film_too_loud_for_the_true_peak_comes_out_quieter_and_never_over_it(tmp_path, place):
    rng = np.random.default_rng(5)
    soundfile.write(tmp_path / "loud.wav", 0.9 * np.sign(rng.standard_normal((8 * RATE, 2))), RATE)
    film_path = tmp_path / "loud.mkv"
    picture = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=8")
    subprocess.run(["ffmpeg", "-v", "error", *picture, "-i", tmp_path / "loud.wav", "-c:a", "flac", film_path], check=True)
    _, track = mixed(film_path, [place(1, 1.0, 2.5)], tmp_path)
    assert track.true_peak <= -1.5
    assert track.loudness < track.original_loudness - 0.5


def test_a_silent_film_gets_a_dub_without_a_gain_out_of_nothing(scratch, place, tmp_path):
    film_path = tmp_path / "silent.mp4"
    picture = ("-f", "lavfi", "-i", "testsrc=s=160x90:r=25:d=8", "-f", "lavfi", "-i", "anullsrc=d=8")
    subprocess.run(["ffmpeg", "-v", "error", *picture, "-shortest", "-c:a", "aac", film_path], check=True)
    _, track = mixed(film_path, [place(1, 1.0, 2.5)], tmp_path)
    assert track.original_loudness == -70.0
    assert -45.0 < track.loudness < -15.0


def separated(film_path, folder, *, music: float) -> Stems:
    """Stems of a stereo film of ours: its music at 440 Hz, in opposite phase on both sides, is the background."""
    source = Source.of(film_path)
    hum = music * np.sin(2 * np.pi * 440 * np.arange(8 * RATE) / RATE)
    soundfile.write(folder / "background.flac", np.stack([hum, -hum], axis=1), RATE)
    background = Artifact.of(folder / "background.flac")
    return Stems(separate(source, probe(source), None, workdir=folder).speech, background, voices=background)


def test_under_a_line_a_separated_background_plays_on_and_the_original_voice_is_gone(make_film, place, tmp_path):
    film_path = make_film("flac.mkv", "-c:a", "flac")
    stems = separated(film_path, tmp_path, music=0.02)
    _, track = mixed(film_path, [place(1, 1.0, 2.5), place(2, 5.0, 6.5)], tmp_path, stems=stems)
    dub = heard(track.audio.path, "stereo", 8.0)
    side = (dub[:, 0] - dub[:, 1]) / 2
    assert tone(part(side, 1.2, 2.3), 440.0) == pytest.approx(tone(part(side, 3.2, 4.6), 440.0), rel=0.02)
    assert tone(part(dub[:, 0], 1.2, 2.3), 150.0) < 0.001


def test_where_nobody_is_dubbed_the_original_voice_stays_though_it_is_a_stem(make_film, place, tmp_path):
    film_path = make_film("flac.mkv", "-c:a", "flac")
    original = heard(film_path, "stereo", 8.0, index=1, ours=False)[:, 0]
    stems = separated(film_path, tmp_path, music=0.02)
    _, track = mixed(film_path, [place(1, 1.0, 2.5)], tmp_path, stems=stems)
    dub = heard(track.audio.path, "stereo", 8.0)[:, 0]
    kept = [tone(part(wave, 5.2, 6.3), 150.0) / tone(part(wave, 3.2, 4.6), 440.0) for wave in (dub, original)]
    assert kept[0] == pytest.approx(kept[1], rel=0.02)


def test_of_a_surround_film_the_background_takes_the_centres_place_alone(make_film, place, tmp_path):
    film_path = make_film("surround-flac.mkv", "-c:a", "flac", audio="surround.wav")
    source = Source.of(film_path)
    soundfile.write(tmp_path / "background.flac", 0.05 * np.sin(2 * np.pi * 3000 * np.arange(8 * RATE) / RATE), RATE)
    background = Artifact.of(tmp_path / "background.flac")
    stems = Stems(separate(source, probe(source), None, workdir=tmp_path).speech, background, voices=background)
    _, track = mixed(film_path, [place(1, 1.0, 2.5)], tmp_path, stems=stems)
    dub = heard(track.audio.path, "5.1", 8.0)
    centre, left = part(dub[:, 2], 1.2, 2.3), part(dub[:, 0], 1.2, 2.3)
    assert tone(centre, 3000.0) > 0.01 > 0.001 > tone(centre, 150.0)
    assert tone(left, 3000.0) < 0.001
    assert tone(left, 440.0) == pytest.approx(tone(part(dub[:, 0], 3.2, 4.6), 440.0), rel=0.02)


def test_a_film_is_held_block_by_block(make_film, place, tmp_path, monkeypatch):
    sizes = []
    original = mixing.LoudnessMeter.add

    def spy(self, block):
        sizes.append(len(block))
        original(self, block)

    monkeypatch.setattr(mixing.LoudnessMeter, "add", spy)
    mixed(make_film("flac.mkv", "-c:a", "flac"), [place(1, 1.0, 2.5)], tmp_path)
    assert max(sizes) == mixing.BLOCK_SAMPLES
    assert sum(sizes) == pytest.approx(2 * 8.0 * RATE, abs=RATE)


def test_a_film_without_lines_is_not_mixed(plain_film, tmp_path):
    with pytest.raises(StageError, match="no line to say in plain.mp4"):
        mixed(plain_film, [], tmp_path)


def test_the_speech_stem_is_read_by_any_wav_reader(plain_film, place, tmp_path):
    source = Source.of(plain_film)
    with wavefile.open(str(separate(source, probe(source), None, workdir=tmp_path).speech.path)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
