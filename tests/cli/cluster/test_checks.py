"""The cluster files that ship, and what is said about slips in them."""

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from cli.cluster.checks import find_mistakes
from cli.doctor.command import doctor

ROOT = Path(__file__).parents[3]
SHIPPED = ("ray_cluster.yaml", "ray_cluster_local.yaml")
WORDS = {
    "<head-address>": "10.0.0.1",
    "<worker-address>": "10.0.0.2",
    "<user>": "dubarr",
    "<private-key-file>": "~/.ssh/key",
    "<region>": "eu-west-1",
    "<availability-zone>": "eu-west-1a",
    "<image>": "ami-1",
    "<root-device>": "/dev/xvda",
    "<file-system>": "fs-1.example.org",
    "<hub-token>": "secret",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `ray up` is run: a home with a token in it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").touch()
    return tmp_path


def find(folder: Path, name: str, *changes: tuple[str, str]) -> tuple[str, ...]:
    text = (ROOT / name).read_text()
    for placeholder, word in WORDS.items():
        text = text.replace(placeholder, word)
    for old, new in changes:
        assert old in text, f"{old} is not in {name}: the change would change nothing"
        text = text.replace(old, new)
    path = folder / name
    path.write_text(text)
    return find_mistakes(path, folder=folder)


@pytest.mark.parametrize("name", SHIPPED)
def test_what_ships_is_in_order_but_for_its_placeholders(folder, name):
    found = find_mistakes(ROOT / name, folder=ROOT)
    assert found and all(each.startswith("fill in <") for each in found)
    assert find(folder, name) == ()


@pytest.mark.parametrize("name", SHIPPED)
def test_ray_takes_what_ships(folder, name):
    util = pytest.importorskip("ray.autoscaler._private.util")
    find(folder, name)
    util.validate_config(util.prepare_config(yaml.safe_load((folder / name).read_text())))


EITHER = [
    ("cluster_name: dubarr\n", "", "the file: 'cluster_name' is a required property"),
    ("cluster_name:", "cluster_nam:", "('cluster_nam' was unexpected)"),
    ("  ~/dubarr: .  ", "  ~/dubarr: ./nowhere  ", "file_mounts: there is no ./nowhere here"),
    ("  ~/.ray/auth_token: ~/.ray/auth_token\n", "", "file_mounts: mount ~/.ray/auth_token"),
    ("~/.ray/auth_token: ~/.ray/auth_token", "~/.ray/auth_token: ~/lost/auth_token", "make it with ./dubarr ray get-auth-token"),
    ("  ~/dubarr: .  ", "  ~/elsewhere: .  ", "~/dubarr/dubarr is not there: no file_mounts brings ~/dubarr"),
    ("dubarr setup --profile", "dubarr set-up --profile", "there is no such command"),
    ("dubarr setup --profile", "dubarr setup --profil", "No such option"),
    ("--detach", "--detatch", "No such option"),
    ("    PROFILE=", "    PROFIL=", "PROFIL is no setting"),
    ("    PROFILE=", "    PROFILE=no-", "give one of cluster"),
    ("    DATA_DIR=/mnt/dubarr/data", "    DATA_DIR=/srv/data", "DATA_DIR=/srv/data is not on the shared storage"),
    ("LIBRARY_ROOTS=/mnt/dubarr/films", "LIBRARY_ROOTS=/mnt/dubarr/films:/films", "LIBRARY_ROOTS=/films is not on the shared"),
    ("DATABASE=~/dubarr-database", "DATABASE=/mnt/dubarr", "DATABASE must be set to a file on the head's own disk"),
    ("    DATABASE=~/dubarr-database/dubarr.duckdb\n", "", "DATABASE must be set"),
    ("worker_start_ray_commands:\n  - mountpoint -q /mnt/dubarr", "worker_start_ray_commands:\n  - mountpoint -q /mnt/films", "the same `mountpoint -q PATH`"),
    ("  - mountpoint -q /mnt/dubarr\n", "", "the head looks for none"),
    ("--address=$RAY_HEAD_IP:6379", "--address=$RAY_HEAD_IP:6380", "--address=$RAY_HEAD_IP:6379"),
    (" --autoscaling-config=~/ray_bootstrap_config.yaml", "", "--autoscaling-config=~/ray_bootstrap_config.yaml"),
    ("~/dubarr/dubarr ray start --head", "ray start --head", "lacks what Serve reads on a node"),
    ("  - ~/dubarr/dubarr ray stop\n", "", "head_start_ray_commands: say ./dubarr ray stop"),
    ("RAY_ADDRESS=auto ", "", "or nothing is served"),
    ("echo 'ray() {", "echo 'rays() {", "`ray down` leaves processes behind"),
    ("printf '%s\\n'", "printf '%s\\n", "no shell understands"),
]  # fmt: skip
HIRED = [
    ("  region:", "  regin:", "provider: 'region' is a required property"),
    ("type: aws", "type: awz", "provider.type: 'awz' is not one of"),
    ("InstanceType: m7i", "InstanceTipe: m7i", "node_config: 'InstanceTipe' is not one of ['InstanceType'"),
    ("head_node_type: head", "head_node_type: haed", "head_node_type haed is none of head, card-24g, card-80g"),
    ("min_workers: 0  ", "min_worker: 0  ", "('min_worker' was unexpected)"),
    ("GPU: 1, card_80g: 1}", "card_80g: 1}", "which profile cluster wants for its language model"),
    ("card_24g: 1}", "card_24: 1}", "which profile cluster wants for its synthesizer"),
    ("PROFILE=cluster", "PROFILE=multi-gpu", "--profile cluster is set up, but PROFILE=multi-gpu is served"),
]
OWN = [
    ("  head_ip:", "  head_ips:", "provider: 'head_ip' is a required property"),
    ("auth:\n", "head_node_type: head\nauth:\n", "machines of one's own have no node types"),
]
CASES = [
    *((name, *case) for name in SHIPPED for case in EITHER),
    *(("ray_cluster.yaml", *case) for case in HIRED),
    *(("ray_cluster_local.yaml", *case) for case in OWN),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), CASES)
def test_a_slip_is_found(folder, name, old, new, said):
    found = find(folder, name, (old, new))
    assert any(said in each for each in found), found


def test_the_doctor_tells_all_of_it(folder, monkeypatch):
    monkeypatch.chdir(folder)
    find(folder, "ray_cluster.yaml", ("PROFILE=", "PROFIL="))
    sick = CliRunner().invoke(doctor, ["--cluster", "ray_cluster.yaml"])
    assert sick.exit_code == 1 and sick.output.startswith("FAIL  ray_cluster.yaml: PROFIL is no setting")
    find(folder, "ray_cluster.yaml")
    assert CliRunner().invoke(doctor, ["--cluster", "ray_cluster.yaml"]).output == "ok    ray_cluster.yaml\n"


def test_a_file_that_is_no_yaml_is_told(folder):
    path = folder / "cluster.yaml"
    path.write_text("a: [")
    assert find_mistakes(path)[0].startswith("this is no YAML")
