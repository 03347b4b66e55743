"""What the door lets in: languages that can be done, films that are no dubs, subtitles that make engines unnecessary."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from in_process_service import Served

from pipeline.errors import FilmError, FilmRefused, LanguageError
from pipeline.values.media import Film, Source, Track, TrackKind
from pipeline.values.task_lists.submission import Submission
from serve.intake.admission import Admission
from serve.intake.dub_options import DubOptions, NothingToDub
from serve.intake.supported_languages import find_synthesizer
from serve.profile import EngineProfile

Put = Callable[..., Path]
SRT = "1\n00:00:00,100 --> 00:00:00,900\nHello there.\n"


@pytest.fixture
def door(service: Served) -> Admission:
    return service.client.app.state.admission


def targets(admitted: Submission | NothingToDub) -> tuple[str, ...]:
    assert isinstance(admitted, Submission)
    return admitted.task.target_langs


def test_what_a_film_is_goes_into_its_task(door: Admission, put: Put) -> None:
    path = put()
    path.with_suffix(".en.srt").write_text(SRT)
    admitted = door.admit(str(path), DubOptions(("spa",), "eng", 2, "sonarr/3"))
    assert isinstance(admitted, Submission)
    task = admitted.task
    assert (admitted.queued, task.path, task.size) == (True, path, path.stat().st_size)
    assert (task.target_langs, task.source_lang, task.speakers, task.origin) == (("es",), "en", 2, "sonarr/3")
    assert task.duration == pytest.approx(1.0, abs=0.1)
    assert task.has_subtitles


@pytest.mark.parametrize("asked", [("ja",), ("es", "ja")])
def test_a_language_that_no_engine_can_do_is_refused_with_those_that_can(
    door: Admission, put: Put, asked: tuple[str, ...]
) -> None:
    with pytest.raises(LanguageError, match=r"Japanese \(ja\).* ca, .*es"):
        door.admit(str(put()), DubOptions(asked))
    assert door.store.tasks.list_newest()[1] == 0


def test_a_language_that_a_servers_options_leave_out_is_refused_in_words(door: Admission, put: Put) -> None:
    speech = EngineProfile(engine="speech-api", options={"languages": ["spa", "en"]})
    speaking = replace(door, profile=door.profile.model_copy(update={"synthesizer": speech}))
    with pytest.raises(LanguageError, match=r"speech-api cannot speak Catalan \(ca\); this film can be dubbed into es"):
        speaking.admit(str(put()), DubOptions(("ca",)))
    listed = EngineProfile(engine="speech-api, espeak", options={"speech-api": {"languages": "es"}})
    assert find_synthesizer(door.profile.model_copy(update={"synthesizer": listed}), "ca") == "espeak"
    heard = EngineProfile(engine="transcription-api", options={"languages": ["es", "fr"]})
    hearing = replace(door, profile=door.profile.model_copy(update={"transcriber": heard}))
    with pytest.raises(LanguageError, match=r"transcription-api cannot understand English \(en\), only es, fr"):
        hearing.admit(str(put()), DubOptions(("es",), "en"))
    assert door.store.tasks.list_newest()[1] == 0
    assert targets(speaking.admit(str(put()), DubOptions(("es",)))) == ("es",)


def test_subtitles_in_the_target_language_make_a_translator_unnecessary(door: Admission, put: Put) -> None:
    path = put()
    with pytest.raises(LanguageError):
        door.admit(str(path), DubOptions(("de",)))
    path.with_suffix(".de.srt").write_text(SRT)
    assert targets(door.admit(str(path), DubOptions(("de",)))) == ("de",)


def test_a_language_that_nobody_understands_needs_subtitles(door: Admission, put: Put) -> None:
    path = put("film.mkv", "spanish.mkv")
    with pytest.raises(LanguageError, match="subtitles"):
        door.admit(str(path), DubOptions(("en",)))
    path.with_suffix(".es.srt").write_text(SRT)
    assert targets(door.admit(str(path), DubOptions(("en",)))) == ("en",)


def test_of_the_settings_languages_the_films_own_is_left_out(door: Admission, put: Put) -> None:
    path = put("film.mkv", "spanish.mkv")
    assert door.admit(str(path), DubOptions()) == NothingToDub(path, "already speaks the target languages")
    with pytest.raises(LanguageError, match="already speaks"):
        door.admit(str(path), DubOptions(("es-MX",)))


def test_a_film_that_tells_no_language_is_refused_by_a_transcriber_that_knows_one_alone(door: Admission, put: Put) -> None:
    path = put("film.mkv", "untagged.mkv")
    with pytest.raises(LanguageError, match=r"film.mkv does not tell .*hears English in everything; name it with source_lang"):
        door.admit(str(path), DubOptions())
    with pytest.raises(LanguageError, match="already speaks"):
        door.admit(str(path), DubOptions(("en",), source_lang="en"))
    assert targets(door.admit(str(path), DubOptions(source_lang="en"))) == ("es",)


def test_subtitles_tell_what_such_a_film_says_unless_they_are_in_the_language_asked_for(door: Admission, put: Put) -> None:
    path = put("film.mkv", "untagged.mkv")
    sidecar = path.with_name("film.es.srt")
    sidecar.write_text(SRT)
    with pytest.raises(LanguageError, match="hears English in everything"):
        door.admit(str(path), DubOptions(("es",)))
    sidecar.rename(path.with_name("film.ja.srt"))
    with pytest.raises(LanguageError, match=r"apertium cannot translate from Japanese \(ja\)"):
        door.admit(str(path), DubOptions(("es",)))
    path.with_name("film.ja.srt").rename(path.with_name("film.en.srt"))
    assert targets(door.admit(str(path), DubOptions(("es",)))) == ("es",)


def test_a_film_that_tells_no_language_is_queued_where_its_language_can_be_heard(door: Admission, put: Put) -> None:
    hearing = replace(door, profile=door.profile.model_copy(update={"transcriber": EngineProfile(engine="whisper")}))
    assert targets(hearing.admit(str(put("film.mkv", "untagged.mkv")), DubOptions())) == ("es",)


def test_the_same_file_is_one_task_and_a_changed_one_another(door: Admission, put: Put) -> None:
    first, again = (door.admit(str(put()), DubOptions()) for _ in range(2))
    assert isinstance(first, Submission)
    assert isinstance(again, Submission)
    assert (first.task.id == again.task.id) is (first.task.mtime_ns == again.task.mtime_ns)
    same = door.admit(str(again.task.path), DubOptions(("ca",)))
    assert isinstance(same, Submission)
    assert (same.task.id, same.task.target_langs) == (again.task.id, ("es", "ca"))


def test_a_links_task_carries_its_name_and_sees_the_subtitles_beside_it(door: Admission, put: Put, service: Served) -> None:
    real = put("pool/rls-x.mkv")
    link = service.library / "Films/Film.mkv"
    link.parent.mkdir()
    link.symlink_to(real)
    link.with_name("Film.de.srt").write_text(SRT)
    admitted = door.admit(str(link), DubOptions(("de",)))
    assert isinstance(admitted, Submission)
    assert (admitted.task.path, admitted.task.has_subtitles, admitted.task.size) == (link, True, real.stat().st_size)


def test_a_link_and_its_film_are_one_task(door: Admission, put: Put, service: Served) -> None:
    real = put("pool/rls-x.mkv")
    link = service.library / "Film.mkv"
    link.symlink_to(real)
    first, again, back = (door.admit(str(path), DubOptions()) for path in (link, real, link))
    assert isinstance(first, Submission) and isinstance(again, Submission) and isinstance(back, Submission)
    assert {first.task.id} == {again.task.id} | {back.task.id}
    assert again.task.path == link


def test_a_film_that_carries_our_tag_is_a_dub_wherever_it_lies(door: Admission, put: Put, service: Served) -> None:
    sound = Track(1, TrackKind.AUDIO, "aac", "en")
    tagged = Film("matroska", 60.0, (sound,), 1, 0, dubbed_by="dubarr 0.1.0")
    path = put()
    recognising = Admission(door.settings, door.profile, door.store, look=lambda source: tagged)
    assert recognising.admit(str(path), DubOptions()) == NothingToDub(path, "already a dub")


def test_what_the_probe_says_of_a_file_is_said(door: Admission, put: Put) -> None:
    def refuse(source: Source) -> Film:
        raise FilmError(f"{source.path.name} has no sound")

    with pytest.raises(FilmError, match="no sound"):
        Admission(door.settings, door.profile, door.store, look=refuse).admit(str(put()), DubOptions())


def test_a_name_that_is_no_utf_8_is_refused_because_no_store_can_hold_it(door: Admission, put: Put) -> None:
    film = put()
    with pytest.raises(FilmRefused, match=r"is no UTF-8; rename it"):
        door.admit_file(film.rename(film.with_name("film\udcff.mkv")), DubOptions(("es",)))
