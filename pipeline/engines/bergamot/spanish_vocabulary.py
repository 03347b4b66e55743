"""Post-editing rules for vocabulary: Brazilian words that the pair's dictionary lacks, and word senses that the English sentence excludes."""

import re
from dataclasses import dataclass, replace

from pipeline.engines.apertium.lexical_units import Unit
from pipeline.engines.bergamot.english_cues import Cues


@dataclass(frozen=True, slots=True)
class Sense:
    """Another word for a lemma. `english`: a regular expression that the source must contain, "" for any."""

    lemma: str
    other: str  # a lemma, or after an asterisk a word as it is written
    english: str = ""


SENSES = (
    Sense("acontecer", "pasar"),
    Sense("juguetear", "jugar", "play(s|ed|ing)?"),
    Sense("conectar", "llamar", "call(s|ed|ing)?|phon(e|ed|ing)|r[iau]ng|ringing"),
    Sense("tirar", "disparar", "shoot(s|ing)?|shot"),
    Sense("asistir", "ver", "watch(ed|ing|es)?"),
    Sense("letra", "carta", "letters?"),
    Sense("dirigir", "conducir", "driv(e|es|ing|en)|drove"),
    Sense("médico", "doctor", r"doctor(?=[.!?]*$)|doctor,"),
    Sense("venir", "ver", "sees?"),
    Sense("ceder", "*temprano", "early|soon"),
)
MISSING_NOUNS = {"lâmpada": ("lámpara", "f"), "cachorro": ("perro", "m")}  # that the pair's dictionary lacks
MISSING_FORMS = {"casaco": "abrigo", "casacos": "abrigos"}  # that its generator lacks too
POSSESSIVES = frozenset({"mío", "tuyo", "suyo"})
MISSING_VERB_STEMS = {"machuc": "herir", "machuqu": "herir"}  # stems of verbs in -ar
VERB_ENDINGS = {
    "ar": ("inf",),
    "ando": ("ger",),
    "ado": ("pp", "m", "sg"),
    "ou": ("ifi", "p3", "sg"),
    "ei": ("ifi", "p1", "sg"),
    "aram": ("ifi", "p3", "pl"),
    "a": ("pri", "p3", "sg"),
    "o": ("pri", "p1", "sg"),
    "am": ("pri", "p3", "pl"),
    "e": ("prs", "p3", "sg"),
}


def mend_vocabulary(units: list[Unit], cues: Cues) -> list[Unit]:
    """`cachorro` → `perro`, `conectar` → `llamar` on the telephone, `lâmpadas` → `lámparas`, `machucar` → `herir`."""
    mended: list[Unit] = []
    for unit in units:
        word = _translate_missing(unit) if unit.word.startswith("*") else _choose_sense(unit, cues)
        owner = mended[-1] if mended else None
        if owner is not None and word.has("n") and not unit.tags and owner.word in POSSESSIVES and not owner.has("det"):
            mended[-1] = replace(owner, tags=("det", "pos", "mf", word.tags[-1]))
        mended.append(word)
    return mended


def _choose_sense(unit: Unit, cues: Cues) -> Unit:
    for sense in SENSES:
        if unit.word == sense.lemma and (not sense.english or cues.has_words(sense.english)):
            return replace(unit, lemma=sense.other, tags=()) if sense.other.startswith("*") else unit.with_lemma(sense.other)
    if unit.word == "falda" and cues.text and not cues.has_words("skirts?"):  # saia: the skirt, or: go out
        return replace(unit.with_lemma("salir"), tags=("vblex", "imp", "p3", "sg"))
    return unit


def _translate_missing(unit: Unit) -> Unit:
    word = unit.word[1:]
    if noun := MISSING_NOUNS.get(word.removesuffix("s")):
        return replace(unit, lemma=noun[0], tags=("n", noun[1], "pl" if word.endswith("s") else "sg"))
    if word in MISSING_FORMS:
        return replace(unit, lemma="*" + MISSING_FORMS[word])
    for ending, tags in VERB_ENDINGS.items():
        if (verb := MISSING_VERB_STEMS.get(word.removesuffix(ending))) and word.endswith(ending):
            return replace(unit, lemma=verb, tags=("vblex", *tags))
    return unit


def mend_phrases(units: list[Unit], cues: Cues) -> list[Unit]:
    """`haya miedo` → `tenga miedo`, `siento mucho` → `lo siento`, `quedará bien` → `estará bien`, `estás correcto` → `tienes razón`,
    `está pronto` → `está listo` of somebody who is ready.
    """
    units = list(units)
    for place, unit in enumerate(units):
        after = units[place + 1] if place + 1 < len(units) else None
        if after is None:
            break
        if unit.word in {"nada", "algo"} and [near.word for near in units[place + 1 : place + 3]] == ["de", "errar"]:
            units[place + 1 : place + 3] = [Unit("malo", ("adj", "m", "sg"))]
        elif unit.word == "haber" and unit.has("prs") and after.has("n"):
            units[place] = replace(unit.with_lemma("tener"), tags=("vblex", *unit.tags[1:]))
        elif unit.word == "quedar" and after.word in {"bien", "*ok"}:
            units[place] = unit.with_lemma("estar")
        elif unit.word == "estar" and after.word == "pronto" and cues.has_words("ready|finished|done"):
            units[place + 1] = replace(after.with_lemma("listo"), tags=("adj", _find_gender(units[:place]), "sg"))
        elif unit.word == "por la mitad" and after.word == "día" and after.blank == "-":  # meio-dia
            noon = Unit("mediodía", ("n", "m", "sg"))
            units[place : place + 2] = [Unit("a", ("pr",), unit.blank), Unit("el", ("det", "def", "m", "sg")), noon]
        elif unit.word == "estar" and after.word in {"correcto", "cierto", "seguro"} and cues.has_words("right"):
            units[place] = unit.with_lemma("tener")
            units[place + 1] = Unit("razón", ("n", "f", "sg"))
    if cues.has_words("sorry") and [unit.word for unit in units[:2]] == ["sentir", "mucho"]:
        very = [Unit("mucho", ("adv",))] if re.search(r"\b(so|very|really|terribly) sorry", cues.text) else []
        units[:2] = [Unit("Lo", ("prn", "pro", "p3", "nt"), units[0].blank), Unit("sentir", units[0].tags), *very]
    return units


def _find_gender(units: list[Unit]) -> str:
    """Gender of the last noun or subject pronoun, "m" or "f"; "m" where it has none."""
    subject = next((unit for unit in reversed(units) if unit.has("n") or unit.is_subject), None)
    return "f" if subject is not None and subject.has("f") else "m"


def mend_staying(units: list[Unit], cues: Cues) -> list[Unit]:
    """`queda aquí` → `quédate aquí`, `puedo quedar` → `puedo quedarme`: the verb is reflexive in Spanish."""
    if not cues.has_words("stay(s|ed|ing)?|remain(s|ed|ing)?"):
        return units
    units, person = list(units), "se<prn><enc><ref><p3><mf><sp>"
    own = {"p1sg": "me<prn><enc><p1><mf><sg>", "p2sg": "te<prn><enc><p2><mf><sg>", "p1pl": "nos<prn><enc><p1><mf><pl>"}
    for place, unit in enumerate(units):
        if unit.is_finite:
            tags = [tag for tag in unit.tags if tag in {"p1", "p2", "p3"}]
            person = own.get("".join(tags) + unit.tags[-1], "se<prn><enc><ref><p3><mf><sp>")
        if unit.word == "quedar" and not unit.enclitics and (unit.has("inf") or unit.has("imp")):
            units[place] = replace(unit, enclitics=(person,))
    return units
