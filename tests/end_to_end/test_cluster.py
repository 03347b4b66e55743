"""`ray up` over ssh with the file that ships, a dub on the cluster, `ray down`: on this machine, in namespaces of its own."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tests" / "support" / "loopback_node.sh"
UNSHARE = ("unshare", "--pid", "--net", "--mount", "--mount-proc", "--fork", "--kill-child")
PROGRAMS = ("unshare", "dropbear", "rsync", "ssh", "ip", "flite", "ffmpeg")
PERSISTS = 12  # s, a little more than Ray's own ssh connections stay open behind it
LIMIT = 500  # s

pytestmark = [pytest.mark.slow, pytest.mark.timeout(LIMIT + 60)]

# What whoever owns the machines does, from a checkout of theirs. /mnt/outside: the folder outside, $CHECKOUT: where nodes have Dubarr.
STORY = r"""
laptop() { env -i HOME="$HOME" PATH=/usr/bin:/bin PYTHONPATH="$PWD" "$CHECKOUT/.venv/bin/python" -P -m cli "$@"; }
head() { ssh -q -i ~/.ssh/key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@127.0.0.1 "bash --login -c '$*'"; }
told() { local name=$1; shift; "$@" >/mnt/outside/told/"$name" 2>/mnt/outside/told/"$name.errors"; echo $? >/mnt/outside/told/"$name.code"; }
laptop ray get-auth-token --generate >/dev/null 2>&1
told checked laptop doctor --cluster /mnt/outside/cluster.yaml
told up laptop ray up -y /mnt/outside/cluster.yaml
told health head "$CHECKOUT/.venv/bin/python -c \"import urllib.request as web; print(web.urlopen(\\\"http://127.0.0.1:8000/health\\\").read().decode())\""
told dub head "$CHECKOUT/dubarr dub /mnt/dubarr/films/film.mkv --to es"
told before ps -eo args
told down laptop ray down -y /mnt/outside/cluster.yaml
sleep "$PERSISTS"
told after ps -eo args
"""


@dataclass(frozen=True)
class Story:
    """What came of it. `folder`: seen there as /mnt/outside."""

    folder: Path

    def said(self, name: str) -> str:
        return (self.folder / "told" / name).read_text("utf-8", "replace")

    def code(self, name: str) -> int:
        return int(self.said(f"{name}.code"))

    def account(self, name: str) -> str:
        return f"{self.said(name)[-3000:]}\n{self.said(f'{name}.errors')[-3000:]}"


def filled() -> str:
    """The file for machines of one's own, with this machine as the head, and with Dubarr where its environment was made."""
    words = {"<head-address>": "127.0.0.1", "<worker-address>": "", "<user>": "root", "<private-key-file>": "~/.ssh/key"}
    text = (ROOT / "ray_cluster_local.yaml").read_text().replace("~/dubarr/", f"{ROOT}/").replace("~/dubarr:", f"{ROOT}:")
    text = text.replace("PROFILE=embedded", "PROFILE=draft").replace("--profile embedded", "--profile draft")  # no network there
    for placeholder, word in words.items():
        assert placeholder in text
        text = text.replace(placeholder, word)
    return text


def short_film(folder: Path) -> None:
    speech = folder / "speech.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", "The ship leaves at seven.", "-o", speech], check=True)
    (folder / "film.en.srt").write_text("1\n00:00:01,000 --> 00:00:03,500\nThe ship leaves at seven.\n")
    inputs = ("-f", "lavfi", "-i", "testsrc=d=5:s=160x90:r=12", "-itsoffset", "1", "-i", speech)
    command = ["ffmpeg", "-v", "error", *inputs, "-metadata:s:a:0", "language=eng", "-t", "5", folder / "film.mkv"]
    subprocess.run(command, check=True)
    speech.unlink()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    if missing := [name for name in PROGRAMS if not shutil.which(name)]:
        pytest.skip(f"not installed: {', '.join(missing)}; ./dubarr test installs them")
    if os.geteuid() != 0 or subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode:
        pytest.skip("namespaces with mounts of their own are for root, and not in every container")
    folder = tmp_path_factory.mktemp("cluster")
    for name in ("told", "shared/films"):
        (folder / name).mkdir(parents=True)
    (folder / "cluster.yaml").write_text(filled())
    (folder / "story.sh").write_text(STORY)
    short_film(folder / "shared" / "films")
    environment = {"PATH": os.environ["PATH"], "HOME": str(Path.home()), "CHECKOUT": str(ROOT), "PERSISTS": str(PERSISTS)}
    command = [*UNSHARE, "bash", NODE, folder, ROOT, "bash", "/mnt/outside/story.sh"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr[-3000:]
    return Story(folder)


def test_the_file_that_ships_is_in_order_once_it_is_filled_in(story: Story) -> None:
    assert story.code("checked") == 0, story.account("checked")


def test_ray_up_leaves_a_service_that_answers(story: Story) -> None:
    assert story.code("up") == 0, story.account("up")
    health = json.loads(story.said("health"))
    assert health["worker_alive"] is True
    assert set(health["engine_statuses"].values()) <= {"READY", "LOADING", "IDLE"}


def test_a_film_is_dubbed_onto_the_shared_storage(story: Story) -> None:
    assert story.code("dub") == 0, story.account("dub")
    path = Path(story.said("dub").split()[-1])
    dub = story.folder / "shared" / path.relative_to("/mnt/dubarr")
    command = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_type:stream_tags=language", "-of", "json", dub]
    streams = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["streams"]
    assert [s["tags"]["language"] for s in streams if s["codec_type"] == "audio"] == ["eng", "spa"]


def test_the_database_stays_on_the_heads_own_disk(story: Story) -> None:
    assert (story.folder / "home" / "dubarr-database" / "dubarr.duckdb").is_file()
    assert list((story.folder / "shared").rglob("*.duckdb")) == []


def test_ray_down_leaves_nothing_running(story: Story) -> None:
    assert story.code("down") == 0, story.account("down")
    names = ("raylet", "gcs_server", "ray::StoreActor", "haproxy", "-m cli serve")
    assert [name for name in names if name not in story.said("before")] == [], "what is looked for was never there"
    left = [line for line in story.said("after").splitlines()[1:] if line.strip()]
    ours = ("bash ", "dropbear ", "ps -eo args", "unshare ")
    assert [line for line in left if not line.startswith(ours)] == []
