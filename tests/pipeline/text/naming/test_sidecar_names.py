"""Names of sidecar subtitles: language and kind in the words that sites, media servers and people write."""

import unicodedata

import pytest

from pipeline.text.naming.sidecar_names import find_rest, parse_name
from pipeline.text.track_kinds import SubtitleKind


@pytest.mark.parametrize(
    ("rest", "language"),
    [
        (".en", "en"), ("_en", "en"), (" - en", "en"), (" – English", "en"), ("-en", "en"), (" [English]", "en"), (" (eng)", "en"),
        (".en.hi", "en"), (".hi", "hi"), (".hi.cc", "hi"), (".hi.en", "en"), (".sdh.eng", "en"), ("_track3_[eng]", "en"), (".#2.en", "en"),
        (".spl", "es-419"), (".ea", "es-419"), (".es-419", "es-419"), (".es-la", "es-419"), (".Spanish (Latin America)", "es-419"),
        (".Latin American", "es-419"), (".Español (Latinoamérica)", "es-419"), (".LatAm", "es-419"), (".Latino", "es-419"),
        (".Castellano", "es-ES"), (".European Spanish", "es-ES"), (".esp", "es"), (".Español", "es"), (".spa", "es"),
        (".pob", "pt-BR"), (".pb", "pt-BR"), (".pt-BR", "pt-BR"), (".pt_br", "pt-BR"), (".Brazilian", "pt-BR"), (".pt.br", "pt-BR"),
        (".Portuguese (Brazilian)", "pt-BR"), (".Português (Brasil)", "pt-BR"), (".Portuguese (BR)", "pt-BR"), (".Português", "pt"),
        (".chs", "zh-Hans"), (".Chinese (Simplified)", "zh-Hans"), (".zh-CN", "zh-CN"), (".简体", "zh-Hans"), (".zh-Hans", "zh-Hans"),
        (".cht", "zh-Hant"), (".Traditional Chinese", "zh-Hant"), (".繁體中文", "zh-Hant"), (".zht", "zh-Hant"), (".chi", "zh"),
        (".VFF", "fr-FR"), (".VFQ", "fr-CA"), (".VOSTFR", "fr"), (".Canadian French", "fr-CA"), (".fr-CA", "fr-CA"), (".Français", "fr"),
        (".jp", "ja"), (".日本語", "ja"), (".kr", "ko"), (".ua", "uk"), (".cz", "cs"), (".Flemish", "nl-BE"), (".Farsi_Persian", "fa"),
        (".ca", "ca"), (".cat", "ca"), (".Català", "ca"), (".sub.en", "en"), (".en_US", "en-US"), (".en_GB.cc", "en-GB"), (".en_es", "en"), (".en-cc", "en"),
        (".en-sdh", "en"), (".English (United States)", "en-US"), (".Русские полные", "ru"), (".Tiếng Việt", "vi"), (".hi.hi", "hi"),
        (".chs&eng", "zh-Hans"), (".eng,English [Forced]", "en"), (".extended.cut", None), ("", None),
    ],
)  # fmt: skip
def test_the_language_in_a_name_is_read_in_any_spelling(rest: str, language: str | None) -> None:
    for form in ("NFC", "NFD"):
        assert parse_name(unicodedata.normalize(form, rest)).language == language


@pytest.mark.parametrize(
    ("rest", "kind"),
    [
        (".en", SubtitleKind.FULL), (".en.forced", SubtitleKind.FORCED), (".eng.foreign", SubtitleKind.FORCED),
        (".es.forzados", SubtitleKind.FORCED), ("_en_SDH", SubtitleKind.HEARING_IMPAIRED), (".en.cc", SubtitleKind.HEARING_IMPAIRED),
        (".en.hi", SubtitleKind.HEARING_IMPAIRED), (".hi", SubtitleKind.FULL), (".hi.hi", SubtitleKind.HEARING_IMPAIRED),
        (".en-cc", SubtitleKind.HEARING_IMPAIRED), (".en-forced", SubtitleKind.FORCED), (".en.non-forced", SubtitleKind.FULL), (".en.signs", SubtitleKind.SIGNS),
        (".en.Signs & Songs", SubtitleKind.SIGNS), (".en.commentary", SubtitleKind.COMMENTARY), (".es.letreros", SubtitleKind.SIGNS),
    ],
)  # fmt: skip
def test_the_kind_in_a_name_is_that_of_a_tracks_title(rest: str, kind: SubtitleKind) -> None:
    assert parse_name(rest).kind is kind


@pytest.mark.parametrize(
    "stem", ["alien - resurrection", "alien 3", "aliens", "alien_3", "alien - covenant.en", "alien-vs-predator"]
)
def test_a_title_that_begins_like_another_is_another_film(stem: str) -> None:
    assert find_rest(stem, "alien") is None


@pytest.mark.parametrize("stem", ["alien", "alien.anything", "alien_en", "alien - english", "alien [es]", "alien-forced-es"])
def test_words_of_a_language_or_a_kind_belong_to_the_film(stem: str) -> None:
    assert find_rest(stem, "alien") == stem.removeprefix("alien")


@pytest.mark.parametrize(
    ("name", "language"),
    [("2_English", "en"), ("10_Spanish (Latin America)", "es-419"), ("It.Is.The.Song.of.Names.2019.1080p-GRP.es", "es"), ("The French Film", None)],
)  # fmt: skip
def test_of_a_name_that_is_not_the_films_the_last_words_count(name: str, language: str | None) -> None:
    found = parse_name(name, is_own=False)
    assert (found.language, found.kind) == (language, SubtitleKind.FULL)
