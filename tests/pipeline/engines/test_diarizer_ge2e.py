import itertools

import numpy as np
import pytest
from synthetic_speech import diarization_error, flite, needs_flite, recording, scene, written

from pipeline.engines import diarizer_ge2e
from pipeline.engines.diarizer_ge2e import Ge2eDiarizer, find_likely_path, pad_regions
from pipeline.errors import EngineError
from pipeline.values.media import Artifact
from pipeline.values.timeline import Register, Span, Turn

pytestmark = pytest.mark.slow  # networks on real weights

SENTENCES = (
    "The ferry leaves at nine, and I will not wait for anybody.",
    "Nobody told me that the harbor was closed this morning.",
    "Wait for the second bell, then run to the end of the pier.",
    "My brother keeps a small boat on the other side of the river.",
)


@pytest.fixture(scope="module")
def diarizer():
    return Ge2eDiarizer()


@pytest.fixture(scope="module")
def dialogue(tmp_path_factory):
    """Three of flite's voices in alternation, as (speaker, wave)."""
    folder = tmp_path_factory.mktemp("dialogue")
    return [(voice, flite(voice, text, folder)) for text in SENTENCES for voice in ("kal16", "slt", "rms")]


@needs_flite
@pytest.mark.parametrize(("gap", "music_db"), [(0.5, None), (0.5, -12.0), (0.05, None)])
def test_three_voices_are_found_without_a_hint(diarizer, dialogue, tmp_path, gap, music_db):
    film = scene(dialogue, tmp_path / "film.wav", gap=gap, music_db=music_db)
    found = diarizer.diarize(film.audio, speakers=None)
    assert len(found.speakers) == 3
    assert diarization_error(film.turns, found.turns) < 0.06
    registers = {label: found_speaker.register for found_speaker in found.speakers for label in [found_speaker.label]}
    for truth in film.turns:
        heard = max(found.turns, key=lambda turn: turn.span.overlap(truth.span))
        assert registers[heard.speaker] is (Register.HIGH if truth.speaker == "slt" else Register.LOW)


@pytest.mark.parametrize("speakers", [None, 2])
def test_two_women_on_the_telephone_are_two(diarizer, recordings, speakers):
    reference = []
    for line in (recordings / "two-speakers.rttm").read_text().splitlines():
        _, _, _, start, seconds, _, _, label, *_ = line.split()
        reference.append(Turn(Span(float(start), float(start) + float(seconds)), label))
    found = diarizer.diarize(Artifact.of(recordings / "two-speakers.wav"), speakers=speakers)
    assert len(found.speakers) == 2
    assert diarization_error(reference, found.turns) < 0.05
    assert diarization_error(reference, found.turns, collar=0.0) < 0.20


def test_jfk_is_one_man_though_he_shouts(diarizer, recordings, tmp_path):
    found = diarizer.diarize(written(recording(recordings / "jfk.flac"), tmp_path / "jfk.wav"), speakers=None)
    (speaker,) = found.speakers
    assert speaker.label == "S1"
    assert speaker.pitch is not None and speaker.pitch > 200  # no octave error: his harmonics lie 250 Hz apart
    assert speaker.register is Register.LOW


def test_a_reader_is_one_woman_from_file_to_file(diarizer, recordings, tmp_path):
    parts = [("lj", recording(recordings / f"LJ001-000{n}.flac")) for n in range(1, 6)]
    found = diarizer.diarize(scene(parts, tmp_path / "lj.wav").audio, speakers=None)
    (speaker,) = found.speakers
    assert speaker.register is Register.HIGH
    assert 150 < speaker.pitch < 260


def test_three_recorded_voices_are_three(diarizer, recordings, tmp_path):
    jfk, sonnet = recording(recordings / "jfk.flac"), recording(recordings / "sonnet1.en.mp3")
    reader = [recording(recordings / f"LJ001-000{n}.flac") for n in (1, 4, 6)]
    parts = [
        ("reader", reader[0]),
        ("jfk", jfk[4_800:36_000]),
        ("poet", sonnet[41_600:140_800]),
        ("reader", reader[1]),
        ("jfk", jfk[84_800:172_000]),
        ("reader", reader[2]),
        ("poet", sonnet[188_800:240_000]),
    ]
    film = scene(parts, tmp_path / "film.wav", gap=0.3)
    found = diarizer.diarize(film.audio, speakers=None)
    assert len(found.speakers) == 3
    assert diarization_error(film.turns, found.turns) < 0.12  # the sentences' own pauses count as missed


def test_silence_has_neither_turns_nor_speakers(diarizer, tmp_path):
    found = diarizer.diarize(written(np.zeros(32_000, np.float32), tmp_path / "silence.wav"), speakers=None)
    assert found.turns == () and found.speakers == ()


def test_turns_are_in_order_apart_and_the_speakers_time_is_their_sum(diarizer, recordings):
    audio = Artifact.of(recordings / "two-speakers.wav")
    found = diarizer.diarize(audio, speakers=None)
    assert found == diarizer.diarize(audio, speakers=None)
    for before, after in zip(found.turns, found.turns[1:], strict=False):
        assert before.span.end <= after.span.start
        assert before.speaker != after.speaker or before.span.end < after.span.start
    assert [speaker.label for speaker in found.speakers] == ["S1", "S2"]
    assert found.speakers[0].seconds >= found.speakers[1].seconds
    for speaker in found.speakers:
        assert speaker.seconds == pytest.approx(sum(t.span.duration for t in found.turns if t.speaker == speaker.label))


def test_no_speakers_at_all_are_refused(diarizer, tmp_path):
    with pytest.raises(EngineError, match="0 speakers make no dialogue"):
        diarizer.diarize(written(np.zeros(16_000, np.float32), tmp_path / "a.wav"), speakers=0)


def test_a_monologue_of_minutes_is_heard_in_pieces():
    pieces = pad_regions([Span(10.0, 200.0)])
    assert all(piece.duration <= diarizer_ge2e.MAX_REGION_S for piece in pieces)
    assert pieces[0].start == pytest.approx(9.9) and pieces[-1].end == pytest.approx(200.1)
    assert all(one.end == other.start for one, other in itertools.pairwise(pieces))


def test_a_moments_doubt_changes_no_speaker_but_a_pause_may():
    sure, doubt = [0.9, 0.5], [0.6, 0.7]
    scores = np.array([sure, sure, doubt, sure, sure, doubt], np.float32)
    assert find_likely_path(scores, np.array([0, 0, 0, 0, 0, 1])).tolist() == [0, 0, 0, 0, 0, 1]
    assert find_likely_path(scores[:, ::-1], np.zeros(6, np.intp)).tolist() == [1] * 6
    turned = np.array([sure] * 4 + [[0.5, 0.9]] * 4, np.float32)
    assert find_likely_path(turned, np.zeros(8, np.intp)).tolist() == [0] * 4 + [1] * 4
