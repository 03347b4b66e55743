import numpy as np
import pytest
import soundfile

from evaluation.datasets import convert_recording, load_recordings
from pipeline.errors import EngineError, FilmError, FilmNotFound
from pipeline.values.timeline import Span, Turn


def sound(path, *, seconds=1.0, rate=44_100, channels=2):
    soundfile.write(path, np.full((int(seconds * rate), channels), 0.1), rate)
    return path


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "sounds").mkdir()
    return tmp_path / "sounds"


def test_a_recording_is_taken_with_the_transcript_beside_it(folder, tmp_path):
    sound(folder / "talk.flac")
    (folder / "talk.txt").write_text("What was said.\n")
    (only,) = load_recordings(folder, tmp_path)
    assert (only.name, only.text, only.turns) == ("talk", "What was said.", ())


def test_a_recording_becomes_mono_at_the_rate_of_recognisers(folder, tmp_path):
    made = convert_recording(sound(folder / "talk.wav", seconds=2.0), tmp_path)
    heard = soundfile.info(made.audio.path)
    assert (heard.samplerate, heard.channels) == (16_000, 1)
    assert made.seconds == pytest.approx(2.0, abs=0.01) == heard.duration


def test_turns_come_from_the_rttm_beside_it(folder, tmp_path):
    sound(folder / "talk.wav")
    (folder / "talk.rttm").write_text(
        "SPKR-INFO talk 1 <NA> <NA> <NA> unknown A <NA> <NA>\n"
        "SPEAKER talk 1 0.500 0.250 <NA> <NA> B <NA> <NA>\nSPEAKER talk 1 0.25 0.25 <NA> <NA> A <NA> <NA>\n"
    )
    (only,) = load_recordings(folder, tmp_path)
    assert only.turns == (Turn(Span(0.25, 0.5), "A"), Turn(Span(0.5, 0.75), "B"))


def test_one_file_may_hold_all_transcripts_as_sphinx_writes_them(folder, tmp_path):
    sound(folder / "talk-1.wav")
    sound(folder / "talk-2.wav")
    (folder / "transcription").write_text("<s> first words </s> (talk-1)\nsecond words (talk-2)\nno name\n")
    assert [each.text for each in load_recordings(folder, tmp_path)] == ["first words", "second words"]


def test_what_nobody_knows_anything_of_is_left_out(folder, tmp_path):
    sound(folder / "talk.wav")
    (folder / "notes.txt").write_text("no sound of this name")
    assert load_recordings(folder, tmp_path) == ()


def test_a_transcript_of_megabytes_is_refused(folder, tmp_path):
    sound(folder / "talk.wav")
    (folder / "talk.txt").write_bytes(b"a" * 1_000_001)
    with pytest.raises(FilmError, match="larger than"):
        load_recordings(folder, tmp_path)


def test_a_file_that_is_no_sound_says_so(folder, tmp_path):
    (folder / "talk.wav").write_text("words")
    (folder / "talk.txt").write_text("words")
    with pytest.raises(EngineError, match="talk.wav"):
        load_recordings(folder, tmp_path)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FilmNotFound, match="nowhere"):
        load_recordings(tmp_path / "nowhere", tmp_path)


def test_real_recordings_keep_their_turns(recordings, tmp_path):
    from evaluation.datasets import load_recordings as read

    by_name = {each.name: each for each in read(recordings, tmp_path)}
    assert len({turn.speaker for turn in by_name["two-speakers"].turns}) == 2
    assert by_name["two-speakers"].seconds == pytest.approx(30.0, abs=0.1)
