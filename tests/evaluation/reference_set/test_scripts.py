"""Scripts of the reference set: complete, in three languages, by voices that dub nobody."""

from evaluation.reference_set.scripts import PAUSE_MARK, TRANSLATION_LANGUAGES, load_scripts
from pipeline.engines.kokoro import voice_table

SCRIPTS = load_scripts()


def test_there_are_three_films_of_five_speakers_who_all_speak():
    assert len(SCRIPTS) == 3
    for script in SCRIPTS:
        assert 40 <= len(script.lines) <= 60
        assert {line.speaker for line in script.lines} == set(script.voices) and len(set(script.voices.values())) == 5


def test_every_line_is_translated_and_no_pause_is_left_in_a_text():
    for line in (line for script in SCRIPTS for line in script.lines):
        assert set(line.translations) == set(TRANSLATION_LANGUAGES) and all(line.translations.values())
        assert len(line.parts) == len(line.pauses_s) + 1 and all(line.parts)
        assert not any(PAUSE_MARK.search(text) for text in (line.text, *line.translations.values()))


def test_some_lines_hold_a_long_pause():
    pauses = [pause for script in SCRIPTS for line in script.lines for pause in line.pauses_s]
    assert len(pauses) > 15 and max(pauses) > 1.5


def test_no_voice_is_one_that_dubs_into_spanish_or_portuguese():
    dubbing = {voice.packs.timbre for language in TRANSLATION_LANGUAGES for voice in voice_table.find_voices(language)}
    assert not dubbing & {voice for script in SCRIPTS for voice in script.voices.values()}


def test_voices_of_one_film_are_all_different_from_those_of_another():
    voices = [voice for script in SCRIPTS for voice in script.voices.values()]
    assert len(voices) == len(set(voices)), "a long film of all scripts would have one voice under two names"
