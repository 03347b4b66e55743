"""Display names of synthesizer voices: espeak-ng's `es+Denis:p50` as "Denis (male), pitch 50", Kokoro's `ef_dora` as "Dora (female)"."""

import re

ESPEAK = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9-]+)?(?:\+(?P<variant>[A-Za-z0-9]+))?:p(?P<pitch>\d{1,2})")
KOKORO = re.compile(r"[a-z](?P<gender>[fm])_(?P<name>[a-z0-9]+)")
GENDERS = {"f": "female", "m": "male"}
# The genders that espeak-ng's variant files declare; f1 to f5 and m1 to m8 aside.
FEMALE_VARIANTS = frozenset({"alicia", "andrea", "anika", "annie", "aunty", "belinda", "grandma", "linda", "steph"})
MALE_VARIANTS = frozenset(
    {"andy", "antonio", "denis", "diogo", "henrique", "hugo", "lee", "marco", "michel", "miguel", "sandro", "travis", "victor"}
)


def format_voice(name: str) -> str:
    """Display name of a voice; the name itself where it follows no known pattern."""
    if found := ESPEAK.fullmatch(name):
        variant = found["variant"]
        return f"{_format_variant(variant) if variant else 'Default'}, pitch {found['pitch']}"
    if found := KOKORO.fullmatch(name):
        return f"{found['name'].capitalize()} ({GENDERS[found['gender']]})"
    return name


def _format_variant(variant: str) -> str:
    if numbered := re.fullmatch(r"([fm])(\d)", variant):
        return f"{GENDERS[numbered[1]].capitalize()} {numbered[2]}"
    base = variant.lower().rstrip("0123456789")
    gender = "female" if base in FEMALE_VARIANTS else "male" if base in MALE_VARIANTS else None
    label = variant[:1].upper() + variant[1:]
    return f"{label} ({gender})" if gender else label
