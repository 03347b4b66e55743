"""Repetition loops: the phrases that are cut, and the compression ratio."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.engines.whisper.text_loops import compute_compression_ratio, cut_loops

LYRICS = "Happy birthday to you, happy birthday to you, happy birthday dear Laura, happy birthday to you."
SAID = "I told you not to open that door before the others are back from the village."


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("I will come. I will come. I will come. Now.", "I will come. Now."),
        ("And then he said, and then he said, and then he said", "And then he said,"),
        ("no no no no no no no no", "no no no"),
        ("No, no, no!", "No, no, no!"),
        ("Go go go go go!", "Go go go"),
        ("one two one two one two", "one two one two one two"),
        ("ha ha, ha ha, ha ha, ha ha, ha ha, ha ha,", "ha ha, ha"),
        ("Never again. Never again.", "Never again. Never again."),
        (LYRICS, LYRICS),
        (SAID, SAID),
        ("", ""),
    ],
)
def test_a_phrase_that_comes_three_times_in_a_row_stays_once(text, cut):
    assert cut_loops(text) == cut


def test_a_loop_is_found_where_words_stand_together():
    assert cut_loops("ご視聴ありがとうございました" * 4 + "終わり", spaced=False) == "ご視聴ありがとうございました終わり"
    assert cut_loops("はいはいはい、わかった", spaced=False) == "はいはいはい、わかった"


def test_marks_tell_words_apart_in_indic_scripts():
    assert cut_loops("कि की का कि की का") == "कि की का कि की का"
    assert cut_loops("का की कु के कै को") == "का की कु के कै को"


@given(st.lists(st.sampled_from(["a", "b", "go", "Go!", "—", "é"]), max_size=40))
def test_cutting_loops_adds_nothing_and_keeps_every_word_that_was_there(words):
    cut = cut_loops(" ".join(words)).split()
    rest = iter(words)
    assert all(word in rest for word in cut)  # a subsequence
    assert {word.casefold().strip("!") for word in cut} == {word.casefold().strip("!") for word in words}


def test_a_script_of_three_bytes_a_letter_is_no_loop():
    hindi = (
        "मैंने तुमसे कहा था कि जब तक बाकी लोग गाँव से वापस न आ जाएँ तब तक वह दरवाज़ा मत खोलना क्योंकि बाहर बहुत ठंड है और रात होने वाली है। "
        "तुम्हारी माँ को यह पता चल गया तो वह मुझसे कभी बात नहीं करेगी, इसलिए चुपचाप अपने कमरे में जाकर सो जाओ और सुबह होने तक किसी से कुछ मत "
        "कहना। फिर हम दोनों मिलकर शहर जाएँगे और वहाँ पुलिस को सब कुछ सच-सच बता देंगे। उस पहाड़ी के पीछे एक पुराना मंदिर था।"
    )
    assert compute_compression_ratio(hindi) < 2.0
    assert compute_compression_ratio("वह आया " * 20) > 2.4
