from dashboard.views.film_page.stage_table import draw_stage_table
from pipeline.values.tasks import StageStatus
from tests.support.dashboard import run


def test_a_stage_tells_its_words_its_language_and_its_time():
    table = draw_stage_table([run("translate", language="es", seconds=0.42)])
    assert all(cell in table for cell in ("<td>Translation <span", "<td>Spanish</td>", ">0.4 s</td>"))


def test_what_came_from_the_cache_is_marked():
    assert "Reused" in draw_stage_table([run("mix", executed=0, reused=1)])
    assert "Reused" not in draw_stage_table([run("mix", executed=1)])
    assert "3 computed, 40 <span" in draw_stage_table([run("synthesize", executed=3, reused=40)])


def test_a_running_stage_has_no_time_yet():
    table = draw_stage_table([run("mix", status=StageStatus.RUNNING, executed=0, seconds=0.0)])
    assert "Running" in table and "0.0 s" not in table and "Reused" not in table


def test_a_failed_stage_says_why_in_plain_text():
    table = draw_stage_table([run("mix", status=StageStatus.ERROR, error="<script>no</script>")])
    assert "Failed" in table and "&lt;script&gt;no" in table


def test_no_stages_are_said_to_be_none():
    assert "No stages yet" in draw_stage_table([])
