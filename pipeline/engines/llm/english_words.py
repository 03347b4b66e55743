"""English word list: the commonest words of dialogue, and which of them other languages use as their own.

A word counts as English in a translation only where the target language does not have it too.
"""

from collections.abc import Mapping

# Common words that no other language with Latin letters has, as far as dialogue goes, but for those in LOANWORDS.
WORD_LIST = """
the and with you your you're yours what what's this that that's these those they they're them their there there's
where when who whom whose why how which would could should wouldn't couldn't shouldn't don't doesn't didn't isn't
aren't wasn't weren't won't can't haven't hasn't hadn't it's i'm i'll i've i'd he's she's we're we'll we've let's
have having been being were does did doing done said says saying told tell telling know knows knew known think
thinks thought want wants wanted need needs needed look looks looking looked get gets getting got give gives giving
gave given take takes taking took taken make makes making made go goes going went gone come coming came see sees
seeing saw seen find found keep kept leave leaving left stay stayed wait waiting waited help helping call calling
called believe understand remember forget forgot happened happens happening nothing something anything everything
nobody somebody anybody everybody nowhere somewhere always never again already enough because before after about
above below under over between behind down away back here inside outside home house room night night's morning
tomorrow yesterday today week year years people woman women girl boy children child father mother brother sister
friend friends wife husband daughter money work working job thing things way right wrong good better best bad worse
great little big small old young new first last next other another every any some many much more most few please
thanks thank sorry yes well just only very really too quite hurry stop wrong true sure careful listen shut open
close door window street water food dead die dying killed kill hurt afraid scared tired hungry happy sad angry love
loved hate like liked wish hope heart hand hands head eyes face life death truth lie lying world
"""

# Of them, words that another language has too: as its own word, or taken over into everyday speech. By base language.
LOANWORD_LISTS = {
    "de": "die hand job last sorry stop well please home boy girl best like room any most",
    "nl": "die hand job last sorry stop want water week over best did open under",
    "es": "come die hate sad stop did face",
    "pt": "come face hate ante most were stop",
    "fr": "face job stop dent but sure best",
    "it": "come made stop face sad job",
    "ca": "face stop sad any more",
    "sv": "hand under over any hate job sorry",
}

COMMON_WORDS = frozenset(WORD_LIST.split())
LOANWORDS: Mapping[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in LOANWORD_LISTS.items()}
