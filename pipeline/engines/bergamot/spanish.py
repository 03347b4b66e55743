"""The mends of Spanish that was made from Portuguese, in the order in which they run."""

import re
from collections.abc import Callable, Sequence

from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.lexical_units import Unit, parse, written
from pipeline.engines.bergamot.spanish_address import address_familiarly
from pipeline.engines.bergamot.spanish_verbs import (
    agree_with_subject,
    attach_clitics,
    drop_subject_pronouns,
    mend_future_subjunctive,
    mend_perfect,
)
from pipeline.engines.bergamot.spanish_words import insert_personal_a, mend_question_words, mend_si_and_se, mend_vocabulary

VERSION = 1
Mend = Callable[[list[Unit], Cues], list[Unit]]
MENDS: tuple[Mend, ...] = (
    mend_vocabulary,
    mend_si_and_se,
    mend_question_words,
    mend_future_subjunctive,
    mend_perfect,
    attach_clitics,
    agree_with_subject,
    address_familiarly,
    insert_personal_a,
    drop_subject_pronouns,
)


def mend_stream(stream: str, cues: Cues, mends: Sequence[Mend] = MENDS) -> str:
    """The lexical units of one Spanish sentence, mended. `cues`: the English sentence that it came from."""
    units, rest = parse(stream)
    for mend in mends:
        units = mend(units, cues)
    return written(units, rest)
