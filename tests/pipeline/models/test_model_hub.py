"""Where models come from: folders of one's own first, then the hub, whose refusals are put into a sentence."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from small_catalogue import SYMBOLS, VOICES, WEIGHTS, tiny_model

from pipeline.errors import ModelMissing
from pipeline.models.catalogue import Model
from pipeline.models.model_hub import Hub

ROOT = Path(__file__).parents[3]


def test_a_path_is_a_model(tmp_path: Path) -> None:
    assert Hub().find_folder(str(tmp_path)) == tmp_path


@pytest.mark.parametrize("place", ["owner/name", "name"])
def test_a_folder_is_looked_into_by_the_whole_name_and_by_its_last_part(tmp_path: Path, place: str) -> None:
    (tmp_path / place).mkdir(parents=True)
    assert Hub(tmp_path).find_folder("owner/name") == tmp_path / place


def test_a_plain_name_that_is_nowhere_is_told_with_the_setting_and_the_place(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"whisperx: there is no model 'large' in .*; give TRANSCRIBER_MODEL a directory"):
        Hub(tmp_path).fetch_folder("large", engine="whisperx", setting="TRANSCRIBER_MODEL")
    with pytest.raises(ModelMissing, match="MODELS_DIR is not set"):
        Hub().fetch_folder("large", engine="whisperx", setting="TRANSCRIBER_MODEL")


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The only model of the catalogue, for as long as a test."""
    model = tiny_model()
    monkeypatch.setattr("pipeline.models.model_hub.shipped_catalogue", lambda: {"tiny": model})
    return model


def fill(folder: Path) -> Path:
    (folder / "voices").mkdir(parents=True)
    for path, content in {"model.bin": b"".join(WEIGHTS), "vocab.json": SYMBOLS, **VOICES}.items():
        (folder / path).write_bytes(content)
    return folder


def asked(hub: Hub) -> Path:
    return hub.fetch_folder("tiny", engine="whisper", setting="TRANSCRIBER_MODEL")


def test_a_model_of_the_catalogue_is_in_models_dir_or_in_the_cache(tiny: Model, tmp_path: Path) -> None:
    hub = Hub(tmp_path / "mine", cache=tmp_path / "cache")
    assert hub.find_folder("tiny") is None
    with pytest.raises(
        ModelMissing, match=r"whisper: the model tiny is not in .*mine or .*cache; run \./dubarr setup, .*PROFILE=draft"
    ):
        asked(hub)
    cached = fill(tmp_path / "cache" / "tiny")
    assert asked(hub) == hub.find_folder("tiny") == cached
    own = fill(tmp_path / "mine" / "tiny")
    assert asked(hub) == hub.find_folder("tiny") == own


def test_a_model_of_the_catalogue_is_hashed_once(tiny: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(tmp_path / "mine", cache=tmp_path / "cache")
    own = fill(tmp_path / "mine" / "tiny")
    asked(hub)
    monkeypatch.setattr("pipeline.models.verification.compute_sha256", lambda path: pytest.fail(f"{path} is hashed again"))
    asked(hub)
    monkeypatch.undo()
    monkeypatch.setattr("pipeline.models.model_hub.shipped_catalogue", lambda: {"tiny": tiny})
    (own / "vocab.json").write_bytes(b'{"b": 1}')
    with pytest.raises(
        ModelMissing, match=r"vocab\.json has SHA-256 .*put the right file there, or name .* in TRANSCRIBER_MODEL"
    ):
        asked(hub)
    assert sorted(path.name for path in own.iterdir()) == ["model.bin", "vocab.json", "voices"], "nothing is written there"


def test_what_is_half_there_is_mended_by_the_set_up(tiny: Model, tmp_path: Path) -> None:
    hub = Hub(cache=tmp_path)
    (fill(tmp_path / "tiny") / "model.bin").write_bytes(b"cut off")
    assert hub.find_folder("tiny") is None
    with pytest.raises(ModelMissing, match=r"is damaged: model\.bin has 7 bytes, .*; run \./dubarr setup, which mends it"):
        asked(hub)


def test_a_token_is_never_shown() -> None:
    assert "hf_secret" not in repr(Hub(None, "hf_secret"))


@contextmanager
def hub(status: int, code: str) -> Iterator[str]:
    """A hub that answers every question with this refusal."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("X-Error-Code", code)
            self.send_header("X-Error-Message", "refused")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_HEAD = do_GET  # noqa: N815 -- the name that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


# The library reads its settings when it is imported.
CHILD = """
import json, sys
from pathlib import Path
from pipeline.models.model_hub import Hub
from pipeline.errors import ModelMissing
try:
    Hub(Path(sys.argv[1]), sys.argv[2] or None).fetch_folder("pyannote/community", engine="pyannote", setting="DIARIZER_MODEL")
except ModelMissing as error:
    print(json.dumps(str(error)))
"""


def refusal(folder: Path, endpoint: str, token: str = "", **given: str) -> str:
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HUB_OFFLINE": "0", "HF_HOME": str(folder), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", CHILD, str(folder), token]
    answer = subprocess.run(command, env=environment | given, capture_output=True, text=True, timeout=120, check=True)
    return str(json.loads(answer.stdout))


@pytest.mark.models
def test_a_gated_model_is_told_with_its_page_and_the_setting(tmp_path: Path) -> None:
    with hub(401, "GatedRepo") as endpoint:
        said = refusal(tmp_path, endpoint)
    assert "pyannote/community is gated" in said and "/pyannote/community" in said and "set HF_TOKEN" in said
    with hub(403, "GatedRepo") as endpoint:
        assert "the account of HF_TOKEN has not accepted" in refusal(tmp_path, endpoint, "hf_x")


@pytest.mark.models
def test_a_model_that_the_hub_does_not_have_is_told_with_the_setting(tmp_path: Path) -> None:
    with hub(404, "RepoNotFound") as endpoint:
        assert "the hub has no model 'pyannote/community'" in (said := refusal(tmp_path, endpoint)) and "DIARIZER_MODEL" in said


@pytest.mark.models
@pytest.mark.parametrize("given", [{"HF_HUB_OFFLINE": "1"}, {}], ids=["told to stay offline", "nobody answers"])
def test_without_a_network_the_way_out_is_a_folder(tmp_path: Path, given: dict[str, str]) -> None:
    said = refusal(tmp_path, "http://127.0.0.1:9", **given)
    assert "is not on this machine and the hub cannot be reached" in said and "MODELS_DIR" in said and "DIARIZER_MODEL" in said
