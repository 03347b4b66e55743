"""Automatic post-editing of Spanish that was translated from Portuguese: the rules in the order in which they run."""

from collections.abc import Callable, Sequence

from pipeline.engines.apertium.lexical_units import Unit, parse_units, write_units
from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.spanish_address import address_familiarly, address_plurally
from pipeline.engines.bergamot.spanish_verbs import (
    agree_with_subject,
    attach_clitics,
    drop_subject_pronouns,
    mend_future_subjunctive,
    mend_past_of_we,
    mend_perfect,
    mend_progressive,
)
from pipeline.engines.bergamot.spanish_vocabulary import mend_phrases, mend_staying, mend_vocabulary
from pipeline.engines.bergamot.spanish_words import (
    insert_personal_a,
    mend_degrees,
    mend_determiners,
    mend_prepositions,
    mend_question_words,
    mend_tonic_objects,
)

RULES_VERSION = 2
Mend = Callable[[list[Unit], Cues], list[Unit]]
MENDS: tuple[Mend, ...] = (
    mend_vocabulary,
    mend_determiners,
    mend_question_words,
    mend_future_subjunctive,
    mend_past_of_we,
    mend_degrees,
    mend_perfect,
    attach_clitics,
    agree_with_subject,
    address_plurally,
    address_familiarly,
    mend_phrases,
    mend_progressive,
    mend_staying,
    mend_tonic_objects,
    insert_personal_a,
    mend_prepositions,
    drop_subject_pronouns,
)


def mend_stream(stream: str, cues: Cues, mends: Sequence[Mend] = MENDS) -> str:
    """The lexical units of one Spanish sentence after all rules. `cues`: the English sentence that it came from."""
    units, rest = parse_units(stream)
    for mend in mends:
        units = mend(units, cues)
    return write_units(units, rest)
