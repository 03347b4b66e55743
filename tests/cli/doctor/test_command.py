"""What the doctor finds out by asking: the language model's server, this very machine."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cli.doctor import api_servers, command
from cli.service.process import find_free_port
from pipeline.settings import Settings


@pytest.fixture
def server():
    """A server that answers every GET with `answer`: status and body. `asked`: path and Authorization of each request."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            web.asked.append((self.path, self.headers["Authorization"]))
            status, body = web.answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    web.asked, web.answer = [], (200, b'{"data": [{"id": "model"}]}')
    web.url = f"http://127.0.0.1:{web.server_port}/v1"
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield web
    web.shutdown()
    web.server_close()


def test_a_server_that_lists_a_model_is_in_order(server):
    assert api_servers.find_server_trouble(server.url, None) == ""
    assert api_servers.find_server_trouble(f"{server.url}/", "key") == ""
    assert server.asked == [("/v1/models", None), ("/v1/models", "Bearer key")]


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        ((401, b"{}"), "it answers with status 401"),
        ((200, b"<html>"), "it does not answer in JSON, so it is no such server"),
        ((200, b'{"data": []}'), "it lists no model"),
        ((200, b"[]"), "it lists no model"),
    ],
)
def test_a_server_that_is_no_such_server_is_told(server, answer, trouble):
    server.answer = answer
    assert api_servers.find_server_trouble(server.url, None) == trouble


@pytest.mark.parametrize(
    "url",
    [f"http://127.0.0.1:{find_free_port('127.0.0.1')}/v1", "http://", "no url", "http://a b/"],
    ids=str.split("closed empty none spaces"),
)
def test_a_server_that_is_not_there_is_told(url):
    assert api_servers.find_server_trouble(url, None).startswith("it cannot be asked (")


def test_a_model_that_is_named_must_be_listed_unless_the_server_has_no_list(server):
    assert api_servers.find_server_trouble(server.url, None, "model") == ""
    assert api_servers.find_server_trouble(server.url, None, "other") == "it lists no model other, but model"
    server.answer = (404, b"")
    assert api_servers.find_server_trouble(server.url, None, "other") == ""
    assert api_servers.find_server_trouble(server.url, None) == "it answers with status 404"


def test_speech_and_transcription_servers_are_asked_where_their_engines_are_chosen(tmp_path):
    assert command.build_case(settings(tmp_path)).api_servers == ()
    chosen = settings(
        tmp_path, synthesizer="speech-api,espeak", speech_api_url="http://tts/v1", speech_api_key="k", synthesizer_model="kokoro",
        transcriber="transcription-api",
    )  # fmt: skip
    speech, transcription = command.build_case(chosen).api_servers
    assert (speech.url, speech.key, speech.model) == ("http://tts/v1", "k", "kokoro")
    assert transcription.url == "http://127.0.0.1:8000/v1"


def settings(tmp_path, **changes) -> Settings:
    given = {"profile": "draft"} | changes
    return Settings(data_dir=tmp_path / "data", port=find_free_port("127.0.0.1"), **given)


def test_the_server_to_ask_is_the_settings_then_the_profiles(tmp_path):
    assert command.build_case(settings(tmp_path)).llm_url is None, "apertium asks none"
    assert command.build_case(settings(tmp_path, profile="cpu-models")).llm_url.startswith("http://127.0.0.1:")
    assert command.build_case(settings(tmp_path, profile="cpu-models", llm_url="http://llm/v1")).llm_url == "http://llm/v1"
    assert command.build_case(settings(tmp_path, profile="gpu-24g")).llm_url is None, "vLLM is started for it"


def test_looking_at_this_machine_makes_nothing(tmp_path):
    case = command.build_case(settings(tmp_path, models_dir=tmp_path / "models"))
    found = command.probe_machine(case)
    assert found.port_free and found.disk > 0 and found.service is None
    assert {"onnxruntime", "pocketsphinx"} <= found.modules
    assert not list(tmp_path.iterdir())


def test_models_are_looked_for_in_models_dir_and_in_its_cache(tmp_path):
    (tmp_path / "small").mkdir()
    (tmp_path / "hub" / "models--coqui--XTTS-v2" / "snapshots" / "abc").mkdir(parents=True)
    case = command.build_case(settings(tmp_path, profile="cpu-models", models_dir=tmp_path, transcriber_model="small"))
    found = command.probe_machine(case).models
    assert found["small"] == tmp_path / "small"
    assert found["coqui/XTTS-v2"].name == "abc"
    assert set(found) == {"small", "coqui/XTTS-v2"}
