from dataclasses import replace

import pytest

from pipeline.library import scan
from pipeline.library.scan import (
    EMPTY_HISTORY,
    DubbingRules,
    Failure,
    LibraryFilm,
    RunHistory,
    Verdict,
    decide_film,
    find_films,
    find_settled_row,
)

RULES = DubbingRules(("es", "ca"), sources=("en",), longest=7200.0)
FILM = LibraryFilm("/films/film.mkv", 1000, 1, duration=5400.0, language="en", tracks=("en",))


def files(root, *names):
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"not empty")
    return root


def test_films_are_discovered_by_name_in_order_in_all_folders(tmp_path):
    files(tmp_path, "b.mkv", "A/a.MP4", "A/poster.jpg", "A/a.es.srt", "C/c.avi")
    assert [path.relative_to(tmp_path).as_posix() for path in find_films(tmp_path)] == ["A/a.MP4", "C/c.avi", "b.mkv"]


def test_hidden_folders_and_links_to_elsewhere_are_left_out(tmp_path):
    files(tmp_path, "library/.trash/gone.mkv", "elsewhere/film.mkv", "library/here.mkv")
    (tmp_path / "library/link.mkv").symlink_to(tmp_path / "elsewhere/film.mkv")
    (tmp_path / "library/dangling.mkv").symlink_to(tmp_path / "library/nowhere.mkv")
    assert [path.name for path in find_films(tmp_path / "library")] == ["here.mkv"]


def test_a_library_that_lies_in_a_hidden_folder_is_one_all_the_same(tmp_path):
    files(tmp_path, ".films/film.mkv")
    assert len(list(find_films(tmp_path / ".films"))) == 1


def test_a_file_that_is_no_film_is_seen_with_its_fault(tmp_path):
    found = scan.probe_film(files(tmp_path, "broken.mkv") / "broken.mkv")
    assert decide_film(found, RULES).verdict is Verdict.NO_FILM
    assert "broken.mkv" in decide_film(found, RULES).reason


def test_what_is_missing_is_dubbed():
    assert decide_film(FILM, RULES).targets == ("es", "ca")
    assert decide_film(replace(FILM, tracks=("en", "es-MX")), RULES).targets == ("ca",)


@pytest.mark.parametrize(
    ("film", "verdict"),
    [
        (replace(FILM, tracks=("en", "es", "ca")), Verdict.SPEAKS),
        (replace(FILM, dubbed_by="Dubarr 0.1.0"), Verdict.OURS),
        (replace(FILM, duration=7201.0), Verdict.TOO_LONG),
        (replace(FILM, language="fr", tracks=("fr",)), Verdict.FOREIGN),
        (replace(FILM, language=None), Verdict.FOREIGN),
        (replace(FILM, fault="film.mkv has no picture"), Verdict.NO_FILM),
    ],
)
def test_nothing_is_dubbed_for_a_reason(film, verdict):
    decision = decide_film(film, RULES)
    assert (decision.verdict, decision.targets) == (verdict, ())
    assert decision.reason


def test_a_film_in_the_target_language_is_called_that_rather_than_foreign():
    assert decide_film(replace(FILM, language="es", tracks=("es",)), DubbingRules(("es",), ("en",))).verdict is Verdict.SPEAKS


def test_a_length_is_told_as_a_clock_tells_it():
    assert "2:00:01 long; at most 2:00:00" in decide_film(replace(FILM, duration=7201.0), RULES).reason


def test_without_a_wish_for_the_original_language_every_film_is_taken():
    assert decide_film(replace(FILM, language=None, tracks=()), DubbingRules(("es",))).verdict is Verdict.DUB


def remembering(*languages, failed=(), error="no speech found"):
    return RunHistory({FILM.version: frozenset(languages)}, {FILM.version: Failure(frozenset(failed), error)} if failed else {})


def test_what_an_earlier_run_dubbed_is_not_dubbed_again():
    assert decide_film(FILM, RULES, remembering("es")).targets == ("ca",)
    assert decide_film(FILM, RULES, remembering("es", "ca")).verdict is Verdict.DONE


def test_a_film_that_was_replaced_is_another_film():
    assert decide_film(replace(FILM, mtime_ns=2), RULES, remembering("es", "ca")).verdict is Verdict.DUB


def test_what_failed_before_is_left_alone_unless_it_is_asked_for():
    patient, stubborn = replace(RULES, retry_failed=False), replace(RULES, retry_failed=True)
    memory = remembering("es", failed=("ca",))
    left = decide_film(FILM, patient, memory)
    assert (left.verdict, left.reason) == (Verdict.FAILED, "no speech found")
    assert decide_film(FILM, stubborn, memory).targets == ("ca",)


def test_a_language_that_was_not_tried_is_no_failure_of_before():
    assert decide_film(FILM, replace(RULES, retry_failed=False), remembering(failed=("es",))).targets == ("es", "ca")


def test_nobody_looks_into_a_film_that_is_settled(tmp_path):
    path = files(tmp_path, "film.mkv") / "film.mkv"
    version = (str(path), path.stat().st_size, path.stat().st_mtime_ns)
    assert find_settled_row(path, RULES, EMPTY_HISTORY) is None
    assert find_settled_row(path, RULES, RunHistory({version: frozenset({"es"})})) is None
    row = find_settled_row(path, RULES, RunHistory({version: frozenset({"es", "ca"})}))
    assert row is not None and (row["verdict"], row["targets"], row["path"]) == (Verdict.DONE, [], str(path))


def test_a_film_that_vanished_has_that_for_its_fault(tmp_path):
    assert find_settled_row(tmp_path / "gone.mkv", RULES, EMPTY_HISTORY) is None
    assert "gone.mkv cannot be read" in decide_film(scan.probe_film(tmp_path / "gone.mkv"), RULES).reason


def test_rules_without_a_target_are_refused():
    with pytest.raises(ValueError, match="target"):
        DubbingRules(())


def test_a_name_that_is_no_utf_8_is_told_and_stops_nobody_else(tmp_path):
    row = find_settled_row(files(tmp_path, "film\udcff.mkv") / "film\udcff.mkv", DubbingRules(("es",)), EMPTY_HISTORY)
    assert row and (row["verdict"], row["reason"]) == (Verdict.NO_FILM, "its name, or a folder's, is no UTF-8; rename it")
