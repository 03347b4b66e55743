"""Post-editing rules for verbs in Spanish from Portuguese: agreement, subjects, clitics, the future subjunctive, the perfect."""

import re
from dataclasses import replace

from pipeline.engines.apertium.lexical_units import Unit, find_verb_after, remove_unit
from pipeline.engines.bergamot.english_cues import Cues

SAME_IN_PORTUGUESE = frozenset({"decir", "querer", "traer"})  # disse, quis, trouxe: the first person and the third
PREPOSITION_A = Unit("a", ("pr",))
MOTION_VERBS = frozenset({"ir", "venir", "salir"})
PAST_OF_WE = re.compile(
    r"\bwe (?:\w+ )?(\w+ed|lit|lost|sold|drank|ate|ran|met|saw|read|knew|understood|put|hid|bit|broke|came|did|fell|felt|got|held"
    r"|kept|learnt|made|owed|received|returned|went|won)\b",
    re.IGNORECASE,
)


def agree_with_subject(units: list[Unit], cues: Cues) -> list[Unit]:
    """`Yo dijo` → `Yo dije`; `mi hermano y yo jugaba` → `… jugábamos`."""
    units = list(units)
    for place, unit in enumerate(units):
        verb = find_verb_after(units, place) if unit.word == "yo" and unit.is_subject else None
        if verb is not None and units[verb].has("sg") and not units[verb].has("imp"):
            if _is_joined(units, place):
                units[verb] = units[verb].with_tags(p3="p1", sg="pl")
            else:
                units[verb] = units[verb].with_tags(p3="p1")
    if cues.has_ambiguous_first_person and not any(unit.is_subject and unit.word != "yo" for unit in units):
        units = [
            unit.with_tags(p3="p1") if unit.word in SAME_IN_PORTUGUESE and unit.has("ifi", "p3", "sg") else unit for unit in units
        ]
    return units


def drop_subject_pronouns(units: list[Unit], cues: Cues) -> list[Unit]:
    """`Yo compré` → `Compré`: the verb's ending says it. Kept where pronouns are joined or tell two people apart."""
    place = 0
    while place < len(units):
        unit = units[place]
        told_apart = unit.word == "él" and cues.has_he_and_she
        if unit.is_subject and find_verb_after(units, place) is not None and not _is_joined(units, place) and not told_apart:
            units = remove_unit(units, place)
        else:
            place += 1
    return units


def _is_joined(units: list[Unit], place: int) -> bool:
    """True if a pronoun is the second of two coordinated subjects that begin the sentence: `mi hermano y yo`."""
    if place < 2 or units[place - 1].word not in {"y", "o", "ni"}:
        return False
    return all(unit.is_subject or {"n", "np", "det", "adj"} & set(unit.tags) for unit in units[: place - 1])


def mend_future_subjunctive(units: list[Unit], cues: Cues) -> list[Unit]:  # noqa: ARG001 -- the mends have one signature
    """`si él ligar` → `si él liga`, `cuando llegar` → `cuando llegue`: Portuguese has a tense here that looks like an infinitive."""
    units = list(units)
    for place, unit in enumerate(units):
        if not unit.has("cnjadv") or unit.word not in {"si", "cuando"}:
            continue
        tense, person, number = "pri" if unit.word == "si" else "prs", "p3", "sg"
        for index in range(place + 1, len(units)):
            word = units[index]
            if word.is_subject:
                person, number = word.tags[2], word.tags[-1]
            elif word.has("inf") or (unit.word == "si" and word.has("prs")):
                units[index] = word.in_tense(tense, person, number)
                break
            elif word.has("n"):
                number = word.tags[-1] if word.tags[-1] in {"sg", "pl"} else number
            elif not (word.is_clitic or {"adv", "det", "adj", "np"} & set(word.tags)):
                break
    return units


def mend_past_of_we(units: list[Unit], cues: Cues) -> list[Unit]:
    """`encendemos` → `encendimos` where English has the past: Portuguese has one form for both."""
    if not PAST_OF_WE.search(cues.text):
        return units
    return [unit.with_tags(pri="ifi") if unit.has("vblex", "pri", "p1", "pl") and unit.word != "ir" else unit for unit in units]


def mend_progressive(units: list[Unit], cues: Cues) -> list[Unit]:
    """`están viniendo` → `vienen`: Spanish has no such progressive of going and coming; `I'm leaving` → `me voy`."""
    mended: list[Unit] = []
    for unit in units:
        estar = mended[-1] if mended else None
        if estar is not None and estar.word == "estar" and estar.has("pri") and unit.has("ger") and unit.word in MOTION_VERBS:
            leaves = (
                unit.word == "salir"
                and cues.has_words("leaving")
                and not cues.has_words("leaving (the|my|your|his|her|this|that|from)")
            )
            verb = replace(unit.with_lemma("ir" if leaves else unit.word), tags=("vblex", *estar.tags[1:]), blank=estar.blank)
            mended[-1:] = [*_reflexive_pronoun(estar, mended[:-1]), verb] if leaves else [verb]
        else:
            mended.append(unit)
    return mended


def _reflexive_pronoun(verb: Unit, before: list[Unit]) -> list[Unit]:
    """The reflexive pronoun of a verb's person, to be put before it; none if a clitic is there already."""
    if before and before[-1].is_clitic:
        return []
    person = next((tag for tag in verb.tags if tag in {"p1", "p2", "p3"}), "p3")
    if person == "p3":
        return [Unit("se", ("prn", "pro", "ref", "p3", "mf", "sp"), verb.blank)]
    lemma = {"p1sg": "me", "p2sg": "te", "p1pl": "nos"}.get(person + verb.tags[-1])
    return [Unit(lemma, ("prn", "pro", person, "mf", verb.tags[-1]), verb.blank)] if lemma else []


def attach_clitics(units: list[Unit], cues: Cues) -> list[Unit]:  # noqa: ARG001 -- the mends have one signature
    """`voy te ver` → `voy a verte`, `fue pescar` → `fue a pescar`."""
    mended: list[Unit] = []
    for unit in units:
        if unit.has("inf") or unit.has("ger"):
            clitics: list[Unit] = []
            while mended and mended[-1].is_clitic:
                clitics.insert(0, mended.pop())
            if unit.has("inf") and mended and mended[-1].is_finite and _is_form_of_ir(mended[-1], clitics):
                mended[-1] = (
                    mended[-1].with_lemma("ir")
                    if mended[-1].has("vblex")
                    else replace(mended[-1].with_lemma("ir"), tags=("vblex", *mended[-1].tags[1:]))
                )
                mended.append(PREPOSITION_A)
            blank = clitics[0].blank if clitics and not mended else unit.blank
            mended.append(replace(unit, blank=blank, enclitics=(*(_to_enclitic(clitic) for clitic in clitics), *unit.enclitics)))
        else:
            mended.append(unit)
    return mended


def _is_form_of_ir(verb: Unit, clitics: list[Unit]) -> bool:
    """True if a verb before an infinitive is `ir`; its past is that of `ser` too."""
    return verb.word == "ir" or (verb.word == "ser" and verb.has("ifi") and not clitics)


def _to_enclitic(clitic: Unit) -> str:
    return clitic.word + "".join(f"<{tag}>" for tag in clitic.with_tags(pro="enc").tags)


def mend_perfect(units: list[Unit], cues: Cues) -> list[Unit]:
    """`debería tener dicho` → `debería haber dicho`, the pronoun between them with it."""
    units = list(units)
    for place, unit in enumerate(units):
        if unit.word != "tener" or not unit.has("inf"):
            continue
        after = place + 1
        while after < len(units) and units[after].is_clitic:
            after += 1
        if after < len(units) and units[after].has("pp"):
            clitics = tuple(_to_enclitic(clitic) for clitic in units[place + 1 : after])
            units[place] = replace(unit, lemma="haber", tags=("vbhaver", "inf"), enclitics=(*unit.enclitics, *clitics))
            units[after] = replace(units[after], tags=(units[after].tags[0], "pp", "m", "sg"))
            return mend_perfect([*units[: place + 1], *units[after:]], cues)
    return units
