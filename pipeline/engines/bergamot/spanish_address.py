"""T–V distinction in Spanish from Portuguese: `você` becomes `usted`, and films mostly say `tú`.

`tú` only in sentences that address one person without a title; `usted` stays with `sir`, `Mrs.`, `doctor` and in the plural.
"""

from dataclasses import replace

from pipeline.engines.apertium.lexical_units import Unit, find_verb_after
from pipeline.engines.bergamot.english_cues import Cues

OBJECT_CLITICS = frozenset({"lo", "la", "le"})
SECOND_PERSON = ("p2", "mf", "sg")


def address_familiarly(units: list[Unit], cues: Cues) -> list[Unit]:
    """`Usted sabe que su hermano …` → `Tú sabes que tu hermano …`."""
    if not cues.is_informal or any(unit.word == "usted" and unit.has("pl") for unit in units):
        return units
    units = _mend_subjects(list(units), cues)
    units = [_mend_imperative(units, place, cues) for place in range(len(units))]
    if cues.has_only_your_possessive:
        units = [unit.with_lemma("tuyo") if unit.word == "suyo" and unit.has("pos") else unit for unit in units]
    if cues.has_object_you:
        units = [_mend_object(unit) for unit in units]
    return units


def _mend_subjects(units: list[Unit], cues: Cues) -> list[Unit]:
    for place, unit in enumerate(units):
        if unit.word != "usted" or not unit.has("sg"):
            continue
        before = units[place - 1] if place else None
        verb = find_verb_after(units, place)
        if verb is None and before is not None and before.is_singular_third and cues.is_question:
            verb = place - 1  # ¿Qué hace usted?
        if verb is not None and units[verb].is_singular_third:
            units[place] = unit.with_tags(p3="p2").with_lemma("tú")
            for index in range(min(place, verb), max(place, verb)):
                units[index] = _mend_reflexive(units[index])
            units[verb] = units[verb].in_person("p2")
        elif before is not None and before.has("pr"):
            units[place] = unit.with_tags(p3="p2").with_lemma("contigo" if before.word == "con" else "ti")
        else:
            units[place] = unit.with_tags(p3="p2").with_lemma("tú")
    return [
        unit
        for place, unit in enumerate(units)
        if not (unit.word == "con" and place + 1 < len(units) and units[place + 1].word == "contigo")
    ]


def _mend_reflexive(unit: Unit) -> Unit:
    """A reflexive pronoun of the second person: `se acuerda` → `te acuerdas`."""
    if unit.is_clitic and unit.has("ref", "p3"):
        return replace(unit.with_lemma("te"), tags=("prn", "pro", *SECOND_PERSON))
    return unit


def _mend_imperative(units: list[Unit], place: int, cues: Cues) -> Unit:
    unit = units[place]
    if unit.has("imp", "p3", "sg"):
        unit = unit.with_tags(p3="p2")
        if unit.word == "venir" and not unit.enclitics:
            return replace(unit.with_lemma("ven"), lemma="*" + unit.with_lemma("ven").lemma, tags=())  # the generator writes vén
        return replace(unit, enclitics=tuple(_mend_reflexive_enclitic(enclitic) for enclitic in unit.enclitics))
    if place > 1 and unit.is_singular_third and unit.has("prs") and units[place - 1].word == "y" and units[0].has("imp"):
        return replace(unit, tags=(unit.tags[0], "imp", "p2", "sg"))  # siéntate y come
    if unit.is_singular_third and unit.has("prs") and cues.is_negative_command and _is_negated(units, place):
        return unit.in_person("p2")
    return _mend_reflexive(unit) if cues.is_negative_command and _is_negated(units, place + 1) else unit


def _is_negated(units: list[Unit], place: int) -> bool:
    """True if only `no` or `nunca`, and clitics, precede the verb in its clause."""
    place -= 1
    while place >= 0 and units[place].is_clitic:
        place -= 1
    return place >= 0 and units[place].word in {"no", "nunca"} and (place == 0 or units[place - 1].word in {",", "y"})


def _mend_object(unit: Unit) -> Unit:
    if unit.is_clitic and unit.word in OBJECT_CLITICS and unit.has("p3"):
        return replace(unit.with_lemma("te"), tags=("prn", "pro", *SECOND_PERSON))
    return replace(unit, enclitics=tuple(_mend_object_enclitic(enclitic) for enclitic in unit.enclitics))


def _mend_object_enclitic(enclitic: str) -> str:
    is_other = enclitic.partition("<")[0] in OBJECT_CLITICS and "<p3>" in enclitic
    return "te<prn><enc><p2><mf><sg>" if is_other else enclitic


def _mend_reflexive_enclitic(enclitic: str) -> str:
    return "te<prn><enc><p2><mf><sg>" if enclitic.startswith("se<") else enclitic


def address_plurally(units: list[Unit], cues: Cues) -> list[Unit]:  # noqa: ARG001 -- the mends have one signature
    """`vosotros estáis` → `ustedes están`: the rest of the sentence has the third person from Portuguese, and it is understood everywhere."""
    units = list(units)
    for place, unit in enumerate(units):
        if unit.word == "vosotros" and unit.is_subject:
            verb = find_verb_after(units, place)
            if verb is not None:
                units[verb] = units[verb].with_tags(p2="p3")
            units[place] = replace(unit.with_lemma("usted"), tags=("prn", "tn", "p3", "mf", "pl"))
    return units
