"""Languages of a model: from its vocabulary's tags, the tokenizer's settings, its name, or a list."""

import json
from pathlib import Path

import pytest

from pipeline.engines.ctranslate2.model_languages import TagStyle, find_languages


def vocabulary(folder: Path, *tokens: str) -> Path:
    (folder / "shared_vocabulary.json").write_text(json.dumps(["<unk>", "<s>", "</s>", *tokens, "▁hello"]))
    return folder


@pytest.mark.parametrize(
    ("name", "pair"),
    [
        ("opus-mt-en-es", ("en", "es")),
        ("opus-mt-tc-big-en-pt", ("en", "pt")),
        ("opus-mt-en-zh-ct2", ("en", "zh")),
        ("ct2fast-opus-mt-de-en", ("de", "en")),
        ("en-ca", ("en", "ca")),
        ("opus-mt-en-es-ctranslate2-int8", ("en", "es")),
    ],
)
def test_a_model_of_one_pair_is_named_for_it(tmp_path: Path, name: str, pair: tuple[str, str]) -> None:
    found = find_languages(vocabulary(tmp_path), name)
    assert (found.style, found.pairs) == (TagStyle.NONE, {pair})


def test_the_settings_of_the_tokenizer_come_before_the_name(tmp_path: Path) -> None:
    (tmp_path / "tokenizer_config.json").write_text('{"source_lang": "eng", "target_lang": "spa"}')
    assert find_languages(vocabulary(tmp_path), "9f3c0a").pairs == {("en", "es")}


def test_a_list_comes_before_all(tmp_path: Path) -> None:
    vocabulary(tmp_path)
    assert find_languages(tmp_path, "my model").pairs == frozenset()
    (tmp_path / "pairs.txt").write_text("# mine\nen es\n\nen pt-BR # Brazil\n")
    assert find_languages(tmp_path, "opus-mt-de-fr").pairs == {("en", "es"), ("en", "pt-BR")}
    assert find_languages(tmp_path, "my model", ["fra spa"]).pairs == {("fr", "es")}


@pytest.mark.parametrize(("line", "words"), [("en", "no pair"), ("en es fr", "no pair"), ("en klingonish", "not a language")])
def test_a_list_that_cannot_be_read_is_told(tmp_path: Path, line: str, words: str) -> None:
    (vocabulary(tmp_path) / "pairs.txt").write_text(line)
    with pytest.raises(ValueError, match=words):
        find_languages(tmp_path, "opus-mt-en-es")


def test_nllb_names_languages_with_their_scripts(tmp_path: Path) -> None:
    codes = ("eng_Latn", "spa_Latn", "zho_Hans", "zho_Hant", "arb_Arab", "ary_Arab", "nob_Latn", "srp_Cyrl", "swh_Latn")
    found = find_languages(vocabulary(tmp_path, *codes), "nllb-200-distilled-600M")
    assert found.style is TagStyle.PREFIX
    assert {tag: found.tags[tag] for tag in ("en", "es", "zh", "zh-Hant", "ar", "nb", "no", "sr", "sw")} == {
        "en": "eng_Latn", "es": "spa_Latn", "zh": "zho_Hans", "zh-Hant": "zho_Hant", "ar": "arb_Arab", "nb": "nob_Latn",
        "no": "nob_Latn", "sr": "srp_Cyrl", "sw": "swh_Latn",
    }  # fmt: skip
    assert ("en", "es") in found.pairs and ("es", "en") in found.pairs and ("zh", "zh-Hant") not in found.pairs


def test_m2m_madlad_and_opus_name_them_by_codes(tmp_path: Path) -> None:
    m2m = find_languages(vocabulary(tmp_path, "__en__", "__es__"), "m2m100")
    assert (m2m.style, dict(m2m.tags)) == (TagStyle.PREFIX, {"en": "__en__", "es": "__es__"})
    madlad = find_languages(vocabulary(tmp_path, "<2en>", "<2es>", "<2zh_Latn>"), "madlad400-3b-mt")
    assert madlad.style is TagStyle.TARGET_WORD and ("en", "es") in madlad.pairs
    opus = find_languages(vocabulary(tmp_path, ">>spa<<", ">>por<<", ">>pt_BR<<"), "opus-mt-en-ROMANCE")
    assert opus.pairs == frozenset(), "its name does not tell the source"
    opus = find_languages(tmp_path, "opus-mt-en-roa")
    assert opus.pairs == {("en", "es"), ("en", "pt"), ("en", "pt-BR")} and opus.tags["pt-BR"] == ">>pt_BR<<"


@pytest.mark.parametrize("content", ["{}", "[1]", '"text"', "", "[" * 20])
def test_a_vocabulary_that_is_none_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "shared_vocabulary.json").write_text(content)
    with pytest.raises(ValueError, match="."):
        find_languages(tmp_path, "opus-mt-en-es")
