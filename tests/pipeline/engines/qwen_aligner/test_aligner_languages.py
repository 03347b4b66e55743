"""Languages of Qwen3 forced aligners."""

from pipeline.engines.qwen_aligner.aligner_languages import LANGUAGES, NAMES, find_name, find_tags


def test_a_language_is_found_by_its_tag_or_its_base():
    assert find_name("pt-BR", LANGUAGES) == "Portuguese"
    assert find_name("zh-Hant", LANGUAGES) == "Chinese"
    assert find_name("yue", LANGUAGES) == "Cantonese"
    assert find_name("ca", LANGUAGES) is None
    assert find_name("ar", LANGUAGES) is None  # which the library knows, and the published model does not


def test_names_of_a_model_become_tags():
    assert find_tags(["english", "Cantonese", "Klingon"]) == {"en", "yue"}
    assert find_tags(NAMES.values()) == set(NAMES) > LANGUAGES
