"""Mends of verbs in Spanish that comes from Portuguese: agreement, subjects, clitics, the future subjunctive, the perfect."""

from dataclasses import replace

from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.lexical_units import Unit, removed, verb_after

SAME_IN_PORTUGUESE = frozenset({"decir", "querer", "traer"})  # disse, quis, trouxe: the first person and the third
TO = Unit("a", ("pr",))


def agree_with_subject(units: list[Unit], cues: Cues) -> list[Unit]:
    """`Yo dijo` → `Yo dije`; `mi hermano y yo jugaba` → `… jugábamos`."""
    units = list(units)
    for place, unit in enumerate(units):
        verb = verb_after(units, place) if unit.word == "yo" and unit.is_subject else None
        if verb is not None and units[verb].has("sg") and not units[verb].has("imp"):
            if place and units[place - 1].has("cnjcoo") and place > 1 and (units[place - 2].has("n") or units[place - 2].is_subject):
                units[verb] = units[verb].tagged(p3="p1", sg="pl")
            else:
                units[verb] = units[verb].tagged(p3="p1")
    if cues.i_said and not any(unit.is_subject and unit.word != "yo" for unit in units):
        units = [unit.tagged(p3="p1") if unit.word in SAME_IN_PORTUGUESE and unit.has("ifi", "p3", "sg") else unit for unit in units]
    return units


def drop_subject_pronouns(units: list[Unit], cues: Cues) -> list[Unit]:
    """`Yo compré` → `Compré`: the verb's ending says it. Kept where pronouns are joined or tell two people apart."""
    place = 0
    while place < len(units):
        unit = units[place]
        joined = any(near.has("cnjcoo") and near.word in {"y", "o", "ni"} for near in units[place + 1 : place + 2])
        joined = joined or (place > 1 and units[place - 1].word in {"y", "o", "ni"} and not units[place - 2].is_finite and _is_name(units[place - 2]))
        told_apart = unit.word == "él" and cues.has_he_and_she
        if unit.is_subject and verb_after(units, place) is not None and not joined and not told_apart:
            units = removed(units, place)
        else:
            place += 1
    return units


def _is_name(unit: Unit) -> bool:
    return unit.is_subject or unit.has("n") or unit.has("np")


def mend_future_subjunctive(units: list[Unit], cues: Cues) -> list[Unit]:
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
            elif word.has("inf"):
                units[index] = replace(word, tags=(word.tags[0], tense, person, number))
                break
            elif word.has("n"):
                number = word.tags[-1] if word.tags[-1] in {"sg", "pl"} else number
            elif not (word.is_clitic or {"adv", "det", "adj", "np"} & set(word.tags)):
                break
    return units


def attach_clitics(units: list[Unit], cues: Cues) -> list[Unit]:
    """`voy te ver` → `voy a verte`, `fue pescar` → `fue a pescar`."""
    mended: list[Unit] = []
    for unit in units:
        if unit.has("inf") or unit.has("ger"):
            clitics: list[Unit] = []
            while mended and mended[-1].is_clitic:
                clitics.insert(0, mended.pop())
            if unit.has("inf") and mended and mended[-1].word == "ir" and mended[-1].is_finite:
                mended.append(TO)
            blank = clitics[0].blank if clitics and not mended else unit.blank
            unit = replace(unit, blank=blank, enclitics=(*(_enclitic(clitic) for clitic in clitics), *unit.enclitics))
        mended.append(unit)
    return mended


def _enclitic(clitic: Unit) -> str:
    return clitic.word + "".join(f"<{tag}>" for tag in clitic.tagged(pro="enc").tags)


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
            clitics = tuple(_enclitic(clitic) for clitic in units[place + 1 : after])
            units[place] = replace(unit, lemma="haber", tags=("vbhaver", "inf"), enclitics=(*unit.enclitics, *clitics))
            units[after] = replace(units[after], tags=(units[after].tags[0], "pp", "m", "sg"))
            return mend_perfect([*units[: place + 1], *units[after:]], cues)
    return units
