import pytest

from dashboard.queries import Queries
from dashboard.urls import FilmListRoute, FilmRoute, FilmTab, SystemRoute
from dashboard.view_models import FilmListModel, NotFoundModel, SystemModel
from dashboard.views.film_page.script_table import draw_script_regions
from pipeline.values.edits import LineChange, SpeakerChange
from pipeline.values.tasks import DubPart, Progress, TaskStatus
from tests.support.dashboard import add_dub


def shown(questions, place):
    return questions.load_pages([place])[place].content


@pytest.fixture
def questions(service):
    return Queries(service)


def test_films_are_searched_and_filtered(service, questions):
    task, _ = add_dub(service, "beta.mkv", lines=3)
    service.add("Alpha.mkv")
    found = shown(questions, FilmListRoute(search="ALPH"))
    assert isinstance(found, FilmListModel) and [each.path.name for each in found.tasks] == ["Alpha.mkv"]
    assert [each.id for each in shown(questions, FilmListRoute(status=TaskStatus.DONE)).tasks] == [task.id]
    assert found.languages.usual == ("es",)


def test_each_part_of_a_films_page_is_asked_for_what_it_shows(service, questions):
    task, _ = add_dub(service, "a.mkv", lines=3)
    service.log += [f"x task={task.id} here", f"x task={task.id}1 not here"]
    dub, report, work = (shown(questions, FilmRoute(task.id, part)) for part in (FilmTab.DUB, FilmTab.REPORT, FilmTab.HISTORY))
    assert len(dub.lines) == 3 and dub.cast.members and not dub.log
    assert report.reports.keys() == {"es", "ca"} and not report.cast.members
    assert dub.parts == {DubPart.MIX, DubPart.BACKGROUND} and not report.parts
    assert work.log == (f"x task={task.id} here",) and not work.lines


def test_a_language_that_the_film_has_not_is_its_first(service, questions):
    task, _ = add_dub(service, "a.mkv", lines=1)
    assert shown(questions, FilmRoute(task.id, language="fr")).language == "es"
    assert shown(questions, FilmRoute(task.id, language="ca")).language == "ca"


def test_lines_that_did_not_change_are_not_asked_for_again(service, questions):
    task, _ = add_dub(service, "a.mkv", lines=3)
    for _ in range(3):
        shown(questions, FilmRoute(task.id))
    assert service.lines_asked == 1


def test_an_edit_is_seen_at_once_a_name_too(service, questions):
    task, _ = add_dub(service, "a.mkv", lines=3)
    shown(questions, FilmRoute(task.id))
    service.store.edits.change_lines(task.id, [LineChange("es", 2, text="otra")])
    assert [line.edit and line.edit.text for line in shown(questions, FilmRoute(task.id)).lines] == [None, "otra", None]
    label = service.store.cast.get_cast(task.id).members[0].label
    service.store.edits.change_speaker(task.id, SpeakerChange(label, name="Ada"))
    assert shown(questions, FilmRoute(task.id, FilmTab.VOICES)).names[label] == "Ada"


def test_a_films_lines_are_checked_against_its_glossary_and_a_malformed_one_is_told(service, questions):
    task, _ = add_dub(service, "a.mkv", lines=3)
    service.library_glossary = "line = fila"
    first = shown(questions, FilmRoute(task.id)).glossary
    assert [hit.target for hit in first.check_line("A line.", "")] == ["fila"]
    assert shown(questions, FilmRoute(task.id)).glossary is first, "it is made once"
    service.store.edits.change_glossary(task.id, "line = línea")
    assert [hit.target for hit in shown(questions, FilmRoute(task.id)).glossary.check_line("A line.", "")] == ["línea"]
    service.library_glossary = "= nothing"
    film = shown(questions, FilmRoute(task.id))
    assert film.glossary is None and "line 1: there is no term" in film.glossary_problem
    assert "not marked: the glossary cannot be used: line 1" in draw_script_regions(film, FilmRoute(task.id))["script_stale"]


def test_where_nothing_is_a_sentence_says_so(questions):
    found = shown(questions, FilmRoute(99))
    assert isinstance(found, NotFoundModel) and "no task 99" in found.reason


def test_the_time_that_is_left_is_told_of_tasks_that_wait_or_work(service, questions):
    add_dub(service, "done.mkv", lines=1)
    service.add("waits.mkv")
    _, lease = service.store.leases.claim_next_task("w/1/a", 60)
    service.store.leases.record_probe(lease, source_lang="en", duration=60.0, has_subtitles=False)
    service.store.leases.record_progress(lease, Progress(1, 9, "diarize"))
    found = shown(questions, FilmListRoute())
    assert set(found.remaining_s) == {lease.task_id} and found.remaining_s[lease.task_id] > 0
    assert shown(questions, FilmRoute(lease.task_id, FilmTab.HISTORY)).remaining_s is not None


def test_the_system_is_told_with_the_chosen_end_of_its_log(service, questions):
    service.log += ["x ERROR y", "x INFO y"]
    found = shown(questions, SystemRoute(level="ERROR"))
    assert isinstance(found, SystemModel) and found.log == ("x ERROR y",) and found.system.engines


def test_queued_tasks_have_their_position_in_the_order_of_claims(service):
    tasks = [service.add(f"{n}.mkv") for n in range(3)]
    service.store.tasks.delete(tasks[0].id)
    found = shown(Queries(service), FilmListRoute())
    assert found.positions == {tasks[1].id: 1, tasks[2].id: 2}
    assert shown(Queries(service), FilmRoute(tasks[2].id)).position == 2
