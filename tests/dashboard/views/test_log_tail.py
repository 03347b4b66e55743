from dashboard.views.log_tail import LogChange, diff_log, format_log_line

LINE = "2026-11-23 05:49:51,123 WARNING serve.worker.worker task=3 stage=mix <b>slow</b>"


def test_a_line_is_taken_apart_and_escaped():
    html = format_log_line(LINE)
    assert 'data-level="WARNING"' in html and ">05:49:51</time>" in html and "task=3 stage=mix &lt;b&gt;slow" in html


def test_a_line_of_another_form_is_shown_as_it_is():
    assert format_log_line("Traceback <module>") == "<div>Traceback &lt;module&gt;</div>"


def test_nothing_new_is_no_change():
    assert diff_log(["a", "b"], ["a", "b"]) is None


def test_new_lines_are_added_and_old_ones_dropped():
    assert diff_log(["a", "b", "c"], ["b", "c", "d", "e"]) == LogChange(drop=1, added=("d", "e"))


def test_a_log_begun_anew_replaces_all():
    assert diff_log(["a", "b"], ["x"]) == LogChange(drop=2, added=("x",))


def test_repeated_lines_are_told_apart_by_their_order():
    assert diff_log(["a", "a"], ["a", "a", "a"]) == LogChange(drop=0, added=("a",))


def test_lines_that_an_older_version_wrote_raw_are_harmless():
    line = "2026-11-01 10:00:00,000 INFO    serve.worker.worker task=1 begins: film\x1b[31m\u202e.mkv"
    assert r"film\x1b[31m\u202e.mkv" in format_log_line(line)
