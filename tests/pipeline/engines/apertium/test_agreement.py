"""Agreement in Spanish noun phrases, by the installed analyser."""

from pathlib import Path

import pytest

from pipeline.engines.apertium import agreement
from pipeline.engines.apertium.agreement import find_disagreements

needs_analyser = pytest.mark.skipif(
    not agreement.ANALYSERS["es"].exists(), reason="apertium-eng-spa is not installed; run ./dubarr setup"
)

AGREEING = (
    "El agua está fría y el alma también.",
    "Los últimos trenes salen a las once.",
    "Una pequeña librería en la calle Baker.",
    "La mano de mi hermano no está fría.",
    "Este problema y aquel mapa son tuyos.",
    "Él la cuida y lo sabe todo.",
    "¿La ves? Los vi ayer en el bar.",
    "Las demás se fueron con la radio y la foto.",
    "No hay ningún hada, ni un hacha.",
    "Detective Morgan, Brooklyn la espera.",
)


@needs_analyser
@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("No llegó nunca de la lago.", "la lago"),
        ("La última tren sale a las 11:45.", "última tren"),
        ("Compré esta vestido para mi boda.", "esta vestido"),
        ("Dame los perro.", "los perro"),
        ("Abrió una pequeño librería.", "una pequeño librería"),
    ],
)
def test_a_wrong_gender_or_number_is_found(text: str, phrase: str) -> None:
    assert find_disagreements([text], language="es-ES") == ((phrase,),)


@needs_analyser
def test_good_spanish_is_left_alone_line_by_line() -> None:
    assert find_disagreements(AGREEING, language="es") == ((),) * len(AGREEING)
    mixed = find_disagreements([AGREEING[0], "dos [^$] \\ líneas\nde la lago", AGREEING[1]], language="es")
    assert mixed == ((), ("la lago",), ())


def test_nothing_is_judged_without_an_analyser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_disagreements(["la lago"], language="fr") == ((),)
    assert find_disagreements([], language="es") == ()
    monkeypatch.setitem(agreement.ANALYSERS, "es", tmp_path / "missing.bin")
    assert find_disagreements(["la lago"], language="es") == ((),)
