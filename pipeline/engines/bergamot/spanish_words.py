"""Post-editing rules for words in Spanish from Portuguese: question words, objects, determiners, degrees, prepositions."""

from dataclasses import replace

from pipeline.engines.apertium.lexical_units import Unit
from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.spanish_verbs import PREPOSITION_A

QUESTION_WORDS = {
    "donde": ("dónde", ("adv", "itg")),
    "cuando": ("cuándo", ("adv", "itg")),
    "como": ("cómo", ("adv", "itg")),
    "quien": ("quién", ("prn", "itg", "mf", "sg")),
}
HOUR_WORDS = r"one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,2}"
INDIRECT_QUESTION_VERBS = frozenset(
    [
        "saber",
        "preguntar",
        "decir",
        "recordar",
        "entender",
        "explicar",
        "contar",
        "averiguar",
        "descubrir",
        "imaginar",
        "olvidar",
        "adivinar",
        "importar",
    ]
)
KIN = "madre padre mamá papá hermano hermana hijo hija marido esposa esposo mujer hombre niño niña chico chica amigo amiga novio novia"
PEOPLE = frozenset(
    f"{KIN} abuelo abuela tío tía primo prima muchacho persona gente soldado policía médico señor bebé jefe".split()
)
PERSONAL_A_VERBS = frozenset(
    [
        "ver",
        "conocer",
        "matar",
        "amar",
        "encontrar",
        "buscar",
        "llamar",
        "oír",
        "ayudar",
        "besar",
        "perder",
        "visitar",
        "abandonar",
        "salvar",
        "odiar",
        "invitar",
    ]
)
MOTION_VERBS = frozenset(["ir", "volver", "venir", "viajar", "llegar", "correr", "caminar", "regresar"])


def mend_question_words(units: list[Unit], cues: Cues) -> list[Unit]:
    """`¿Donde están?` → `¿Dónde están?`, `no sé donde` → `no sé dónde`, `¿Lo que dijo?` → `¿Qué dijo?`, `¿Quién son?` → `¿Quiénes son?`."""
    units = list(units)
    for place, unit in enumerate(units):
        before = units[place - 1] if place else None
        begins = before is None or (place == 1 and before.has("pr"))
        if unit.word in QUESTION_WORDS and not unit.has("itg"):
            asked = before is not None and before.word in INDIRECT_QUESTION_VERBS and before.is_verb
            if (cues.is_question and begins) or asked:
                lemma, tags = QUESTION_WORDS[unit.word]
                units[place] = replace(unit.with_lemma(lemma), tags=tags)
        if unit.word == "quién" and place + 1 < len(units) and units[place + 1].has("pl") and units[place + 1].is_finite:
            units[place] = units[place].with_tags(sg="pl")
    if cues.is_question and [unit.word for unit in units[:2]] == ["lo", "que"]:
        units[:2] = [Unit("Qué", ("prn", "itg", "mf", "sg"), units[0].blank)]
    return units


def insert_personal_a(units: list[Unit], cues: Cues) -> list[Unit]:  # noqa: ARG001 -- the mends have one signature
    """`vi su hermana` → `vi a su hermana`."""
    mended: list[Unit] = []
    for place, unit in enumerate(units):
        if mended and mended[-1].is_verb and mended[-1].word in PERSONAL_A_VERBS and not mended[-1].has("pp"):
            noun = units[place + 1] if unit.has("det") and place + 1 < len(units) else unit
            if (noun.word in PEOPLE and noun.has("n") and (unit.has("pos") or unit.has("def"))) or unit.has("np", "ant"):
                mended.append(PREPOSITION_A)
        mended.append(unit)
    return mended


def mend_tonic_objects(units: list[Unit], cues: Cues) -> list[Unit]:
    """`oír tú` → `oírte`, `vi él` → `lo vi`, `hiciste eso` → `lo hiciste` where English has `it`."""
    mended: list[Unit] = []
    for place, unit in enumerate(units):
        after = units[place + 1] if place + 1 < len(units) else None
        clitic = _find_clitic(unit, cues)
        if (
            clitic
            and mended
            and mended[-1].is_verb
            and mended[-1].has("vblex")
            and not (after and (after.is_verb or after.is_clitic))
        ):
            verb = mended[-1]
            if verb.has("inf") or verb.has("ger") or verb.has("imp"):
                mended[-1] = replace(verb, enclitics=(*verb.enclitics, _write_clitic(clitic, "enc")))
                continue
            if verb.is_finite and not (len(mended) > 1 and mended[-2].is_clitic):
                lemma = verb.lemma if len(mended) > 1 else verb.word
                first = clitic[0] if len(mended) > 1 else clitic[0].capitalize()
                mended[-1:] = [Unit(first, ("prn", "pro", *clitic[1]), verb.blank), replace(verb, lemma=lemma, blank=" ")]
                continue
        mended.append(unit)
    return mended


def _find_clitic(unit: Unit, cues: Cues) -> tuple[str, tuple[str, ...]] | None:
    if unit.word == "tú" and unit.has("tn") and cues.says_you:
        return "te", ("p2", "mf", "sg")
    if unit.word == "él" and unit.has("tn", "sg") and cues.has_words("him|her"):
        return ("la", ("p3", "f", "sg")) if unit.has("f") else ("lo", ("p3", "m", "sg"))
    if unit.word == "eso" and cues.has_words("it"):
        return "lo", ("p3", "nt")
    return None


def _write_clitic(clitic: tuple[str, tuple[str, ...]], kind: str) -> str:
    return clitic[0] + "".join(f"<{tag}>" for tag in ("prn", kind, *clitic[1]))


def mend_determiners(units: list[Unit], cues: Cues) -> list[Unit]:
    """`cuántas niños` → `cuántos niños`: the noun's gender is another in Portuguese; `a los seis` → `a las seis`, the hour."""
    units = list(units)
    is_hour = cues.has_words(f"at ({HOUR_WORDS})")
    for place, unit in enumerate(units[:-1]):
        noun = units[place + 1]
        if is_hour and place and units[place - 1].word == "a" and unit.word == "el" and noun.has("num"):
            units[place] = unit.with_tags(m="f")
        if (unit.has("det") or unit.word == "cuánto") and noun.has("n"):
            if unit.has("f") and noun.has("m"):
                units[place] = unit.with_tags(f="m")
            elif unit.has("m") and noun.has("f") and not (unit.word == "el" and noun.word[:1] in "aá"):
                units[place] = unit.with_tags(m="f")
    return units


def mend_prepositions(units: list[Unit], cues: Cues) -> list[Unit]:  # noqa: ARG001 -- the mends have one signature
    """`vamos para casa` → `vamos a casa`, `mejor del que nosotros` → `mejor que nosotros`, `atrás de` → `detrás de`, `necesito de` → `necesito`."""
    mended: list[Unit] = []
    for place, unit in enumerate(units):
        after = units[place + 1] if place + 1 < len(units) else None
        before = mended[-1] if mended else None
        if unit.word == "para" and before is not None and before.word in MOTION_VERBS and after is not None and not after.is_verb:
            mended.append(unit.with_lemma("a"))
        elif unit.word == "atrás" and after is not None and after.word == "de":
            mended.append(unit.with_lemma("detrás"))
        elif unit.word != "de" or before is None or not before.is_verb or before.word != "necesitar":
            if unit.word == "que" and [near.word for near in mended[-2:]] == ["de", "el"]:
                del mended[-2:]
            mended.append(unit)
    return mended


def mend_degrees(units: list[Unit], cues: Cues) -> list[Unit]:
    """`muy grande` → `demasiado grande` for `too big`; `es muy frío` → `hace mucho frío` for `it is very cold`."""
    if cues.has_words(r"too \w+"):
        units = [
            replace(unit.with_lemma("demasiado"), tags=("adv",)) if unit.has("preadv") and unit.word == "muy" else unit
            for unit in units
        ]
    if not cues.has_words(r"it(?:'s| is| was|'s been| gets| got) (?:\w+ )?(?:cold|hot|warm|chilly|freezing)"):
        return units
    units = list(units)
    for place, unit in enumerate(units):
        after = units[place + 1 : place + 3]
        degree = after[0].word == "muy" if after else False
        adjective = after[1] if degree and len(after) > 1 else after[0] if after else None
        if unit.word in {"ser", "estar"} and unit.is_finite and adjective is not None and adjective.word in {"frío", "caliente"}:
            warmth = "frío" if adjective.word == "frío" else "calor"
            units[place] = replace(unit.with_lemma("hacer").in_person("p3"), tags=("vblex", *unit.in_person("p3").tags[1:]))
            noun = Unit(warmth, ("n", "m", "sg"))
            units[place + 1 : place + (3 if degree else 2)] = [Unit("*mucho", ()), noun] if degree else [noun]
            break
    return units
