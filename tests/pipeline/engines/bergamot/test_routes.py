"""Which way a translation takes: measured quality before the number of legs."""

from pathlib import Path

from pipeline.engines.bergamot.route_quality import ROUTE_QUALITY
from pipeline.engines.bergamot.routes import find_reachable_pairs, find_route, find_routes


def folder_of_modes(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / f"{name}.mode").write_text("cat")
    return folder


def path(source: str, target: str, modes: Path) -> tuple[str, ...] | None:
    route = find_route(source, target, modes)
    return route.path if route else None


def test_english_goes_to_spanish_through_portuguese_although_a_direct_pair_is_there(tmp_path):
    modes = folder_of_modes(tmp_path, "eng-spa", "pt-es", "por-cat", "pt-gl", "eng-cat")
    assert path("en", "es", modes) == ("en", "pt", "es")
    assert path("en", "ca", modes) == ("en", "pt", "ca")
    assert path("en-GB", "gl", modes) == ("en", "pt", "gl")
    assert "Portuguese" in str(find_route("en", "es", modes)) and "chrF" in str(find_route("en", "es", modes))


def test_without_the_pair_behind_it_the_direct_rules_are_taken(tmp_path):
    assert path("en", "es", folder_of_modes(tmp_path, "eng-spa")) == ("en", "es")


def test_a_route_that_nobody_measured_is_the_shortest(tmp_path):
    modes = folder_of_modes(tmp_path, "ro-es", "es-ro", "es-an", "pt-es")
    assert ("pt", "es", "an") not in ROUTE_QUALITY
    assert path("pt", "an", modes) == ("pt", "es", "an")


def test_the_neural_model_speaks_brazil_s_portuguese(tmp_path):
    modes = folder_of_modes(tmp_path, "es-pt", "es-pt_BR", "eng-spa")
    assert path("en", "pt-BR", modes) == path("en", "pt-PT", modes) == path("en", "pt", modes) == ("en", "pt")
    assert path("es", "pt-BR", modes) == ("es", "pt")


def test_pairs_are_all_that_some_route_connects_and_german_is_none(tmp_path):
    pairs = find_reachable_pairs(folder_of_modes(tmp_path, "pt-es"))
    assert pairs == {("en", "pt"), ("en", "pt-BR"), ("pt", "en"), ("pt", "es"), ("en", "es")}
    assert find_routes("de", "es") == ()
