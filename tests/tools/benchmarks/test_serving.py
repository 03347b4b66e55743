"""Servers asked over and over, against a bare one."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import pytest

from pipeline.errors import DubarrError
from tools.benchmarks.serving import Answers, request_repeatedly, start_baseline_server


def test_the_shares_of_answers_are_told_in_milliseconds():
    answers = Answers(tuple(n / 1_000 for n in range(100, 0, -1)), seconds=4.0)
    assert (answers.per_second, answers.within(0.5), answers.within(0.99)) == (25.0, 51.0, 100.0)


def test_the_bare_server_answers_and_keeps_what_it_is_sent(tmp_path):
    with start_baseline_server(tmp_path) as url:
        answers = request_repeatedly(url, "/", seconds=0.3)
        assert answers.each and answers.seconds >= 0.3
        httpx.post(url, content=b"a film" * 100_000, trust_env=False).raise_for_status()
    assert (tmp_path / "received").read_bytes() == b"a film" * 100_000
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)


def test_a_server_that_has_no_such_page_is_not_measured():
    class Missing(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(404)

        def log_message(self, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Missing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(DubarrError, match="/health answered 404"):
            request_repeatedly(f"http://127.0.0.1:{server.server_port}", "/health", seconds=0.2)
        server.shutdown()
