"""Forced alignment by pocketsphinx, with its packaged weights, on real recordings."""

import subprocess
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from transcripts import READING, transcripts

from pipeline.engines.alignment.letter_sounds import guess_phones
from pipeline.engines.protocols import Utterance
from pipeline.engines.registry.engine_builder import build_engine
from pipeline.values.media import Artifact
from pipeline.values.timeline import Span

JFK_STARTS = {"fellow": 1.25, "Americans,": 1.65, "not": 4.0, "country": 5.9}  # seconds, as seen in the waveform


@pytest.fixture(scope="module")
def aligner():
    return build_engine("aligner", "pocketsphinx-align")


@pytest.fixture
def spoken(recordings, tmp_path):
    def prepare(name: str, *, before: float = 0.0) -> Utterance:
        path = tmp_path / f"{name}.wav"
        delay = ["-af", f"adelay={round(before * 1000)}:all=1"] if before else []
        command = ["ffmpeg", "-v", "error", "-y", "-i", recordings / f"{name}.flac", *delay, "-ac", "1", "-ar", "16000", path]
        subprocess.run(command, check=True)
        return Utterance(Artifact.of(path), Span(0.0, soundfile.info(path).duration))

    return prepare


def test_every_word_of_a_speech_is_timed_in_order(aligner, spoken, recordings):
    text = transcripts(recordings)["jfk"]
    words = aligner.align(spoken("jfk"), text, language="en-US")
    assert [word.text for word in words] == text.split()
    assert all(one.span.end <= other.span.start for one, other in pairwise(words))
    starts = {word.text: word.span.start for word in reversed(words)}
    assert {name: starts[name] for name in JFK_STARTS} == pytest.approx(JFK_STARTS, abs=0.1)
    assert sum(word.confidence > 0.5 for word in words) > 0.8 * len(words)


def test_times_are_from_the_start_of_the_film(aligner, spoken, recordings):
    text = transcripts(recordings)["LJ001-0002"]
    early, late = aligner.align(spoken("LJ001-0002"), text, language="en"), spoken("LJ001-0002", before=7.0)
    shifted = aligner.align(Utterance(late.audio, Span(7.0, late.span.end)), text, language="en")
    assert [word.span.start - 7.0 for word in shifted] == pytest.approx([word.span.start for word in early], abs=0.03)


def test_the_text_of_another_recording_is_not_aligned(aligner, spoken, recordings):
    known = transcripts(recordings)
    for name, other in zip(READING, (*READING[1:], READING[0]), strict=True):
        assert aligner.align(spoken(name), known[name], language="en"), name
        assert not aligner.align(spoken(name), known[other], language="en"), (name, other)


def test_numbers_names_and_marks_do_not_fail_the_utterance(aligner, spoken):
    text = "And so \u2014 my fellow Amerikanns, ask n\u00f8t: what your country c\u0101n do 4 you! ask what you can do 4 your country \u4f60"
    words = aligner.align(spoken("jfk"), text, language="en")
    assert [word.text for word in words] == text.split()
    found = {word.text: word for word in words}
    assert found["Amerikanns,"].span.start == pytest.approx(JFK_STARTS["Americans,"], abs=0.2)
    assert found["4"].confidence > 0.0 and found["\u2014"].confidence == found["\u4f60"].confidence == 0.0


@pytest.mark.parametrize(
    "text", ["", "\u2014 \u2026", "a " * 500, "x" * 10_000, "<s> </s> <sil>", "read(2) [NOISE] ++UH++", "\0 \n"]
)
def test_text_of_any_kind_is_answered_word_by_word_or_not_at_all(aligner, spoken, text):
    words = aligner.align(spoken("LJ001-0002"), text, language="en")
    assert words == () or [word.text for word in words] == text.split()


def test_silence_and_other_languages_are_not_aligned(aligner, spoken, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(32_000, np.float32), 16_000)
    assert aligner.align(Utterance(Artifact.of(tmp_path / "silence.wav"), Span(0.0, 2.0)), "hello", language="en") == ()
    assert aligner.align(spoken("LJ001-0002"), "hola", language="es") == ()


def test_the_same_question_has_the_same_answer_whatever_came_before(aligner, spoken, recordings):
    text = transcripts(recordings)
    asked = spoken("LJ001-0008"), text["LJ001-0008"]
    once = aligner.align(*asked, language="en")
    aligner.align(spoken("LJ001-0006"), text["LJ001-0006"] + " Zyxxel", language="en")
    assert aligner.align(*asked, language="en") == once


@pytest.mark.parametrize(
    ("word", "phones"),
    [("Smith", "S M IH TH"), ("Kate", "K AE T"), ("\u00c9ire", "EY R"), ("bobby", "B AA B IY"), ("\u4f60", "")],
)
def test_phones_are_guessed_by_spelling(word, phones):
    assert guess_phones(word) == phones


def test_the_dictionary_is_read_again_after_many_unknown_words(aligner, spoken, monkeypatch):
    from pipeline.engines.alignment import pocketsphinx_aligner

    monkeypatch.setattr(pocketsphinx_aligner, "MAX_ADDED_WORDS", 0)
    before = aligner._decoder
    assert aligner.align(spoken("LJ001-0002"), "in being comparatively moddurnn", language="en")
    assert aligner._decoder is not before and not aligner._added
