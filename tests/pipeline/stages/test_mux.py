import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from pipeline.errors import FilmError, StageError
from pipeline.ffmpeg import decoder, extraction, ffprobe, ffprobe_command, stream_hashes
from pipeline.ffmpeg.codecs import Layout
from pipeline.ffmpeg.muxer import describe_left_out_streams
from pipeline.stages import mux as mux_stage
from pipeline.stages.mixing.mix import mix
from pipeline.stages.mux import mux
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.values.media import Artifact, DubTrack, Film, Source, TrackKind

RATE = 48_000


def dubbed(film_path: Path, lines, workdir: Path, *, languages=("es",), destination: Path | None = None):
    """Mix and mux: the film, its dub."""
    source = Source.of(film_path)
    film = probe(source)
    track = mix(source, film, separate(source, film, None, workdir=workdir), tuple(lines), workdir=workdir)
    tracks = tuple(replace(track, language=language) for language in languages)
    target = destination or workdir / f"out{film_path.suffix}"
    return film, mux(source, film, tracks, (tuple(lines),) * len(tracks), destination=str(target), workdir=workdir)


CASES = {
    "s.mp4": ("-c:a", "aac"),
    "s-ac3.mp4": ("-c:a", "ac3"),
    "s-mp3.mp4": ("-c:a", "libmp3lame"),
    "s.mov": ("-c:a", "aac"),
    "s-aac.mkv": ("-c:a", "aac"),
    "s-ac3.mkv": ("-c:a", "ac3"),
    "s-flac.mkv": ("-c:a", "flac"),
    "s-opus.mkv": ("-c:a", "libopus"),
    "s-mp3.mkv": ("-c:a", "libmp3lame"),
    "s.webm": ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"),
    "s.avi": ("-c:a", "libmp3lame"),
    "s-ac3.avi": ("-c:a", "ac3"),
    "s.ts": ("-c:a", "aac"),
    "s-eac3.ts": ("-c:a", "eac3"),
}
SUBTITLES = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip", "webm": "webvtt"}


@dataclass(frozen=True)
class Finished:
    """A dub into two languages: what went in, what came out."""

    source: Source
    film: Film
    output: Source
    found: Film
    speech: Path


@pytest.fixture(scope="module", params=CASES)
def finished(request, make_film, place, tmp_path_factory) -> Finished:
    """Every codec in every container that carries it."""
    path = make_film(request.param, *CASES[request.param], "-metadata:s:a:0", "language=eng")
    folder = tmp_path_factory.mktemp("dub")
    lines = [place(1, 1.0, 2.5, pitch=1000.0), place(2, 5.0, 6.5, pitch=1000.0)]
    film, output = dubbed(path, lines, folder, languages=("es", "fr"))
    return Finished(Source.of(path), film, output, ffprobe.probe_film(output.path), folder / "speech.flac")


def test_the_film_is_kept_bit_for_bit_in_its_container_and_length(finished):
    assert finished.found.container == finished.film.container
    assert finished.found.duration == pytest.approx(finished.film.duration, abs=0.05)
    before, after = (
        stream_hashes.hash_streams(each.path, ("v:0", "a:0"), seconds=8.0) for each in (finished.source, finished.output)
    )
    assert before == after
    assert len(set(before)) == 2


def test_the_dubs_come_behind_with_language_and_name_and_are_not_the_default(finished):
    audios = finished.found.of_kind(TrackKind.AUDIO)[1:]
    assert [track.codec for track in audios] == [finished.film.track(finished.film.dialogue).codec] * 2
    assert all("default" not in track.dispositions for track in audios)
    if finished.film.container != "avi":  # holds no languages
        assert [track.language for track in audios] == ["es", "fr"]
    if finished.film.container != "mpegts":  # holds no titles
        assert [track.title for track in audios] == ["Dubarr – Español", "Dubarr – Français"]


def test_there_is_a_subtitle_for_every_dub_where_the_container_holds_such(finished):
    expected = SUBTITLES.get(finished.film.container)
    texts = finished.found.of_kind(TrackKind.SUBTITLE)
    assert [track.codec for track in texts] == ([expected] * 2 if expected else [])
    assert [track.language for track in texts] == (["es", "fr"] if expected else [])


def test_a_dub_of_ours_is_known_again_and_its_dialogue_is_still_the_original(finished):
    assert finished.film.dubbed_by == ""
    if finished.film.container != "mpegts":  # holds neither tags nor titles: there the task's record must tell
        assert finished.found.dubbed_by.startswith("Dubarr")
        assert finished.found.dialogue == finished.film.dialogue


def test_the_dub_is_in_time_with_the_picture(finished):
    shift = finished.found.of_kind(TrackKind.VIDEO)[0].start - finished.film.of_kind(TrackKind.VIDEO)[0].start
    speech, _ = soundfile.read(finished.speech, dtype="float32")
    index = finished.found.of_kind(TrackKind.AUDIO)[1].index
    with decoder.decode_blocks(finished.output.path, index, Layout("stereo"), 3 * RATE, block=3 * RATE) as blocks:
        heard = next(blocks)[:, 0]
    assert lag(heard, speech[: 3 * RATE]) / RATE == pytest.approx(shift, abs=0.002)


def lag(heard: np.ndarray, said: np.ndarray) -> int:
    """Samples by which `heard` comes after `said`, from where the tone sets in."""

    def onset(wave: np.ndarray) -> int:
        phase = np.exp(-2j * np.pi * 1000.0 * np.arange(len(wave)) / RATE)
        power = np.abs(np.convolve(wave * phase, np.ones(480) / 480, "valid"))
        return int(np.argmax(power > 0.5 * power.max()))

    return onset(heard) - onset(said)


def test_matroska_keeps_chapters_tags_attachments_cover_and_dispositions(rich_mkv, place, tmp_path):
    _, output = dubbed(rich_mkv, [place(1, 1.0, 2.5)], tmp_path)
    before, after = ffprobe_command.run_ffprobe(rich_mkv), ffprobe_command.run_ffprobe(output.path)

    def told(answer):
        kept = [s for s in answer["streams"] if "Dubarr" not in s.get("tags", {}).get("title", "")]
        tags = [{k: v for k, v in s["tags"].items() if k not in {"DURATION", "ENCODER"}} for s in kept]
        return [(s["codec_type"], s.get("codec_name"), s["disposition"], t) for s, t in zip(kept, tags, strict=True)]

    assert told(after) == told(before)
    assert [c["tags"] | {"at": c["start_time"]} for c in after["chapters"]] == [
        c["tags"] | {"at": c["start_time"]} for c in before["chapters"]
    ]
    assert after["format"]["tags"]["title"] == "A Film of Ours"
    assert after["format"]["tags"]["COMMENT"] == "kept as it is"
    assert after["format"]["tags"]["DUBARR"] == "1"
    for n in range(2):
        assert extracted(output.path, n, tmp_path) == extracted(rich_mkv, n, tmp_path)


def extracted(path: Path, number: int, folder: Path) -> bytes:
    """The bytes of an attachment."""
    target = folder / f"attachment-{number}"
    target.unlink(missing_ok=True)
    kind = ("t:0",) if number == 0 else ("m:filename:cover.png",)
    if number == 0:
        subprocess.run(["ffmpeg", "-v", "quiet", f"-dump_attachment:{kind[0]}", target, "-i", path], check=False)
    else:
        subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:1", "-c", "copy", "-f", "image2", target], check=True)
    return target.read_bytes()


def test_mp4_keeps_its_cover(plain_film, scratch, place, tmp_path):
    path = tmp_path / "covered.mp4"
    command = ["ffmpeg", "-v", "error", "-i", plain_film, "-i", scratch / "cover.png", "-map", "0", "-map", "1", "-c", "copy"]
    subprocess.run([*command, "-disposition:v:1", "attached_pic", path], check=True)
    film, output = dubbed(path, [place(1, 1.0, 2.5)], tmp_path)
    assert [track.cover for track in film.of_kind(TrackKind.VIDEO)] == [False, True]
    assert [track.cover for track in ffprobe.probe_film(output.path).of_kind(TrackKind.VIDEO)] == [False, True]


def test_mp4_keeps_its_chapters_once_and_its_tags(rich_mp4, place, tmp_path):
    film, output = dubbed(rich_mp4, [place(1, 1.0, 2.5)], tmp_path)
    found, answer = ffprobe.probe_film(output.path), ffprobe_command.run_ffprobe(output.path)
    assert found.chapters == film.chapters == 2
    assert [chapter["tags"]["title"] for chapter in answer["chapters"]] == ["One", "Two"]
    assert [track.codec for track in found.of_kind(TrackKind.DATA)] == ["text"]
    assert answer["format"]["tags"]["title"] == "A Film of Ours"
    assert answer["format"]["tags"]["comment"] == "kept as it is"
    assert [track.language for track in found.of_kind(TrackKind.AUDIO)] == ["en", "de", "es"]


def test_a_discs_menu_is_left_out_and_told(plain_film, place, tmp_path):
    path = tmp_path / "disc.m2ts"
    menu = ["-map", "0", "-map", "0:a", "-c", "copy", "-c:a:1", "pcm_s16be"]  # a codec that MPEG-TS marks as private data
    subprocess.run(["ffmpeg", "-v", "error", "-i", plain_film, *menu, "-mpegts_m2ts_mode", "1", path], check=True)
    film, output = dubbed(path, [place(1, 1.0, 2.5)], tmp_path)
    assert [track.codec for track in film.of_kind(TrackKind.DATA)] != []
    assert len(ffprobe.probe_film(output.path).of_kind(TrackKind.AUDIO)) == 2
    (note,) = describe_left_out_streams(film, ".m2ts")
    assert note.text == "Left out of the dub, because ffmpeg cannot write them: the data streams 2"


def test_a_time_code_survives(make_film, place, tmp_path):
    path = make_film("p.mov", "-c:a", "aac", "-timecode", "01:00:00:00", "-metadata:s:a:0", "language=eng")
    _, output = dubbed(path, [place(1, 1.0, 2.5)], tmp_path)
    assert [
        s["tags"]["timecode"] for s in ffprobe_command.run_ffprobe(output.path)["streams"] if "timecode" in s.get("tags", {})
    ] == ["01:00:00:00"] * 2


def test_the_new_file_appears_whole_and_nothing_else_is_left(plain_film, place, tmp_path):
    folder = tmp_path / "library"
    _, output = dubbed(plain_film, [place(1, 1.0, 2.5)], tmp_path, destination=folder / "film.mp4")
    assert [path.name for path in folder.iterdir()] == ["film.mp4"]
    assert output == Source.of(folder / "film.mp4")


def test_a_film_replaced_in_place_keeps_its_mode_and_its_hard_links_keep_the_original(plain_film, place, tmp_path):
    path, link = tmp_path / "film.mp4", tmp_path / "seeding.mp4"
    path.write_bytes(plain_film.read_bytes())
    path.chmod(0o640)
    os.link(path, link)
    _, output = dubbed(path, [place(1, 1.0, 2.5)], tmp_path, destination=path)
    assert path.stat().st_mode & 0o7777 == 0o640
    assert link.read_bytes() == plain_film.read_bytes()
    assert len(ffprobe.probe_film(output.path).of_kind(TrackKind.AUDIO)) == 2


@pytest.fixture
def private_umask() -> Iterator[None]:
    """As the service's processes have it."""
    before = os.umask(0o077)
    yield
    os.umask(before)


def test_a_dub_beside_its_film_is_as_readable_as_that(plain_film, place, tmp_path, private_umask):
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film.read_bytes())
    path.chmod(0o664)
    _, output = dubbed(path, [place(1, 1.0, 2.5)], tmp_path, destination=tmp_path / "film.dubarr.mp4")
    assert output.path.stat().st_mode & 0o7777 == 0o664


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_a_dub_beside_another_users_film_is_that_users(plain_film, place, tmp_path, private_umask):
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film.read_bytes())
    os.chown(path, 1234, 4321)
    path.chmod(0o4640)
    _, output = dubbed(path, [place(1, 1.0, 2.5)], tmp_path, destination=tmp_path / "film.dubarr.mp4")
    made = output.path.stat()
    assert (made.st_uid, made.st_gid, made.st_mode & 0o7777) == (1234, 4321, 0o640), "set-id bits are for programs"


def test_a_dub_in_a_folder_of_ours_is_ours_alone(plain_film, place, tmp_path, private_umask):
    _, output = dubbed(plain_film, [place(1, 1.0, 2.5)], tmp_path, destination=tmp_path / "dubs" / "film.mp4")
    assert output.path.stat().st_mode & 0o7777 == 0o600
    assert output.path.parent.stat().st_mode & 0o7777 == 0o700


def test_a_dub_that_is_not_the_film_is_not_kept(plain_film, make_film, place, tmp_path):
    source = Source.of(plain_film)
    film = probe(source)
    long = make_film("long.mkv", "-c:a", "flac", "-af", "apad=whole_dur=11")
    track = DubTrack("es", Artifact.of(long), Artifact.of(long), -20.0, -3.0, -20.0)
    target = tmp_path / "library" / "film.mp4"
    with pytest.raises(StageError, match="plain.mp4 failed its check and was not kept"):
        mux(source, film, (track,), ((place(1, 1.0, 2.5),),), destination=str(target), workdir=tmp_path)
    assert list(target.parent.iterdir()) == []


def test_a_failed_mux_leaves_the_film_it_should_replace_alone(plain_film, place, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film.read_bytes())
    source = Source.of(path)
    film = probe(source)
    track = DubTrack("es", Artifact(tmp_path / "gone.mka", 1, "x"), Artifact(tmp_path / "gone", 1, "x"), -20.0, -3.0, -20.0)
    with pytest.raises(Exception, match="No such file"):
        mux(source, film, (track,), ((place(1, 1.0, 2.5),),), destination=str(path), workdir=tmp_path)
    assert path.read_bytes() == plain_film.read_bytes()
    assert not [left for left in tmp_path.iterdir() if left.name.startswith(".")]


def test_a_film_that_changed_since_it_was_probed_is_not_dubbed(plain_film, place, tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(plain_film.read_bytes())
    source = Source.of(path)
    film: Film = probe(source)
    os.utime(path, ns=(1, 1))
    with pytest.raises(FilmError, match="changed since it was probed"):
        mux(source, film, (), (), destination=str(tmp_path / "out.mp4"), workdir=tmp_path)


def test_dubbed_subtitles_say_the_lines_when_the_dub_does(rich_mkv, place, tmp_path):
    _, output = dubbed(rich_mkv, [place(2, 5.0, 6.5), place(1, 1.0, 2.5, at=1.2)], tmp_path)
    index = ffprobe.probe_film(output.path).of_kind(TrackKind.SUBTITLE)[-1].index
    text = extraction.extract_subtitle(output.path, index)
    assert "00:00:01,20" in text
    assert text.index("línea 1") < text.index("línea 2")


def test_a_film_whose_packets_are_worth_more_than_its_file_is_cut_off_and_not_kept(place, tmp_path, monkeypatch):
    film = tmp_path / "film.mov"  # long: ffmpeg holds ten seconds back to interleave them
    sources = ["-f", "lavfi", "-i", "color=s=64x64:r=5:d=60", "-f", "lavfi", "-i", "sine=d=60:r=48000"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "pcm_s16le"]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *sources, *coding, film], check=True)
    monkeypatch.setattr(mux_stage, "SIZE_MARGIN_RATIO", 0.2)  # as if the file were five times as small as what its tables tell
    monkeypatch.setattr(mux_stage, "MAX_HEADER_BYTES", 0)
    with pytest.raises(StageError, match="failed its check and was not kept"):
        dubbed(film, [place(1, 1.0, 2.5)], tmp_path, destination=tmp_path / "dubs" / "film.mov")
    assert list((tmp_path / "dubs").iterdir()) == []


def test_a_destination_that_leads_elsewhere_is_not_written_to(plain_film, place, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "dubs").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StageError, match="leads to another folder than it did; queue the film again"):
        dubbed(plain_film, [place(1, 1.0, 2.5)], tmp_path, destination=tmp_path / "dubs" / "film.mp4")
    assert list((tmp_path / "elsewhere").iterdir()) == []
