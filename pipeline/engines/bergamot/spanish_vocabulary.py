"""Brazil's words where the pair's dictionary lacks them, or has a sense that the English sentence excludes."""

import re
from dataclasses import dataclass, replace

from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.lexical_units import Unit


@dataclass(frozen=True, slots=True)
class Sense:
    """Another word for a lemma. `english`: a regular expression that the source must contain, "" for any."""

    lemma: str
    other: str
    english: str = ""
    kind: str = ""  # the tag that the word must have


SENSES = (
    Sense("cachorro", "perro", "dogs?", "n"),
    Sense("acontecer", "pasar"),
    Sense("juguetear", "jugar", "play(s|ed|ing)?"),
    Sense("conectar", "llamar", "call(s|ed|ing)?|phon(e|ed|ing)|r[iau]ng|ringing"),
    Sense("tirar", "disparar", "sho(o|)t(s|ing)?"),
    Sense("asistir", "ver", "watch(ed|ing|es)?"),
    Sense("letra", "carta", "letters?"),
    Sense("dirigir", "conducir", "driv(e|es|ing|en)|drove"),
    Sense("casaco", "*abrigo", "coat"),
    Sense("médico", "doctor", r"(^|, )(doctor|doc)\b[,.!?]|, doctor|^doctor,"),
    Sense("venir", "ver", "sees?"),
    Sense("aldea", "pueblo", "village|town"),
)
NOUNS = {"lâmpada": ("lámpara", "f")}
ADVERBS = {"cedo": "pronto"}
VERBS = {"machuc": "herir", "machuqu": "herir"}  # stems of verbs in -ar
ENDINGS = {
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
    return [_known(unit) if unit.word.startswith("*") else _sensed(unit, cues) for unit in units]


def _sensed(unit: Unit, cues: Cues) -> Unit:
    for sense in SENSES:
        if (
            unit.word == sense.lemma
            and (not sense.kind or unit.has(sense.kind))
            and (not sense.english or cues.says(sense.english))
        ):
            if sense.other.startswith("*"):
                plural = "s" if unit.has("pl") else ""
                return replace(unit, lemma=sense.other + plural, tags=())
            return unit.renamed(sense.other)
    if unit.word == "falda" and cues.text and not cues.says("skirts?"):  # saia: the skirt, or: go out
        return replace(unit.renamed("salir"), tags=("vblex", "imp", "p3", "sg"))
    return unit


def _known(unit: Unit) -> Unit:
    word = unit.word[1:]
    if noun := NOUNS.get(word.removesuffix("s")):
        return replace(unit, lemma=noun[0], tags=("n", noun[1], "pl" if word.endswith("s") else "sg"))
    if word in ADVERBS:
        return replace(unit, lemma=ADVERBS[word], tags=("adv",))
    for ending, tags in ENDINGS.items():
        if (verb := VERBS.get(word.removesuffix(ending))) and word.endswith(ending):
            return replace(unit, lemma=verb, tags=("vblex", *tags))
    return unit


def mend_phrases(units: list[Unit], cues: Cues) -> list[Unit]:
    """`haya miedo` → `tenga miedo`, `siento mucho` → `lo siento`, `quedará bien` → `estará bien`, `estás correcto` → `tienes razón`."""
    units = list(units)
    for place, unit in enumerate(units):
        after = units[place + 1] if place + 1 < len(units) else None
        if after is None:
            break
        if unit.word == "haber" and unit.has("prs") and after.has("n"):
            units[place] = replace(unit.renamed("tener"), tags=("vblex", *unit.tags[1:]))
        elif unit.word == "quedar" and after.word in {"bien", "*ok"}:
            units[place] = unit.renamed("estar")
        elif unit.word == "estar" and after.word in {"correcto", "cierto", "seguro"} and cues.says("right"):
            units[place] = unit.renamed("tener")
            units[place + 1] = Unit("razón", ("n", "f", "sg"))
    if cues.says("sorry") and [unit.word for unit in units[:2]] == ["sentir", "mucho"]:
        very = [Unit("mucho", ("adv",))] if re.search(r"\b(so|very|really|terribly) sorry", cues.text) else []
        units[:2] = [Unit("Lo", ("prn", "pro", "p3", "nt"), units[0].blank), Unit("sentir", units[0].tags), *very]
    return units


def mend_staying(units: list[Unit], cues: Cues) -> list[Unit]:
    """`queda aquí` → `quédate aquí`, `puedo quedar` → `puedo quedarme`: who stays is reflexive in Spanish."""
    if not cues.says("stay(s|ed|ing)?|remain(s|ed|ing)?"):
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
