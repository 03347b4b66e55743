"""Mends of words in Spanish that comes from Portuguese: question words, `si` and `se`, the personal `a`, Brazil's vocabulary."""

from dataclasses import replace

from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.lexical_units import Unit
from pipeline.engines.bergamot.spanish_verbs import TO

QUESTION_WORDS = {
    "donde": ("dónde", ("adv", "itg")),
    "cuando": ("cuándo", ("adv", "itg")),
    "como": ("cómo", ("adv", "itg")),
    "quien": ("quién", ("prn", "itg", "mf", "sg")),
}
ASKING = frozenset("saber preguntar decir recordar entender explicar contar averiguar descubrir imaginar olvidar adivinar importar".split())
KIN = "madre padre mamá papá hermano hermana hijo hija marido esposa esposo mujer hombre niño niña chico chica amigo amiga novio novia"
PEOPLE = frozenset(f"{KIN} abuelo abuela tío tía primo prima muchacho persona gente soldado policía médico señor bebé jefe".split())
SEEN = frozenset("ver conocer matar amar encontrar buscar llamar oír ayudar besar perder visitar abandonar salvar odiar invitar".split())
VOCABULARY = {"cachorro": "perro", "acontecer": "pasar", "rapaz": "muchacho", "emplear": "emplear"}
UNKNOWN = {"lâmpada": ("lámpara", ("n", "f"))}


def mend_question_words(units: list[Unit], cues: Cues) -> list[Unit]:
    """`¿Donde están?` → `¿Dónde están?`, `no sé donde` → `no sé dónde`, `¿Lo que dijo?` → `¿Qué dijo?`, `¿Quién son?` → `¿Quiénes son?`."""
    units = list(units)
    for place, unit in enumerate(units):
        before = units[place - 1] if place else None
        begins = before is None or (place == 1 and before.has("pr"))
        if unit.word in QUESTION_WORDS and not unit.has("itg"):
            asked = before is not None and before.word in ASKING and before.is_verb
            if (cues.is_question and begins) or asked:
                lemma, tags = QUESTION_WORDS[unit.word]
                units[place] = replace(unit, lemma=lemma.capitalize() if unit.lemma[:1].isupper() else lemma, tags=tags)
        if unit.word == "quién" and place + 1 < len(units) and units[place + 1].has("pl") and units[place + 1].is_finite:
            units[place] = units[place].tagged(sg="pl")
    if cues.is_question and [unit.word for unit in units[:2]] == ["lo", "que"]:
        units[:2] = [Unit("Qué", ("prn", "itg", "mf", "sg"), units[0].blank)]
    return units


def mend_si_and_se(units: list[Unit], cues: Cues) -> list[Unit]:
    """`Él si levantó` → `Él se levantó`; `me pregunto se vive` → `me pregunto si vive`. Portuguese has `se` for both."""
    units = list(units)
    has_if = cues.says("if|whether")
    for place, unit in enumerate(units):
        before = units[place - 1] if place else None
        after = units[place + 1] if place + 1 < len(units) else None
        if cues.text and not has_if and unit.word == "si" and before is not None and after is not None and after.is_finite:
            units[place] = replace(unit, lemma="se", tags=("prn", "pro", "ref", "p3", "mf", "sp"))
        elif has_if and unit.word == "se" and unit.is_clitic and before is not None and before.word in ASKING:
            units[place] = replace(unit, lemma="si", tags=("cnjadv",))
    return units


def insert_personal_a(units: list[Unit], cues: Cues) -> list[Unit]:
    """`vi su hermana` → `vi a su hermana`."""
    mended: list[Unit] = []
    for place, unit in enumerate(units):
        if mended and mended[-1].is_verb and mended[-1].word in SEEN and not mended[-1].has("pp"):
            noun = units[place + 1] if unit.has("det") and place + 1 < len(units) else unit
            if (noun.word in PEOPLE and noun.has("n") and (unit.has("pos") or unit.has("def"))) or unit.has("np", "ant"):
                mended.append(TO)
        mended.append(unit)
    return mended


def mend_vocabulary(units: list[Unit], cues: Cues) -> list[Unit]:
    """Brazil's words in Spain's and America's: `cachorro` → `perro`, `conectar` → `llamar` on the telephone."""
    calls = cues.says("call|calls|called|calling|phone|phoned|rang|ring|rings")
    mended = []
    for unit in units:
        word = unit.word
        other = VOCABULARY.get(word, "llamar" if calls and word == "conectar" else "")
        if other:
            unit = replace(unit, lemma=other.capitalize() if unit.lemma[:1].isupper() else other)
        if word.startswith("*"):
            lemma, tags = UNKNOWN.get(word[1:].removesuffix("s"), ("", ()))
            unit = replace(unit, lemma=lemma, tags=(*tags, "pl" if word.endswith("s") else "sg")) if lemma else unit
        mended.append(unit)
    return mended
