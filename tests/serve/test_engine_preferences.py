"""Engines that a rule chose: the narrowed profile, and what is told of a choice that is not deployed any more."""

from pipeline.values.notes import Severity
from serve.engine_preferences import describe_lost_choices, narrow_profile
from serve.profile_loader import read_profile

PROFILE = read_profile("embedded")


def test_a_chosen_engine_of_a_list_stands_alone_with_its_options() -> None:
    listed = PROFILE.synthesizer.with_options("espeak", {"pace": 2})
    narrowed = narrow_profile(PROFILE.model_copy(update={"synthesizer": listed}), [("synthesizer", "espeak")])
    assert (narrowed.engine("synthesizer"), narrowed.synthesizer.options) == ("espeak", {"pace": 2})
    assert narrowed.translator == PROFILE.translator


def test_a_choice_that_is_not_deployed_changes_nothing_and_is_told() -> None:
    pairs = [("synthesizer", "xtts"), ("transcriber", "whisper"), ("synthesizer", "espeak")]
    assert narrow_profile(PROFILE, pairs[:2]) is PROFILE
    (note,) = describe_lost_choices(PROFILE, pairs[:2])  # the only transcriber is the one that was chosen
    assert note.severity is Severity.WARNING and "synthesizer xtts" in note.text
