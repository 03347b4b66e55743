"""The mends of Spanish, one by one, on lexical units as apertium's transfer writes them."""

import pytest

from pipeline.engines.apertium.lexical_units import parse_units, write_units
from pipeline.engines.bergamot.english_cues import Cues
from pipeline.engines.bergamot.spanish_post_editing import MENDS, mend_stream

YO, USTED = "^Yo<prn><tn><p1><mf><sg>$", "^Usted<prn><tn><p3><mf><sg>$"


@pytest.mark.parametrize(
    "stream",
    [
        "^Decir<vblex><imp><p3><sg>+le<prn><enc><p3><mf><sg>$ ^que<cnjsub>$^.<sent>$[][\n]",
        r"^Creer<vblex><pri><p1><sg># que$ \^ ^*machucar$",
        "",
        "no units at all",
    ],
)
def test_a_stream_is_written_as_it_was_read(stream):
    assert write_units(*parse_units(stream)) == stream


@pytest.mark.parametrize(
    ("english", "stream", "mended"),
    [
        ("I said no.", f"{YO} ^decir<vblex><ifi><p3><sg>$", "^Decir<vblex><ifi><p1><sg>$"),
        (
            "Dinner is ready.",
            "^El<det><def><f><sg>$ ^cena<n><f><sg>$ ^estar<vblex><pri><p3><sg>$ ^pronto<adv>$^.<sent>$",
            "^El<det><def><f><sg>$ ^cena<n><f><sg>$ ^estar<vblex><pri><p3><sg>$ ^listo<adj><f><sg>$^.<sent>$",
        ),
        (
            "It leaves at noon.",
            "^Salir<vblex><pri><p3><sg>$ ^por la mitad<adv>$-^día<n><m><sg>$^.<sent>$",
            "^Salir<vblex><pri><p3><sg>$ ^a<pr>$ ^el<det><def><m><sg>$ ^mediodía<n><m><sg>$^.<sent>$",
        ),
        ("You know it.", f"{USTED} ^saber<vblex><pri><p3><sg>$", "^Saber<vblex><pri><p2><sg>$"),
        ("You know it, sir.", f"{USTED} ^saber<vblex><pri><p3><sg>$", "^Saber<vblex><pri><p3><sg>$"),
        ("Where is it?", "^Donde<rel><adv>$ ^estar<vblex><pri><p3><sg>$", "^Dónde<adv><itg>$ ^estar<vblex><pri><p3><sg>$"),
        ("If he comes", "^Si<cnjadv>$ ^él<prn><tn><p3><m><sg>$ ^venir<vblex><inf>$", "^Si<cnjadv>$ ^venir<vblex><pri><p3><sg>$"),
        ("Your father", "^Suyo<det><pos><mf><sg>$ ^padre<n><m><sg>$", "^Tuyo<det><pos><mf><sg>$ ^padre<n><m><sg>$"),
        ("his father", "^Suyo<det><pos><mf><sg>$ ^padre<n><m><sg>$", "^Suyo<det><pos><mf><sg>$ ^padre<n><m><sg>$"),
        (
            "I'm going to see you.",
            "^Ir<vblex><pri><p1><sg>$ ^te<prn><pro><p2><mf><sg>$ ^ver<vblex><inf>$",
            "^Ir<vblex><pri><p1><sg>$ ^a<pr>$ ^ver<vblex><inf>+te<prn><enc><p2><mf><sg>$",
        ),
        (
            "I saw her brother.",
            "^Ver<vblex><ifi><p1><sg>$ ^suyo<det><pos><mf><sg>$ ^hermano<n><m><sg>$",
            "^Ver<vblex><ifi><p1><sg>$ ^a<pr>$ ^suyo<det><pos><mf><sg>$ ^hermano<n><m><sg>$",
        ),
        ("It's cold.", "^Estar<vblex><pri><p3><sg>$ ^frío<adj><m><sg>$", "^Hacer<vblex><pri><p3><sg>$ ^frío<n><m><sg>$"),
        (
            "You and I",
            f"{USTED} ^y<cnjcoo>$ ^yo<prn><tn><p1><mf><sg>$",
            "^Tú<prn><tn><p2><mf><sg>$ ^y<cnjcoo>$ ^yo<prn><tn><p1><mf><sg>$",
        ),
    ],
)
def test_a_mend_does_what_it_says(english, stream, mended):
    assert mend_stream(stream, Cues(english)) == mended


def test_pronouns_that_tell_two_people_apart_are_kept():
    stream = "^Él<prn><tn><p3><f><sg>$ ^ir<vblex><ifi><p3><sg>$"
    assert mend_stream(stream, Cues("She went, and he stayed.")) == stream
    assert mend_stream(stream, Cues("She went.")) != stream


def test_no_mend_changes_its_argument_or_fails_on_odd_units():
    stream = r"^*xyz$ ^.<sent>$ ^a<pr>$ ^usted<prn><tn><p3><mf><sg>$ ^\$<guio>$ ^si<cnjadv>$ ^de<pr>$ ^que<cnjsub>$"
    units, _ = parse_units(stream)
    for mend in MENDS:
        before = list(units)
        mend(units, Cues("You?"))
        assert units == before
    mend_stream(stream, Cues(""))
