"""Rooms of lines: bursts like syllables, dry, through a telephone's band, in rooms, over noise."""

import numpy as np
import pytest

from pipeline.audio.levels import measure_speech_level
from pipeline.audio.rooms.room_classes import MeasuredLine, RoomClass, classify_lines
from pipeline.audio.rooms.room_effects import ROOM_PRESETS, apply_room, compute_impulse_response
from pipeline.audio.rooms.room_features import RoomFeatures, average_features, measure_room_features
from pipeline.values.timeline import Line, Segment, Span

RATE = 16_000
DRY = RoomFeatures(low=-5.0, high=-20.0, range=80.0, fall=25.0, speech=2.0)
TELEPHONE = RoomFeatures(low=-22.0, high=-40.0, range=80.0, fall=25.0, speech=2.0)
ROOM = RoomFeatures(low=-5.0, high=-20.0, range=80.0, fall=8.0, speech=2.0)
HALL = RoomFeatures(low=-5.0, high=-20.0, range=80.0, fall=5.5, speech=2.0)


def make_speech(rate: int = RATE) -> np.ndarray:
    """Three seconds of syllables of 0.16 s with gaps of 0.12 s: a voice's harmonics, and noise as of sibilants."""
    rng, seconds = np.random.default_rng(5), np.arange(3 * rate) / rate
    voice = sum(np.sin(2 * np.pi * 140.0 * n * seconds) / n for n in range(1, 24))
    syllables = (seconds % 0.28 < 0.16) & (seconds > 0.3) & (seconds < 2.3)
    edges = np.convolve(syllables, np.hanning(round(0.02 * rate)) / (0.01 * rate), "same")
    return (0.1 * edges * (voice + 0.5 * rng.standard_normal(len(seconds)))).astype(np.float32)


def classify(*features: RoomFeatures | None, speakers: str = "", gap: float = 1.0) -> list[RoomClass]:
    """Classes of lines of two seconds, `gap` apart, by one speaker or those named."""
    lines = []
    for number, each in enumerate(features):
        start = number * (2.0 + gap)
        segment = Segment(number + 1, Span(start, start + 2.0), "words", speakers[number] if speakers else "A")
        lines.append(MeasuredLine(Line(segment, "words", "es"), each))
    return list(classify_lines(lines))


@pytest.mark.parametrize("room", RoomClass)
def test_speech_is_recognised_in_the_room_that_it_was_given(room):
    features = measure_room_features(apply_room(make_speech(), RATE, room), RATE)
    assert features and classify(features) == [room]


@pytest.mark.parametrize("decibels", [-12.0, -6.0, 0.0, 6.0])
def test_noise_under_dry_speech_is_no_room(decibels):
    wave = make_speech()
    noise = np.random.default_rng(1).standard_normal(len(wave)) * wave.std() * 10 ** (decibels / 20)
    features = measure_room_features((wave + noise).astype(np.float32), RATE)
    assert features and classify(features) == [RoomClass.DRY]


def test_silence_and_a_snippet_have_no_features_and_stay_dry():
    assert measure_room_features(np.zeros(RATE, np.float32), RATE) is None
    assert measure_room_features(make_speech()[:400], RATE) is None
    assert measure_room_features(np.zeros(0, np.float32), RATE) is None
    assert classify(None, HALL) == [RoomClass.DRY, RoomClass.HALL]


@pytest.mark.parametrize("rate", [16_000, 22_050, 48_000])
@pytest.mark.parametrize("room", RoomClass)
def test_a_room_keeps_the_takes_level_and_its_beginning(room, rate):
    wave = make_speech(rate)
    changed = apply_room(wave, rate, room)
    assert measure_speech_level(changed, rate) == pytest.approx(measure_speech_level(wave, rate), abs=0.1)
    assert len(changed) >= len(wave) and np.isfinite(changed).all()
    assert np.abs(changed[: round(0.25 * rate)]).max() < 1e-3  # nothing sounds before it
    assert np.array_equal(changed, apply_room(wave, rate, room))
    assert not apply_room(np.zeros(rate, np.float32), rate, room).any()


def test_a_telephone_has_its_band():
    def attenuate(hertz: float) -> float:
        tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)
        wave = apply_room(make_speech() + 1e-3 * np.resize(tone, 3 * RATE).astype(np.float32), RATE, RoomClass.TELEPHONE)
        spectrum = np.abs(np.fft.rfft(wave))
        return float(spectrum[round(hertz * 3)])

    assert attenuate(100.0) < 0.02 * attenuate(1000.0) > attenuate(6500.0)


@pytest.mark.parametrize("room", ROOM_PRESETS)
def test_an_impulse_response_decays_in_its_time(room):
    response = compute_impulse_response(48_000, ROOM_PRESETS[room])
    energy = np.cumsum(np.square(response[::-1].astype(np.float64)))[::-1]
    level = 10 * np.log10(energy / energy[0])
    first, last = np.argmax(level < -12.0), np.argmax(level < -32.0)
    assert 3 * (last - first) / 48_000 == pytest.approx(ROOM_PRESETS[room].decay, rel=0.15)
    assert 10 * np.log10(1.0 / np.square(response[1:]).sum()) == pytest.approx(ROOM_PRESETS[room].direct, abs=0.3)


def test_a_line_alone_is_not_swayed_by_others_and_a_scene_steadies_a_doubtful_one():
    doubtful = RoomFeatures(low=-20.0, high=-28.5, range=80.0, fall=25.0, speech=2.0)
    assert classify(doubtful, DRY, DRY) == [RoomClass.DRY] * 3
    assert classify(TELEPHONE, doubtful, TELEPHONE, DRY, DRY, speakers="AAABB") == [RoomClass.TELEPHONE] * 3 + [RoomClass.DRY] * 2
    assert classify(TELEPHONE, doubtful, DRY, DRY, DRY, gap=20.0)[1] is RoomClass.DRY  # far from the others
    assert classify(TELEPHONE, DRY, TELEPHONE, DRY, DRY, speakers="ABABB")[:3] == [
        RoomClass.TELEPHONE, RoomClass.DRY, RoomClass.TELEPHONE
    ]  # fmt: skip
    assert classify(HALL, DRY, HALL, HALL)[1] is RoomClass.DRY


def test_a_film_whose_sound_has_a_telephones_band_throughout_is_left_as_it_is():
    assert classify(*[TELEPHONE] * 5) == [RoomClass.DRY] * 5


def test_a_short_cry_stays_dry():
    assert classify(RoomFeatures(-22.0, -40.0, 80.0, 5.0, speech=0.4), DRY) == [RoomClass.DRY] * 2


def test_features_are_averaged_by_speech():
    mean = average_features((DRY, ROOM), (3.0, 1.0))
    assert mean.fall == pytest.approx(0.75 * 25.0 + 0.25 * 8.0) and mean.speech == 4.0
