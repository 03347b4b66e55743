"""Spellings of languages beside ISO 639 and the CLDR names: codes and words of subtitle sites, media servers and release names.

Sources: the language lists of OpenSubtitles (`ea`, `pb`, `zht`), Bazarr (`spl`, `pob`, `zht`), Subscene ("Farsi/Persian", "Big 5 code"), Plex
and Jellyfin (country codes in place of language codes), the tags of fansub groups (`chs`, `cht`, 简体), and French and
Spanish release tags (VFF, VFQ, VOSTFR, VOSE). A region is kept where the spelling means one.
"""

import re
import unicodedata
from collections.abc import Sequence

# Codes that are no ISO 639 codes, or whose ISO 639-3 language has no films: `spl` is Selepet, `cht` Cholón.
CODE_SPELLINGS = {
    **dict.fromkeys(("spl", "ea", "esla", "es-la", "es_la", "spa-la", "eslat", "es-lat"), "es-419"),
    **dict.fromkeys(("pob", "pb", "ptbr"), "pt-BR"),
    **dict.fromkeys(("chs", "zhs", "cnsimp", "zhcn", "gbk"), "zh-Hans"),
    **dict.fromkeys(("cht", "zht", "zhtw", "big5"), "zh-Hant"),
    **dict.fromkeys(("zhe", "cn"), "zh"),
    **dict.fromkeys(("jp", "jpn"), "ja"),
    **dict.fromkeys(("esp", "spn"), "es"),
    **dict.fromkeys(("cz", "cze"), "cs"),
    **dict.fromkeys(("vff", "truefrench"), "fr-FR"),
    **dict.fromkeys(("vf", "vfi", "vostfr", "vost", "stfr"), "fr"),
    **dict.fromkeys(("vfq", "vq"), "fr-CA"),
    **dict.fromkeys(("engl", "enus"), "en"),
    "engb": "en-GB",
    "vose": "es",
    "ptpt": "pt-PT",
    "dk": "da",
    "gr": "el",
    "scr": "hr",
    "scc": "sr",
    "ua": "uk",
}  # fmt: skip
# Country codes in file names whose ISO 639 language (Kanuri, Twi, Breton) is hardly ever meant.
COUNTRY_CODES = {"kr": "ko", "tw": "zh-Hant", "br": "pt-BR", "hk": "zh-HK"}
# Words, without accents and in lower case, as a phrase of a name or title holds them.
PHRASES = {
    **dict.fromkeys(
        (
            *("latin american", "latin america", "latin spanish", "spanish latin", "latino", "latina", "latam", "lat am", "latinoamerica"),
            *("america latina", "latinoamericano", "hispanoamerica", "es la", "es lat", "es latam", "spa la", "spa lat", "spanish la", "espanol la"),
        ),
        "es-419",
    ),
    **dict.fromkeys(
        ("castellano", "castilian", "castellan", "european spanish", "spanish spain", "spanish europe", "spanish eu", "espanol espana", "espanol europa", "espana"),
        "es-ES",
    ),
    **dict.fromkeys(("mexican spanish", "spanish mexico", "espanol mexico", "mexican", "es mx", "spa mx"), "es-MX"),
    **dict.fromkeys(
        (
            *("brazilian", "brazil", "brasil", "brasileiro", "brasilero", "brazilian portuguese", "portuguese br", "portugues br", "pt br", "por br"),
            *("portuguese brazil", "portuguese brazilian", "portugues brasil", "portugues do brasil", "portugues brasileiro", "portuguesbr", "legendado"),
        ),
        "pt-BR",
    ),
    **dict.fromkeys(
        ("european portuguese", "portuguese portugal", "portuguese europe", "portuguese pt", "portugues portugal", "portugues pt", "iberian portuguese", "portugal", "pt pt"),
        "pt-PT",
    ),
    **dict.fromkeys(
        (
            *("simplified", "simplified chinese", "chinese simplified", "chinese bg code", "chinese gb", "zh cn", "zh hans", "chi sim", "zho sim", "sc"),
            *("简体", "简体中文", "简中", "简", "中文 简体", "简英", "简日"),
        ),
        "zh-Hans",
    ),
    **dict.fromkeys(
        (
            *("traditional", "traditional chinese", "chinese traditional", "big 5 code", "zh tw", "zh hant", "chi tra", "zho tra", "taiwanese mandarin"),
            *("繁體", "繁体", "繁體中文", "繁体中文", "繁中", "繁", "正體中文", "中文 繁體", "繁英", "繁日", "tc"),
        ),
        "zh-Hant",
    ),
    **dict.fromkeys(("chinese bilingual", "mandarin", "putonghua", "中文", "中字", "国语", "國語"), "zh"),
    **dict.fromkeys(("cantonese", "粤语", "粵語"), "yue"),
    **dict.fromkeys(("hong kong", "chinese hong kong", "zh hk"), "zh-HK"),
    **dict.fromkeys(
        ("canadian french", "french canadian", "french canada", "quebecois", "quebec", "francais canadien", "francais canada", "francais quebec", "fr ca", "fre ca"),
        "fr-CA",
    ),
    **dict.fromkeys(("european french", "french france", "parisian french", "french parisian", "francais france", "fr fr"), "fr-FR"),
    **dict.fromkeys(("flemish", "vlaams"), "nl-BE"),
    **dict.fromkeys(("british english", "english uk", "english british", "british", "english gb", "english united kingdom"), "en-GB"),
    **dict.fromkeys(("american english", "english us", "english american", "english united states", "english usa"), "en-US"),
    **dict.fromkeys(("farsi persian", "farsi", "persian"), "fa"),
    **dict.fromkeys(("serbian latin", "srpski latinica"), "sr-Latn"),
    **dict.fromkeys(("serbian cyrillic", "srpski cirilica"), "sr-Cyrl"),
    **dict.fromkeys(("bokmal", "norwegian bokmal", "norsk bokmal"), "nb"),
    **dict.fromkeys(("nynorsk", "norwegian nynorsk", "norsk nynorsk"), "nn"),
    **dict.fromkeys(("napisy", "lektor"), "pl"),
    **dict.fromkeys(("русские", "русская"), "ru"),
    **dict.fromkeys(("английские", "английская"), "en"),
    **dict.fromkeys(("украинские", "украинская", "украінські"), "uk"),
    **dict.fromkeys(("tieng viet", "viet"), "vi"),
    "tieng anh": "en",
    "valencian": "ca-valencia",
    "valencia": "ca-valencia",
}  # fmt: skip
MAX_PHRASE_WORDS = 3


def find_code(code: str) -> str | None:
    """BCP 47 tag of a code that is none of ISO 639, or of another language there: `pob` → `pt-BR`."""
    return CODE_SPELLINGS.get(code.strip().casefold())


def find_phrase(words: Sequence[str]) -> tuple[str, int] | None:
    """BCP 47 tag of the longest spelling that these words begin with, and its number of words; None where there is none."""
    plain = [_strip_accents(word) for word in words[:MAX_PHRASE_WORDS]]
    for count in range(len(plain), 0, -1):
        phrase = " ".join(plain[:count])
        found = PHRASES.get(phrase) or (CODE_SPELLINGS.get(phrase) or COUNTRY_CODES.get(phrase) if count == 1 else None)
        if found:
            return found, count
    return None


def find_in_text(text: str) -> str | None:
    """BCP 47 tag of the first regional spelling in a title or a name: `Español (Latinoamérica)` → `es-419`."""
    words = re.findall(r"[^\W_]+", text)
    phrases = (find_phrase(words[start:]) for start in range(len(words)))
    return next((phrase[0] for phrase in phrases if phrase), None)


def _strip_accents(word: str) -> str:
    """The word in lower case without accents; other scripts stay as they are."""
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return unicodedata.normalize("NFC", "".join(mark for mark in decomposed if not "\u0300" <= mark <= "\u036f"))
