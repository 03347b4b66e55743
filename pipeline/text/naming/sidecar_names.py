"""Names of sidecar subtitles: whether a subtitle file belongs to a film, and the language and the kind that its name tells.

Patterns: `Film.en.forced.srt` (Plex, Jellyfin, Kodi), `Film_en.srt`, `Film - English.srt`, `2_English.srt` in a folder `Subs` (scene releases),
`Film_track3_[eng].srt` (mkvextract).
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.text import language_spellings, languages
from pipeline.text.naming.film_names import normalize_name
from pipeline.text.track_kinds import SubtitleKind, classify_subtitle

SEPARATORS = ".-_ ([{+~–—"
WORD_SEPARATORS = re.compile(r"[.\s()\[\]{}_+&,;~–—]+")
SUBTITLE_FOLDERS = frozenset(
    {
        *("subs", "sub", "subtitles", "subtitle", "subtitulos", "sous-titres", "sous titres", "soustitres", "untertitel", "legendas", "sottotitoli"),
        *("subtitols", "ondertitels", "ondertiteling", "napisy", "titulky", "srt", "subs-srt", "субтитры", "字幕"),
    }
)  # fmt: skip
FLAGS = frozenset(
    {
        *("forced", "foreign", "sdh", "cc", "hi", "full", "default", "dialog", "dialogue", "sub", "subs", "subtitle", "subtitles", "srt", "ass"),
        *("utf8", "utf-8", "ansi", "track", "original", "orig", "retail", "synced", "fixed", "corrected", "hearing", "impaired", "normal"),
    }
)  # fmt: skip
NUMBER = re.compile(r"#?\d{1,2}|track\d{1,2}|id\d{1,2}|v\d")
# Regions behind an underscore, which also stands between two languages: `en_US`, but `en_es`.
UNDERSCORED_TAG = re.compile(
    r"(?<![a-z0-9])(en_(?:us|gb|au|ca|nz|ie|in)|es_(?:es|mx|ar|419)|fr_(?:fr|ca|be|ch)|pt_(?:pt|br)|de_(?:de|at|ch)|zh_(?:cn|tw|hk|sg|hans|hant)|"
    r"nl_(?:nl|be)|sr_(?:latn|cyrl|rs)|it_it|ja_jp|ko_kr|sv_se|da_dk|n[bno]_no|cs_cz|pl_pl|ru_ru|tr_tr|uk_ua|el_gr|ar_(?:sa|eg|ae)|he_il|vi_vn)(?![a-z0-9])"
)  # fmt: skip
COPY_MARK = re.compile(r" ?\(\d{1,2}\)")  # of a second download, and no sequel: `Film (1).srt`
FORCED_WORDS = frozenset({"foreign"})
CODE = re.compile(r"[a-z]{2,3}([-_][a-z0-9]{2,8})*")
# Languages without a code of two letters that films have. Other codes of three letters are words: `sub`, `cut`, `web`, `new`.
LONG_CODES = frozenset(
    [
        "fil",
        "yue",
        "ast",
        "haw",
        "gsw",
        "nds",
        "hmn",
        "ceb",
        "sco",
        "grc",
        "bho",
        "kok",
        "mni",
        "sah",
        "csb",
        "hsb",
        "dsb",
        "scn",
        "nap",
        "vec",
        "lmo",
        "arn",
        "quy",
    ]
)
MIN_NAME_LETTERS = 4  # of a language's name: shorter words are codes
MIN_WHOLE_NAME_LETTERS = 2  # of a name in a script without gaps between words


@dataclass(frozen=True, slots=True)
class SidecarName:
    """Facts in a subtitle's name. `language`: BCP 47; `is_understood`: True where every word is a language, a kind or a mark."""

    language: str | None
    kind: SubtitleKind
    is_understood: bool


def find_rest(stem: str, film_stem: str) -> str | None:
    """The rest of a subtitle's name after that of its film, "" where they are equal; None for the name of another film.

    Both `normalize_name`d. After a dot all is taken, after another separator only words that tell a language or a kind:
    "Alien - Resurrection" is no subtitle of "Alien".
    """
    if not stem.startswith(film_stem):
        return None
    rest = stem[len(film_stem) :]
    if not rest or rest.startswith("."):
        return rest
    if rest[0] not in SEPARATORS:
        return None
    if COPY_MARK.fullmatch(rest):
        return rest
    name = parse_name(rest)
    is_told = name.language is not None or name.kind is not SubtitleKind.FULL
    is_sequel = split_words(rest)[:1] != [] and split_words(rest)[0].isdecimal()
    return rest if name.is_understood and is_told and not is_sequel else None


def parse_name(text: str, *, is_own: bool = True) -> SidecarName:
    """The facts in a name, or in the rest of one. `is_own`: False for a name that is not the film's, whose last words alone count."""
    words = split_words(text)
    if not is_own:
        words = _select_last_words(words)
    found: list[str] = []
    is_understood, position = True, 0
    while position < len(words):
        language, count = _read_language(words, position)
        if language:
            found.append(language)
        elif not _is_mark(words[position]):
            is_understood = False
        position += count
    if not found and "hi" in words:  # Hindi where it stands alone; beside another language it means "hearing impaired"
        others = [word for word in words if word != "hi"]
        return SidecarName("hi", _classify([*others, *(["hi"] if words.count("hi") > 1 else [])]), is_understood)
    return SidecarName(_choose_language(found), _classify(words), is_understood)


def split_words(text: str) -> list[str]:
    """The words of a name, in lower case. A hyphen stays within tags such as `pt-br`."""
    words: list[str] = []
    tagged = UNDERSCORED_TAG.sub(lambda found: found[0].replace("_", "-"), normalize_name(text))
    for word in WORD_SEPARATORS.split(tagged):
        plain = word.strip("-")
        is_flagged = not FLAGS.isdisjoint(plain.split("-"))  # `en-cc` is no English of the Cocos Islands
        is_tag = CODE.fullmatch(plain) and not is_flagged and languages.normalize_tag_or_none(plain) is not None
        words.extend([plain] if is_tag else plain.split("-"))
    return [word for word in words if word]


def is_subtitle_folder(name: str) -> bool:
    """True for a folder of subtitles: `Subs`, `Subtitles`, `Subtítulos`."""
    plain = "".join(mark for mark in unicodedata.normalize("NFD", normalize_name(name)) if not unicodedata.combining(mark))
    return plain in SUBTITLE_FOLDERS or normalize_name(name) in SUBTITLE_FOLDERS


def _select_last_words(words: Sequence[str]) -> list[str]:
    """The last words that tell something, up to the first from the end that does not: a title may hold "it" and "song"."""
    start = len(words)
    while start and (_is_mark(words[start - 1]) or _is_language_in(words, start - 1)):
        start -= 1
    return list(words[start:])


def _is_language_in(words: Sequence[str], position: int) -> bool:
    """True where the word is a language, or one of a phrase that is: `latin america`."""
    starts = range(max(0, position - language_spellings.MAX_PHRASE_WORDS + 1), position + 1)
    return any((read := _read_language(words, start))[0] and start + read[1] > position for start in starts)


def _read_language(words: Sequence[str], position: int) -> tuple[str | None, int]:
    """The language that the words from here begin with, and their number: None and 1 where they name none."""
    if spelling := language_spellings.find_phrase(words[position:]):
        return spelling
    word = words[position]
    if word in FLAGS:
        return None, 1
    if CODE.fullmatch(word):
        tag = languages.normalize_tag_or_none(word)
        return (tag if tag and _is_film_language(tag) else None), 1
    is_name = len(word) >= MIN_NAME_LETTERS or (not word.isascii() and len(word) >= MIN_WHOLE_NAME_LETTERS)
    return (languages.find_tag_by_name(word) if is_name and word.isalpha() else None), 1


def _choose_language(found: Sequence[str]) -> str | None:
    """The first language, with the region that a later word tells: `Portuguese (Brazilian)`."""
    if not found or "-" in found[0]:
        return found[0] if found else None
    return next((tag for tag in found if tag.partition("-")[0] == found[0] and "-" in tag), found[0])


def _is_film_language(tag: str) -> bool:
    language = tag.partition("-")[0]
    return len(language) == 2 or language in LONG_CODES


def _is_mark(word: str) -> bool:
    return word in FLAGS or bool(NUMBER.fullmatch(word)) or classify_subtitle(word) is not SubtitleKind.FULL


def _classify(words: Sequence[str]) -> SubtitleKind:
    kind = classify_subtitle(" ".join(words))
    return (
        SubtitleKind.FORCED if kind in {SubtitleKind.FULL, SubtitleKind.HEARING_IMPAIRED} and FORCED_WORDS & set(words) else kind
    )
