"""Dubs as audio files beside their film: in time with it, marked as ours; the film is never touched."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.errors import FilmError
from pipeline.ffmpeg import decoder, ffprobe_command
from pipeline.ffmpeg.codecs import Layout
from pipeline.outputs.sidecar_dubs import find_sidecar_languages, move_sidecars
from pipeline.settings import DefaultTrack
from pipeline.stages.mixing.mix import mix
from pipeline.stages.probe import probe
from pipeline.stages.separate import separate
from pipeline.stages.sidecars.write_sidecars import Sidecars, write_sidecars
from pipeline.text.subtitles.subtitle_sidecars import find_sidecars
from pipeline.values.media import Source

RATE = 48_000
FILMS = {
    "s.mp4": ("-c:a", "aac"),
    "s-ac3.mkv": ("-c:a", "ac3"),
    "s-opus.mkv": ("-c:a", "libopus"),
    "s-mp3.avi": ("-c:a", "libmp3lame"),
    "s-late.ts": ("-c:a", "aac", "-output_ts_offset", "20"),
}


def dub(
    film_path: Path, lines: list[Any], workdir: Path, *, targets: tuple[str, ...] = ("es", "pt-BR"), **options: Any
) -> Sidecars:
    workdir.mkdir(exist_ok=True)
    source = Source.of(film_path)
    film = probe(source)
    track = mix(source, film, separate(source, film, None, workdir=workdir), tuple(lines), workdir=workdir)
    tracks = tuple((replace(track, language=target),) for target in targets)
    return write_sidecars(source, film, tracks, (tuple(lines),) * len(targets), destination=str(film_path), **options)


@pytest.mark.parametrize("name", FILMS)
def test_the_audio_is_in_time_with_the_film_and_names_its_language(name: str, make_film: Any, place: Any, tmp_path: Path) -> None:
    film = Path(shutil.copy(make_film(name, *FILMS[name]), tmp_path / name))
    before = (film.read_bytes(), film.stat().st_mtime_ns, film.stat().st_ino)
    made = dub(film, [place(1, 1.0, 2.5, pitch=1000.0)], tmp_path / "work")
    assert (film.read_bytes(), film.stat().st_mtime_ns, film.stat().st_ino) == before
    stem = film.stem
    beside = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert beside == {name, f"{stem}.es.mka", f"{stem}.Dubarr.es.srt", f"{stem}.pt-BR.mka", f"{stem}.Dubarr.pt-BR.srt"}
    audio = tmp_path / f"{stem}.es.mka"
    answer = ffprobe_command.run_ffprobe(audio)
    (stream,) = answer["streams"]
    assert (stream["tags"]["language"], stream["tags"]["title"]) == ("spa", "Dubarr – Español")
    assert abs(float(answer["format"]["start_time"])) < 0.03, "players count from the container's start time"
    with decoder.decode_blocks(audio, 0, Layout("mono"), 4 * RATE, block=RATE) as blocks:
        wave = np.concatenate([block[:, 0] for block in blocks])
    power = np.abs(np.fft.rfft(wave.reshape(-1, RATE // 20), axis=1))[:, 50]  # of 1,000 Hz, 20 times a second
    assert np.flatnonzero(power > power.max() / 2)[0] / 20 == pytest.approx(1.0, abs=0.06)
    assert made.audio[0] == Source.of(audio) and abs(made.duration_difference) < 0.1
    assert "línea 1" in (tmp_path / f"{stem}.Dubarr.es.srt").read_text()


def test_a_dub_of_ours_is_known_by_the_film_that_it_was_made_of(plain_film: Path, place: Any, tmp_path: Path) -> None:
    film = Path(shutil.copy(plain_film, tmp_path / "A [film] (2020).mp4"))
    dub(film, [place(1, 1.0, 2.5)], tmp_path / "work")
    assert find_sidecar_languages(film) == ("es", "pt-BR")
    assert find_sidecars(film) == (), "its subtitles are no source of a further dub"
    with film.open("ab") as upgraded:
        upgraded.write(b"another version")
    assert find_sidecar_languages(film) == ()


def test_a_dub_is_renamed_with_its_film_and_replaces_nothing(plain_film: Path, place: Any, tmp_path: Path) -> None:
    film = Path(shutil.copy(plain_film, tmp_path / "film.mp4"))
    dub(film, [place(1, 1.0, 2.5)], tmp_path / "work")
    theirs, folder = tmp_path / "film.ca.mka", tmp_path / "Season [1]"
    theirs.write_bytes(b"a voice of theirs")
    folder.mkdir()
    renamed, taken = film.rename(folder / "new.mp4"), folder / "new.pt-BR.mka"
    taken.write_bytes(b"taken")
    assert move_sidecars(film, renamed) == {tmp_path / "film.es.mka": folder / "new.es.mka"}
    assert {path.name for path in folder.iterdir()} == {"new.mp4", "new.es.mka", "new.Dubarr.es.srt", "new.pt-BR.mka"}
    assert taken.read_bytes() == b"taken" and theirs.is_file() and (tmp_path / "film.pt-BR.mka").is_file()
    assert find_sidecar_languages(renamed) == ("es",)
    with renamed.open("ab") as upgraded:
        upgraded.write(b"another version")
    assert move_sidecars(renamed, renamed.rename(tmp_path / "again.mp4")) == {}, "they are not this file's"


def test_an_audio_file_of_others_is_never_replaced(plain_film: Path, place: Any, tmp_path: Path) -> None:
    film = Path(shutil.copy(plain_film, tmp_path / "film.mp4"))
    theirs = tmp_path / "film.es.mka"
    theirs.write_bytes(b"a voice of theirs")
    with pytest.raises(FilmError, match="no dub of ours; rename or remove it"):
        dub(film, [place(1, 1.0, 2.5)], tmp_path / "work")
    assert theirs.read_bytes() == b"a voice of theirs" and find_sidecar_languages(film) == ()
    assert not list(tmp_path.glob(".dubarr-*"))


def test_the_first_dub_is_the_default_where_that_is_wanted(plain_film: Path, place: Any, tmp_path: Path) -> None:
    film = Path(shutil.copy(plain_film, tmp_path / "film.mp4"))
    made = dub(film, [place(1, 1.0, 2.5)], tmp_path / "work", default_track=DefaultTrack.DUB)
    flags = [ffprobe_command.run_ffprobe(each.path)["streams"][0]["disposition"]["default"] for each in made.audio]
    assert flags == [1, 0]
