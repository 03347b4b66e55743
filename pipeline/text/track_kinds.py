"""Kinds of audio and subtitle tracks by their titles and dispositions: commentary, audio description, effects, signs and songs, forced.

Words are those of release titles as Blu-ray authors, broadcasters and subtitle sites write them in twelve languages: MakeMKV's and
mkvmerge's default titles, Netflix's and Amazon's track labels, the TMDB and Bazarr glossaries, fansub groups.
"""

import re
import unicodedata
from collections.abc import Collection
from enum import StrEnum


class AudioKind(StrEnum):
    """The purpose of an audio track."""

    DIALOGUE = "dialogue"
    DESCRIPTION = "audio description"
    COMMENTARY = "commentary"
    EFFECTS = "music and effects"
    SCORE = "isolated score"
    KARAOKE = "karaoke"


class SubtitleKind(StrEnum):
    """The purpose of a subtitle track."""

    FULL = "full"
    HEARING_IMPAIRED = "for the hearing impaired"
    FORCED = "forced"
    SIGNS = "signs and songs"
    COMMENTARY = "commentary"
    TRIVIA = "trivia"


COMMENTARY_WORDS = (
    r"comm?ent(?:ary|aries)|director'?s (?:comment|track)|coment[aá]ri[oi]?s?|commentaires?|comment[io]|(?:audio)?kommentare?n?|(?:audio)?commentaar|"
    r"komentar\w*|комментар\w*|コメンタリー|评论|評論|解说音轨|講評"
)  # fmt: skip
AUDIO_WORDS = {
    AudioKind.DESCRIPTION: r"audio[ -]?descri\w*|descri(?:ptive|bed)\b.*|\bdvs?\b|\bad\b|audio ?deskr[iy]\w*|hörfilm\w*|audiobeschrijving|аудиодескрипция|тифлокоммент\w*|"
    r"(?:visually|vision|sight)[ -]impaired|for the blind|\bblind\w*|mal-?voyants?|non[ -]vedenti|ciegos|cegos|cecs|sehbehindert\w*|blinden|niewidom\w*|"
    r"slabovid\w*|音声解説|音声ガイド|口述影像|视障|視障",
    AudioKind.COMMENTARY: COMMENTARY_WORDS,
    AudioKind.EFFECTS: r"music (?:and|&) (?:sound )?effects|\bm ?(?:&|and) ?e\b|(?:clean )?effects only|música [yei] efe\w*|musique et (?:bruitages|effets)|musica ed? effetti|"
    r"musik und (?:effekte|geräusche)|muziek en effecten|internationalfassung|\bint(?:ernational)? ?track\b|музыка и шумы",
    AudioKind.SCORE: r"isolated (?:score|music|track)|score only|music only|isolier\w* (?:score|film\w*|musik\w*)|musi(?:que|ca) isol\w*|música aisla\w*|m[uú]sica isolada|"
    r"música aïllada|banda sonora (?:aislada|isolada|aïllada)|bande originale isolée|colonna sonora isolata|geïsoleerde muziek|izolowana muzyka|サウンドトラックのみ|配乐音轨|\bsoundtrack only\b",
    AudioKind.KARAOKE: r"karaoke|カラオケ|卡拉ok|караоке|sing[ -]?along|instrumental",
}  # fmt: skip
SUBTITLE_WORDS = {
    SubtitleKind.COMMENTARY: COMMENTARY_WORDS,
    SubtitleKind.TRIVIA: r"trivia|pop[ -]?up|fun facts|chapters?|capítulos|kapitel|notes? de traduction|translator'?s notes?",
    SubtitleKind.FORCED: r"forced|forzad[oa]s?|forç(?:ad[oa]s?|ats?)|forcée?s?|forzat[io]|erzwungen\w*|gedwongen|wymuszon\w*|форс\w*|強制\w*|强制\w*|foreign (?:parts?|dialog\w*|language|only)|"
    r"(?:non|not)[ -]english|alien|nur fremdsprach\w*",
    SubtitleKind.SIGNS: r"signs?\b|songs?\b|\bs ?(?:&|and|\+) ?s\b|letreros?|carteles|rótulos|canci[oó]n(?:es)?|cançons?|rètols|cartells?|panneaux|chansons?|inserts?|cartelli|canzoni|scritte|"
    r"placas|letreiros?|can(?:ção|ções)|músicas?|schilder|lieder|borden|liedjes|napisy ekranowe|piosenki|надписи|песни|karaoke|lyrics?|カラオケ|看板|標識|歌詞|歌词|招牌|特效字幕|typeset\w*|titles? only",
    SubtitleKind.HEARING_IMPAIRED: r"\bsdh\b|\bcc\b|\bhi\b|closed caption\w*|captions?|hearing|hard of hearing|sord[oi]s?|sords|sourds?|mal-?entendants?|non udenti|surdos|"
    r"hörgeschädigt\w*|gehörlos\w*|doven|slechthorend\w*|niesłysząc\w*|глухих|слабослыш\w*|聴覚障害\w*|听障|聽障|字幕ガイド",
}  # fmt: skip
FULL_WORDS = (
    r"\bfull\b|complet\w*|\bkomplett\w*|vollständig\w*|volledig\w*|pełn\w*|полн\w*|完全|完整|dialog\w*|diálogos?|diàlegs|dialoghi|диалоги|セリフ|台詞|台词"
)  # fmt: skip
ALPHABETIC = "a-zß-öø-ÿœąćęłńśźżčďěňřšťůžа-яё"  # letters that words are made of; Chinese and Japanese have no gaps between words
AUDIO_DISPOSITIONS = {
    AudioKind.COMMENTARY: {"comment"},
    AudioKind.DESCRIPTION: {"visual_impaired", "descriptions"},
    AudioKind.EFFECTS: {"clean_effects", "non_diegetic"},
    AudioKind.KARAOKE: {"karaoke"},
}
SUBTITLE_DISPOSITIONS = {
    SubtitleKind.FORCED: {"forced"},
    SubtitleKind.COMMENTARY: {"comment"},
    SubtitleKind.SIGNS: {"lyrics", "karaoke"},
    SubtitleKind.HEARING_IMPAIRED: {"hearing_impaired", "captions"},
}


def classify_audio(title: str, dispositions: Collection[str] = ()) -> AudioKind:
    """The kind of an audio track: by its dispositions, then by the words of its title."""
    for kind, flags in AUDIO_DISPOSITIONS.items():
        if not flags.isdisjoint(dispositions):
            return kind
    return next((kind for kind, words in AUDIO_WORDS.items() if _has_words(words, title)), AudioKind.DIALOGUE)


def classify_subtitle(title: str, dispositions: Collection[str] = ()) -> SubtitleKind:
    """The kind of a subtitle track. A title that says "full" outweighs one that also names its signs."""
    for kind, flags in SUBTITLE_DISPOSITIONS.items():
        if kind is not SubtitleKind.HEARING_IMPAIRED and not flags.isdisjoint(dispositions):
            return kind
    is_full = _has_words(FULL_WORDS, title)
    for kind, words in SUBTITLE_WORDS.items():
        if _has_words(words, title) and not (is_full and kind is SubtitleKind.SIGNS):
            return kind
    is_impaired = not SUBTITLE_DISPOSITIONS[SubtitleKind.HEARING_IMPAIRED].isdisjoint(dispositions)
    return SubtitleKind.HEARING_IMPAIRED if is_impaired else SubtitleKind.FULL


def _has_words(words: str, title: str) -> bool:
    normalized = unicodedata.normalize("NFC", title).casefold().replace("_", " ")
    return bool(re.search(rf"(?<![{ALPHABETIC}])(?:{words})(?![{ALPHABETIC}])", normalized))
