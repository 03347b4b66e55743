import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import ProgramError
from pipeline.ffmpeg import (
    command_line,
    decoder,
    encoder,
    extraction,
    ffprobe_command,
    loudness_meter,
    muxer,
    stream_hashes,
    time_stretch,
)
from pipeline.ffmpeg.codecs import CODECS, Layout
from pipeline.ffmpeg.muxer import KeptStream, MuxPlan, NewTrack
from pipeline.values.media import Artifact, TrackKind

FILM, OUT = Path("/films/a.mkv"), Path("/scratch/out.mkv")
PLAN = MuxPlan(
    FILM,
    "matroska",
    (KeptStream(0), KeptStream(1)),
    1,
    0,
    (NewTrack(Path("/scratch/dub.mka"), TrackKind.AUDIO, "copy", "spa", "T"),),
    "1",
    OUT,
)
STEREO = Layout("stereo")
COMMANDS = {
    "probe": ffprobe_command.build_probe_command(FILM),
    "speech": decoder.build_speech_command(FILM, 1, centre=True, seconds=3.0, destination=OUT),
    "decode": decoder.build_decode_command(FILM, 1, STEREO, 48_000),
    "loudness": loudness_meter.build_loudness_command(FILM, 1),
    "hash": stream_hashes.build_hash_command(FILM, ["v:0", "a:0"]),
    "subtitle": extraction.build_subtitle_command(FILM, 2),
    "mux": muxer.build_mux_command(PLAN),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_every_film_is_opened_behind_both_whitelists_and_a_file_prefix(command):
    opened = command.index(f"file:{FILM}")
    before = command[:opened]
    assert command[opened - 1] == "-i"
    assert before[before.index("-protocol_whitelist") + 1] == "file"
    assert before[before.index("-format_whitelist") + 1] == command_line.FILM_FORMATS
    assert command[0] == "ffprobe" or "-nostdin" in before


@pytest.mark.parametrize("command", [COMMANDS["mux"], time_stretch.build_stretch_command(OUT, 1.2, FILM)], ids=["mux", "stretch"])
def test_every_input_has_its_own_whitelist(command):
    assert command.count("-i") == command.count("-protocol_whitelist") == command.count("-format_whitelist")


def test_a_file_whose_name_looks_like_an_option_or_a_protocol_is_opened_as_a_file(plain_film, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("-i.mp4", "http:film.mp4"):
        shutil.copy(plain_film, tmp_path / name)
        assert ffprobe_command.run_ffprobe(Path(name))["streams"]


def canaries(folder: Path, film: Path) -> dict[str, Path]:
    """Hostile files under films' names, each pointing at a film beside it."""
    (folder / "secret.mp4").write_bytes(film.read_bytes())
    texts = {
        "hls.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:8,\n{folder}/secret.mp4\n#EXT-X-ENDLIST\n",
        "concat.mkv": f"ffconcat version 1.0\nfile '{folder}/secret.mp4'\n",
        "concat2.mkv": "ffconcat version 1.0\nfile secret.mp4\n",
        "sdp.ts": "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text)
    return {name: folder / name for name in texts}


@pytest.mark.parametrize("name", ["hls.mp4", "concat.mkv", "concat2.mkv", "sdp.ts"])
def test_a_playlist_under_a_films_name_is_not_a_film(name, plain_film, tmp_path):
    path = canaries(tmp_path, plain_film)[name]
    with pytest.raises(ProgramError):
        ffprobe_command.run_ffprobe(path)
    with pytest.raises(ProgramError):
        decoder.extract_speech(path, 0, centre=False, seconds=1.0, destination=tmp_path / "out.wav")


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
@pytest.mark.parametrize("name", ["hls.mp4", "concat.mkv"])
def test_a_playlist_opens_no_other_file(name, plain_film, tmp_path):
    path = canaries(tmp_path, plain_film)[name]
    traced = [*ffprobe_command.build_probe_command(path)], [*decoder.build_decode_command(path, 0, STEREO, 48_000)]
    for command in traced:
        done = subprocess.run(["strace", "-f", "-e", "trace=open,openat", *command], capture_output=True, text=True)
        if "PTRACE" in done.stderr:
            pytest.skip("strace may not trace here")
        assert str(path) in done.stderr, "strace saw nothing"
        assert "secret.mp4" not in done.stderr


def test_decoding_gives_exactly_as_many_samples_as_asked_for_whatever_the_track_holds(plain_film):
    for samples in (10_000, 48_000 * 20):
        with decoder.decode_blocks(plain_film, 1, STEREO, samples, block=7_000) as blocks:
            lengths = [block.shape for block in blocks]
        assert sum(length for length, _ in lengths) == samples
        assert {channels for _, channels in lengths} == {2}


def test_a_track_that_starts_late_is_decoded_on_the_films_axis(make_film, scratch):
    early = make_film("early.mkv", "-c:a", "flac")
    late = scratch / "late.mkv"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", early, "-itsoffset", "0.75", "-i", early, "-map", "0:v", "-map", "1:a", "-c", "copy", late],
        check=True,
    )  # fmt: skip
    assert onset(late) - onset(early) == pytest.approx(0.75, abs=0.002)


def test_a_gap_in_a_track_is_filled_with_silence(make_film, scratch, tmp_path):
    whole = make_film("early.mkv", "-c:a", "flac")
    gap = tmp_path / "gap.mkv"
    dropped = "noise=drop='between(pts*tb,3,4)'"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", whole, "-map", "0", "-c", "copy", "-bsf:a", dropped, gap], check=True)
    speech = decoder.extract_speech(gap, 1, centre=False, seconds=8.0, destination=tmp_path / "speech.wav")
    wave, rate = soundfile.read(speech.path)
    assert rate == 16_000
    assert len(wave) == 8 * 16_000
    assert np.abs(wave[int(3.2 * rate) : int(3.8 * rate)]).max() == 0.0
    assert np.abs(wave[int(5.1 * rate) : int(6.4 * rate)]).max() > 0.05, "what follows the gap has moved"
    assert np.abs(wave[int(4.2 * rate) : int(4.9 * rate)]).max() < 0.05, "what follows the gap has moved"


def onset(path: Path) -> float:
    """When the first voice begins, in seconds."""
    with decoder.decode_blocks(path, 1, STEREO, 48_000 * 8, block=48_000) as blocks:
        wave = np.abs(np.concatenate(list(blocks))[:, 0])
    return float(np.argmax(wave > 0.1)) / 48_000


def test_the_speech_of_a_surround_film_is_mostly_its_centre(make_film, tmp_path):
    film = make_film("surround.mkv", "-c:a", "ac3", audio="surround.wav")
    speech = decoder.extract_speech(film, 1, centre=True, seconds=8.0, destination=tmp_path / "speech.wav")
    wave, rate = soundfile.read(speech.path)
    voice, pause = wave[rate : int(2.4 * rate)], wave[3 * rate : int(4.8 * rate)]
    assert np.std(voice) > 5 * np.std(pause)
    assert np.abs(wave).max() < 0.99


def test_what_is_encoded_is_heard_as_it_was_written(tmp_path):
    wave = (0.3 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)).astype(np.float32)
    for layout in (Layout("mono"), STEREO, Layout("5.1(side)")):
        path = tmp_path / f"{layout.name}.mka"
        with encoder.open_encoder(CODECS["flac"], layout, path, seconds=1.0) as write:
            for start in range(0, 48_000, 10_000):
                write(np.repeat(wave[start : start + 10_000, None], layout.channels, axis=1))
        assert ffprobe_command.run_ffprobe(path)["streams"][0]["channel_layout"] == layout.name
        with decoder.decode_blocks(path, 0, layout, 48_000, block=48_000, ours=True) as blocks:
            heard = next(blocks)
        assert np.abs(heard - wave[:, None]).max() < 1e-4


def test_opus_is_heard_in_its_place_though_its_track_starts_before_zero(tmp_path):
    wave = (0.2 * np.random.default_rng(1).standard_normal(48_000)).astype(np.float32)
    path = tmp_path / "dub.mka"
    with encoder.open_encoder(CODECS["opus"], Layout("mono"), path, seconds=1.0) as write:
        write(wave[:, None])
    with decoder.decode_blocks(path, 0, Layout("mono"), 48_000, block=48_000, ours=True) as blocks:
        heard = next(blocks)[:, 0]
    shared = np.fft.irfft(np.fft.rfft(heard, 96_000) * np.conj(np.fft.rfft(wave, 96_000)))
    assert int(np.argmax(shared)) == 0


def test_an_encoder_that_dies_says_why(tmp_path):
    def encode() -> None:
        with encoder.open_encoder(CODECS["aac"], STEREO, tmp_path / "nowhere" / "a.mka", seconds=9.0) as write:
            for _ in range(200):
                write(np.zeros((48_000, 2), np.float32))

    with pytest.raises(ProgramError, match="No such file or directory"):
        encode()


def test_a_decoder_that_fails_says_why(plain_film):
    def decode() -> None:
        with decoder.decode_blocks(plain_film, 7, STEREO, 48_000, block=48_000) as blocks:
            list(blocks)

    with pytest.raises(ProgramError, match="matches no streams"):
        decode()


def test_loudness_of_a_full_scale_sine_is_what_the_standard_says(tmp_path):
    seconds = np.arange(48_000 * 5) / 48_000
    path = tmp_path / "sine.wav"
    soundfile.write(path, np.sin(2 * np.pi * 997 * seconds), 48_000, subtype="FLOAT")
    found = loudness_meter.measure_loudness(path, 0, seconds=5.0, ours=True)
    assert found.integrated == pytest.approx(-3.0, abs=0.1)
    assert found.true_peak == pytest.approx(0.0, abs=0.1)


def test_loudness_of_silence_is_the_gate(tmp_path):
    path = tmp_path / "silence.wav"
    soundfile.write(path, np.zeros(48_000), 48_000)
    found = loudness_meter.measure_loudness(path, 0, seconds=1.0, ours=True)
    assert found == loudness_meter.Loudness(-70.0, float("-inf"))


def test_no_summary_is_an_error_and_not_a_loudness():
    with pytest.raises(ProgramError):
        loudness_meter.parse_loudness("nothing of the kind")


def test_a_stretched_take_is_shorter_at_the_same_pitch(tmp_path):
    rate = 22_050
    path = tmp_path / "take.wav"
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * 200 * np.arange(rate * 2) / rate), rate)
    faster = time_stretch.stretch_audio(Artifact.of(path), 1.25, tmp_path / "faster.wav")
    wave, own = soundfile.read(faster.path)
    assert len(wave) / own == pytest.approx(2 / 1.25, rel=0.02)
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    assert np.argmax(spectrum) * own / len(wave) == pytest.approx(200, abs=3)


def test_an_embedded_subtitle_comes_out_as_srt(rich_mkv, rich_mp4):
    for film in (rich_mkv, rich_mp4):
        index = next(s["index"] for s in ffprobe_command.run_ffprobe(film)["streams"] if s["codec_type"] == "subtitle")
        text = extraction.extract_subtitle(film, index)
        assert "00:00:05,00" in text  # or 5 ms later, where an AC-3 track begins before the picture
        assert "Good night." in text


def test_muxing_tells_its_progress(make_film, plain_film, tmp_path):
    told: list[float] = []
    plan = MuxPlan(plain_film, "mp4", (KeptStream(0), KeptStream(1)), 1, 0, (), "1", tmp_path / "out.mp4")
    muxer.run_mux(plan, seconds=8.0, progress=told.append)
    assert told
    assert told[-1] == pytest.approx(1.0, abs=0.05)


def test_equal_packets_have_equal_hashes_and_others_not(plain_film, make_film):
    other = make_film("other.mp4", "-c:a", "aac", "-b:a", "64k")
    one, two = (stream_hashes.hash_streams(path, ["v:0", "a:0"], seconds=8.0) for path in (plain_film, other))
    assert one[0] == two[0]
    assert one[1] != two[1]
