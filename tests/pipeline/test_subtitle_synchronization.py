"""Subtitles held against the voice activity of three films (clear speech, recordings, speech under music), found by the real detector."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from synthetic_speech import RATE, Scene, Wave, flite, music, needs_flite, recording, written

from pipeline.engines.speakers.vad_silero import SileroDetector
from pipeline.text.subtitles.subtitle_sync import FRAME_RATE_RATIOS, Match, align_to_speech
from pipeline.values.timeline import Cue, Span, Turn

SENTENCES = (
    "The ferry leaves at nine.",
    "Nobody told me that the harbor was closed.",
    "Wait for the second bell, then run.",
    "I never liked this place.",
    "Bring the papers to my office tomorrow morning.",
    "Who is there?",
    "We should have taken the other road through the hills.",
)
FILM_S = 420.0
OFFSETS_S = (-40.0, -12.5, -2.5, -0.8, 0.8, 2.5, 12.5, 40.0)


def place_parts(parts: Sequence[Wave], path: Path, seed: int, *, music_db: float | None = None) -> Scene:
    """A film of the parts in random order, with pauses as dialogue has them."""
    draw = random.Random(seed)
    whole = np.zeros(round(FILM_S * RATE), np.float32)
    turns: list[Turn] = []
    now = draw.uniform(1.0, 20.0)
    while True:
        wave = draw.choice(parts)
        end = now + len(wave) / RATE
        if end > FILM_S - 2.0:
            break
        whole[round(now * RATE) : round(now * RATE) + len(wave)] = wave
        turns.append(Turn(Span(now, end), "S1"))
        now = end + (draw.uniform(0.3, 1.0) if draw.random() < 0.6 else draw.expovariate(1 / 7))
    if music_db is not None:
        whole = whole + music(len(whole)) * np.float32(0.08 * 10 ** (music_db / 20))
    return Scene(written(whole, path), tuple(turns))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> dict[str, Scene]:
    folder = tmp_path_factory.mktemp("films")
    voices = [flite(voice, text, folder) for voice in ("kal16", "slt", "rms") for text in SENTENCES]
    read = [recording(path) for path in sorted(recordings.glob("LJ001-*.flac"))]
    return {
        "voices": place_parts(voices, folder / "voices.wav", 1),
        "recordings": place_parts(read, folder / "recordings.wav", 2),
        "music": place_parts(voices, folder / "music.wav", 3, music_db=-6.0),
    }


@pytest.fixture(scope="module")
def speech(films: dict[str, Scene]) -> dict[str, tuple[Span, ...]]:
    detector = SileroDetector()
    return {name: detector.detect(film.audio) for name, film in films.items()}


def write_cues(film: Scene, *, offset: float = 0.0, ratio: float = 1.0) -> tuple[Cue, ...]:
    """A subtitle whose times in the film are `ratio` × its own + `offset`; cues stay on a little after the speech."""
    spans = [((turn.span.start - offset) / ratio, (turn.span.end + 0.4 - offset) / ratio) for turn in film.turns]
    return tuple(Cue(Span(start, end), "line") for start, end in spans if start >= 0.0)


FILMS = pytest.mark.parametrize("name", ["voices", "recordings", "music"])
pytestmark = needs_flite


@FILMS
@pytest.mark.parametrize("offset", OFFSETS_S)
def test_an_offset_is_found_within_a_seventh_of_a_second(films, speech, name: str, offset: float) -> None:
    sync = align_to_speech(write_cues(films[name], offset=offset), speech[name], FILM_S)
    assert sync.match is Match.SHIFTED
    assert (sync.ratio, sync.offset_s) == (1.0, pytest.approx(offset, abs=0.15))


@FILMS
@pytest.mark.parametrize("ratio", FRAME_RATE_RATIOS[1:5])
def test_another_frame_rate_is_found_within_a_seventh_of_a_second(films, speech, name: str, ratio: float) -> None:
    cues = write_cues(films[name], ratio=ratio)
    moved = align_to_speech(cues, speech[name], FILM_S).apply_to(cues)
    assert [cue.span.start for cue in moved] == pytest.approx([turn.span.start for turn in films[name].turns], abs=0.15)


@FILMS
def test_a_subtitle_in_sync_is_left_alone_and_another_film_s_is_denied(films, speech, name: str) -> None:
    assert align_to_speech(write_cues(films[name]), speech[name], FILM_S).match is Match.IN_SYNC
    for other in films:
        if other != name:
            assert align_to_speech(write_cues(films[other]), speech[name], FILM_S).match is Match.OTHER_FILM
