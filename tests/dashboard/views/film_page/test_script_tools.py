"""The tools of the script: links to what there is to export, and what the dub lacks."""

from dataclasses import replace

from dashboard.view_models import FilmModel
from dashboard.views.film_page.script_tools import draw_script_tools, draw_stale_note
from pipeline.values.script import DeletedLine, ScriptRevision
from pipeline.values.tasks import DubPart, LineRow, TaskStatus
from tests.support.dashboard import QUEUED

LINE = LineRow(1, "es", "S1", 1.0, 2.0, 2.5, "hello", "hola", "translation", 1.0, 0.9, 1.0, 1.0, "take.flac")


def test_there_is_nothing_to_export_before_the_first_dub():
    assert draw_script_tools(FilmModel(QUEUED, "es")) == ""


def test_exports_are_of_the_dub_that_is_shown():
    drawn = draw_script_tools(FilmModel(QUEUED, "ca", lines=(LINE,)))
    assert drawn.count("<a ") == drawn.count("language=ca") == 9
    assert f"/api/tasks/{QUEUED.id}/script?language=ca&amp;format=csv" in drawn


def test_stems_are_among_them_where_the_film_was_separated():
    parts = {DubPart.MIX, DubPart.VOICES, DubPart.BACKGROUND}
    drawn = draw_script_tools(FilmModel(QUEUED, "ca", lines=(LINE,), parts=parts))
    assert "exports/background?language=ca" in drawn and "exports/music" not in drawn
    drawn = draw_script_tools(FilmModel(QUEUED, "ca", lines=(LINE,), parts=parts | {DubPart.MUSIC, DubPart.EFFECTS}))
    assert f"/api/tasks/{QUEUED.id}/exports/music?language=ca&amp;format=flac" in drawn and ">Effects, FLAC<" in drawn


def test_the_glossary_of_the_film_is_beside_them():
    drawn = draw_script_tools(FilmModel(QUEUED, "ca", lines=(LINE,)))
    assert f'<button type="button" data-glossary="{QUEUED.id}">Glossary</button>' in drawn


def test_lines_that_were_deleted_are_listed_to_be_restored():
    gone = tuple(DeletedLine(number, 4.0 * number, "said", "" if number == 2 else "<i>dicho</i>") for number in range(1, 203))
    drawn = draw_script_tools(FilmModel(QUEUED, "es", lines=(LINE,), deleted=gone))
    assert "Deleted lines <b>202</b>" in drawn and drawn.count("data-restore") == 200 and "And 2 more" in drawn
    assert "1 · 0:00:04.000" in drawn and "&lt;i&gt;dicho&lt;/i&gt;" in drawn and ">said<" in drawn and "<i>" not in drawn
    assert "Deleted" not in draw_script_tools(FilmModel(QUEUED, "es", lines=(LINE,)))


def test_what_a_dub_lacks_is_said_with_what_becomes_of_it():
    film = FilmModel(QUEUED, "es", lines=(LINE,), revision=ScriptRevision(4, 3, lines=(1, 5, 9)))
    sentence = "3 lines changed since this dub (revision 4, dubbed from 3); re-dub to hear them."
    assert f"{sentence} It waits to be re-dubbed.<" in draw_stale_note(film)
    failed = replace(film, task=replace(QUEUED, status=TaskStatus.ERROR))
    assert f"{sentence}<" in draw_stale_note(failed)
    assert draw_stale_note(replace(film, revision=ScriptRevision(4, 4))) == ""
