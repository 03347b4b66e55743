"""Errors cross processes: each arrives as what it was, in its words, with its fields."""

import copy
import inspect
import pickle
import re

import pytest

from pipeline import errors
from pipeline.errors import (
    Cancelled,
    DubarrError,
    EngineError,
    EngineLost,
    LeaseLost,
    ModelDiskFull,
    ModelFetchError,
    ModelMissing,
    NoSpeechFound,
    ProgramError,
    ProgramMissing,
    ProgramOverflow,
    ProgramTimeout,
    SettingsError,
    StageError,
)

OWN_FIELDS = {
    SettingsError: ("PORT", "http", "give a port from 1 to 65535"),
    ProgramError: ("ffmpeg", 187, "Opening film.mkv\nInvalid data found\n\n"),
    ProgramMissing: ("espeak-ng",),
    ProgramTimeout: ("ffprobe", 2.5),
    ProgramOverflow: ("ffprobe", 1 << 20),
    StageError: ("mux", "the disk is full"),
    NoSpeechFound: ("English, 5.1",),
    EngineError: ("xtts", "out of memory"),
    EngineLost: ("xtts", "the card is gone"),
    ModelMissing: ("whisperx", "there is no model 'large'"),
    ModelFetchError: ("whisper-base", "the registry cannot be reached", "check the network"),
    ModelDiskFull: ("whisper-base", "it needs 300 MB", "make room"),
    LeaseLost: (42,),
    Cancelled: (42,),
}
CLASSES = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, DubarrError)]
SAMPLES = [each(*OWN_FIELDS.get(each, ("film.mkv is empty; copy it again",))) for each in CLASSES]


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_survives_the_way_between_processes(error):
    for arrived in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(arrived) is type(error)
        assert (str(arrived), arrived.args, vars(arrived)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_an_error_is_built_again_from_its_fields_alone(error):
    """As Ray and others do that know nothing of its attributes."""
    again = type(error)(*error.args)
    assert (str(again), vars(again)) == (str(error), vars(error))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (SettingsError("PORT", "http", "give a port"), "settings: PORT='http' cannot be used; give a port"),
        (ProgramError("ffmpeg", 187, "Opening\n Invalid data \n\n"), "ffmpeg ended with exit code 187: Invalid data"),
        (ProgramError("ffmpeg", -9, " \n"), "ffmpeg ended with exit code -9: it gave no reason"),
        (StageError("mux", "the disk is full"), "mux: the disk is full"),
        (
            NoSpeechFound("English, 5.1"),
            "No speech found in the audio track (English, 5.1); check that it is the dialogue track, and that it is not silent",
        ),
        (EngineError("xtts", "out of memory"), "xtts: out of memory"),
        (LeaseLost(42), "task=42: the lease was lost to another worker"),
        (Cancelled(42), "task=42: cancelled"),
    ],
)
def test_an_error_is_one_sentence(error, sentence):
    assert str(error) == sentence


def test_a_program_that_is_missing_or_too_slow_says_which_and_why():
    assert "espeak-ng is not installed; run ./dubarr setup" in str(ProgramMissing("espeak-ng"))
    assert "ffprobe was ended after its limit of 2.5 s" in str(ProgramTimeout("ffprobe", 2.5))


def test_a_program_error_keeps_all_that_the_program_said():
    error = ProgramError("ffmpeg", 1, "first\nsecond")
    assert (error.program, error.code, error.tail) == ("ffmpeg", 1, "first\nsecond")


def test_the_tree_on_top_of_the_file_is_the_tree_of_the_classes():
    drawn: dict[str, str] = {}
    above: list[str] = []
    for indent, name in re.findall(r"^([│├└─ ]*)([A-Z]\w+)(?: {2,}.*)?$", inspect.getdoc(errors) or "", re.MULTILINE):
        depth = len(indent) // 4
        above[depth:] = [name]
        drawn[name] = above[depth - 1] if depth else "Exception"
    assert drawn == {each.__name__: each.__bases__[0].__name__ for each in CLASSES}
