"""Reference clips: of each speaker alone, as long as it helps, from the cleanest sound there is."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.probe import probe
from pipeline.stages.reference_clips import (
    CLIP_SAMPLE_RATE_HZ,
    MAX_CLIP_S,
    MIN_PIECE_S,
    TURN_EDGE_S,
    choose_pieces,
    extract_reference_clips,
)
from pipeline.values.media import Artifact, Source, Stems
from pipeline.values.timeline import Diarization, Span, Speaker, Turn


def turn(start: float, end: float, speaker: str = "S1") -> Turn:
    return Turn(Span(start, end), speaker)


def test_the_longest_stretches_are_chosen_and_stand_in_order_of_time() -> None:
    found = choose_pieces((turn(0.0, 0.9), turn(5.0, 11.0), turn(20.0, 23.9)), "S1")
    assert [span.start for span in found] == [5.0 + TURN_EDGE_S, 20.0 + TURN_EDGE_S]
    assert sum(span.duration for span in found) == pytest.approx(6.0 + 3.9 - 4 * TURN_EDGE_S)


def test_where_somebody_else_speaks_too_nothing_is_taken() -> None:
    found = choose_pieces((turn(0.0, 10.0), turn(4.0, 6.0, "S2")), "S1")
    assert found == (Span(0.0 + TURN_EDGE_S, 4.0 - TURN_EDGE_S), Span(6.0 + TURN_EDGE_S, 10.0 - TURN_EDGE_S))


def test_turns_that_end_at_every_breath_are_one_stretch_unless_somebody_else_speaks_there() -> None:
    short = tuple(turn(start / 2, start / 2 + 0.3) for start in range(6))
    assert choose_pieces(short, "S1") == (Span(TURN_EDGE_S, 2.8 - TURN_EDGE_S),)
    assert choose_pieces((*short, turn(1.35, 1.45, "S2")), "S1") == (
        Span(TURN_EDGE_S, 1.35 - TURN_EDGE_S),
        Span(1.45 + TURN_EDGE_S, 2.8 - TURN_EDGE_S),
    )


@given(st.lists(st.tuples(st.floats(0.0, 60.0), st.floats(0.05, 20.0), st.sampled_from("AB")), max_size=25))
def test_a_clip_is_never_too_long_and_never_somebody_elses(raw: list[tuple[float, float, str]]) -> None:
    turns = tuple(turn(start, start + seconds, speaker) for start, seconds, speaker in raw)
    found = choose_pieces(turns, "A")
    assert sum(span.duration for span in found) <= MAX_CLIP_S + 1e-6
    assert all(span.duration >= MIN_PIECE_S - 1e-6 for span in found[:-1]) or len(found) == 1
    for span in found:
        assert any(each.speaker == "A" and each.span.overlap(span) for each in turns)
        assert not any(each.speaker == "B" and each.span.overlap(span) > 1e-9 for each in turns)


FILM = Diarization((turn(1.0, 2.5), turn(3.0, 3.2, "S2"), turn(5.0, 6.5)), (Speaker("S1", 3.0, 150.0), Speaker("S2", 0.2, None)))


def test_a_speaker_who_says_enough_gets_a_clip_and_another_none(plain_film: Path, tmp_path: Path) -> None:
    source = Source.of(plain_film)
    (clip,) = extract_reference_clips(source, probe(source), Stems(Artifact(plain_film, 1, "d")), FILM, workdir=tmp_path)
    wave, rate = soundfile.read(clip.audio.path)
    assert (clip.speaker, rate, wave.ndim) == ("S1", CLIP_SAMPLE_RATE_HZ, 1)
    assert len(wave) / rate == pytest.approx(2 * (1.5 - 2 * TURN_EDGE_S) + 0.15, abs=0.01)
    assert (
        np.abs(np.fft.rfft(wave))[round(150 * len(wave) / rate)] > 10 * np.abs(np.fft.rfft(wave))[round(3000 * len(wave) / rate)]
    )


def test_separated_voices_are_taken_where_there_are_some(plain_film: Path, tmp_path: Path) -> None:
    source = Source.of(plain_film)
    soundfile.write(tmp_path / "voices.flac", 0.3 * np.sin(2 * np.pi * 1000 * np.arange(8 * 48_000) / 48_000), 48_000)
    stems = Stems(Artifact(plain_film, 1, "d"), voices=Artifact.of(tmp_path / "voices.flac"))
    (clip,) = extract_reference_clips(source, probe(source), stems, FILM, workdir=tmp_path)
    wave, _ = soundfile.read(clip.audio.path)
    assert np.argmax(np.abs(np.fft.rfft(wave))) * CLIP_SAMPLE_RATE_HZ / len(wave) == pytest.approx(1000, abs=2)


def test_a_turn_past_the_films_end_does_no_harm(plain_film: Path, tmp_path: Path) -> None:
    source = Source.of(plain_film)
    late = replace(FILM, turns=(*FILM.turns, turn(7.0, 30.0)))
    clips = extract_reference_clips(source, probe(source), Stems(Artifact(plain_film, 1, "d")), late, workdir=tmp_path)
    assert [clip.speaker for clip in clips] == ["S1"]
