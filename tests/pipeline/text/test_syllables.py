import pytest

from pipeline.text.syllables import count_syllables

WORDS = {
    "es": {"día": 2, "causa": 2, "país": 2, "aéreo": 4, "guerra": 2, "queso": 2, "poeta": 3, "murciélago": 4, "agua": 2, "antigüedad": 5},
    "en": {"cake": 1, "table": 2, "mother": 2, "played": 1, "wanted": 2, "beautiful": 3, "the": 1, "little": 2, "makes": 1},
    "pt": {"não": 1, "corações": 3, "história": 3, "queijo": 2, "país": 2, "muito": 2},
    "fr": {"petite": 2, "parlent": 1, "maison": 2, "école": 2},
    "it": {"buongiorno": 3, "famiglia": 3},
    "ru": {"хорошо": 3, "здравствуйте": 3},
    "el": {"καλημέρα": 4, "ουρανός": 3},
    "de": {"Schmetterling": 3, "Häuser": 2},
    "ja": {"こんにちは": 5, "きょう": 2},
    "zh": {"你好": 2},
    "ko": {"안녕하세요": 5},
    "hi": {"नमस्ते": 3},
}  # fmt: skip


@pytest.mark.parametrize(("language", "word", "count"), [(tag, *each) for tag, words in WORDS.items() for each in words.items()])
def test_words_have_their_syllables(language, word, count):
    assert count_syllables(word, language) == count


def test_a_sentence_is_the_sum_of_its_words():
    assert count_syllables("¡Buenos días, señor!", "es-MX") == 6


@pytest.mark.parametrize(("text", "language"), [("مرحبا", "ar"), ("שלום", "he"), ("สวัสดี", "th")])
def test_a_script_without_vowels_is_not_guessed(text, language):
    assert count_syllables(text, language) is None


def test_no_word_is_no_syllable():
    assert count_syllables("… 12 !", "es") == 0
