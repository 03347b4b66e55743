"""Credits of subtitle makers: removed at a file's ends, and only where the whole cue is one.

Counter-examples that stay: "I saw it on www.oldmaps.com." and "The judge corrected the record by hand." are dialogue: a credit
is no sentence that somebody says, and it stands before the first or after the last lines.
"""

import re
from collections.abc import Sequence

from pipeline.text.cleaning.timed_text import Removals, TimedText

MAX_CREDIT_CUES = 4  # at either end
MIN_SENTENCE_WORDS = 3  # in small letters after the maker's word, for a sentence: "Translated by my father, this book"
REASON = "credits of the subtitle's makers"
SITE = re.compile(
    r"\b(?:opensubtitles|open subtitles|addic7ed|subscene|podnapisi|tvsubtitles|yify|yts|subdl|subdivx|argenteam|tusubtitulo|subtitulamos|legendei|"
    r"italiansubs|subsfactory|sous-titres\.eu|subbed by|osdb\.link|amara\.org|rarbg|viki\.com)\b",
    re.IGNORECASE,
)
# The words that a credit row begins with, by language; what follows is a name, so the row has no sentence in it.
MAKER = re.compile(
    r"^[\W_]*(?:"
    r"(?:english\s+)?(?:sub(?:title)?s?|captions?|captioning|transcript(?:ion)?|translation|timing|adaptation)\b(?:\s+(?:and\s+)?\w+){0,3}\s*(?:by\b|:)"
    r"|(?:re-?)?sync(?:ed|hroni[sz]ed|hroni[sz]ation)?\b.{0,40}?\bby\b|(?:captioned|translated|transcribed|corrected|encoded|ripped|timed)(?:\s*(?:&|and)\s*\w+)?\s+by\b"
    r"|(?:downloaded|provided)\s+(?:from|by)\b.{0,40}\.\w{2,4}\b"
    r"|subt[ií]tulos?\b.{0,30}?(?:\bde\b|\bpor\b|:)|traducci[oó]n\b.{0,20}?(?:\bde\b|\bpor\b|:)|(?:sous-titres?|sous-titrage|traduction)\b.{0,20}?(?:\bpar\b|:|\bde\b)|sous-titrage\b"
    r"|(?:sottotitoli|traduzione|revisione|resync)\b.{0,20}?(?:\bdi\b|\ba cura\b|:)|(?:legendas?|tradu[cç][aã]o|revis[aã]o)\b.{0,20}?(?:\bpor\b|\bde\b|:)"
    r"|(?:untertitel|übersetzung|untertitelung)\b.{0,20}?(?:\bvon\b|:)|(?:ondertiteling|vertaling)\b.{0,20}?(?:\bdoor\b|:)"
    r"|(?:tłumaczenie|napisy|překlad|titulky|fordította|felirat|перевод|субтитры|subtitrare(?:a)?|traducerea?)\b.{0,40}$"
    r"|traducido\s+por\b|(?:υπότιτλοι|μετάφραση|çeviri|altyazı|undertexter|översättning|tekster|oversættelse|tekstet|suomennos|käännös|преклад|превод|переклад)"
    r"(?:\s+(?:av|af))?\s*:|字幕(?:翻訳|翻译|翻譯|制作|製作|组|組)\s|(?:字幕|翻译|翻譯|校对|校對|时间轴|時間軸|자막|번역|ترجمة|תרגום|תורגם)[^:：\n]{0,10}[:：])",
    re.IGNORECASE,
)
LINKS = frozenset(
    {"and", "y", "e", "et", "und", "i", "en", "of", "de", "the", "www", "com", "net", "org"}
)  # between the names of makers
ADDRESS_ALONE = re.compile(
    r"^[\W_]*(?:visit\s+|from\s+|at\s+)?(?:https?://)?(?:www\.)[\w.-]+\.\w{2,6}(?:/\S*)?[\W_]*$|^[\W_]*https?://\S+[\W_]*$",
    re.IGNORECASE,
)
ADVERTISEMENT = re.compile(
    r"\b(?:advertise your product|become a vip member|remove all ads|help other users|rate this subtitle)\b",
    re.IGNORECASE,
)


def remove_credits(texts: Sequence[TimedText], removals: Removals) -> list[TimedText]:
    """The texts without credits among the first and the last `MAX_CREDIT_CUES`, and without addresses of subtitle sites anywhere."""
    kept: list[TimedText] = []
    for number, text in enumerate(texts):
        is_at_end = number < MAX_CREDIT_CUES or number >= len(texts) - MAX_CREDIT_CUES
        if is_site_alone(text.text) or (is_at_end and is_credit(text.text)):
            removals.add(REASON)
            continue
        speech = _drop_credit_rows(text.rows) if is_at_end else text.rows
        removals.add(REASON, len(text.rows) - len(speech))
        kept.append(text if len(speech) == len(text.rows) else text.with_text("\n".join(speech)))
    return kept


def _drop_credit_rows(rows: tuple[str, ...]) -> tuple[str, ...]:
    """The rows of a cue without a credit under the last sentence: "Goodbye, my friend." above "Subtitles by Ann"."""
    for at in range(1, len(rows)):
        if _ends_as_speech(rows[at - 1]) and all(_is_credit_row(row) for row in rows[at:]):
            return rows[:at]
    return rows


def _is_credit_row(row: str) -> bool:
    return not _ends_as_speech(row) and row.strip()[:1].isupper() and _is_maker(row)


def is_site_alone(text: str) -> bool:
    """True for nothing but the address of a subtitle site, or an advertisement of one: nobody says it, wherever it stands."""
    return bool(ADVERTISEMENT.search(text) or (SITE.search(text) and all(ADDRESS_ALONE.match(row) for row in text.split("\n"))))


def is_credit(text: str) -> bool:
    """True for the text of a cue that is nothing but a credit or an advertisement of a subtitle site."""
    rows = text.split("\n")
    if ADVERTISEMENT.search(text) or any(SITE.search(row) and not _ends_as_speech(row) for row in rows):
        return True
    return any(_is_maker(row) or ADDRESS_ALONE.match(row) for row in rows) and not any(_is_sentence(row) for row in rows)


def _is_maker(row: str) -> bool:
    """True for a row that begins as a credit and goes on with names: "Subtitles by themselves teach nobody." is a sentence."""
    match = MAKER.match(row)
    if not match:
        return False
    words = [word for word in re.findall(r"[^\W\d_]+", row[match.end() :]) if word.casefold() not in LINKS]
    lower = sum(word[0].islower() for word in words)
    return lower < MIN_SENTENCE_WORDS and not (_ends_as_speech(row) and lower)


def _is_sentence(row: str) -> bool:
    """True for a row that ends as speech does and is no credit itself."""
    is_speech = _ends_as_speech(row) or row.rstrip().endswith(",")
    return is_speech and not _is_maker(row) and not ADDRESS_ALONE.match(row)


def _ends_as_speech(row: str) -> bool:
    return row.rstrip().endswith((".", "?", "!"))
