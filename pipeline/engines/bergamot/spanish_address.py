"""Familiar address: Portuguese `você` arrives as `usted`, films mostly say `tú`.

Only in sentences that speak to one person without a title; `usted` stays with `sir`, `Mrs.`, `doctor` and in the plural.
"""

from dataclasses import replace

from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.lexical_units import Unit, verb_after

OBJECTS = frozenset({"lo", "la", "le"})
TE = ("te", ("p2", "mf", "sg"))


def address_familiarly(units: list[Unit], cues: Cues) -> list[Unit]:
    """`Usted sabe que su hermano …` → `Tú sabes que tu hermano …`."""
    if not cues.is_informal or any(unit.word == "usted" and unit.has("pl") for unit in units):
        return units
    units = _subjects(list(units))
    units = [_commanded(units, place, cues) for place in range(len(units))]
    if cues.owns_only_yours:
        units = [replace(unit, lemma=_cased(unit, "tuyo")) if unit.word == "suyo" and unit.has("pos") else unit for unit in units]
    if cues.has_object_you:
        units = [_object(unit) for unit in units]
    return units


def _subjects(units: list[Unit]) -> list[Unit]:
    for place, unit in enumerate(units):
        if unit.word != "usted" or not unit.has("sg"):
            continue
        before = units[place - 1] if place else None
        verb = verb_after(units, place)
        if verb is None and before is not None and before.is_finite and before.has("p3", "sg"):
            verb = place - 1  # ¿Qué hace usted?
        if verb is not None and units[verb].has("p3", "sg"):
            units[verb] = units[verb].tagged(p3="p2")
            units[place] = replace(unit.tagged(p3="p2"), lemma=_cased(unit, "tú"))
        elif before is not None and before.has("pr"):
            units[place] = replace(unit.tagged(p3="p2"), lemma=_cased(unit, "contigo" if before.word == "con" else "ti"))
        else:
            units[place] = replace(unit.tagged(p3="p2"), lemma=_cased(unit, "tú"))
    return [
        unit
        for place, unit in enumerate(units)
        if not (unit.word == "con" and place + 1 < len(units) and units[place + 1].word == "contigo")
    ]


def _commanded(units: list[Unit], place: int, cues: Cues) -> Unit:
    unit = units[place]
    if unit.has("imp", "p3", "sg"):
        unit = unit.tagged(p3="p2")
        return replace(unit, enclitics=tuple(_reflexive(enclitic) for enclitic in unit.enclitics))
    if cues.is_command_not_to and unit.has("prs", "p3", "sg") and _is_negated(units, place):
        return unit.tagged(p3="p2")
    return unit


def _is_negated(units: list[Unit], place: int) -> bool:
    """Whether a verb stands first in its clause but for `no` and its clitics."""
    place -= 1
    while place >= 0 and units[place].is_clitic:
        place -= 1
    return place >= 0 and units[place].word in {"no", "nunca"} and (place == 0 or units[place - 1].has("cm"))


def _object(unit: Unit) -> Unit:
    if unit.is_clitic and unit.word in OBJECTS and unit.has("p3"):
        return replace(unit, lemma=_cased(unit, "te"), tags=("prn", "pro", *TE[1]))
    return replace(unit, enclitics=tuple(_object_enclitic(enclitic) for enclitic in unit.enclitics))


def _object_enclitic(enclitic: str) -> str:
    is_other = enclitic.partition("<")[0] in OBJECTS and "<p3>" in enclitic
    return "te<prn><enc><p2><mf><sg>" if is_other else enclitic


def _reflexive(enclitic: str) -> str:
    return "te<prn><enc><p2><mf><sg>" if enclitic.startswith("se<") else enclitic


def _cased(unit: Unit, word: str) -> str:
    return word.capitalize() if unit.lemma[:1].isupper() else word
