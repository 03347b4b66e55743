import subprocess
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from pipeline.audio.rooms.room_classes import RoomClass
from pipeline.audio.rooms.room_effects import apply_room
from pipeline.stages.mixing.match_rooms import match_rooms
from pipeline.stages.probe import probe
from pipeline.values.media import Source

RATE = 48_000


def make_line() -> np.ndarray:
    """Two seconds of syllables with a voice's harmonics and noise as of sibilants."""
    rng, seconds = np.random.default_rng(5), np.arange(2 * RATE) / RATE
    voice = sum(np.sin(2 * np.pi * 140.0 * n * seconds) / n for n in range(1, 60))
    edges = np.convolve(seconds % 0.28 < 0.16, np.hanning(960) / 480, "same")
    return (0.1 * edges * (voice + 0.3 * rng.standard_normal(len(seconds)))).astype(np.float32)


@pytest.fixture
def rooms_film(tmp_path):
    """A dry line at 1 s, one by telephone at 5 s, one in a hall at 9 s."""
    wave = np.zeros((14 * RATE, 2), np.float32)
    for start, room in ((1, RoomClass.DRY), (5, RoomClass.TELEPHONE), (9, RoomClass.HALL)):
        line = apply_room(make_line(), RATE, room)[: 3 * RATE]
        wave[start * RATE : start * RATE + len(line)] += line[:, None]
    soundfile.write(tmp_path / "film.wav", wave, RATE)
    picture = ("-f", "lavfi", "-i", "color=s=64x64:r=25:d=14", "-i", tmp_path / "film.wav")
    command = ["ffmpeg", "-v", "error", *picture, "-c:a", "aac", "-b:a", "192k", "-c:v", "mpeg4", tmp_path / "film.mkv"]
    subprocess.run(command, check=True)
    return Source.of(tmp_path / "film.mkv")


def test_takes_sound_as_their_originals_do_and_the_notes_list_them(rooms_film, place, tmp_path):
    lines = tuple(
        place(number, start, start + 2.0, speaker=speaker)
        for number, start, speaker in ((1, 1.0, "A"), (2, 5.0, "B"), (3, 9.0, "C"))
    )
    workdir = tmp_path / "work"
    workdir.mkdir()
    found = match_rooms(rooms_film, probe(rooms_film), lines[::-1], workdir=workdir)  # in any order
    by_number = {placement.line.number: placement for placement in found.placements}
    assert [placement.line.number for placement in found.placements] == [3, 2, 1]
    assert by_number[1] == lines[0]
    for line in lines[1:]:
        changed = by_number[line.line.number]
        assert changed.audio != line.audio and replace(changed, audio=line.audio) == line
        assert soundfile.info(changed.audio.path).samplerate == soundfile.info(line.audio.path).samplerate
    assert [(note.text.partition(",")[0].replace("large ", ""), note.lines) for note in found.notes] == [
        ("Given a telephone's band (300 to 3400 Hz)", (2,)),
        ("Given the reverberation of a room", (3,)),
    ]
    assert sorted(workdir.iterdir()) == sorted(by_number[number].audio.path for number in (2, 3))


def test_a_dry_film_is_left_as_it_is(plain_film, place, tmp_path):
    source = Source.of(plain_film)
    lines = (place(1, 1.0, 2.5), place(2, 5.0, 7.9))
    found = match_rooms(source, probe(source), lines, workdir=tmp_path)
    assert found.placements == lines and found.notes == ()
